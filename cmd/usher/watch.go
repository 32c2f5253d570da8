package main

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
)

// workOn works on one batch until it is over, with progress.
func (e *runEnv) workOn(ctx context.Context, batch int64, maxWait time.Duration) error {
	if err := e.lockWork(ctx); err != nil {
		return err
	}
	var s *jobs.Service
	err := e.patiently(ctx, func() (err error) {
		if s, err = e.service(batch); err == nil {
			err = s.Start(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	w := &watcher{runEnv: e, batch: batch, maxWait: maxWait, bar: newBar(e.stderr)}
	watched := w.watch(ctx)
	w.bar.clear()
	if ctx.Err() != nil {
		fmt.Fprintln(e.stderr, "usher: stopping; what is in flight is brought to an end")
	}
	stopped := e.stop(s)
	switch {
	case watched != nil:
		return watched
	case store.Passing(stopped): // all is settled, and its leases end by themselves
		e.log.Warn("the database could not be told that the work is over", zap.Error(stopped))
		return nil
	}
	return stopped
}

// A database that is away is asked again this often, and given so long to answer
// one question. It may take all the time it needs to come back.
const (
	awayPoll = time.Second
	lookFor  = 5 * time.Second
	countFor = time.Minute
)

// patiently does something that must be done, again and again while the database
// is away.
func (e *runEnv) patiently(ctx context.Context, do func() error) error {
	for told := false; ; told = true {
		err := do()
		if !store.Passing(err) || ctx.Err() != nil {
			return err
		}
		if !told {
			fmt.Fprintf(e.stderr, "usher: the database is away, and is waited for: %s\n", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(awayPoll):
		}
	}
}

// watcher shows a batch's progress until it is over, and says how it ended.
type watcher struct {
	*runEnv
	batch   int64
	maxWait time.Duration
	bar     *bar
	shut    time.Time // since when the gate has been closed
	counts  store.Counts
	counted time.Time     // when they were counted
	cost    time.Duration // how long that took
	away    bool          // the database is
}

// watchPoll is how often a watcher looks whether the batch is over.
const watchPoll = 200 * time.Millisecond

func (w *watcher) watch(ctx context.Context) error {
	for {
		over, err := w.look(ctx)
		wait := watchPoll
		switch {
		case ctx.Err() != nil:
			return &exitStatus{exitInterrupted, "interrupted; everything is kept", "run the same command again to go on"}
		case store.Passing(err):
			w.isAway(err)
			wait = awayPoll
		case over || err != nil:
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// isAway tells that the database is away: the work goes on when it is back.
func (w *watcher) isAway(err error) {
	if !w.away {
		w.bar.clear()
		fmt.Fprintf(w.stderr, "usher: the database does not answer; the work goes on when it does (%s)\n", err)
	}
	w.away = true
}

// look reports whether the batch is over; the error says how, if it is not done.
func (w *watcher) look(ctx context.Context) (over bool, err error) {
	b, gate, err := w.state(ctx)
	if err != nil {
		return false, err
	}
	done := b.State == store.BatchFinished
	if err := w.count(ctx, done); err != nil {
		return false, err
	}
	w.away = false
	switch b.State {
	case store.BatchFinished:
		w.bar.working(w.counts, gate, true)
		return true, nil
	case store.BatchPaused:
		return true, withHint(fmt.Errorf("batch %d was paused: %s", b.ID, pauseWords(b)), pausedHint(b))
	case store.BatchCancelled:
		return true, fmt.Errorf("batch %d was cancelled", b.ID)
	}
	w.bar.working(w.counts, gate, false)
	return false, w.tooLong(gate)
}

func (w *watcher) state(ctx context.Context) (b store.Batch, g store.Gate, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	if b, err = w.st.Batch(ctx, w.batch); err == nil {
		g, err = w.st.Gate(ctx, w.account)
	}
	return b, g, err
}

// count counts the people, unless that was done a moment ago: counting a million
// takes a while, and the database is to be left to the work.
func (w *watcher) count(ctx context.Context, now bool) (err error) {
	ctx, cancel := context.WithTimeout(ctx, countFor)
	defer cancel()
	start := time.Now()
	if !now && w.counts != nil && start.Sub(w.counted) < min(50*w.cost, 15*time.Second) {
		return nil
	}
	if w.counts, err = w.st.Counts(ctx, w.batch); err != nil {
		return err
	}
	w.counted, w.cost = time.Now(), time.Since(start)
	return nil
}

// tooLong gives up when the gate has been closed for --max-wait.
func (w *watcher) tooLong(gate store.Gate) error {
	now := time.Now()
	switch {
	case gate.Open():
		w.shut = time.Time{}
		return nil
	case w.shut.IsZero():
		w.shut = now
	}
	if w.maxWait == 0 || now.Sub(w.shut) < w.maxWait {
		return nil
	}
	return &exitStatus{exitGate, fmt.Sprintf("stopped: the API could not be called for %s: %s", w.maxWait, gateWords(gate)),
		"everything is kept; run the same command again to go on"}
}
