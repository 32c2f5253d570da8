package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

func clockTests() tests {
	return tests{
		"Forward": clockForward, "SetBack": clockSetBack, "SetBackAtOnce": clockSetBackAtOnce, "Little": clockLittle,
		"Lookups": clockLookups, "Pace": clockPace, "Midnight": clockMidnight, "Midnights": clockMidnights,
		"Gate": clockGate,
	}
}

// setBackBy is the clock that a test finds set back.
const setBackBy = time.Hour

// seenAhead makes it be known that the clock was ahead.
func (w *world) seenAhead(d time.Duration) {
	w.Helper()
	w.see()
	w.exec("UPDATE clock SET seen_at = $1", w.ago(-d))
}

func (w *world) see() time.Duration {
	w.Helper()
	back, err := w.st.SeeClock(w.Context())
	w.must(err)
	return back
}

// checkIn checks how far off a time to come is, give or take what a test takes.
func (w *world) checkIn(what string, at time.Time, want time.Duration) {
	w.Helper()
	now, err := w.st.Now(w.Context())
	w.must(err)
	if in := at.Sub(now); in > want || in < want-time.Minute {
		w.Errorf("%s comes in %v, want %v", what, in, want)
	}
}

func clockForward(w *world) {
	w.close(store.GateRateLimited, time.Hour)
	for range 3 {
		if back := w.see(); back != 0 {
			w.Errorf("a clock that goes as it should was set back by %v", back)
		}
	}
	w.exec("UPDATE clock SET seen_at = $1", w.ago(24*time.Hour)) // as if it had jumped a day since
	if back := w.see(); back != 0 {
		w.Errorf("a clock that jumped forward was set back by %v", back)
	}
	w.checkIn("the gate's opening", w.gate().Until, time.Hour)
}

// clockLittle has a clock that is put right by a small step.
func clockLittle(w *world) {
	w.close(store.GateRateLimited, time.Hour)
	w.seenAhead(3 * time.Second)
	if back := w.see(); back != 0 {
		w.Errorf("set back by %v", back)
	}
	if got := w.reserve(store.Pace{}, 1); got.N != 1 {
		w.Errorf("got %+v, want a slot", got)
	}
}

// clockSetBack: what was left of a wait is left of it now, what was due is due,
// and what a person closed stays closed.
func clockSetBack(w *world) {
	w.hold("living", "a")
	w.exec("UPDATE leases SET expires_at = $1 WHERE name = 'living'", w.ago(-5*time.Second))
	byPerson := w.newAccount("by a person")
	w.tx(func(tx *store.Tx) error { return tx.CloseGateByPerson(w.Context(), byPerson, "stop") })
	w.close(store.GatePaymentRequired, -time.Second)
	if !w.takeProbe(worker, setBackBy+30*time.Second) {
		w.Fatal("no probe was taken")
	}
	w.exec("UPDATE gate SET until = $1 WHERE account_id = $2", w.ago(-setBackBy-10*time.Minute), w.account)
	w.exec("UPDATE gate SET closed_at = $1 WHERE closed_at IS NOT NULL", w.ago(-setBackBy+2*time.Minute))
	w.seenAhead(setBackBy)
	if back := w.see(); back < setBackBy-time.Minute || back > setBackBy {
		w.Errorf("set back by %v, want %v", back, setBackBy)
	}
	g := w.gate()
	w.checkIn("the next probe", g.Until, 10*time.Minute)
	w.checkIn("the probe's end", g.ProbeUntil, 30*time.Second)
	w.checkTime("ClosedAt", g.ClosedAt)
	if back := w.see(); back != 0 {
		w.Errorf("set back once more, by %v", back)
	}
	w.checkIn("the next probe, after another look", w.gate().Until, 10*time.Minute)
	leases, err := w.st.Leases(w.Context(), "")
	w.must(err)
	for _, l := range leases {
		w.checkIn("the end of "+l.Name, l.ExpiresAt, 12*time.Second)
	}
	if len(leases) != 2 {
		w.Errorf("%d leases are left, want 2", len(leases))
	}
	w.account = byPerson
	if g := w.gate(); g.Open() || !g.ByPerson || w.openWhenDue() {
		w.Errorf("what a person closed is %+v", g)
	}

	w.account = w.newAccount("due")
	w.close(store.GateRateLimited, setBackBy-time.Minute) // by the old clock it was to open a minute ago
	w.seenAhead(setBackBy)
	if w.see(); !w.openWhenDue() {
		w.Error("a gate that was due is not opened")
	}
}

func clockSetBackAtOnce(w *world) {
	w.close(store.GateRateLimited, 2*setBackBy)
	w.seenAhead(setBackBy)
	n := w.atOnce(10, func(int) (bool, error) {
		back, err := w.st.SeeClock(w.Context())
		return back > 0, err
	})
	if n != 1 {
		w.Errorf("%d brought the times back", n)
	}
	w.checkIn("the gate's opening", w.gate().Until, setBackBy)
}

