package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"usher/batch"
	"usher/config"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// office is a site with a worker and a provider, at which one of each role works.
// Una and Ulf are uploaders: what there is, is Una's.
type office struct {
	*site
	logged *observer.ObservedLogs
	who    map[string]*http.Client // by name; "" is nobody
}

// provider refuses those whose e-mail begins with refused, in the words that it is
// given, loses the answer about those whose begins with lost, and makes sessions for
// all others.
func provider(t *testing.T, refusal string) string {
	t.Helper()
	box := sandbox.New(sandbox.Options{Balance: -1})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch {
		case r.Method == http.MethodPost && bytes.Contains(body, []byte("refused")):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, refusal)
		case r.Method == http.MethodPost && bytes.Contains(body, []byte("lost")):
			panic(http.ErrAbortHandler)
		default:
			box.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// plainRefusal quotes somebody, as providers do.
const plainRefusal = `{"error":{"message":"refused.person@example.com was refused","code":"bad_person"}}`

func openOffice(t *testing.T, database, refusal string) *office {
	t.Helper()
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: map[string]string{
		"database": database, "upstream.base_url": provider(t, refusal), "upstream.api_key": "test", "upstream.timeout": "5s",
		"upstream.resend": "never", "lookup.after": "100ms", "lookup.again": "200ms", "upstream.rate": "100",
	}})
	if err != nil {
		t.Fatal(err)
	}
	core, logged := observer.New(zapcore.DebugLevel)
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true, Profiles: t.TempDir(), Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(svc, Options{Version: "test", UploadLimit: 8e6, Idle: time.Hour, Absolute: time.Hour, Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	server := serveAndWork(t, h, svc)
	o := &office{&site{t, server, h, svc}, logged, map[string]*http.Client{}}
	o.who[""] = o.browser()
	for name, role := range map[string]batch.Role{"Vera": batch.Viewer, "Una": batch.Uploader, "Ulf": batch.Uploader, "Olga": batch.Operator} {
		o.add(name, role)
		o.who[name] = o.in(name)
	}
	return o
}

func sqliteAt(t *testing.T) string {
	t.Helper()
	return storetest.SQLiteMigrated(t, upgraded)
}

// as sends a request as somebody.
func (o *office) as(name, method, path string, form url.Values, headers ...string) answered {
	o.Helper()
	return o.send(o.who[name], method, path, form, headers...)
}

// bring pastes a list as somebody, waits until it is checked and returns its
// address.
func (o *office) bring(name, list string) string {
	o.Helper()
	a := o.as(name, "POST", "/new/paste", url.Values{"cells": {list}})
	if a.StatusCode != http.StatusSeeOther {
		o.Fatalf("bring: %s\n%s", a.Status, a.text)
	}
	at := a.Header.Get("Location")
	o.checked(name, at)
	return at
}

// eventually waits for something.
func (o *office) eventually(what string, is func() bool) {
	o.Helper()
	until(o.T, what, is)
}

func (o *office) checked(name, at string) {
	o.Helper()
	o.as(name, "GET", at, nil)
	o.eventually("the list is checked", func() bool {
		return strings.Contains(o.as(name, "GET", at+"/progress", nil).text, `"working":false`)
	})
}

// hidden is the value of a field of a page that is not seen.
func (o *office) hidden(text, name string) string {
	o.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		o.Fatalf("the page has no field %s:\n%s", name, text)
	}
	return m[1]
}

// invite agrees to a list as somebody, and returns the address of its batch when
// it is over.
func (o *office) invite(name, at string) string {
	o.Helper()
	text := o.as(name, "GET", at, nil).text
	form := url.Values{"revision": {o.hidden(text, "revision")}, "agreed": {o.hidden(text, "agreed")}, "leave_out": {"1"}}
	a := o.as(name, "POST", at+"/invite", form)
	for a.StatusCode == http.StatusSeeOther && !strings.HasPrefix(a.Header.Get("Location"), "/batches/") {
		time.Sleep(50 * time.Millisecond)
		a = o.as(name, "GET", at, nil)
		if a.StatusCode == http.StatusOK && strings.Contains(a.text, "data-progress") {
			a.StatusCode = http.StatusSeeOther
		}
	}
	if a.StatusCode != http.StatusSeeOther {
		o.Fatalf("invite: %s\n%s", a.Status, a.text)
	}
	to, _, _ := strings.Cut(a.Header.Get("Location"), "?")
	o.eventually("the batch is over", func() bool {
		var id int64
		_, err := fmt.Sscanf(to, "/batches/%d", &id)
		b, err2 := o.svc.Batch(o.Context(), id)
		return err == nil && err2 == nil && b.State == batch.Finished
	})
	return to
}

// everyKind is a list with somebody of each kind: rows 2 invited, 3 refused, 4 unknown,
// 5 left out, 6 a duplicate.
const everyKind = `First name,Last name,Email,Phone,Reference,Department
Anneliese,Okonkwo,anneliese@example.com,+447700900101,REF-0001,Stores
Refusenik,Person,refused.person@example.com,+447700900102,REF-0002,Stores
Lostina,Nowhere,lost.nowhere@example.com,+447700900103,REF-0003,Stores
Wrongly,Written,not-an-address,+447700900104,REF-0004,Stores
Anneliese,Okonkwo,anneliese@example.com,+447700900101,REF-0001,Stores
`

// personal is what of the list nobody may see whose list it is not.
var personal = []string{
	"anneliese", "okonkwo", "refusenik", "refused.person", "lostina", "lost.nowhere", "wrongly", "not-an-address", "4477009001", "ref-000",
}

// postgresAt is a database on PostgreSQL, which takes some texts worse than SQLite.
func postgresAt(t *testing.T) string {
	t.Helper()
	return storetest.PostgresMigrated(t, upgraded)
}

func upgraded(database string) error {
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		return err
	}
	_, err = batch.Upgrade(context.Background(), cfg, nil)
	return err
}
