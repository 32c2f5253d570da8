package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func leaseTests() tests {
	return tests{"Hold": leaseHold, "Ends": leaseEnds, "HoldAtOnce": leaseHoldAtOnce, "EndAll": leaseEndAll}
}

// The suite's worker holds a lease as well; these have names of their own.

func leaseHold(w *world) {
	ctx := w.Context()
	hold := func(holder string) (bool, error) { return w.st.HoldLease(ctx, "l", holder, "host 1", time.Hour) }
	ok, err := hold("a")
	w.checkYes("take", ok, err)
	ok, err = hold("b")
	w.checkNo("take from another", ok, err)
	ok, err = hold("a")
	w.checkYes("take again", ok, err)
	all, err := w.st.Leases(ctx, "l")
	w.must(err)
	checkSame(w.T, []store.Lease{{Name: "l", Holder: "a", Detail: "host 1"}}, all, cmpopts.IgnoreTypes(time.Time{}))
	if now, _ := w.st.Now(ctx); !all[0].ExpiresAt.After(now) || all[0].ExpiresAt.Location() != time.UTC {
		w.Errorf("a living lease ends at %v", all[0].ExpiresAt)
	}
	ok, err = w.st.ProlongLease(ctx, "l", "b", time.Hour)
	w.checkNo("prolong another's", ok, err)
	w.must(w.st.ReleaseLease(ctx, "l", "b"))
	ok, err = hold("b")
	w.checkNo("take after a release by one who did not hold it", ok, err)
	w.must(w.st.ReleaseLease(ctx, "l", "a"))
	ok, err = hold("b")
	w.checkYes("take after its release", ok, err)
}

func leaseEnds(w *world) {
	ctx := w.Context()
	ok, err := w.st.HoldLease(ctx, "l", "a", "", time.Hour)
	w.checkYes("take", ok, err)
	ok, err = w.st.ProlongLease(ctx, "l", "a", time.Millisecond)
	w.checkYes("prolong", ok, err)
	w.poll(func() bool { // the database's clock moves by itself
		all, err := w.st.Leases(ctx, "l")
		w.must(err)
		return len(all) == 0
	})
	ok, err = w.st.ProlongLease(ctx, "l", "a", time.Hour)
	w.checkNo("prolong one that has ended", ok, err)
	ok, err = w.st.HoldLease(ctx, "l", "b", "", time.Hour)
	w.checkYes("take one that has ended", ok, err)
	ok, err = w.st.HoldLease(ctx, "l", "a", "", time.Hour)
	w.checkNo("take it back", ok, err)
}

func leaseHoldAtOnce(w *world) {
	n := w.atOnce(10, func(i int) (bool, error) {
		return w.st.HoldLease(w.Context(), store.ImportLease(w.account), string(rune('a'+i)), "", time.Hour)
	})
	if n != 1 {
		w.Errorf("%d hold the lease", n)
	}
}

func leaseEndAll(w *world) {
	ctx := w.Context()
	w.hold(store.WorkerLease("ü-2"), "ü-2")
	w.hold(store.SweepLease(w.account), "ü-2")
	names := func(prefix string) (names []string) {
		all, err := w.st.Leases(ctx, prefix)
		w.must(err)
		for _, l := range all {
			names = append(names, l.Name)
		}
		return names
	}
	checkSame(w.T, []string{store.WorkerLease(worker), store.WorkerLease("ü-2")}, names(store.WorkerLease("")))
	checkSame(w.T, []string{store.WorkerLease("ü-2")}, names(store.WorkerLease("ü-")))
	w.must(w.st.EndLeases(ctx, store.WorkerLease("ü-")))
	checkSame(w.T, []string{store.WorkerLease(worker)}, names(store.WorkerLease("")))
	w.must(w.st.EndLeases(ctx, store.WorkerLease("")))
	checkSame(w.T, []string{store.SweepLease(w.account)}, names(""))
}
