package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/batch"
	"usher/config"
)

// pages serves pages on a database of their own, to a visitor.
func pages(t *testing.T, v visitor) *httptest.Server {
	t.Helper()
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: map[string]string{
		"database": sqliteAt(t), "upstream.api_key": "test", "upstream.base_url": "http://127.0.0.1:1",
	}})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	h, err := New(svc, Options{Version: "test", Idle: time.Hour, Absolute: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	h.identify = func(*http.Request) (visitor, error) { return v, nil }
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(h.End)
	return server
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var text strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := res.Body.Read(buf)
		text.Write(buf[:n])
		if err != nil {
			return res, text.String()
		}
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	s := pages(t, visitor{})
	if res, _ := get(t, s.URL+"/batches"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/signin?next=%2Fbatches" {
		t.Errorf("got %s to %q, want the page to sign in on", res.Status, res.Header.Get("Location"))
	}
	if res, text := get(t, s.URL+"/healthz"); res.StatusCode != http.StatusOK || text != "ok\n" {
		t.Errorf("got %s %q", res.Status, text)
	}
}

func TestNoBatches(t *testing.T) {
	t.Parallel()
	s := pages(t, visitor{Name: "Ann", Role: batch.Viewer})
	res, text := get(t, s.URL+"/batches")
	if res.StatusCode != http.StatusOK || !strings.Contains(text, "There is no batch yet.") {
		t.Errorf("got %s:\n%s", res.Status, text)
	}
	if res, text := get(t, s.URL+"/batches/7"); res.StatusCode != http.StatusNotFound || !strings.Contains(text, "Page not found") {
		t.Errorf("got %s:\n%s", res.Status, text)
	}
}

// serveAndWork serves pages and works, as 'usher serve' does, until t ends.
func serveAndWork(t *testing.T, h *Handler, svc *batch.Service) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan error, 1)
	go func() { worked <- svc.Work(ctx) }()
	t.Cleanup(func() {
		h.End()
		server.Close()
		stop()
		if err := <-worked; err != nil {
			t.Errorf("work: %v", err)
		}
		svc.Close()
	})
	return server
}

// A database that says nothing any more is not waited for until nobody reads the
// answer, whatever of the page needs it.
func TestPageInTime(t *testing.T) {
	t.Parallel()
	dsn := postgresAt(t)
	s := siteAt(t, dsn, Options{})
	s.add("ann", batch.Operator)
	c := s.in("ann")
	db, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	s.h.patience.Store(int64(300 * time.Millisecond))
	for _, table := range []string{"batches", "web_sessions"} {
		// What waits for it all the same gets it some time, and this test ends.
		if _, err := db.Exec(t.Context(), "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15s'; LOCK TABLE "+table); err != nil {
			t.Fatal(err)
		}
		if a := s.send(c, http.MethodGet, "/batches", nil); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.text, "The database") {
			t.Errorf("%s do not answer: %s\n%s", table, a.Status, a.text)
		}
		if _, err := db.Exec(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
	s.h.patience.Store(int64(patience))
	if a := s.send(c, http.MethodGet, "/batches", nil); a.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s\n%s", a.Status, a.text)
	}
}
