package web

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// The visitors of an desk. What Uli brought is Uli's.
const (
	olga = "olga" // an operator
	uli  = "uli"  // an uploader
	udo  = "udo"  // another one
	vera = "vera" // a viewer
)

var visitors = map[string]visitor{
	olga: {Name: olga, Role: batch.Operator}, uli: {Name: uli, Role: batch.Uploader}, udo: {Name: udo, Role: batch.Uploader}, vera: {Name: vera, Role: batch.Viewer}, "": {},
}

// What people typed that must stay text, and what must not be seen by everybody.
const (
	script  = `<script>alert(1)</script>`
	quotes  = `"><img src=x onerror='alert(2)'>`
	rtl     = "\u202egnp.exe"
	longest = 10_000
)

var manyLetters = strings.Repeat("W", longest)

const listed = "first_name,last_name,email,phone,external_id,note\n"

// listOf is a list of people, some of whom are nobody's friends. Its rows are Ada (2),
// Alan who is refused (3), Grace (4), Rose with what breaks pages (5), Wanda with the
// longest name (6), and Ada again (7).
func listOf() string {
	cell := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return listed +
		"Ada,Lovelace,ada@mail.example,+15192220001,EMP-1,first\n" +
		"Alan,Turing,alan@refused.example,+15192220002,EMP-2,second\n" +
		"Grace,Hopper,grace@mail.example,+15192220003,EMP-3," + cell(quotes+rtl) + "\n" +
		"Rose," + cell(script) + ",rose@mail.example,12," + cell(quotes) + "," + cell(script) + "\n" +
		"Wanda," + manyLetters + ",wanda@mail.example,+15192220005,EMP-5,fifth\n" +
		"Ada,Lovelace,ada@mail.example,+15192220001,EMP-1,again\n"
}

// ofPeople is what only those may see who may open the batch.
var ofPeople = []string{"Ada", "Lovelace", "ada@", "15192220001", "EMP-1", "Turing", "refused.example", "Hopper", "Wanda", "WWWW", "alert(1)", "fifth"}

// desk serves the pages of a rehearsal whose batch is Uli's.
type desk struct {
	*testing.T
	svc *batch.Service
	h   *Handler
	url string
	db  *sql.DB
}

// newOffice imports the list, and works it if that is asked for.
func newOffice(t *testing.T, work bool) *desk {
	t.Helper()
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settings := rehearsal.Settings()
	settings["database"], settings["report.dir"] = sqliteAt(t), dir
	cfg, err := config.Load(config.Options{Dir: dir, Flags: settings})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true, Rehearsal: rehearsal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	o := &desk{T: t, svc: svc}
	o.open(settings["database"])
	o.bring(filepath.Join(dir, script[:8]+".csv"), listOf(), work)
	if o.h, err = New(svc, Options{Version: "test", UploadLimit: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	o.h.identify = func(r *http.Request) (visitor, error) { return visitors[r.Header.Get("As")], nil }
	server := httptest.NewServer(o.h)
	t.Cleanup(server.Close)
	t.Cleanup(o.h.End)
	o.url = server.URL
	return o
}

// open opens the database for what takes days to come about.
func (o *desk) open(database string) {
	o.Helper()
	st, err := store.Open(o.Context(), database, store.Options{})
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(st.Close)
	o.db = st.SQL()
}

func (o *desk) exec(query string, args ...any) {
	o.Helper()
	if _, err := o.db.ExecContext(o.Context(), query, args...); err != nil {
		o.Fatal(err)
	}
}

// bring imports a list as Uli, by a page.
func (o *desk) bring(path, text string, work bool) int64 {
	o.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
	p, err := o.svc.Import(o.Context(), visitors[uli].actor(), batch.Feed{File: path}, batch.ImportOptions{})
	if err != nil {
		o.Fatal(err)
	}
	defer p.Discard()
	if err := p.Start(o.Context()); err != nil {
		o.Fatal(err)
	}
	o.exec("UPDATE batches SET owner = $1 WHERE id = $2", uli, p.Batch.ID)
	if work {
		if err := o.svc.RunToEnd(o.Context(), p.Batch.ID, batch.RunOptions{}); err != nil {
			o.Fatal(err)
		}
	}
	return p.Batch.ID
}

// until waits for something to come to be.
func (o *desk) until(what string, is func() bool) {
	o.Helper()
	until(o.T, what, is)
}

// until waits for something to come to be.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to be that %s", what)
		}
	}
}

func (o *desk) ask(as, method, path string, form url.Values) answered {
	o.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(o.Context(), method, o.url+path, body)
	if err != nil {
		o.Fatal(err)
	}
	req.Header.Set("As", as)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	return read(o.T, res, err)
}

func (o *desk) get(as, path string) answered {
	o.Helper()
	return o.ask(as, http.MethodGet, path, nil)
}

func (o *desk) post(as, path string, pairs ...string) answered {
	o.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return o.ask(as, http.MethodPost, path, form)
}

// has checks the status of an answer, and that some words are on it.
func (o *desk) has(a answered, status int, words ...string) {
	o.Helper()
	if a.StatusCode != status {
		o.Errorf("%s %s: %s, want %d:\n%s", a.Request.Method, a.Request.URL.Path, a.Status, status, a.text)
		return
	}
	for _, word := range words {
		if !strings.Contains(a.text, word) {
			o.Errorf("%s %s: %q is not on the page:\n%s", a.Request.Method, a.Request.URL.Path, word, a.text)
		}
	}
}

// hasNot checks that some words are not on an answer.
func (o *desk) hasNot(a answered, words ...string) {
	o.Helper()
	for _, word := range words {
		if strings.Contains(a.text, word) {
			o.Errorf("%s %s: %q is on the page:\n%s", a.Request.Method, a.Request.URL.Path, word, a.text)
		}
	}
}

// leadsTo checks where an answer leads, and returns the page there.
func (o *desk) leadsTo(as string, a answered, path string) answered {
	o.Helper()
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || to != path {
		o.Fatalf("%s %s: %s to %q, want to %q:\n%s", a.Request.Method, a.Request.URL.Path, a.Status, to, path, a.text)
	}
	return o.get(as, path)
}

// did are the names of the newest acts, the newest first.
func (o *desk) did(n int) string {
	o.Helper()
	acts, err := o.svc.Acts(o.Context(), batch.ActFilter{Limit: n})
	if err != nil {
		o.Fatal(err)
	}
	var names []string
	for _, a := range acts {
		names = append(names, a.Actor+" "+a.Act+strings.TrimRight(" "+a.Rows, " "))
	}
	return strings.Join(names, "; ")
}

// becomes puts a row into a state that only chance brings about.
func (o *desk) becomes(row int, state batch.State, code, words string) {
	o.Helper()
	o.exec("UPDATE counts SET n = n - 1 WHERE batch_id = 1 AND state = (SELECT state FROM applicants WHERE batch_id = 1 AND row_no = $1)", row)
	o.exec("INSERT INTO counts (batch_id, state, slot, n) VALUES (1, $1, 0, 1) ON CONFLICT DO UPDATE SET n = n + 1", string(state))
	o.exec("UPDATE applicants SET state = $1, error_code = $2, error = $3, lookups = 2, session_id = '', session_url = '' WHERE batch_id = 1 AND row_no = $4", string(state), code, words, row)
}
