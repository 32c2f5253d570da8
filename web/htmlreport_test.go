package web

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	printing "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"usher/report"
	"usher/store"
	"usher/store/storetest"
)

// htmlReportRows are the rows of a batch, made as they are read: some that break pages
// first, and people after them.
type htmlReportRows int

func (n htmlReportRows) Applicants(_ context.Context, id int64, after, limit int) (all []store.Applicant, err error) {
	for row := after + 1; row <= int(n) && len(all) < limit; row++ {
		a := store.Applicant{Key: store.Key{Batch: id, Row: row}, State: store.Invited, FirstName: "Maria", LastName: "van der Berg", Email: fmt.Sprintf("maria.berg.%d@example.com", row),
			Phone: "+447700900123", ExternalID: fmt.Sprintf("E-%07d", row), SessionID: fmt.Sprintf("7d444840-9dc0-11d1-b245-%012d", row),
			SessionURL: fmt.Sprintf("https://verify.example/s/7d444840-9dc0-11d1-b245-%012d", row), Counted: 1, SentAt: time.Unix(1.78e9, 0), SettledAt: time.Unix(1.78e9, 0), Extra: []string{"Sales", "no"}}
		switch row {
		case 1:
			a.FirstName, a.LastName, a.SessionURL, a.Extra = script, quotes, "javascript:alert(3)", []string{"</td></table></div>" + script, rtl}
		case 2:
			a.State, a.LastName, a.ErrorCode, a.Error = store.Rejected, manyLetters, "name_too_long", "last_name: "+manyLetters
		}
		all = append(all, a)
	}
	return all, nil
}

// htmlReportFile writes a report of so many rows and returns its address.
func htmlReportFile(t *testing.T, rows int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	b := store.Batch{ID: 7, Name: script + rtl, ExtraColumns: []string{"Team " + script, "note"}, CreatedAt: time.Unix(1.78e9, 0)}
	s := report.Summary{At: time.Unix(1.78e9, 0), Standing: "running " + quotes,
		States: []report.StateCount{{State: store.Rejected, Words: "rejected (not sent)", Count: 1}, {State: store.Invited, Words: "invited", Count: rows - 1}},
		Causes: []report.Cause{{Cause: store.Cause{State: store.Rejected, Code: script, Count: 1, Message: manyLetters, Rows: []int{2}}}}}
	if err = report.WriteHTML(t.Context(), htmlReportRows(rows), b, s, file); err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// offline opens a page in a window without a network, and returns what it asks for from
// then on.
func offline(t *testing.T, address string) (*tab, func() []string) {
	t.Helper()
	b := browse(t, address)
	var mu sync.Mutex
	var asked []string
	sent := chromedp.Events(b.ctx, network.RequestWillBeSent)
	go func() {
		for e, err := range sent {
			if err != nil {
				return
			}
			mu.Lock()
			asked = append(asked, e.Request.URL)
			mu.Unlock()
		}
	}()
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}}})
	if err != nil {
		t.Fatal(err)
	}
	b.open("")
	b.until(`document.readyState === "complete" && document.querySelector("main > section > p:last-child").textContent.startsWith("End of the report")`)
	return b, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(asked)
	}
}

