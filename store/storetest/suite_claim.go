package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func claimTests() tests {
	return tests{
		"Moves": claimMoves, "Fence": claimFence, "OnlyQueued": claimOnlyQueued, "ThroughClosedGate": claimThroughClosedGate,
		"OneWinner": claimOneWinner, "OppositeOrders": claimOppositeOrders, "Again": claimAgain,
	}
}

func claimMoves(w *world) {
	id, keys := w.queued(3)
	p := w.params()
	claimed := w.claimAs(p, keys[0], keys[2], keys[2], store.Key{Batch: id, Row: 99})
	got := keysOf(claimed)
	slices.SortFunc(got, func(a, b store.Key) int { return a.Row - b.Row })
	checkSame(w.T, []store.Key{keys[0], keys[2]}, got)
	w.checkStates(id, store.Counts{store.Queued: 1, store.Sending: 2})
	for _, a := range claimed {
		checkSame(w.T, w.applicant(a.Key), a)
		w.checkTime("SentAt", a.SentAt)
		attempts := w.attempts(a.Key)
		want := []store.Attempt{{N: 1, Generation: p.Generation, Worker: worker}}
		checkSame(w.T, want, attempts, cmpopts.IgnoreFields(store.Attempt{}, "StartedAt", "DeadlineAt"))
		w.checkTime("StartedAt", attempts[0].StartedAt)
		if d := attempts[0].DeadlineAt.Sub(attempts[0].StartedAt).Round(time.Second); d != timeout {
			w.Errorf("the deadline is %v after the start, want %v", d, timeout)
		}
	}
	if got := w.attempts(keys[1]); len(got) != 0 {
		w.Errorf("who was not claimed has attempts %v", got)
	}
}

// claimFence makes each condition of a claim false in turn. A claim of before does not hold
// any more either.
func claimFence(w *world) {
	other := w.newAccount("another")
	for _, c := range []struct {
		name  string
		spoil func(batch int64, p *store.ClaimParams)
	}{
		{"a paused batch", func(b int64, _ *store.ClaimParams) { w.pause(b) }},
		{"an importing batch", func(b int64, _ *store.ClaimParams) {
			w.exec("UPDATE batches SET state = 'importing' WHERE id = $1", b)
		}},
		{"a finished batch", func(b int64, _ *store.ClaimParams) {
			w.exec("UPDATE batches SET state = 'finished' WHERE id = $1", b)
		}},
		{"a cancelled batch", func(b int64, _ *store.ClaimParams) {
			w.exec("UPDATE batches SET state = 'cancelled' WHERE id = $1", b)
		}},
		{"another account's batch", func(_ int64, p *store.ClaimParams) { p.Account = other }},
		{"a worker without a lease", func(_ int64, p *store.ClaimParams) { p.Worker = "nobody" }},
		{"a worker whose lease has ended", func(_ int64, p *store.ClaimParams) {
			p.Worker = "late"
			w.hold(store.WorkerLease("late"), "late")
			w.exec("UPDATE leases SET expires_at = $1 WHERE holder = 'late'", w.ago(time.Millisecond))
		}},
		{"an older generation", func(_ int64, p *store.ClaimParams) { p.Generation-- }},
		{"a generation to come", func(_ int64, p *store.ClaimParams) { p.Generation++ }},
		{"a closed gate", func(_ int64, p *store.ClaimParams) {
			p.Generation = w.close(store.GateRateLimited, time.Hour).Generation
		}},
	} {
		id, keys := w.queued(3)
		p, before := w.params(), keys[2]
		keys = keys[:2]
		w.claimAs(p, before)
		if !w.holds(p, before, 1) || w.holds(p, before, 2) || w.holds(p, keys[0], 1) {
			w.Errorf("not just what was claimed holds")
		}
		c.spoil(id, &p)
		if w.holds(p, before, 1) {
			w.Errorf("%s: a claim holds", c.name)
		}
		if got := w.claimAs(p, keys...); len(got) != 0 {
			w.Errorf("%s: claimed %v", c.name, keysOf(got))
		}
		w.checkStates(id, store.Counts{store.Queued: 2, store.Sending: 1})
		if got := w.attempts(keys[0]); len(got) != 0 {
			w.Errorf("%s: attempts %v", c.name, got)
		}
	}
}

