package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/upstream/sandbox"
)

// line is the way to a PostgreSQL server. It can be frozen, so that nothing
// comes through and nothing is said, and it can be cut.
type line struct {
	network, address string
	mu               sync.Mutex
	frozen           chan struct{} // closed when it flows
	open             []net.Conn
	down             bool
}

// through puts a line before a database, and returns its address there.
func through(t *testing.T, dsn string) (*line, string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{frozen: make(chan struct{})}
	close(l.frozen)
	l.network, l.address = "tcp", net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))
	if strings.HasPrefix(cfg.Host, "/") {
		l.network, l.address = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", cfg.Host, cfg.Port)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close(); l.cut(); l.thaw() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(conn)
		}
	}()
	u := url.URL{Scheme: "postgres", User: url.UserPassword(cfg.User, cfg.Password), Host: listener.Addr().String(),
		Path: "/" + cfg.Database, RawQuery: "sslmode=disable"}
	return l, u.String()
}

func (l *line) carry(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	server, err := net.Dial(l.network, l.address)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	l.mu.Lock()
	l.open = append(l.open, conn, server)
	down := l.down
	l.mu.Unlock()
	if down {
		return
	}
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{conn, server}, {server, conn}} {
		go func() {
			_, _ = io.Copy(way[1], &flow{l, way[0]})
			done <- struct{}{}
		}()
	}
	<-done
}

// flow reads from a connection while the line flows.
type flow struct {
	l *line
	r io.Reader
}

func (f *flow) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	f.l.mu.Lock()
	frozen := f.l.frozen
	f.l.mu.Unlock()
	<-frozen
	return n, err
}

func (l *line) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = make(chan struct{})
}

func (l *line) thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = false
	select {
	case <-l.frozen:
	default:
		close(l.frozen)
	}
}

// cut ends every connection and lets no new one come up until it is thawed.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
}

// watched is a standard error that does something when something is said.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
	say  string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if w.then != nil && strings.Contains(w.text.String(), w.say) {
		w.then()
		w.then = nil
	}
	return len(p), nil
}

// TestDatabaseAwayDuringRun takes the database away in the middle of a run. The
// run says so, waits, and goes on by itself; nobody is sent to twice.
func TestDatabaseAwayDuringRun(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*line){"it stalls": (*line).freeze, "it is restarted": (*line).cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, dsn := through(t, postgresDatabase(t))
			api := sandbox.New(sandbox.Options{Balance: -1})
			errs := &watched{say: "the database does not answer"}
			var once sync.Once
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if len(api.Sessions()) >= 20 {
					once.Do(func() {
						errs.mu.Lock() // what was said before was not of this
						defer errs.mu.Unlock()
						away(l)
						errs.then = l.thaw
					})
				}
				api.ServeHTTP(w, r)
			}))
			defer web.Close()
			dir := t.TempDir()
			people := filepath.Join(dir, "people.csv")
			write(t, people, peopleFile(100))
			var out strings.Builder
			code := inTime(t.Context(), t, []string{"run", "--yes", people, "--report", filepath.Join(dir, "report.csv")}, []string{
				"USHER_UPSTREAM_BASE_URL=" + web.URL, "USHER_UPSTREAM_API_KEY=key", "USHER_UPSTREAM_RATE=0",
				"USHER_LOOKUP_AFTER=300ms", "USHER_LOOKUP_AGAIN=600ms", "USHER_WORK_CONCURRENCY=4",
				"USHER_DATABASE=" + dsn,
			}, &out, errs)
			emails := map[string]bool{}
			for _, s := range api.Sessions() {
				emails[s.Email] = true
			}
			if code != exitDone || len(api.Sessions()) != 100 || len(emails) != 100 || errs.then != nil {
				t.Errorf("exit status %d, %d sessions of %d people, away: %t\n%s%s", code, len(api.Sessions()), len(emails), errs.then == nil,
					out.String(), errs.text.String())
			}
			if log := errs.text.String(); strings.Contains(log, "user=") || strings.Contains(log, ".go:") {
				t.Errorf("the log is not for people, or tells too much: %s", log)
			}
		})
	}
}

// TestDatabaseAwayFromPages takes the database away from a process that does nothing
// but serve pages. They say so, and send whoever looks after it to the log.
func TestDatabaseAwayFromPages(t *testing.T) {
	t.Parallel()
	l, dsn := through(t, postgresDatabase(t))
	served := make(chan struct{})
	out, errs := &watched{}, &watched{say: "the pages are served", then: func() { close(served) }}
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- inTime(ctx, t, []string{"serve", "--no-work", "--listen", "127.0.0.1:0"}, []string{"USHER_DATABASE=" + dsn}, out, errs)
	}()
	select {
	case <-served:
	case c := <-code:
		t.Fatalf("exit status %d: %s", c, errs.said())
	}
	l.cut()
	res, err := (&http.Client{Timeout: time.Minute}).Get(strings.TrimSpace(printedLink.FindString(out.text.String())))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	stop()
	if got := <-code; got != exitDone || res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "The database does not answer") {
		t.Errorf("exit status %d, and the page is %s:\n%s", got, res.Status, text)
	}
	if log := errs.text.String(); !strings.Contains(log, "a page could not be shown") || strings.Contains(log, "user=") {
		t.Errorf("the log does not tell of it, or tells too much: %s", log)
	}
}

// TestDatabaseAwayFromFolder takes the database away from a process that does nothing but
// take the lists of a folder. It says so once, and that it is back.
func TestDatabaseAwayFromFolder(t *testing.T) {
	t.Parallel()
	l, dsn := through(t, postgresDatabase(t))
	out, errs := &watched{}, &watched{say: "is watched", then: l.cut}
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- inTime(ctx, t, []string{"watch", "--no-work", t.TempDir()}, []string{"USHER_DATABASE=" + dsn}, out, errs)
	}()
	errs.await(t, "the database does not answer")
	l.thaw()
	errs.await(t, "the database answers again")
	stop()
	log := errs.said()
	if got := <-code; got != exitDone || strings.Count(log, "does not answer") != 1 || strings.Contains(log, "cannot be served") || strings.Contains(log, "user=") {
		t.Errorf("exit status %d, and the log tells more than once, or too much: %s", got, log)
	}
}

func (w *watched) said() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits until something is said.
func (w *watched) await(t *testing.T, words string) {
	t.Helper()
	for range 1200 {
		if strings.Contains(w.said(), words) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%q is never said: %s", words, w.said())
}
