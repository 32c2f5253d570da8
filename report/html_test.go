package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

func pageOf(t *testing.T, all []store.Applicant, b store.Batch, s Summary) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteHTML(t.Context(), &fakeReader{all: all}, b, s, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Each row has all columns in their order, then the input's own, and all of it is
// text.
func TestHTMLRows(t *testing.T) {
	t.Parallel()
	page := pageOf(t, sample, batch, Summary{})
	heads := `<th scope="col"><bdi>outcome_reason</bdi><th scope="col"><bdi>Team</bdi><th scope="col"><bdi>status_2</bdi><th scope="col"><bdi>=x</bdi><th scope="col"><bdi>Team_2</bdi></tr>`
	if !strings.Contains(page, heads) || strings.Count(page, "<col>") != len(columns)+4 {
		t.Error("the heads are not there")
	}
	link := `https://x.example/?a=1&amp;b=&lt;2&gt;`
	want := []string{
		`<tr><th scope="row">2<td>invited<td>-E1<td>Ann<td>=Lee<td>ann@example.com<td>+447700900001<td>s-1` +
			`<td><a href="` + link + `" rel="noopener noreferrer">` + link + `</a><td><td><td>1<td>2026-03-01T12:04:05Z<td>2026-03-01T12:04:06Z` +
			`<td>failed<td>face_mismatch<td>+447700900009<td>@on<td>a` + "\nb<td>\tx</tr>",
		`<tr class="bad"><th scope="row">3<td>rejected<td><td>+Bob<td><td><td>+44 77<td><td><td>last_name_missing` +
			`<td>last_name: the cell is empty. Fill it in: it is needed for everybody.<td>0<td><td>2026-03-01T12:04:05Z<td><td><td>&#34;q&#34;, r<td><td><td></tr>`,
	}
	for _, row := range want {
		if !strings.Contains(page, row+"\n") {
			t.Errorf("not there:\n%s\nin\n%s", row, page[strings.Index(page, "<tbody>\n<tr><th scope=\"row\">"):])
		}
	}
	if !strings.Contains(page, "End of the report: 4 rows.") {
		t.Error("the end is not told")
	}
}

// Numbers stand before the rows, in the chart as in the table.
func TestHTMLSummary(t *testing.T) {
	t.Parallel()
	s := Summary{At: at, Standing: "finished with problems", Over: true,
		States: []StateCount{{store.Rejected, "rejected (not sent)", 1}, {store.Queued, "queued", 0}, {store.Invited, "invited", 123_456}},
		Causes: []Cause{
			{store.Cause{State: store.Rejected, Code: "<b>", Count: 2000, AtLeast: true, Message: "<i>Ann</i> \u202eis wrong", Varies: true, Rows: []int{9, 12}}, ""},
			{store.Cause{State: store.Rejected, Code: "phone_short", Count: 1, Message: "phone: too short"}, "the phone number is not right"},
		}, MoreCauses: true}
	page := pageOf(t, nil, store.Batch{ID: 7, Name: `<script>alert(1)</script>"'`, CreatedAt: at}, s)
	for _, want := range []string{
		`<title>Results of batch 7: &lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;</title>`,
		`Batch 7: <bdi>finished with problems</bdi>`,
		`<dt>Brought in</dt><dd><time datetime="2026-03-01T12:04:05Z">1 Mar 2026, 12:04 UTC</time>`,
		`Invited: 123,456 (over 99.9 %)</text>`, `width="0.30%"`,
		`<tr><th scope="row">Invited</th><td class="num">123,456</td><td class="num">over 99.9 %</td></tr>`,
		`<tr><th scope="row">Rejected (not sent)</th><td class="num">1</td><td class="num">under 0.1 %</td></tr>`,
		`<th scope="row">All rows</th><td class="num">123,457</td>`,
		`<td class="num">more than 2,000</td><th scope="row">Another reason <span class="code">rejected, <bdi>&lt;b&gt;</bdi></span><span class="said">Row 9: <bdi>&lt;i&gt;Ann&lt;/i&gt; ` + "\u202e" + `is wrong</bdi></span></th>`,
		`<th scope="row">The phone number is not right <span class="code">rejected, <bdi>phone_short</bdi></span><span class="said"><bdi>phone: too short</bdi></span></th>`,
		"There are more reasons than these", "End of the report: 0 rows.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not there", want)
		}
	}
	for _, not := range []string{"<script", "<i>", "As of", "rehearsal", "Queued"} {
		if strings.Contains(page, not) {
			t.Errorf("%s is there", not)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

// A page says of what is not done, and of a rehearsal, that it is so.
func TestHTMLWarnings(t *testing.T) {
	t.Parallel()
	s := Summary{At: at, Standing: "running", States: []StateCount{{store.Queued, "queued", 1200}, {store.Sending, "being sent", 34}}}
	page := pageOf(t, nil, store.Batch{ID: 7}, s)
	for _, want := range []string{"As of 1 Mar 2026, 12:04:05 UTC: this batch is not finished.", "1,234 rows have not come to an end.", "personal data"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not there:\n%s", want, page)
		}
	}
	s.Rehearsal = true
	page = pageOf(t, nil, store.Batch{ID: 7}, s)
	for _, want := range []string{"<title>Rehearsal: results of batch 7", "This was a rehearsal: nobody was contacted and nothing was charged."} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not there:\n%s", want, page)
		}
	}
}