func (w *world) holds(p store.ClaimParams, k store.Key, attempt int) bool {
	w.Helper()
	ok, err := w.st.ClaimHolds(w.Context(), p, k, attempt)
	w.must(err)
	return ok
}

func claimOnlyQueued(w *world) {
	var all []store.Applicant
	for _, s := range store.States {
		if s != store.Queued {
			all = append(all, store.Applicant{State: s})
		}
	}
	id := w.batch(all...)
	if got := w.claim(keysOf(all)...); len(got) != 0 {
		w.Errorf("claimed %v", got)
	}
	for _, a := range all {
		w.checkState(store.Key{Batch: id, Row: a.Row}, a.State)
	}
}

func claimThroughClosedGate(w *world) {
	id, keys := w.queued(3)
	w.close(store.GatePaymentRequired, -time.Second)
	ask := func(what string, probe bool, who string, want int) {
		w.Helper()
		p := w.params()
		p.Probe, p.Worker = probe, who
		if got := w.claimAs(p, keys[:2]...); len(got) != want {
			w.Errorf("%s claimed %d, want %d", what, len(got), want)
		}
	}
	w.hold(store.WorkerLease("worker-2"), "worker-2")
	ask("nobody's probe", true, worker, 0)
	if !w.takeProbe(worker, time.Hour) {
		w.Fatal("the probe was not taken")
	}
	ask("an ordinary claim", false, worker, 0)
	ask("another worker", true, "worker-2", 0)
	ask("the probe", true, worker, 2)
	w.exec("UPDATE gate SET probe_until = $1", w.ago(time.Millisecond))
	p := w.params()
	p.Probe = true
	if got := w.claimAs(p, keys[2]); len(got) != 0 {
		w.Error("a probe whose time was over claimed")
	}
	w.closeByPerson()
	p.Generation = w.gate().Generation
	if got := w.claimAs(p, keys[2]); len(got) != 0 {
		w.Error("a probe went through a gate that a person closed")
	}
	w.checkStates(id, store.Counts{store.Sending: 2, store.Queued: 1})
}

func claimOneWinner(w *world) {
	_, keys := w.queued(20)
	p := w.params()
	for _, k := range keys {
		n := w.atOnce(2, func(int) (won bool, err error) {
			err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
				claimed, err := tx.Claim(w.Context(), p, []store.Key{k})
				won = len(claimed) == 1
				return err
			})
			return won, err
		})
		if n != 1 || len(w.attempts(k)) != 1 {
			w.Errorf("row %d was claimed %d times, with %d attempts", k.Row, n, len(w.attempts(k)))
		}
	}
}

// claimOppositeOrders has workers claim the same people in orders that would
// lock each other out.
func claimOppositeOrders(w *world) {
	_, keys := w.queued(100)
	p := w.params()
	var mu sync.Mutex
	won := map[store.Key]int{}
	w.atOnce(4, func(i int) (bool, error) {
		mine := slices.Clone(keys)
		if i%2 == 1 {
			slices.Reverse(mine)
		}
		return true, w.st.InTx(w.Context(), func(tx *store.Tx) error {
			claimed, err := tx.Claim(w.Context(), p, mine)
			mu.Lock()
			defer mu.Unlock()
			for _, a := range claimed {
				won[a.Key]++
			}
			return err
		})
	})
	for _, k := range keys {
		if won[k] != 1 {
			w.Errorf("row %d was claimed %d times", k.Row, won[k])
		}
	}
}

func claimAgain(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	w.settle(store.Settlement{Key: k, Attempt: 1, State: store.Queued, Outcome: store.OutcomeDeferred, Status: 429})
	if a := w.applicant(k); a.State != store.Queued || !a.SentAt.IsZero() || !a.SettledAt.IsZero() || a.Counted != 0 {
		w.Errorf("who is queued again is %+v", a)
	}
	claimed := w.claim(k)
	if len(claimed) != 1 || claimed[0].Attempt != 2 {
		w.Fatalf("claimed %+v, want attempt 2", claimed)
	}
	var got []string
	for _, a := range w.attempts(k) {
		got = append(got, fmt.Sprint(a.N, a.Outcome, a.Status))
	}
	checkSame(w.T, []string{"1deferred429", "20"}, got)
}
