package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func gateTests() tests {
	return tests{
		"Account": accountOnce, "AccountAtOnce": accountAtOnce, "NewKey": accountNewKey, "Close": gateClose,
		"CloseAtOnce": gateCloseAtOnce, "ByPerson": gateByPerson, "OpensWhenDue": gateOpensWhenDue, "Steps": gateSteps,
	}
}

func accountOnce(w *world) {
	again := w.newAccount("https://api.example key-1")
	other := w.newAccount("https://api.example key-2")
	if again != w.account || other == w.account {
		w.Errorf("accounts %d, %d and %d; want the second to be the first", w.account, again, other)
	}
	names, err := w.st.AccountNames(w.Context())
	w.must(err)
	checkSame(w.T, map[int64]string{w.account: "https://api.example key-1", other: "https://api.example key-2"}, names)
	g := w.gate()
	w.checkTime("Now", g.Now)
	checkSame(w.T, store.Gate{Account: w.account, Generation: 1, Now: g.Now}, g)
	if !g.Open() {
		w.Error("the gate of a new account is closed")
	}
}

func accountAtOnce(w *world) {
	ids := make([]int64, 8)
	w.atOnce(len(ids), func(i int) (_ bool, err error) {
		ids[i], err = w.st.Account(w.Context(), "new", "fp")
		return true, err
	})
	for _, id := range ids {
		if id != ids[0] || id == 0 {
			w.Fatalf("one name got the accounts %v", ids)
		}
	}
}

func accountNewKey(w *world) {
	key := func(fingerprint string) {
		w.Helper()
		_, err := w.st.Account(w.Context(), "https://api.example key-1", fingerprint)
		w.must(err)
	}
	check := func(when string, open bool) {
		w.Helper()
		if got := w.gate(); got.Open() != open {
			w.Errorf("%s: open %t, want %t", when, got.Open(), open)
		}
	}
	closed := w.close(store.GateUnauthorized, time.Hour)
	key("k1")
	check("the first key that is known", false)
	key("")
	key("k1")
	check("the same key", false)
	key("k2")
	check("another key", true)
	want := store.Gate{Account: w.account, Generation: closed.Generation + 1}
	checkSame(w.T, want, w.gate(), cmpopts.IgnoreFields(store.Gate{}, "Now"))

	before := w.gate().Generation
	key("k3")
	if got := w.gate().Generation; got != before {
		w.Error("another key moved the generation of an open gate")
	}
	w.close(store.GateRateLimited, time.Hour)
	key("k4")
	check("another key, but the API named a time", false)
	w.closeByPerson()
	key("k5")
	check("another key, closed by a person", false)
}

func gateClose(w *world) {
	before := w.gate()
	closed := w.close(store.GatePaymentRequired, time.Hour)
	got := w.gate()
	want := store.Gate{Account: w.account, Generation: before.Generation + 1, Reason: store.GatePaymentRequired,
		Detail: "HTTP 402", Step: 1}
	checkSame(w.T, want, got, cmpopts.IgnoreTypes(time.Time{}))
	w.checkTime("ClosedAt", got.ClosedAt)
	if got.Open() || got.Timed() || got.Wait() < 59*time.Minute || got.Wait() > time.Hour || got.Until.Location() != time.UTC {
		w.Errorf("the gate is %+v, and opens in %v", got, got.Wait())
	}
	checkSame(w.T, got, closed, cmpopts.EquateApproxTime(time.Second)) // Now, and SQLite's milliseconds

	_, changed, err := w.closeGate(closing(before.Generation, store.GateRateLimited, time.Minute))
	w.checkNo("an old answer of a weaker cause", changed, err)
	opened := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.OpenGate(ctx, w.account) })
	again := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.OpenGate(ctx, w.account) })
	if !opened || again {
		w.Errorf("opened %t, then %t; want once", opened, again)
	}
	want = store.Gate{Account: w.account, Generation: before.Generation + 2}
	checkSame(w.T, want, w.gate(), cmpopts.IgnoreFields(store.Gate{}, "Now"))
}

