package storetest

import (
	"context"
	"time"

	"usher/store"
)

func probeTests() tests {
	return tests{
		"Take": probeTake, "TakeAtOnce": probeTakeAtOnce, "Release": probeRelease, "Opens": probeOpens,
		"Candidate": probeCandidate, "Lookup": probeLookup, "ToldMeanwhile": probeToldMeanwhile, "Claim": probeClaim,
	}
}

func probeTake(w *world) {
	if w.takeProbe(worker, time.Hour) {
		w.Error("probed an open gate")
	}
	w.close(store.GateRateLimited, -time.Second)
	if w.takeProbe(worker, time.Hour) {
		w.Error("probed a gate that opens by itself")
	}
	w.close(store.GatePaymentRequired, time.Hour)
	if w.takeProbe(worker, time.Hour) {
		w.Error("probed before its time")
	}
	w.exec("UPDATE gate SET until = $1", w.ago(time.Second))
	older := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.TakeProbe(ctx, w.account, w.gateIn(tx).Generation-1, worker, time.Hour)
	})
	if older {
		w.Error("probed in an older generation")
	}
	if !w.takeProbe(worker, time.Hour) || w.takeProbe("worker-2", time.Hour) {
		w.Error("want the probe taken by the first and not by the second")
	}
	if g := w.gate(); g.ProbeBy != worker || !g.ProbeUntil.After(g.Now) {
		w.Errorf("the probe is held by %q until %v", g.ProbeBy, g.ProbeUntil)
	}
	w.exec("UPDATE gate SET probe_until = $1", w.ago(time.Second))
	if !w.takeProbe("worker-2", time.Hour) {
		w.Error("the probe of one who died was not taken over")
	}
}

func (w *world) gateIn(tx *store.Tx) store.Gate {
	w.Helper()
	g, err := tx.Gate(w.Context(), w.account)
	w.must(err)
	return g
}

func probeTakeAtOnce(w *world) {
	g := w.close(store.GatePaymentRequired, -time.Second)
	n := w.atOnce(10, func(int) (took bool, err error) {
		err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
			took, err = tx.TakeProbe(w.Context(), w.account, g.Generation, worker, time.Hour)
			return err
		})
		return took, err
	})
	if n != 1 {
		w.Errorf("the probe was taken %d times", n)
	}
}

func probeRelease(w *world) {
	g := w.close(store.GatePaymentRequired, -time.Second)
	releaseOf := func(worker string, generation int64, d time.Duration) {
		w.Helper()
		w.tx(func(tx *store.Tx) error { return tx.ReleaseProbe(w.Context(), w.account, generation, worker, d) })
	}
	release := func(generation int64, d time.Duration) { w.Helper(); releaseOf(worker, generation, d) }
	w.takeProbe(worker, time.Hour)
	releaseOf("another", g.Generation, 0)
	if w.takeProbe(worker, time.Hour) {
		w.Error("another worker's probe was given up")
	}
	release(g.Generation-1, 0)
	if w.takeProbe(worker, time.Hour) {
		w.Error("a probe of an older generation was given up")
	}
	release(g.Generation, time.Hour)
	if got := w.gate(); got.ProbeBy != "" || got.Wait() < 59*time.Minute || w.takeProbe(worker, time.Hour) {
		w.Errorf("the gate after its probe was given up: %+v", got)
	}
	w.exec(`UPDATE gate SET until = $1 WHERE account_id = $2`, w.ago(time.Second), w.account)
	if !w.takeProbe(worker, time.Hour) {
		w.Error("the probe was not to be had again")
	}
}

func probeOpens(w *world) {
	opens := func(generation int64) bool {
		w.Helper()
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.OpenGateAfterProbe(ctx, w.account, generation)
		})
	}
	if opens(w.gate().Generation) {
		w.Error("opened an open gate")
	}
	g := w.close(store.GatePaymentRequired, -time.Second)
	w.takeProbe(worker, time.Hour)
	if opens(g.Generation - 1) {
		w.Error("a probe of an older generation opened the gate")
	}
	if !opens(g.Generation) || opens(g.Generation) {
		w.Error("want the gate opened once")
	}
	if got := w.gate(); !got.Open() || got.Generation != g.Generation+1 || got.ProbeBy != "" || got.Step != 0 {
		w.Errorf("the gate is %+v", got)
	}
}

// probeToldMeanwhile: an answer that names a time comes while a probe is out.
func probeToldMeanwhile(w *world) {
	g := w.close(store.GatePaymentRequired, -time.Second)
	w.takeProbe(worker, time.Hour)
	told := closing(g.Generation-1, store.GateRateLimited, time.Hour)
	told.Told = true
	if _, changed, err := w.closeGate(told); err != nil || !changed {
		w.Fatalf("changed %t, %v", changed, err)
	}
	opened := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.OpenGateAfterProbe(ctx, w.account, g.Generation)
	})
	w.tx(func(tx *store.Tx) error {
		return tx.ReleaseProbe(w.Context(), w.account, g.Generation, worker, time.Second)
	})
	if got := w.gate(); opened || got.Reason != store.GatePaymentRequired || got.Wait() < 59*time.Minute {
		w.Errorf("opened %t; the gate is %+v", opened, got)
	}
}

// probeClaim: a probe's request must end before the right to send it does, or
// another process would send a second one.
func probeClaim(w *world) {
	_, keys := w.queued(1)
	w.close(store.GatePaymentRequired, -time.Second)
	p := w.params()
	p.Probe = true
	w.takeProbe(worker, timeout-time.Second)
	if got := w.claimAs(p, keys...); len(got) != 0 {
		w.Error("claimed with less time than the request may take")
	}
	w.exec(`UPDATE gate SET probe_by = '' WHERE account_id = $1`, w.account)
	w.takeProbe(worker, timeout+time.Minute)
	if got := w.claimAs(p, keys...); len(got) != 1 {
		w.Error("not claimed with time enough")
	}
}

func probeCandidate(w *world) {
	ctx := w.Context()
	check := func(what string, batch int64, want store.Key) {
		w.Helper()
		got, err := w.st.ProbeCandidate(ctx, w.account, batch)
		if want == (store.Key{}) {
			wantError(w.T, what, err, store.ErrNotFound)
		} else if err != nil || got != want {
			w.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	mine := w.account
	w.account = w.newAccount("another")
	w.queued(1)
	w.account = mine
	w.importing(store.Applicant{})
	paused, _ := w.queued(1)
	w.pause(paused)
	check("nobody", 0, store.Key{})

	first, keys := w.queued(2)
	w.claim(keys...)
	w.end(store.Queued, keys[0])
	check("one who was tried before", 0, keys[0])
	second, fresh := w.queued(1)
	check("one who was not", 0, fresh[0])
	check("of a batch", first, keys[0])
	check("of another batch", second, fresh[0])
	check("of a paused batch", paused, store.Key{})
}

func probeLookup(w *world) {
	_, keys := w.sending(1)
	_, err := w.st.ProbeLookup(w.Context(), w.account)
	wantError(w.T, "before its time", err, store.ErrNotFound)
	w.makeDue()
	_, err = w.st.ProbeLookup(w.Context(), w.newAccount("another"))
	wantError(w.T, "another account's", err, store.ErrNotFound)
	got, err := w.st.ProbeLookup(w.Context(), w.account)
	if err != nil || got != keys[0] {
		w.Errorf("got %v, %v; want %v", got, err, keys[0])
	}
	w.end(store.Invited, keys[0])
	_, err = w.st.ProbeLookup(w.Context(), w.account)
	wantError(w.T, "one who is settled", err, store.ErrNotFound)
}
