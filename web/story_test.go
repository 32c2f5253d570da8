package web

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/xuri/excelize/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"usher/batch"
	"usher/config"
)

// rehearse serves pages on a sandbox, with a worker, as 'usher serve --sandbox'
// does, and returns their address and the link that signs in.
func rehearse(t *testing.T) (base, link string) {
	t.Helper()
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		t.Fatal(err)
	}
	settings := rehearsal.Settings()
	settings["defaults.region"] = "DE"
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: settings})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true, Rehearsal: rehearsal, Profiles: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(svc, Options{Version: "test", UploadLimit: 64e6, Idle: time.Hour, Absolute: time.Hour, LinkName: "tester", Log: zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel))})
	if err != nil {
		t.Fatal(err)
	}
	server := serveAndWork(t, h, svc)
	return server.URL, h.Link(server.URL)
}

// messy is a German workbook as people have them: a title, a heading that nobody
// knows, phone numbers in three ways, and three cells that are not right.
func messy(t *testing.T, more int) string {
	t.Helper()
	rows := [][]any{
		{"Neue Mitarbeiter, Stand Montag"},
		{},
		{"Vorname", "Nachname", "E-Mail", "Erreichbar unter", "Abteilung"},
		{"Jörg", "Müller", "joerg.mueller@example.com", "0171 2345678", "Lager"},
		{"Anna", "Weiß", "anna.weiss(at)example.com", "+49 171 2345679", "Büro"},
		{"Zoë", "Groß", "zoe.gross@example.com", "0171", "Büro"},
		{"", "Schmidt", "schmidt@example.com", "0049 171 2345680", "Lager"},
		{"Jörg", "Müller", "Joerg.Mueller@example.com", "+49 171 2345678", "doppelt"},
	}
	for i := range more {
		rows = append(rows, []any{"Viele", "Leute", fmt.Sprintf("leute%d@example.com", i), fmt.Sprintf("+49 171 3%06d", i), "Halle"})
	}
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "Mitarbeiter.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStoryByMouse goes the whole way as somebody from HR does, by clicking.
func TestStoryByMouse(t *testing.T) {
	t.Parallel()
	base, link := rehearse(t)
	b := browse(t, base)
	b.do(chromedp.Navigate(link))
	b.says("There is no batch yet.")
	b.press("Invite people")
	b.says("Bring a list of people")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{messy(t, 60)}))
	b.press("Send the file")
	b.says("This list cannot be read yet")
	b.do(chromedp.SetValue(chromedp.CSS(`select[aria-label="Meaning of Erreichbar unter"]`), "phone"))
	b.says("What will happen")
	b.says("3") // rows with problems
	b.fill("cell-5-2", "anna.weiss@example.com")
	b.fill("cell-6-3", "0171 2345681")
	b.until(`document.querySelector('tr[data-row="5"]').classList.contains("right")`)
	b.fill("cell-7-0", "Max")
	b.press("Keep and check again")
	b.says("Invite 64 people")
	b.press("What was mended here: 3 cells")
	b.press("Take back row 7")
	b.says("1 row that has problems")
	b.fill("cell-7-0", "Moritz")
	b.press("Keep and check again")
	b.says("Invite 64 people")
	b.press("Invite 64 people")
	b.says("Batch")
	b.until(`document.querySelector("progress.big").value > 0 && document.querySelector("progress.big").value < 65`)
	b.says("finished")
	b.until(`document.querySelector("progress.big").value === 65`)
}

