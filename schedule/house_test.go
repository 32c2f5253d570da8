package schedule_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// house is a database with an API and a database of people, on which any number of
// processes are opened.
type house struct {
	*testing.T
	database string
	api      *sandbox.Server
	url      string
	people   *sql.DB
	said     map[string]config.Schedule // by usher.yaml
}

// onBoth runs a test on SQLite, and on PostgreSQL.
func onBoth(t *testing.T, test func(h *house)) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") },
		"postgres": func(t *testing.T) string { return storetest.PostgresMigrated(t, migrated) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newHouse(t, database(t)))
		})
	}
}

func migrated(database string) error {
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		return err
	}
	_, err = batch.Upgrade(context.Background(), cfg, nil)
	return err
}

func newHouse(t *testing.T, database string) *house {
	t.Helper()
	h := &house{T: t, database: database, api: sandbox.New(sandbox.Options{Balance: -1}), said: map[string]config.Schedule{}}
	server := httptest.NewServer(h.api)
	t.Cleanup(server.Close)
	h.url = server.URL
	path := filepath.Join(t.TempDir(), "hr.db")
	var err error
	if h.people, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.people.Close() })
	h.sql("CREATE TABLE staff (n INTEGER PRIMARY KEY, first TEXT, mail TEXT)")
	h.sql("PRAGMA journal_mode = WAL")
	return h
}

func (h *house) sql(query string, args ...any) {
	h.Helper()
	if _, err := h.people.ExecContext(h.Context(), query, args...); err != nil {
		h.Fatal(err)
	}
}

// hire adds people from one number to another.
func (h *house) hire(from, to int) {
	h.Helper()
	for n := from; n <= to; n++ {
		h.sql("INSERT INTO staff VALUES ($1, 'Ann', 'ann' || $1 || '@example.com')", n)
	}
}

func (h *house) config() *config.Config {
	h.Helper()
	cfg, err := config.Load(config.Options{Flags: map[string]string{
		"database": h.database, "upstream.base_url": h.url, "upstream.api_key": "key", "upstream.rate": "1000", "upstream.burst": "100",
		"report.dir": h.TempDir(),
	}})
	if err != nil {
		h.Fatal(err)
	}
	var path string
	if err := h.people.QueryRow("SELECT file FROM pragma_database_list").Scan(&path); err != nil {
		h.Fatal(err)
	}
	cfg.Sources = map[string]config.Source{"hr": {
		URL: "sqlite:" + path, Query: "SELECT n, first AS first_name, 'Lee' AS last_name, mail AS email, '+4477009' || (10000 + n) AS phone, 'n' || n AS external_id FROM staff WHERE n > :mark",
		Watermark: "n", Start: "0",
	}}
	cfg.Schedules = maps.Clone(h.said)
	return cfg
}

// process opens another process.
func (h *house) process() (*batch.Service, *schedule.Service) {
	h.Helper()
	svc, err := batch.Open(h.Context(), h.config(), batch.Options{Command: "test", Send: true})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(svc.Close)
	return svc, schedule.New(svc)
}

// work has a process keep schedules and work until the test ends.
func (h *house) work(svc *batch.Service, s *schedule.Service) {
	h.Helper()
	s.WorkBeside()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- svc.Work(ctx) }()
	h.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			h.Error(err)
		}
	})
}

var operator = batch.Actor{Name: "olga", Role: "operator", Way: batch.WayPage}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v (%s)", err, batch.Hint(err))
	}
}

// apply has what is said of schedules count, and tells what changed.
func (h *house) apply(s *schedule.Service) (what []string) {
	h.Helper()
	plan, err := s.Plan(h.Context())
	h.must(err)
	h.must(s.Apply(h.Context(), operator, plan))
	for _, d := range plan {
		what = append(what, d.What+" "+d.Name)
	}
	return what
}

// lookedAt sets up to when a schedule was looked at.
func (h *house) lookedAt(s *schedule.Service, name string, at time.Time) {
	h.Helper()
	sch, err := s.Store.Schedule(h.Context(), s.Account, name)
	h.must(err)
	h.must(s.Store.InTx(h.Context(), func(tx *store.Tx) error { return tx.ScheduleLooked(h.Context(), sch.ID, at, at) }))
}

// setClock has a process believe in a moment.
func (h *house) setClock(s *schedule.Service, at time.Time) {
	h.Helper()
	now, err := s.Store.Now(h.Context())
	h.must(err)
	s.SetAhead(at.Sub(now))
}

// occurrences are those of a schedule, the first first.
func (h *house) occurrences(s *schedule.Service, name string) (all []schedule.Occurrence) {
	h.Helper()
	one, err := s.Schedule(h.Context(), name, 10_000)
	h.must(err)
	for i := len(one.Occurrences) - 1; i >= 0; i-- {
		all = append(all, one.Occurrences[i])
	}
	return all
}

// states are how often each state comes, with why.
func states(all []schedule.Occurrence) map[string]int {
	counts := map[string]int{}
	for _, o := range all {
		what := o.State
		if o.Why != "" {
			what += " " + o.Why
		}
		counts[what]++
	}
	return counts
}

func (h *house) until(what string, done func() bool) {
	h.Helper()
	for end := time.Now().Add(90 * time.Second); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("%s: it did not come", what)
		}
	}
}
