package jobs_test

import (
	"context"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// closedFor waits until the gate is closed for a reason.
func (f *fleet) closedFor(t *testing.T, reason string) {
	t.Helper()
	f.until(t, func() bool {
		g, err := f.st.Gate(context.Background(), f.account)
		return err == nil && g.Reason == reason
	})
}

// shortDay is how long a day is that is short, and does not end in the next minutes.
func shortDay() time.Duration {
	length := 10 * time.Minute
	for now := time.Now(); (store.Pace{DayLength: length}).Calendar().End(now).Sub(now) < 5*time.Minute; {
		length += time.Minute
	}
	return length
}

// TestDayUsedUpByRefusals: an API with a limit of the day that nobody told usher, and that
// does not say how long to wait, is tried seldom once it is used up. When it lets requests
// through again, work goes on by itself.
func TestDayUsedUpByRefusals(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1, Daily: 40, OmitRetryAfter: true}, func(t *testing.T, f *fleet) {
		batch, pace := f.batch(t, 60), store.Pace{Rate: 100, Burst: 1, DayLength: shortDay()}
		f.start(t, "w1", func(c *jobs.Config) {
			c.Pace = pace
			c.ShortWait = 10 * time.Second
			c.Concurrency = 8 // as many may be on their way when the first is refused
		})
		f.closedFor(t, store.GateDayUsedUp)
		if refused := f.api.Requests().Of("POST /v1/sessions", 429); refused > 20 {
			t.Errorf("%d requests were wasted to learn that the day is used up", refused)
		}
		now, err := f.st.PaceNow(context.Background(), f.account, pace)
		if err != nil || now.DayLimit < 30 || now.DayLimit > 40 || now.Rate != 100 {
			t.Errorf("of 40 a day was learned %+v, %v", now, err)
		}
		f.api.SetDaily(0)
		if counts := f.finished(t, batch); counts[store.Invited] != 60 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 60 {
			t.Errorf("%d sessions, want 60", n)
		}
	})
}

// TestLookupsInUsedUpDay: when invitations have used the day up, those whose answer was
// lost are looked up all the same.
func TestLookupsInUsedUpDay(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{After5xx: 0.2, Seed: 5}}, func(t *testing.T, f *fleet) {
		batch := f.batch(t, 80)
		f.start(t, "w1", func(c *jobs.Config) {
			c.Pace = store.Pace{Rate: 100, Burst: 1, Daily: 80, Reserve: 30}
			c.LookupAfter, c.LookupAgain = time.Second, 2*time.Second
		})
		f.closedFor(t, store.GateDailyLimit)
		f.until(t, func() bool {
			counts, err := f.st.Counts(context.Background(), batch)
			return err == nil && counts[store.Sending] == 0 && counts[store.Invited] > 0
		})
		requests := f.api.Requests()
		sent, asked := requests.Total("POST /v1/sessions"), requests.Total("GET /v1/sessions")
		if sent > 50 || sent+asked < 35 || asked == 0 {
			t.Errorf("%d invitations and %d look-ups were sent, want 50 invitations at the most and some look-ups", sent, asked)
		}
		f.once(t)
	})
}

// TestDayIsUsedUp: what some processes have left of a day when another finds nothing more
// is sent all the same.
func TestDayIsUsedUp(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		if f.st.Path() != "" {
			return // one process
		}
		batch := f.batch(t, 600)
		for _, name := range []string{"w1", "w2", "w3"} {
			f.start(t, name, func(c *jobs.Config) { c.Concurrency, c.Pace = 100, store.Pace{Rate: 50, Burst: 1, Daily: 150} })
		}
		f.closedFor(t, store.GateDailyLimit)
		f.until(t, func() bool {
			counts, err := f.st.Counts(context.Background(), batch)
			return err == nil && counts[store.Sending] == 0
		})
		if sent := f.api.Requests().Total("POST /v1/sessions"); sent > 150 || sent < 140 {
			t.Errorf("%d requests were sent of 150 a day", sent)
		}
	})
}

// TestDayOfTheDead: what a process had of the day when it was killed is sent by others, as
// soon as its lease has ended. Until then the day is not taken for used up.
func TestDayOfTheDead(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		batch, pace := f.batch(t, 30), store.Pace{Rate: 100, Burst: 30, Daily: 30}
		ctx := context.Background()
		if held, err := f.st.HoldLease(ctx, store.WorkerLease("dead"), "dead", "", 2*time.Second); err != nil || !held {
			t.Fatal(held, err)
		}
		if got, err := f.st.ReserveSlots(ctx, f.account, pace, store.SlotRequest{Want: 20, Worker: "dead"}); err != nil || got.N != 20 {
			t.Fatal(got, err)
		}
		f.start(t, "w1", func(c *jobs.Config) { c.Pace = pace })
		if counts := f.finished(t, batch); counts[store.Invited] != 30 {
			t.Errorf("counts = %v", counts)
		}
	})
}