// The policy of the page allows the style that is in it and nothing else, whatever
// the number of columns.
func TestHTMLPolicy(t *testing.T) {
	t.Parallel()
	for _, extra := range [][]string{nil, {"a", "b", "c"}} {
		page := pageOf(t, nil, store.Batch{ID: 7, ExtraColumns: extra}, Summary{})
		_, style, _ := strings.Cut(page, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
		if len(policy) != 2 || html.UnescapeString(policy[1]) != want {
			t.Errorf("the policy is %q, want %q", policy, want)
		}
		for _, not := range []string{"<link", "@import", "url(", " style=", "<script", "<img"} {
			if strings.Contains(page, not) {
				t.Errorf("the page has %s", not)
			}
		}
	}
}

func TestHTMLEscape(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "plain, +44 = @ -": "plain, +44 = @ -", `<a href="x" id='y'>&amp;`: "&lt;a href=&#34;x&#34; id=&#39;y&#39;&gt;&amp;amp;",
		"tab\tline\n世界 \u202egnp.exe😀": "tab\tline\n世界 \u202egnp.exe😀",
		"nul\x00bel\x07del\x7f":        "nul\ufffdbel\ufffddel\ufffd", "c1\u0085x": "c1\ufffdx", "\ufffe\ufdd0\U0001ffff": "\ufffd\ufffd\ufffd",
		"broken\xff\xfe<": "broken\ufffd\ufffd&lt;",
	} {
		if diff := cmp.Diff(want, escape(value)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

func TestHTMLLinks(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"https://verify.example/s/1?a=b#c": true, "HTTPS://verify.example": true, "https://verify.example:8443/": true,
		"": false, "http://verify.example": false, "javascript:alert(1)": false, " https://verify.example": false, "//verify.example": false,
		"https:verify.example": false, "https:///x": false, "data:text/html,x": false, "https://bank.example@evil.example/": false,
		"java\nscript:alert(1)": false, "https://x\n.example": false,
	} {
		if got := isLink(url); got != want {
			t.Errorf("%q: %v", url, got)
		}
		page := pageOf(t, []store.Applicant{{Key: store.Key{Batch: 7, Row: 2}, SessionURL: url}}, store.Batch{ID: 7}, Summary{})
		if got := strings.Contains(page, "<a "); got != want {
			t.Errorf("%q: a link on the page: %v", url, got)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for want, n := range map[string][2]int{"0.0 %": {0, 5}, "under 0.1 %": {1, 1_000_000}, "33.3 %": {1, 3}, "over 99.9 %": {999_999, 1_000_000}, "100.0 %": {7, 7}, "99.9 %": {999, 1000}} {
		if got := share(n[0], n[1]); got != want {
			t.Errorf("%v: %s, want %s", n, got, want)
		}
	}
}

// breakingReader gives one page, and then cannot be read.
type breakingReader struct{ fakeReader }

var errBroken = errors.New("the database went away")

func (b *breakingReader) Applicants(ctx context.Context, batch int64, after, limit int) ([]store.Applicant, error) {
	if after > 0 {
		return nil, errBroken
	}
	return b.fakeReader.Applicants(ctx, batch, after, limit)
}

// Rows are written as they are read, and a page that broke off does not say that it
// is whole.
func TestHTMLBreaksOff(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := WriteHTML(t.Context(), &breakingReader{fakeReader{all: sample}}, batch, Summary{}, &out)
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if page := out.String(); !strings.Contains(page, "ann@example.com") || strings.Contains(page, "End of the report") {
		t.Errorf("got %s", page)
	}
}

// A page with more rows than are put on paper has those that somebody should look at
// once more, for paper, up to as many.
func TestHTMLPaper(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows, bad int // the last ones are bad
		words     string
		again     int
	}{
		"all are put on paper": {paperRows, 5, "", 0},
		"nobody to look at":    {paperRows + 1, 0, "No row is one that somebody should look at", 0},
		"one":                  {paperRows + 1, 1, "On paper there is only the 1 row that somebody should look at", 1},
		"some":                 {paperRows + 1, 1200, "On paper there are only the 1,200 rows that", 1200},
		"more than that":       {paperRows + 2, paperRows + 1, "On paper there are only the first 3,000 of the 3,001 rows that", paperRows},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := make([]store.Applicant, c.rows)
			for i := range all {
				all[i].Key, all[i].State = store.Key{Batch: 7, Row: i + 2}, store.Invited
				if i >= c.rows-c.bad {
					all[i].State = store.Failed
				}
			}
			page := pageOf(t, all, batch, Summary{States: []StateCount{{store.Invited, "invited", c.rows - c.bad}, {store.Failed, "failed", c.bad}}})
			shown, paper, large := strings.Cut(page, `<div class="paper">`)
			if large != (c.words != "") || !strings.Contains(paper, c.words) {
				t.Errorf("got %.200q on paper", paper)
			}
			if got := strings.Count(shown, `<tr class="bad">`); got != c.bad {
				t.Errorf("%d rows are marked, want %d", got, c.bad)
			}
			if got := strings.Count(paper, `<tr class="bad">`); got != c.again || strings.Count(paper, `<tr><th scope="row">`) != 0 {
				t.Errorf("%d rows are for paper, want %d", got, c.again)
			}
		})
	}
}
