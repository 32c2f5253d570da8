package storetest

import (
	"time"

	"usher/store"
)

func tryTests() tests {
	return tests{
		"Burst": tryBurst, "Refused": tryRefused, "AllOrNone": tryAllOrNone, "Return": tryReturn, "AtOnce": tryAtOnce, "Meanwhile": tryMeanwhile,
		"SetBack": trySetBack, "Sweep": trySweep,
	}
}

// hourly is an allowance of which the rate does not show in a test.
func hourly(key string, burst int) store.Allowance {
	return store.Allowance{Key: key, Burst: burst, Every: time.Hour}
}

// try takes a try of each, and returns how long to wait if there was none.
func (w *world) try(all ...store.Allowance) time.Duration {
	w.Helper()
	wait, err := w.st.TakeTry(w.Context(), all)
	w.must(err)
	return wait
}

// tries counts how many of n tries are let through.
func (w *world) tries(n int, all ...store.Allowance) (through int) {
	w.Helper()
	for range n {
		if w.try(all...) == 0 {
			through++
		}
	}
	return through
}

// later moves all that was tried so far into the past.
func (w *world) later(d time.Duration) {
	w.Helper()
	w.exec("UPDATE signin_tries SET tat_us = tat_us - $1", d.Microseconds())
}

func tryBurst(w *world) {
	a := hourly("a", 3)
	checkSame(w.T, 3, w.tries(5, a))
	w.later(a.Every)
	checkSame(w.T, 1, w.tries(2, a))
	w.later(2 * a.Every)
	checkSame(w.T, 2, w.tries(3, a))
	w.later(100 * a.Every)
	checkSame(w.T, 3, w.tries(5, a)) // a long quiet time gives no more than the burst
	checkSame(w.T, 3, w.tries(5, hourly("b", 3)))
}

// tryRefused: who is refused is told how long to wait, and refusals do not add to it.
func tryRefused(w *world) {
	a := hourly("a", 1)
	w.try(a)
	first := w.try(a)
	if first <= 0 || first > a.Every {
		w.Fatalf("a wait of %v, want up to %v", first, a.Every)
	}
	for range 20 {
		if again := w.try(a); again <= 0 || again > first {
			w.Errorf("a wait of %v after one of %v", again, first)
		}
	}
	w.later(first)
	checkSame(w.T, 0, w.try(a))
}

// tryAllOrNone: who is refused for the sake of one key uses up nothing of the
// others, and waits for the longest.
func tryAllOrNone(w *world) {
	pair, address := hourly("pair", 2), hourly("address", 4)
	checkSame(w.T, 2, w.tries(10, pair, address))
	checkSame(w.T, 2, w.tries(10, address, hourly("another pair", 9)))
	if wait := w.try(store.Allowance{Key: "address", Burst: 4, Every: time.Hour}, hourly("fresh", 1)); wait <= 0 {
		w.Error("one of two that is used up is let through")
	}
	checkSame(w.T, 1, w.tries(2, hourly("fresh", 1)))
}

func tryReturn(w *world) {
	a, b := hourly("a", 2), hourly("b", 5)
	for range 6 {
		checkSame(w.T, 0, w.try(a, b))
		w.must(w.st.ReturnTry(w.Context(), []store.Allowance{a, b}))
	}
	checkSame(w.T, 2, w.tries(5, a, b))
	w.later(50 * time.Hour)
	w.must(w.st.ReturnTry(w.Context(), []store.Allowance{a, b}))
	checkSame(w.T, 2, w.tries(5, a)) // what is given back late is no more than the burst
	w.must(w.st.ReturnTry(w.Context(), []store.Allowance{hourly("never tried", 1)}))
}

func tryAtOnce(w *world) {
	name := hourly("name", 5)
	n := w.atOnce(12, func(i int) (bool, error) {
		wait, err := w.st.TakeTry(w.Context(), []store.Allowance{name, hourly(string(rune('a'+i%4)), 9), hourly("z", 9)})
		return wait == 0, err
	})
	if n != 5 {
		w.Errorf("%d of 12 were let through, want 5", n)
	}
}

// tryMeanwhile: the last try is taken by another process between the look and the
// taking; nothing of the others is used up.
func tryMeanwhile(w *world) {
	name, other := hourly("name", 1), hourly("a", 1)
	w.try(name)
	w.later(time.Hour)
	w.during(func(tx *store.Tx) (err error) {
		const take = "UPDATE signin_tries SET tat_us = tat_us + 3600000000 WHERE key_hash = 'name'"
		if native := tx.Pgx(); native != nil {
			_, err = native.Exec(w.Context(), take)
		} else {
			_, err = tx.SQL().ExecContext(w.Context(), take)
		}
		return err
	}, func() {
		if wait := w.try(other, name); wait <= 0 || wait > time.Hour {
			w.Errorf("a wait of %v", wait)
		}
	})
	checkSame(w.T, 1, w.tries(2, other))
}

// trySetBack: a clock that was set back locks nobody out.
func trySetBack(w *world) {
	a := store.Allowance{Key: "a", Burst: 5, Every: time.Minute}
	checkSame(w.T, 5, w.tries(9, a))
	w.later(-24 * time.Hour)
	checkSame(w.T, 1, w.tries(9, a))
	if wait := w.try(a); wait <= 0 || wait > a.Every {
		w.Errorf("a wait of %v after the clock was set back, want up to %v", wait, a.Every)
	}
	w.later(-4 * time.Second) // as clocks are put right
	if wait := w.try(a); wait <= 0 || wait > a.Every+4*time.Second {
		w.Errorf("a wait of %v after the clock was put right", wait)
	}
}

func trySweep(w *world) {
	used, over, ahead := hourly("used", 1), hourly("over", 1), hourly("ahead", 1)
	w.try(over)
	w.later(2 * time.Hour)
	w.try(ahead)
	w.exec("UPDATE signin_tries SET tat_us = tat_us + $1 WHERE key_hash = 'ahead'", (24 * time.Hour).Microseconds())
	used.Every = time.Minute
	w.try(used)
	w.must(w.st.DeleteIdleTries(w.Context()))
	checkSame(w.T, 1, w.number("SELECT count(*) FROM signin_tries"))
	checkSame(w.T, 0, w.tries(1, used))
}