// clockLookups: those in doubt are looked up when they would have been, and
// their attempts are as long ago as they were.
func clockLookups(w *world) {
	_, keys := w.sending(4)
	gone, late := keys[:2], keys[2:]
	w.end(store.Sending, gone[0])
	for _, k := range gone { // sent by the old clock, not a minute before it was set back
		w.exec(`UPDATE applicants SET lookup_at = $1, lookup_job_at = $2, sent_at = $2 WHERE batch_id = $3 AND row_no = $4`,
			w.ago(-setBackBy-20*time.Second), w.ago(-setBackBy+10*time.Second), k.Batch, k.Row)
		w.exec(`UPDATE attempts SET started_at = $1, deadline_at = $2 WHERE batch_id = $3 AND row_no = $4`,
			w.ago(-setBackBy+10*time.Second), w.ago(-setBackBy), k.Batch, k.Row)
		w.exec(`UPDATE attempts SET ended_at = $1 WHERE batch_id = $2 AND row_no = $3 AND ended_at IS NOT NULL`,
			w.ago(-setBackBy+5*time.Second), k.Batch, k.Row)
	}
	w.exec(`UPDATE applicants SET lookup_at = $1 WHERE batch_id = $2 AND row_no = $3`, w.ago(-setBackBy+time.Minute), late[0].Batch, late[0].Row)
	w.seenAhead(setBackBy)
	w.see()
	checkSame(w.T, late[:1], w.due(10))
	for i, k := range gone {
		d, err := w.st.InDoubt(w.Context(), k)
		w.must(err)
		w.checkTime("From", d.From)
		w.checkTime("Ended", d.Ended)
		a, err := w.st.Applicant(w.Context(), k)
		w.must(err)
		w.checkTime("SentAt", a.SentAt)
		if d.Due {
			w.Errorf("row %d is due before its time", k.Row)
		}
		if started := w.attempts(k)[0]; d.To.Before(d.From) || d.To.Sub(d.From) > time.Minute || i == 0 && started.EndedAt.Before(d.From) {
			w.Errorf("row %d: the attempt is %+v", k.Row, started)
		}
	}
	w.makeDue()
	checkSame(w.T, late[1:], w.due(10)) // the others have jobs, made less than a minute ago
	w.seenAhead(setBackBy)
	w.exec(`UPDATE applicants SET lookup_job_at = $1 WHERE row_no = $2`, w.ago(-setBackBy+70*time.Second), gone[1].Row)
	w.see()
	checkSame(w.T, gone[1:], w.due(10)) // whose job was made 70 seconds ago
}

// clockPace: requests are not spaced by the old clock.
func clockPace(w *world) {
	p := store.Pace{Rate: 10, Burst: 1}
	w.reserve(p, 5)
	w.exec("UPDATE pace SET arrival_us = arrival_us + 3600000000, until_us = arrival_us + 3600000000")
	w.seenAhead(setBackBy)
	if _, err := w.st.ReserveSlots(w.Context(), w.account, p, store.SlotRequest{Want: 1}); !errors.Is(err, store.ErrClockSetBack) {
		w.Fatalf("slots by a clock that was set back: %v", err)
	}
	w.see()
	w.checkRate(p, 10)
	if got := w.reserve(p, 1); got.N != 1 || got.First > time.Second {
		w.Errorf("got %+v, want a slot soon", got)
	}
}

// clockMidnight has a clock that was a day ahead when requests were sent: what
// was sent then was sent today.
func clockMidnight(w *world) {
	p := store.Pace{Daily: 10}
	w.reserve(p, 3)
	_, keys := w.queued(6)
	w.claim(keys...)
	w.exec("UPDATE pace SET day = $1, day_count = 4", w.day(1)) // and 2 on the day before
	w.exec("UPDATE attempts SET started_at = $1 WHERE row_no > 3", w.ago(-24*time.Hour))
	w.seenAhead(24 * time.Hour)
	w.see()
	w.checkPace(p, 0, 6)
	if got := w.reserve(p, 10); got.N != 4 {
		w.Errorf("got %+v, want the 4 that are left of the day", got)
	}
	w.exec("UPDATE pace SET day = $1", w.day(-1)) // as if midnight had come
	if got := w.reserve(p, 100); got.N != 10 {
		w.Errorf("got %+v on the next day, want 10", got)
	}
}

// clockMidnights has a clock that goes back over midnight by so little that it
// is not set back: the new day goes on.
func clockMidnights(w *world) {
	p := store.Pace{Daily: 10}
	w.reserve(p, 7)
	w.exec("UPDATE pace SET day = $1", w.day(1))
	w.checkPace(p, 0, 7)
	if got := w.reserve(p, 10); got.N != 3 {
		w.Errorf("got %+v, want the 3 that are left", got)
	}
	w.exec("UPDATE pace SET day = $1", w.day(7)) // no clock is as wrong as that
	if got := w.reserve(p, 10); got.N != 10 {
		w.Errorf("got %+v, want a day of its own", got)
	}
}

// day is a day by the database's clock, so many from today.
func (w *world) day(n int) string {
	w.Helper()
	now, err := w.st.Now(w.Context())
	w.must(err)
	return now.AddDate(0, 0, n).Format(time.DateOnly)
}

// clockGate finds a gate that was closed in the future, of which nothing else
// tells, and one that stays closed for longer than there is reason to.
func clockGate(w *world) {
	bring := func() bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.BringGateBack(ctx, w.account, 25*time.Hour)
		})
	}
	w.close(store.GateRateLimited, 5*time.Minute)
	if bring() {
		w.Error("a gate that is as it should be was brought back")
	}
	now, err := w.st.Now(w.Context())
	w.must(err)
	closed := now.Add(setBackBy)
	w.exec("UPDATE gate SET closed_at = $1, until = $2", w.arg(closed), w.arg(closed.Add(5*time.Minute)))
	if !bring() || bring() {
		w.Error("want the gate brought back, once")
	}
	w.checkIn("the gate's opening", w.gate().Until, 5*time.Minute)
	w.checkIn("its closing", w.gate().ClosedAt, 0)
	w.exec("UPDATE gate SET until = $1", w.ago(-48*time.Hour))
	if !bring() {
		w.Error("a gate that is closed for two days was not brought back")
	}
	w.checkIn("the gate's opening", w.gate().Until, 25*time.Hour)
	w.closeByPerson()
	w.exec("UPDATE gate SET closed_at = $1", w.ago(-setBackBy))
	if bring() {
		w.Error("a gate that a person closed was brought back")
	}
}