// fill types into a field, over what it had.
func (b *tab) fill(name, text string) {
	b.Helper()
	field := fmt.Sprintf(`[name=%q]`, name)
	b.until(fmt.Sprintf(`document.querySelector(%q) !== null`, field))
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(e => { e.focus(); e.select(); })(document.querySelector(%q))`, field)), chromedp.KeyEvent(text))
	b.until(fmt.Sprintf(`document.querySelector(%q).value === %q`, field, text))
}

// TestStoryByKeyboard goes there by keys alone; only the file itself is given to the
// browser's own dialogue.
func TestStoryByKeyboard(t *testing.T) {
	t.Parallel()
	base, link := rehearse(t)
	b := browse(t, base)
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte("First name,Last name,Email,Phone\nAnn,Lee,ann@example.com,+447700900123\nBob,Ray,bob@example,+447700900124\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(link))
	b.says("There is no batch yet.")
	b.tabTo("Invite people")
	b.key(kb.Enter)
	b.says("Bring a list of people")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}))
	b.tabTo("Send the file")
	b.key(kb.Enter)
	b.says("What will happen")
	b.tabTo("Email, row 3")
	b.key(kb.End)
	b.key(".com")
	b.until(`document.querySelector('tr[data-row="3"]').classList.contains("right")`)
	b.tabTo("Keep and check again")
	b.key(kb.Enter)
	b.says("Invite 2 people")
	b.tabTo("Invite 2 people")
	b.key(kb.Enter)
	b.until(`location.pathname === "/batches/1"`)
	b.says("finished")
}

func (b *tab) key(keys string) {
	b.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// tabTo goes by the tab key to what is called so, as a screen reader tells it.
func (b *tab) tabTo(name string) {
	b.Helper()
	for range 200 {
		b.key(kb.Tab)
		now, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(e => e.getAttribute("aria-label") || e.innerText || "")(document.activeElement)`))
		if err != nil {
			b.Fatal(err)
		}
		if len(now) < 200 && now != "" && contains(now, name) {
			return
		}
	}
	b.Fatalf("the tab key never comes to %q\n%s", name, b.text())
}

// TestStoryWithoutScript goes there in a browser that runs none.
func TestStoryWithoutScript(t *testing.T) {
	t.Parallel()
	base, link := rehearse(t)
	b := browse(t, base)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(link))
	b.says("There is no batch yet.")
	b.press("Invite people")
	b.says("Bring a list of people")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{messy(t, 0)}))
	b.press("Send the file")
	b.says("This list cannot be read yet")
	b.do(chromedp.SetValue(chromedp.CSS(`select[aria-label="Meaning of Erreichbar unter"]`), "phone"))
	b.press("Check again")
	b.says("What will happen")
	b.fill("cell-5-2", "anna.weiss@example.com")
	b.press("Keep and check again")
	b.says("2 rows that have problems")
	b.click(`[name="leave_out"]`)
	b.press("Invite 2 people")
	b.until(`location.pathname === "/batches/1"`)
	for end := time.Now().Add(90 * time.Second); !contains(b.text(), "finished"); {
		if time.Now().After(end) {
			t.Fatalf("it does not finish:\n%s", b.text())
		}
		b.open("/batches/1")
	}
}

// TestStoryOfTheFile mends the rows that have problems in a spreadsheet, and brings
// them back; and then the results, once more.
func TestStoryOfTheFile(t *testing.T) {
	t.Parallel()
	base, link := rehearse(t)
	b := browse(t, base)
	folder := b.downloads()
	b.do(chromedp.Navigate(link))
	b.says("There is no batch yet.")
	b.open("/new")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{messy(t, 0)}))
	b.press("Send the file")
	b.says("This list cannot be read yet")
	b.do(chromedp.SetValue(chromedp.CSS(`select[aria-label="Meaning of Erreichbar unter"]`), "phone"))
	b.says("3 rows that have problems")
	b.press("Excel workbook")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{mended(t, downloaded(t, folder, "to-mend.xlsx"))}))
	b.press("Send it")
	b.says("The rows of your file have taken the place of the old ones")
	b.press("Invite 4 people")
	b.until(`location.pathname === "/batches/1"`)
	b.says("finished")
	b.press("Download for Excel")
	results := downloaded(t, folder, "batch-1-results.xlsx")
	b.open("/new")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{results}))
	b.press("Send the file")
	b.says("Nobody to invite")
}

// downloads has the browser keep what it downloads in a folder.
func (b *tab) downloads() string {
	b.Helper()
	folder := b.TempDir()
	_, err := chromedp.Call(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	if err != nil {
		b.Fatal(err)
	}
	return folder
}

func downloaded(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%s was not downloaded", name)
	return ""
}

// mended corrects the rows of a list of problems, as somebody does in Excel.
func mended(t *testing.T, path string) string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for cell, text := range map[string]string{"C2": "anna.weiss@example.com", "D3": "0171 2345681", "A4": "Max"} {
		if err := f.SetCellStr(f.GetSheetName(0), cell, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	return path
}
