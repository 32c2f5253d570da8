package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
	"usher/store/storetest"
	"usher/upstream"
)

// silent is an API that is not to be asked, but for what a test lets it answer.
type silent struct {
	create func(ctx context.Context) (upstream.Session, error)
}

func (s silent) CreateSession(ctx context.Context, _ upstream.SessionRequest) (upstream.Session, error) {
	return s.create(ctx)
}

func (silent) SessionsByExternalID(context.Context, string) ([]upstream.Session, error) {
	return nil, errors.New("asked")
}

func (silent) Session(context.Context, string) (upstream.Session, error) {
	return upstream.Session{}, errors.New("asked")
}

func (silent) Skew() (time.Duration, bool)        { return 0, false }
func (silent) NamedRate() (rate float64, ok bool) { return 0, false }

// openUpgraded opens a database on SQLite with every table.
func openUpgraded(t *testing.T) *store.Store {
	t.Helper()
	return openUpgradedOn(t, storetest.SQLiteMigrated)
}

func openUpgradedOn(t *testing.T, migrated func(testing.TB, func(dsn string) error) string) *store.Store {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, migrated(t, func(dsn string) error {
		st, err := store.Open(ctx, dsn, store.Options{})
		if err != nil {
			return err
		}
		defer st.Close()
		_, err = Upgrade(ctx, st, func() {})
		return err
	}), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// idle is a process that has not been set to work, on SQLite.
func idle(t *testing.T, api inviter, change func(*Config)) *Service {
	t.Helper()
	return idleOn(t, openUpgraded(t), api, change)
}

func idleOn(t *testing.T, st *store.Store, api inviter, change func(*Config)) *Service {
	t.Helper()
	ctx := context.Background()
	var err error
	cfg := Config{Worker: "w", Concurrency: 4, Timeout: time.Second, LookupAfter: time.Second, LookupAgain: 2 * time.Second,
		ProbeFirst: time.Minute, ProbeMost: time.Hour, RetryAfterCap: time.Minute}
	if cfg.Account, err = st.Account(ctx, "test", ""); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(st, api, cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	s.look(t)
	return s
}

// look brings the process's view of the gate up to date.
func (s *Service) look(t *testing.T) store.Gate {
	t.Helper()
	g, err := s.readGate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (s *Service) sql(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := s.st.SQL().Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func (s *Service) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := s.st.SQL().QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// inDoubt makes a running batch of one applicant, whose look-up is due.
func (s *Service) inDoubt(t *testing.T) store.Key {
	t.Helper()
	ctx := context.Background()
	id, err := s.st.InsertBatch(ctx, store.Batch{Account: s.account, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertApplicants(ctx, []store.Applicant{{Key: store.Key{Batch: id, Row: 2}, State: store.Sending}}); err != nil {
			return err
		}
		return tx.ActivateBatch(ctx, id)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.sql(t, `UPDATE applicants SET attempt = 1, lookup_at = '2020-01-01T00:00:00.000Z' WHERE batch_id = $1`, id)
	return store.Key{Batch: id, Row: 2}
}

// TestClosingsKept: of several answers the strongest decides the cause, and the
// longest time that was named is kept to.
func TestClosingsKept(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	generation := s.look(t).Generation
	s.gate.shutNow(generation)
	for range 1000 {
		s.closings.add(closing{leave: leave{generation: generation}, reason: store.GateRateLimited, told: true, until: time.Now().Add(30 * time.Minute)})
		s.closings.add(closing{leave: leave{generation: generation}, reason: store.GatePaymentRequired})
	}
	if n := len(s.closings.all); n != 2 {
		t.Errorf("%d closings are kept, want 2", n)
	}
	s.flushClosings()
	if g := s.look(t); g.Reason != store.GatePaymentRequired || g.Wait() < 29*time.Minute {
		t.Errorf("the gate is closed for %s, for %v", g.Reason, g.Wait())
	}
}

// TestRetryAfterByTheRightClock: a time that the API names when the clock has
// been put right is kept to, though nobody has noticed yet that it was ahead.
func TestRetryAfterByTheRightClock(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	if err := s.seeClock(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.sql(t, `UPDATE clock SET seen_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day')`)
	s.closings.add(closing{leave: leave{generation: s.look(t).Generation}, reason: store.GateRateLimited, told: true, until: time.Now().Add(30 * time.Minute)})
	s.flushClosings()
	if err := s.seeClock(context.Background()); err != nil {
		t.Fatal(err)
	}
	if g := s.look(t); g.Wait() < 29*time.Minute || g.Wait() > 34*time.Minute {
		t.Errorf("the gate opens in %v, the API said half an hour", g.Wait())
	}
}

// TestStopWritesClosings: what the last request was answered is not forgotten
// by stopping.
func TestStopWritesClosings(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	// As if the loop had been stopped before it came to this one.
	s.cancel()
	s.loops.Wait()
	s.closeGate(closing{leave: leave{generation: s.look(t).Generation}, reason: store.GateUnauthorized})
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if g := s.look(t); g.Reason != store.GateUnauthorized {
		t.Errorf("the gate is closed for %q", g.Reason)
	}
}

// TestWatchRests: while a probe is under way the gate is not asked after all
// the time.
func TestWatchRests(t *testing.T) {
	t.Parallel()
	now := time.Now()
	g := store.Gate{Reason: store.GateUpstreamDown, Now: now, Until: now.Add(-time.Second)}
	if d := lookIn(g, gatePoll); d != gatePoll {
		t.Errorf("looks again in %v", d)
	}
	g.Until = now.Add(50 * time.Millisecond)
	if d := lookIn(g, gatePoll); d != 50*time.Millisecond {
		t.Errorf("looks again in %v", d)
	}
}

// TestRests: a process rests where no batch runs, and where it is told of one also from
// looking whether there is one; a batch that begins ends the rest.
func TestRests(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	if s.reconcilePoll(true) != reconcilePoll || s.slowSweep() != s.cfg.Sweep {
		t.Error("it rests before it knows that no batch runs")
	}
	s.noteBusy(false)
	if s.slowSweep() <= s.cfg.Sweep {
		t.Error("it does not rest while no batch runs")
	}
	s.hears.Store(true) // on SQLite nobody tells
	if s.reconcilePoll(false) != reconcilePoll || s.gatePoll() != gatePoll {
		t.Error("it relies on being told where nobody tells")
	}
	s.noteBusy(true)
	s.noteBusy(true)
	if len(s.began) != 1 || s.slowSweep() != s.cfg.Sweep {
		t.Error("a batch that begins does not end the rest")
	}
}

// TestTurnOnce: a batch has one turn in line, however often its jobs come and go.
func TestTurnOnce(t *testing.T) {
	t.Parallel()
	p := newPacer(&Service{cfg: Config{Concurrency: 1}})
	for range 10 {
		w := &waiter{make(chan turn, 1)}
		p.enter(1, w)
		if !p.leave(1, w) {
			t.Fatal("it did not wait")
		}
		p.enter(1, &waiter{make(chan turn, 1)})
		p.sendAway(func(int64) bool { return true })
	}
	for _, batch := range []int64{1, 1, 1, 2} {
		p.enter(batch, &waiter{make(chan turn, 1)})
	}
	if len(p.turn) != 2 {
		t.Errorf("the turns are %v", p.turn)
	}
	p.next()
	if p.next(); len(p.waiting[2]) != 0 || p.length() != 2 {
		t.Errorf("the second turn was not the second batch's: %d wait", p.length())
	}
	for p.next() != nil {
	}
	if p.length() != 0 || len(p.turn) != 0 || len(p.waiting) != 0 {
		t.Errorf("left: %v, %v", p.turn, p.waiting)
	}
}

// TestNoLookupsWhileClosed: look-ups that cannot be made do not pile up.
func TestNoLookupsWhileClosed(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	s.inDoubt(t)
	generation := s.look(t).Generation
	s.gate.shutNow(generation)
	enqueue := func() int {
		if err := s.enqueueLookups(context.Background()); err != nil {
			t.Fatal(err)
		}
		return s.count(t, `SELECT count(*) FROM river_job WHERE kind = 'lookup'`)
	}
	if n := enqueue(); n != 0 {
		t.Errorf("%d jobs at a closed gate", n)
	}
	s.gate.unshut()
	if n := enqueue(); n != 1 {
		t.Errorf("%d jobs at an open gate, want 1", n)
	}
}

// TestIdleLookup: a look-up that was made meanwhile takes no slot of the pace,
// and tells nothing of the API.
func TestIdleLookup(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	k := s.inDoubt(t)
	s.sql(t, `UPDATE applicants SET state = 'invited'`)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second) // nobody hands out slots
	defer cancel()
	if err := (&lookupWorker{s: s}).Work(ctx, &river.Job[LookupArgs]{Args: LookupArgs{k.Batch, k.Row}}); err != nil {
		t.Error(err)
	}
	if o, err := s.lookup(ctx, k, leave{generation: 1}); o.alive || err != nil {
		t.Errorf("alive %t without a request, %v", o.alive, err)
	}
}

// TestReportOnce: a report that is there is not written over.
func TestReportOnce(t *testing.T) {
	t.Parallel()
	reports := 0
	s := idle(t, silent{}, func(c *Config) {
		c.Finished = func(context.Context, store.Batch) error { reports++; return nil }
	})
	ctx := context.Background()
	k := s.inDoubt(t)
	s.sql(t, `UPDATE applicants SET state = 'invited'`)
	if err := s.finish(ctx, store.Batch{ID: k.Batch, Run: 7}); err != nil { // 7 is out of date
		t.Fatal(err)
	}
	if n := s.count(t, `SELECT count(*) FROM river_job WHERE kind = 'finish' AND json(args) = json($1)`, `{"batch":1,"run":1}`); n != 1 {
		t.Errorf("%d jobs to report the first run", n)
	}
	for range 2 {
		if err := (&finishWorker{s: s}).Work(ctx, &river.Job[FinishArgs]{Args: FinishArgs{k.Batch, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	if reports != 1 {
		t.Errorf("%d reports, want 1", reports)
	}
}

// TestProbeTooEarly: a probe whose slot is far off gives it back, and one at
// the end of the day's requests is no error.
func TestProbeTooEarly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pace store.Pace
		most time.Duration
	}{
		"slow": {store.Pace{Rate: 0.01, Burst: 1}, 100 * time.Second},
		"day":  {store.Pace{Daily: 1}, time.Minute},
	} {
		s := idle(t, silent{}, func(cfg *Config) { cfg.Pace = c.pace })
		ctx := context.Background()
		if _, err := s.countProbe(ctx); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			var early earlyError
			if _, err := s.countProbe(ctx); !errors.As(err, &early) || early.wait <= 0 || early.wait > c.most {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := s.count(t, `SELECT day_count FROM pace`); n != 1 {
			t.Errorf("%s: %d requests counted, want 1", name, n)
		}
	}
}

// TestDeadlineByTheWallClock: the clock that Go's deadlines go by stands still
// while a machine sleeps, and others look the applicant up meanwhile. What is
// checked before writing must not.
func TestDeadlineByTheWallClock(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	s := idle(t, silent{create: func(ctx context.Context) (upstream.Session, error) {
		deadline, _ = ctx.Deadline()
		return upstream.Session{}, nil
	}}, nil)
	c := claimed{deadline: time.Now().Add(time.Hour)}
	if _, err := s.send(c, func() bool { return true }); err != nil {
		t.Fatal(err)
	}
	if !deadline.Equal(c.deadline) || strings.Contains(deadline.String(), "m=") {
		t.Errorf("the deadline is %v, want %v without its monotonic reading", deadline, c.deadline)
	}
}

// TestSecondLookupKeepsItsDistance: also when the first was late.
func TestSecondLookupKeepsItsDistance(t *testing.T) {
	t.Parallel()
	s := &Service{cfg: Config{LookupAfter: 30 * time.Second, LookupAgain: 2 * time.Minute}}
	now := time.Now()
	for late, want := range map[time.Duration]time.Duration{30 * time.Second: 90 * time.Second, time.Hour: 90 * time.Second,
		0: 2 * time.Minute} {
		if got := s.againIn(store.InDoubt{Ended: now.Add(-late), Now: now}); got != want {
			t.Errorf("%v after the end: again in %v, want %v", late, got, want)
		}
	}
}