// A report of 100,000 rows is one file that a browser without a network opens, asking for
// nothing. What people typed is text, and does not break the page. Under the race detector
// ten tables and a half are enough: what is raced is not in the browser.
func TestHTMLReportOffline(t *testing.T) {
	t.Parallel()
	rows := storetest.Rows(100_000, 10_500)
	address := htmlReportFile(t, rows)
	b, asked := offline(t, address)
	for holds, why := range map[string]string{
		fmt.Sprintf(`document.querySelectorAll(".pane tbody tr").length === %d`, rows):                          "every row is there",
		`[...document.querySelectorAll(".part tbody tr")].every(r => r.cells.length === 18)`:                    "every row has all cells",
		`document.querySelectorAll("script, img, iframe, object, embed, link, form").length === 0`:              "nothing of what was typed became an element",
		`[...document.querySelectorAll("*")].every(e => ![...e.attributes].some(a => a.name.startsWith("on")))`: "nor a handler",
		`document.querySelector(".part td:nth-child(4)").textContent === "<script>alert(1)</scr" + "ipt>"`:      "a name is text",
		`document.querySelector(".part tr:nth-child(2) td:nth-child(5)").textContent.length === 10000`:          "a long name is whole",
		`[...document.querySelectorAll("a")].every(a => a.protocol === "https:")`:                               "links are secure",
		fmt.Sprintf(`document.querySelectorAll(".pane a").length === %d`, rows-1):                               "all other links are there",
		`getComputedStyle(document.querySelector(".part table")).tableLayout === "fixed"`:                       "the style holds",
		`document.querySelector(".part tbody tr:nth-child(2)").getBoundingClientRect().height < 400`:            "a long name leaves its row low",
		`document.documentElement.scrollWidth <= innerWidth`:                                                    "the page is not wider than its window",
	} {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](holds)); err != nil || !ok {
			t.Errorf("not so: %s (%v)", why, err)
		}
	}
	b.do(chromedp.Evaluate[chromedp.Void](`(p => { p.scrollIntoView(); p.scrollTop = 1e9 })(document.querySelector(".pane"))`))
	b.until(`document.querySelector(".part:last-child tr:last-child").checkVisibility({contentVisibilityAuto: true})`)
	if got := asked(); !slices.Equal(got, []string{address}) {
		t.Errorf("it asked for %q", got)
	}
	if sheets := bytes.Count(b.pdf(), []byte("/Type /Page\n")); sheets < 1 || sheets > 100 { // the long name of row 2 has some thirty
		t.Errorf("%d sheets", sheets)
	}
}

// pdf prints the page, on the sheets it asks for.
func (b *tab) pdf() []byte {
	b.Helper()
	preferred := true
	printed, err := chromedp.Call(b.ctx, printing.PrintToPDF, printing.PrintToPDFParams{PreferCSSPageSize: &preferred})
	if err != nil {
		b.Fatal(err)
	}
	return printed.Data
}

// A report is printed on many sheets, and whole.
func TestHTMLReportPrints(t *testing.T) {
	t.Parallel()
	b, _ := offline(t, htmlReportFile(t, 200))
	printed := b.pdf()
	if sheets := bytes.Count(printed, []byte("/Type /Page\n")); sheets < 10 || sheets > 100 {
		t.Errorf("%d sheets", sheets)
	}
	b.media("print")
	b.do(chromedp.EmulateViewport(980, 700)) // US letter on its side, which is narrower than A4, without its margins
	for _, holds := range []string{
		`document.documentElement.scrollWidth <= innerWidth`, `document.querySelector(".pane").scrollHeight <= document.querySelector(".pane").clientHeight`,
		`getComputedStyle(document.querySelector(".part thead")).display === "table-header-group"`, `getComputedStyle(document.body).color === "rgb(22, 32, 27)"`,
	} {
		b.until(holds)
	}
	// No number of a row and no phone number is torn.
	for _, cell := range []string{"th", "td:nth-child(7)"} {
		b.until(`(e => {
			if (e.matches("th")) e.textContent = "1000000"
			const text = document.createRange()
			text.selectNodeContents(e)
			return text.getClientRects().length === 1
		})(document.querySelector(".part tbody tr:nth-child(9) ` + cell + `"))`)
	}
	b.picture("report-print.png")
	if folder := os.Getenv("USHER_TEST_LOOK"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "report.pdf"), printed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What has too many rows for paper is printed with those that somebody should look at.
func TestHTMLReportPrintsLarge(t *testing.T) {
	t.Parallel()
	b, _ := offline(t, htmlReportFile(t, 3500))
	b.until(`document.querySelectorAll(".pane .part tbody tr").length === 3500 && !document.querySelector(".paper").checkVisibility()`)
	b.media("print")
	b.until(`document.querySelector(".paper").checkVisibility() && document.querySelector(".paper").textContent.includes("only the 1 row that somebody should look at")`)
	b.until(`[...document.querySelectorAll(".part tbody tr")].filter(r => r.checkVisibility({contentVisibilityAuto: true})).map(r => r.cells[0].textContent).join() === "2"`)
	b.until(`document.querySelector(".pane").getBoundingClientRect().height === 0`)
	b.picture("report-print-large.png")
}

func TestHTMLReportAccessible(t *testing.T) {
	t.Parallel()
	b, _ := offline(t, htmlReportFile(t, 40))
	b.look("report")
}

// media has the page shown as on a screen or on paper.
func (b *tab) media(kind string) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}); err != nil {
		b.Fatal(err)
	}
}
