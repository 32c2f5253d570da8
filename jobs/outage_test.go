package jobs

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"usher/store"
)

// TestADatabaseThatIsAwayIsToldOnce: a dozen loops and as many parts of River
// meet an outage, every second. Who invites people reads of it once.
func TestADatabaseThatIsAwayIsToldOnce(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zapcore.InfoLevel)
	o := newOutages(zap.New(core))
	river := riverLog(zap.New(core), o)
	away := &store.DatabaseError{Code: "57P03", Message: "the server is starting up"}
	for range 50 {
		o.tell("the sweep failed", away)
		o.tell("the queues could not be reconciled", context.DeadlineExceeded)
		river.Error("producer: Error fetching jobs", "err", "failed to connect to `user=ann database=usher`: 10.1.2.3:5432", "queue", "b1")
		river.Error("jobexecutor.JobExecutor: Error completing job", "err", "timeout: context deadline exceeded")
		river.Warn("leadership.Elector: Current leader stepping down", "client_id", "w1")
		river.Info("Client: started")
	}
	all := lines.All()
	if len(all) != 1 {
		t.Errorf("%d lines, want one: %v", len(all), all)
	}
	for _, line := range all {
		if line.Level != zapcore.WarnLevel || strings.Contains(line.Message, "Elector") || strings.Contains(line.Message, "producer") {
			t.Errorf("told: %v", line)
		}
	}
}

// TestAnOutageIsTwoLines: that it begins, and that it is over, which is when nobody
// meets it any more. What was begun in it and fails late is no new one.
func TestAnOutageIsTwoLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zapcore.InfoLevel)
		o := newOutages(zap.New(core))
		stop := make(chan struct{})
		defer close(stop)
		var back atomic.Bool
		o.stopped, o.answers = stop, func(context.Context) error {
			if back.Load() {
				return nil
			}
			return &store.DatabaseError{Code: "57P03"}
		}
		river := riverLog(zap.New(core), o)
		away := &store.DatabaseError{Code: "57P01", Message: "the server was shut down"}
		for range 4 {
			o.tell("the sweep failed", away)
			river.Error("producer: Error fetching jobs", "err", "failed to connect", "queue", "b1")
			time.Sleep(time.Second)
		}
		back.Store(true)
		time.Sleep(5 * time.Second)
		river.Error("leadership.Elector: Error attempting to elect", "err", "timeout: context deadline exceeded")
		o.tell("the sweep failed", context.DeadlineExceeded)
		time.Sleep(time.Minute)
		if all := lines.All(); len(all) != 2 || !strings.Contains(all[1].Message, "answers again, after about 4s; nothing is lost") {
			t.Errorf("told: %v", all)
		}
		o.tell("the sweep failed", away)
		time.Sleep(time.Minute)
		if n := lines.Len(); n != 4 {
			t.Errorf("%d lines after a second outage, want two more", n)
		}
	})
}

// TestWhatDoesNotPassIsToldEachTime: neither a job that panics nor a right that
// is missing is an outage, and a state of the server's is told by its code.
func TestWhatDoesNotPassIsToldEachTime(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zapcore.InfoLevel)
	o := newOutages(zap.New(core))
	o.tell("the sweep failed", &store.DatabaseError{Code: "42501", Message: "the database user lacks a right"})
	river := riverLog(zap.New(core), o)
	river.Error("jobexecutor.JobExecutor: panic recovery; possible bug with Worker", "panic_val", "nil map")
	river.Error("producer: Error fetching jobs", "err", "ERROR: permission denied for table river_job (SQLSTATE 42501)")
	all := lines.All()
	if len(all) != 3 || all[0].Level != zapcore.ErrorLevel || all[1].Level != zapcore.ErrorLevel {
		t.Fatalf("told: %v", all)
	}
	if got := all[2].ContextMap()["sqlstate"]; got != "42501" {
		t.Errorf("the code of the queue's trouble is %v", got)
	}
}

// TestAPassThatTakesTooLongIsGivenMore: a connection that died without a word is
// found soon, and a slow database comes to an end all the same.
func TestAPassThatTakesTooLongIsGivenMore(t *testing.T) {
	t.Parallel()
	p := passes{first: time.Millisecond, most: 4 * time.Millisecond}
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, want := range []time.Duration{2 * time.Millisecond, 4 * time.Millisecond, 4 * time.Millisecond} {
		if err := p.do(context.Background(), hang); !errors.Is(err, context.DeadlineExceeded) || p.next != want {
			t.Errorf("%v, next %v, want %v", err, p.next, want)
		}
	}
	if err := p.do(context.Background(), func(context.Context) error { return nil }); err != nil || p.next != 0 {
		t.Errorf("after one that was enough: %v, next %v", err, p.next)
	}
}

// TestAnOutageIsToldByWhatLastsOfIt: whoever meets it first has only lost a connection;
// what the database says a moment later is what there is to do something about. A disk
// that is full takes some statements still, which does not end the outage.
func TestAnOutageIsToldByWhatLastsOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zapcore.InfoLevel)
		o := newOutages(zap.New(core))
		stop := make(chan struct{})
		defer close(stop)
		asked := 0
		o.stopped, o.answers = stop, func(context.Context) error {
			switch asked++; asked {
			case 1:
				return store.CodeError("57P01") // another connection that is left
			case 2:
				return store.CodeError("53100")
			}
			return nil
		}
		riverLog(zap.New(core), o).Error("producer: Error fetching jobs", "err", "FATAL: terminating connection (SQLSTATE 57P01)")
		time.Sleep(time.Second)
		for range 3 {
			o.tell("the sweep failed", store.CodeError("53100"))
			time.Sleep(5 * time.Second)
		}
		time.Sleep(time.Minute)
		all := lines.All()
		if len(all) != 2 || !strings.Contains(all[1].Message, "answers again, after about 11s") {
			t.Fatalf("told: %v", all)
		}
		said := all[0].ContextMap()
		if words := said["error"]; words != "the disk of the database server is full (SQLSTATE 53100)" || said["hint"] != "make room on it" {
			t.Errorf("told: %v", said)
		}
	})
}

// TestAnOutageIsToldByWhatWasMetWhereNothingFollows: a server that is being stopped ends
// the connections with a word, and takes no new ones. It is not one with too much to do.
func TestAnOutageIsToldByWhatWasMetWhereNothingFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zapcore.InfoLevel)
		o := newOutages(zap.New(core))
		stop := make(chan struct{})
		defer close(stop)
		o.stopped, o.answers = stop, func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			case <-stop:
			}
			return &store.DatabaseError{Code: "timeout", Message: "the database did not answer in time"}
		}
		o.tell("the sweep failed", store.CodeError("57P01"))
		time.Sleep(time.Minute)
		all := lines.All()
		if len(all) != 1 || all[0].ContextMap()["error"] != "the database server was shut down (SQLSTATE 57P01)" {
			t.Errorf("told: %v", all)
		}
	})
}
