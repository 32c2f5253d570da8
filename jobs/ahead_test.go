package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"usher/store"
	"usher/upstream"
)

// claimer is a process that can claim, but has not been set to work, with a running batch
// of so many queued people.
func claimer(t *testing.T, people int) (s *Service, keys []store.Key) {
	t.Helper()
	return claimerOn(t, openUpgraded(t), people)
}

func claimerOn(t *testing.T, st *store.Store, people int) (s *Service, keys []store.Key) {
	t.Helper()
	ctx := context.Background()
	asked := func(context.Context) (upstream.Session, error) { return upstream.Session{}, errors.New("asked") }
	s = idleOn(t, st, silent{create: asked}, func(c *Config) { c.Pace = store.Pace{Rate: 25, Burst: 1} })
	var all []store.Applicant
	id, err := s.st.InsertBatch(ctx, store.Batch{Account: s.account, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range people {
		k := store.Key{Batch: id, Row: i + 2}
		keys, all = append(keys, k), append(all, store.Applicant{Key: k, State: store.Queued})
	}
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertApplicants(ctx, all); err != nil {
			return err
		}
		return tx.ActivateBatch(ctx, id)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.st.HoldLease(ctx, store.WorkerLease("w"), "w", "", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.commits = newCommitter(s.st, s.log, store.ClaimParams{Account: s.account, Worker: "w", Timeout: time.Minute}, func(int) {}, s.pacer.ready, s.notePaused)
	t.Cleanup(s.commits.close)
	return s, keys
}

// TestClaimedAheadIsAskedFor: who was claimed before his time is not sent to when the batch,
// the gate or the pace was stopped since, whether this process heard of it or not.
func TestClaimedAheadIsAskedFor(t *testing.T) {
	t.Parallel()
	paused := func(t *testing.T, s *Service, k store.Key) {
		if _, err := s.st.PauseBatch(context.Background(), k.Batch, PausedByPerson, ""); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		stop  func(t *testing.T, s *Service, k store.Key)
		fresh time.Duration
		want  bool
	}{
		"nothing":                      {func(*testing.T, *Service, store.Key) {}, holdFresh, true},
		"the batch is paused, unheard": {paused, holdFresh, false},
		"the batch is paused": {func(t *testing.T, s *Service, k store.Key) {
			paused(t, s, k)
			s.stops.note(k.Batch, time.Now())
		}, time.Hour, false},
		"the batch is paused, and the process hears nothing any more": {func(t *testing.T, s *Service, k store.Key) {
			s.hears.Store(false)
			paused(t, s, k)
		}, time.Hour, false},
		"the batch is paused, unheard, and the claim is fresh": {paused, time.Hour, true}, // nobody is asked
		"another batch is paused": {func(t *testing.T, s *Service, k store.Key) {
			paused(t, s, k)
			s.stops.note(k.Batch+1, time.Now())
		}, time.Hour, true},
		"the batch has paused itself": {func(t *testing.T, s *Service, k store.Key) {
			s.pauseBatch(context.Background(), k.Batch, PausedByPerson, "")
		}, time.Hour, false},
		"the gate is closed, unheard": {func(t *testing.T, s *Service, _ store.Key) {
			s.sql(t, `UPDATE gate SET generation = generation + 1, reason = 'by_person'`)
		}, holdFresh, false},
		"the pace is in another wave, unheard": {func(t *testing.T, s *Service, _ store.Key) {
			s.sql(t, `UPDATE pace SET wave = wave + 1`)
		}, holdFresh, false},
		"an answer says to wait": {func(_ *testing.T, s *Service, _ store.Key) { s.gate.refuse(0) }, time.Hour, false},
		"the process stops":      {func(_ *testing.T, s *Service, _ store.Key) { close(s.stopping) }, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, keys := claimer(t, 1)
			s.hears.Store(true)
			l := leave{generation: s.look(t).Generation}
			in := turn{ahead: true, fresh: c.fresh}
			claim := s.commits.claim(keys[0], l, in, false)
			if claim.err != nil || !claim.ok {
				t.Fatalf("not claimed: %v", claim.err)
			}
			in.at = time.Now().Add(3 * holdFresh) // counted from here, as a claim may take long
			c.stop(t, s, keys[0])
			if got := s.holds(claim, l, in); got != c.want {
				t.Errorf("may be sent to: %t, want %t", got, c.want)
			}
		})
	}
}

// TestPutBack: who was claimed ahead and may not be sent to is queued again, and it does
// not count.
func TestPutBack(t *testing.T) {
	t.Parallel()
	s, keys := claimer(t, 1)
	l := leave{generation: s.look(t).Generation}
	s.pacer.inFlight <- struct{}{}
	in := turn{at: time.Now().Add(time.Hour), ahead: true}
	close(s.stopping)
	if done, err := s.invite(context.Background(), keys[0], l, in); done || err != nil {
		t.Errorf("done %t, %v", done, err)
	}
	if n := s.count(t, `SELECT count(*) FROM applicants WHERE state = 'queued' AND counted = 0 AND sent_at IS NULL`); n != 1 {
		t.Error("the person is not queued as before")
	}
	if len(s.pacer.inFlight) != 0 {
		t.Error("the place among the requests in flight is not free")
	}
}

// TestSlotsOfAMoment: slots are given out ahead to as many as wait, and leave half of the
// places to those whose time has come.
func TestSlotsOfAMoment(t *testing.T) {
	t.Parallel()
	s := &Service{gate: newGatekeeper()}
	s.cfg.Concurrency, s.cfg.Timeout = 8, time.Minute
	s.pacer = newPacer(s)
	var all []*waiter
	for range 20 {
		w := &waiter{make(chan turn, 1)}
		all = append(all, w)
		s.pacer.enter(1, w)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	slots := store.Slots{N: 20, Every: time.Hour, Given: time.Now()} // none but the first is due
	over := make(chan int)
	go func() {
		used, _ := s.pacer.handOut(ctx, slots, make(chan struct{}), func(int64) bool { return true })
		over <- used
	}()
	first := <-all[0].granted
	cancel()
	if used := <-over; used != 1 || len(all[1].granted) != 0 || !first.ahead {
		t.Errorf("%d slots an hour apart were given out, ahead %t", used, first.ahead)
	}
	if d := s.pacer.aheadFor(time.Microsecond); d != 0 {
		t.Errorf("at full speed slots are given out %v ahead", d)
	}
	every := aheadMoment / 20
	moment := time.Now().Add(aheadMoment)
	given := 0
	for at := time.Now(); at.Before(moment); at = at.Add(every) {
		if s.pacer.tryNext(make(chan struct{}), func(int64) bool { return true }) != nil {
			given++
		}
	}
	if given != 3 { // of eight places one was taken
		t.Errorf("%d were given out ahead, want 3", given)
	}
}

// TestSettlementsGather: a settlement that can wait is written with the next that cannot.
func TestSettlementsGather(t *testing.T) {
	t.Parallel()
	s, _ := claimer(t, 0)
	c := &committer{settles: make(chan *settle, 3), quit: make(chan struct{})}
	for _, patience := range []time.Duration{time.Hour, time.Hour, 0} {
		c.settles <- &settle{patience: patience}
	}
	if _, all := c.gather(nil, c.settles); len(all) != 3 {
		t.Errorf("%d are written together, want 3", len(all))
	}
	created := outcome{attempt: store.OutcomeCreated}
	s.pacer.ahead.Store(int64(time.Second))
	if d := s.patience(created); d != 0 {
		t.Errorf("nobody waits, and a settlement does for %v", d)
	}
	s.pacer.every.Store(int64(300 * time.Millisecond))
	for range 5 {
		s.pacer.enter(1, &waiter{make(chan turn, 1)})
	}
	if d := s.patience(created); d != 0 {
		t.Errorf("fewer wait than there are slots in that time, and a settlement does for %v", d)
	}
	s.pacer.enter(1, &waiter{make(chan turn, 1)})
	if d := s.patience(created); d == 0 {
		t.Error("a settlement does not wait for others")
	}
	if d := s.patience(outcome{attempt: store.OutcomeRefused, state: store.Failed}); d != 0 {
		t.Errorf("a refusal, which may stop the batch, waits for %v", d)
	}
	s.pacer.every.Store(int64(time.Minute))
	if d := s.patience(created); d != 0 {
		t.Errorf("slots are a minute apart, and a settlement waits for %v", d)
	}
}
