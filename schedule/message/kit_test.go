package message

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// tellingHouse is a process with an API, whose times are short.
type tellingHouse struct {
	*testing.T
	dir  string
	cfg  *config.Config
	svc  *batch.Service
	room *Room
}

func tellingOnBoth(t *testing.T, targets map[string]config.Target, test func(h *tellingHouse)) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite": func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") },
		"postgres": func(t *testing.T) string {
			return storetest.PostgresMigrated(t, func(dsn string) error {
				cfg, err := config.Load(config.Options{Flags: map[string]string{"database": dsn}})
				if err == nil {
					_, err = batch.Upgrade(context.Background(), cfg, nil)
				}
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newTellingHouse(t, database(t), targets))
		})
	}
}

func newTelling(t *testing.T, targets map[string]config.Target) *tellingHouse {
	t.Helper()
	return newTellingHouse(t, "sqlite:"+filepath.Join(t.TempDir(), "usher.db"), targets)
}

func newTellingHouse(t *testing.T, database string, targets map[string]config.Target) *tellingHouse {
	t.Helper()
	api := httptest.NewServer(sandbox.New(sandbox.Options{Balance: -1}))
	t.Cleanup(api.Close)
	h := &tellingHouse{T: t, dir: t.TempDir()}
	var err error
	h.cfg, err = config.Load(config.Options{Flags: map[string]string{"database": database, "upstream.base_url": api.URL, "upstream.api_key": "key",
		"upstream.rate": "1000", "report.dir": h.dir}})
	h.must(err)
	h.cfg.Notify = targets
	h.svc, h.room = h.process()
	return h
}

// process opens another process of the house.
func (h *tellingHouse) process() (*batch.Service, *Room) {
	h.Helper()
	svc, err := batch.Open(h.Context(), h.cfg, batch.Options{Command: "test", Send: true})
	h.must(err)
	h.Cleanup(svc.Close)
	r := New(svc, Options{Version: "test", Env: []string{"PATH=" + os.Getenv("PATH"), "USHER_UPSTREAM_API_KEY=key-of-ours", "PGPASSWORD=word"}})
	r.times = times{look: 20 * time.Millisecond, gap: func(int) time.Duration { return 0 }, wait: func(int) time.Duration { return 50 * time.Millisecond },
		webhook: time.Minute, mail: time.Minute, command: time.Minute, last: time.Minute}
	return svc, r
}

func (h *tellingHouse) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v (%s)", err, batch.Hint(err))
	}
}

// work has the process work until the test ends.
func (h *tellingHouse) work() {
	h.Helper()
	h.room.Begin()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.svc.Work(ctx) }()
	h.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			h.Error(err)
		}
	})
}

var tellingActor = batch.Actor{Name: "ann", Role: "system user", Way: batch.WayCommandLine}

const tellingPeople = `first_name,last_name,email,phone
Ada,Lovelace,ada@example.com,+15192220001
Alan,Turing,alan@refused.example,+15192220002
Grace,Hopper,grace@example.com,+15192220003
`

// batch imports a list and sets it running.
func (h *tellingHouse) batch(name string) int64 {
	h.Helper()
	list := filepath.Join(h.dir, name)
	h.must(os.WriteFile(list, []byte(tellingPeople), 0o600))
	p, err := h.svc.Import(h.Context(), tellingActor, batch.Feed{File: list}, batch.ImportOptions{})
	h.must(err)
	defer p.Discard()
	h.must(p.Start(h.Context()))
	return p.Batch.ID
}

// until waits for something.
func (h *tellingHouse) until(what string, is func() bool) {
	h.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("still waiting until %s", what)
		}
	}
}

func (h *tellingHouse) note(e store.Event) {
	h.Helper()
	e.Account = h.room.account
	h.must(Note(h.Context(), h.room.st, e))
}

func (h *tellingHouse) messages() []batch.Message {
	h.Helper()
	all, err := h.svc.Messages(h.Context(), batch.MessageFilter{})
	h.must(err)
	return all
}

// states are those of the messages, the oldest first.
func (h *tellingHouse) states() string {
	h.Helper()
	var words []string
	for _, m := range h.messages() {
		words = append([]string{m.State}, words...)
	}
	return strings.Join(words, " ")
}

// exec runs a statement of the test's own.
func (h *tellingHouse) exec(query string) {
	h.Helper()
	var err error
	if pool := h.room.st.Pgx(); pool != nil {
		_, err = pool.Exec(h.Context(), query)
	} else {
		_, err = h.room.st.SQL().ExecContext(h.Context(), query)
	}
	h.must(err)
}

// post is what a receiver got.
type post struct {
	header http.Header
	body   []byte
}

// receiver takes webhooks, and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	posts  []post
	answer http.HandlerFunc
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	v := &receiver{}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	v.posts = append(v.posts, post{r.Header.Clone(), text})
	answer := v.answer
	v.mu.Unlock()
	if answer != nil {
		answer(w, r)
	}
}

func (v *receiver) answers(f http.HandlerFunc) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = f
}

func status(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

func (v *receiver) got() []post {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]post(nil), v.posts...)
}

const tellingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hook is a webhook target at an address.
func hook(t *testing.T, url string) config.Target {
	t.Helper()
	return config.Target{Webhook: &config.Webhook{URL: url, Key: keyOf(t, tellingSecret), AllowPrivate: true}, On: config.NotifyEvents}
}
