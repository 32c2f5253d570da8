package jobs_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"usher/jobs"
	"usher/schedule/when"
	"usher/store"
	"usher/upstream/sandbox"
)

// quietPast is a rule of which no quiet time is to come.
var quietPast = when.Rule{Holidays: "2001-01-01", Zone: "UTC"}.Text()

// quietNow is a rule by which it is quiet today, and tomorrow.
func quietNow() string {
	today := time.Now().UTC()
	return when.Rule{Holidays: today.AddDate(0, 0, -1).Format(time.DateOnly) + "," + today.Format(time.DateOnly) + "," +
		today.AddDate(0, 0, 1).Format(time.DateOnly), Zone: "UTC"}.Text()
}

func beQuiet(ctx context.Context, f *fleet, _ store.Actor, batch int64) error {
	return f.st.InTx(ctx, func(tx *store.Tx) error { return jobs.BeginQuiet(ctx, tx, batch, quietNow()) })
}

func endQuiet(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	return f.control.EndQuiet(ctx, by, batch)
}

// Quiet times begin in the middle of a batch. No request is begun before their end,
// then it goes on by itself, and everybody is invited once. Another batch goes on
// meanwhile.
func TestQuietInTheMiddle(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		batch, other := f.batch(t, 120), f.batch(t, 30)
		f.start(t, "w1", func(c *jobs.Config) { c.Pace.Rate, c.Pace.Burst = 60, 5 })
		f.until(t, func() bool { return len(f.api.Sessions()) >= 20 })
		now, err := f.st.Now(ctx)
		if err != nil {
			t.Fatal(err)
		}
		// Times as a rule has them, for a database that rounds what is finer.
		begin := now.Add(300 * time.Millisecond).Truncate(time.Millisecond)
		w := store.QuietWindow{Since: now.Add(-time.Minute), From: begin, Until: begin.Add(3 * time.Second)}
		err = f.st.InTx(ctx, func(tx *store.Tx) error {
			if err := tx.SetQuiet(ctx, batch, quietPast); err != nil {
				return err
			}
			return tx.MoveQuiet(ctx, batch, quietPast, w)
		})
		if err != nil {
			t.Fatal(err)
		}
		from, err := f.st.Now(ctx) // on a busy machine that took longer than there was time
		if err != nil {
			t.Fatal(err)
		}
		if from.Before(w.From) {
			from = w.From
		}
		if counts := f.finished(t, batch); counts[store.Invited] != 120 {
			t.Errorf("counts = %v", counts)
		}
		if counts := f.finished(t, other); counts[store.Invited] != 30 {
			t.Errorf("counts of the other batch = %v", counts)
		}
		if n := f.once(t); n != 150 {
			t.Errorf("%d sessions, want 150", n)
		}
		before, after := 0, 0
		for _, a := range f.everybody(t, batch) {
			attempts, err := f.st.Attempts(ctx, a.Key)
			attempts = slices.DeleteFunc(attempts, func(a store.Attempt) bool { return a.Outcome == store.OutcomeNotSent })
			if err != nil || len(attempts) != 1 {
				t.Fatalf("row %d: %+v, %v", a.Row, attempts, err)
			}
			switch at := attempts[0].StartedAt; {
			case at.Before(from.Add(50 * time.Millisecond)): // an attempt is written a moment after its claim
				before++
			case at.Before(w.Until):
				t.Errorf("row %d was sent to in a quiet time, at %v", a.Row, at)
			default:
				after++
			}
		}
		if before == 0 || after == 0 {
			t.Errorf("%d were invited before and %d after the quiet time, want some of both", before, after)
		}
	})
}

// A batch that is quiet from its beginning is not sent to before a person has it go
// on, and then it is at once.
func TestQuietEnds(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	ctx := context.Background()
	batch, other := f.batch(t, 5), f.batch(t, 5)
	if err := beQuiet(ctx, f, ann, batch); err != nil {
		t.Fatal(err)
	}
	f.start(t, "w1", nil)
	if counts := f.finished(t, other); counts[store.Invited] != 5 { // who works has seen both of them
		t.Errorf("counts of the other batch = %v", counts)
	}
	for _, a := range f.everybody(t, batch) {
		if a.State != store.Queued {
			t.Errorf("row %d is %s", a.Row, a.State)
		}
	}
	if err := endQuiet(ctx, f, ann, batch); err != nil {
		t.Fatal(err)
	}
	if counts := f.finished(t, batch); counts[store.Invited] != 5 {
		t.Errorf("counts = %v", counts)
	}
	if err := endQuiet(ctx, f, ann, batch); err == nil {
		t.Error("the quiet time of a finished batch was ended")
	}
}

// A clock that is set back, or forward over a whole quiet time, leaves each moment as
// quiet as the rule says.
func TestQuietByAnotherClock(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	ctx := context.Background()
	quiet, loud, unknown := f.batch(t, 3), f.batch(t, 3), f.batch(t, 3)
	now, err := f.st.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	hour := func(n time.Duration) time.Time { return now.Add(n * time.Hour) }
	for batch, is := range map[int64]struct {
		rule string
		w    store.QuietWindow
	}{
		quiet:   {quietNow(), store.QuietWindow{Since: hour(100), From: hour(110), Until: hour(120)}},      // as found by a clock that was ahead
		loud:    {quietPast, store.QuietWindow{Since: hour(-500), From: hour(-400), Until: hour(-300)}},    // nobody looked for days
		unknown: {"of a newer usher", store.QuietWindow{Since: hour(-9), From: hour(-8), Until: hour(-7)}}, // keeps nobody else waiting
	} {
		if err := f.st.SetQuiet(ctx, batch, is.rule); err != nil {
			t.Fatal(err)
		}
		if err := f.st.MoveQuiet(ctx, batch, is.rule, is.w); err != nil {
			t.Fatal(err)
		}
	}
	f.start(t, "w1", nil)
	if counts := f.finished(t, loud); counts[store.Invited] != 3 {
		t.Errorf("counts = %v", counts)
	}
	f.until(t, func() bool {
		b, err := f.st.Batch(ctx, quiet)
		return err == nil && !b.Astray && b.IsQuiet && b.Window.Until.Before(hour(60))
	})
	for _, batch := range []int64{quiet, unknown} {
		for _, a := range f.everybody(t, batch) {
			if a.State != store.Queued {
				t.Errorf("batch %d: row %d is %s", batch, a.Row, a.State)
			}
		}
	}
}