func (w *world) closeGate(c store.Closing) (g store.Gate, changed bool, err error) {
	err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
		g, changed, err = tx.CloseGate(w.Context(), w.account, c)
		return err
	})
	return g, changed, err
}

// gateCloseAtOnce has a fleet that gets the same answer many times over: it
// counts as one.
func gateCloseAtOnce(w *world) {
	before := w.gate().Generation
	n := w.atOnce(10, func(int) (bool, error) {
		_, changed, err := w.closeGate(closing(before, store.GateRateLimited, time.Hour))
		return changed, err
	})
	if g := w.gate(); n != 1 || g.Step != 1 || g.Generation != before+1 {
		w.Errorf("closed %d times; step %d, generation %d after %d", n, g.Step, g.Generation, before)
	}
}

func gateByPerson(w *world) {
	w.close(store.GateRateLimited, -time.Second)
	before := w.gate().Generation
	w.closeByPerson()
	g := w.gate()
	if g.Open() || !g.ByPerson || g.Reason != store.GateByPerson || g.Detail != "stop" || g.Timed() || g.Generation != before+1 {
		w.Errorf("the gate is %+v", g)
	}
	_, changed, err := w.closeGate(closing(g.Generation, store.GateUnauthorized, time.Hour))
	w.checkNo("an answer", changed, err)
	ctx := w.Context()
	w.tx(func(tx *store.Tx) error {
		due, err := tx.OpenGateWhenDue(ctx, w.account)
		probe, err2 := tx.TakeProbe(ctx, w.account, g.Generation, worker, time.Hour)
		after, err3 := tx.OpenGateAfterProbe(ctx, w.account, g.Generation)
		err4 := tx.ReleaseProbe(ctx, w.account, g.Generation, worker, 0)
		if due || probe || after {
			w.Errorf("opened when due %t, probed %t, opened by a probe %t; want only a person to open it", due, probe, after)
		}
		return errors.Join(err, err2, err3, err4)
	})
	checkSame(w.T, g, w.gate(), cmpopts.IgnoreFields(store.Gate{}, "Now"))
	opened := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.OpenGate(ctx, w.account) })
	if !opened || !w.gate().Open() || w.gate().ByPerson {
		w.Errorf("a person opened it %t: %+v", opened, w.gate())
	}
}

func (w *world) openWhenDue() bool {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.OpenGateWhenDue(ctx, w.account) })
}

func gateOpensWhenDue(w *world) {
	if w.openWhenDue() {
		w.Error("an open gate was opened")
	}
	for reason, timed := range map[string]bool{
		store.GateRateLimited: true, store.GateDailyLimit: true, store.GateUnreachable: false, store.GateUpstreamDown: false,
		store.GateMisconfigured: false, store.GatePaymentRequired: false, store.GateUnauthorized: false,
	} {
		g := w.close(reason, time.Hour)
		if w.openWhenDue() {
			w.Errorf("%s: opened before its time", reason)
		}
		w.exec("UPDATE gate SET until = $1", w.ago(time.Second))
		if got := w.openWhenDue(); got != timed || w.gate().Open() != timed || g.Timed() != timed {
			w.Errorf("%s: opened %t when its time came, want %t", reason, got, timed)
		}
		w.tx(func(tx *store.Tx) error {
			_, err := tx.OpenGate(w.Context(), w.account)
			return err
		})
	}
}

func gateSteps(w *world) {
	for want := 1; want <= 3; want++ {
		if g := w.close(store.GateRateLimited, -time.Second); g.Step != want {
			w.Errorf("closed for the %d. time in a row: step %d", want, g.Step)
		}
		if !w.openWhenDue() {
			w.Fatal("the gate was not opened")
		}
	}
	w.must(w.st.ResetGateSteps(w.Context(), w.account))
	if g := w.close(store.GateRateLimited, time.Hour); g.Step != 1 {
		w.Errorf("closed after a success: step %d, want 1", g.Step)
	}
	w.must(w.st.ResetGateSteps(w.Context(), w.account))
	if g := w.gate(); g.Step != 1 {
		w.Error("a late success reset the steps of a closed gate")
	}
}
