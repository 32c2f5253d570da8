package web

import (
	"net/http"
	"strings"
	"testing"

	"usher/batch"
)

// every is each page that shows what somebody typed.
var every = []string{"/batches", "/batches/1", "/batches/1/acts", "/batches/1/cancel", "/batches/1/retry", "/batches/1/rest", "/batches/1/people",
	"/batches/1/people?state=rejected", "/batches/1/people/4", "/batches/1/people/5", "/batches/1/people/6", "/batches/1/people/5/reinvite", "/batches/1/unknown"}

// Whatever people have typed shows as text, on every page.
func TestHostilePeople(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.becomes(4, batch.Unknown, "several_sessions", script+quotes)
	o.exec("UPDATE batches SET name = $1", script+quotes+rtl)
	o.exec("UPDATE applicants SET error = $1 WHERE row_no = 3", script)
	var all strings.Builder
	for _, path := range every {
		a := o.get(olga, path)
		o.has(a, http.StatusOK, "</html>", "<h1>")
		o.hasNot(a, "<script>alert", "<img", "'alert(2)'>", "ZgotmplZ")
		if strings.Count(a.text, "<h1") != 1 {
			t.Errorf("%s has not one heading", path)
		}
		if a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		all.WriteString(a.text)
	}
	for _, who := range []string{script, quotes, rtl, manyLetters, "rose@mail.example"} {
		for _, path := range []string{"/find", "/batches/1/people", "/batches"} {
			a := o.post(olga, path, "who", who)
			o.has(a, http.StatusOK)
			o.hasNot(a, "<script>alert", "<img")
		}
	}
	for _, there := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", rtl, manyLetters} {
		if !strings.Contains(all.String(), there) {
			t.Errorf("%.40q is on no page", there)
		}
	}
}

// A batch that is over shows what became of everybody, why, and what can be done.
func TestBatch(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1"), http.StatusOK, "finished with problems", "6 of 6 rows done", "What went wrong",
		`href="/batches/1/people?state=rejected&amp;code=name_too_long"`, "The phone number", `href="/batches/1/retry"`, `href="/batches/1/rest"`,
		"imported the list", "Download for Excel")
	o.hasNot(o.get(uli, "/batches/1"), "'usher", "--region", `action="/batches/1/pause"`)
	o.has(o.get(uli, "/batches/1/people?state=rejected&code=name_too_long"), http.StatusOK, "Correct the rows", "Wanda")
	o.hasNot(o.get(uli, "/batches/1/people?state=rejected&code=name_too_long"), "Rose")
	o.has(o.get(uli, "/batches/1/acts"), http.StatusOK, "imported the list", "rows 6")
	o.has(o.get(uli, "/batches/9"), http.StatusNotFound, "Page not found")
	o.exec("INSERT INTO accounts (name, created_at) VALUES ('another', '2026-01-01')")
	o.exec("UPDATE batches SET account_id = (SELECT id FROM accounts WHERE name = 'another')")
	for _, path := range []string{"/batches/1", "/batches/1/people", "/batches/1/live"} {
		o.has(o.get(olga, path), http.StatusNotFound)
	}
}

// Who only looks sees numbers, states and reasons, and nothing of anybody.
func TestViewerSeesNothingPersonal(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.exec("UPDATE applicants SET error_code = 'ada@mail.example' WHERE row_no = 3") // a code of the API's
	for _, path := range []string{"/", "/batches", "/batches/1", "/batches/1/acts"} {
		a := o.get(vera, path)
		o.has(a, http.StatusOK)
		o.hasNot(a, ofPeople...)
		o.hasNot(a, "/people", "/report", "/retry", "/cancel")
	}
	o.has(o.get(vera, "/batches/1"), http.StatusOK, "What went wrong", "A name is not right", "Another reason")
	for _, key := range []liveKey{{}, {batch: 1}} {
		st, err := o.svc.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		event, err := o.h.live.event(t.Context(), st, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range append(ofPeople, "/people") {
			if strings.Contains(string(event), word) {
				t.Errorf("%q is in what is sent to viewers: %s", word, event)
			}
		}
	}
	o.has(o.get(olga, "/batches/1"), http.StatusOK, `name="code" value="ada@mail.example"`)
	o.hasNot(o.get(olga, "/batches/1"), "code=ada")
	o.has(o.post(olga, "/batches/1/people", "state", "failed", "code", "ada@mail.example"), http.StatusOK, "Turing")
}

func TestBatches(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.exec("UPDATE batches SET name = 'März'")
	o.has(o.get(vera, "/batches"), http.StatusOK, "März", `data-live="/batches/live"`, "2 of 6", "finished with problems")
	o.has(o.post(vera, "/batches", "who", "marz", "state", "finished"), http.StatusOK, "März", `value="marz"`)
	o.has(o.post(vera, "/batches", "who", "april"), http.StatusOK, "No batch is like that")
	o.has(o.get(vera, "/batches?state=running"), http.StatusOK, "No batch is like that")
	o.exec(`
INSERT INTO batches (id, account_id, name, source, fingerprint, options, state, pause_reason, pause_detail, run, extra_columns, report_path, importer, created_at)
WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 61)
SELECT i, (SELECT account_id FROM batches WHERE id = 1), 'list ' || i, '', '', '', 'finished', '', '', 1, '[]', '', '', '2026-01-01T00:00:00.000Z' FROM n`)
	first := o.get(vera, "/batches")
	o.has(first, http.StatusOK, "list 61", "list 12", `name="before" value="12"`)
	o.hasNot(first, "list 11<")
	second := o.post(vera, "/batches", "before", "12")
	o.has(second, http.StatusOK, "list 11", "März")
	o.hasNot(second, "list 12<", "data-live", "Older batches")
}
