package storetest

import (
	"sync"
	"time"

	"usher/store"
)

func paceTests() tests {
	return tests{
		"Reserve": paceReserve, "Daily": paceDaily, "DayEnds": paceDayEnds, "Return": paceReturn, "Cut": paceCut,
		"AtOnce": paceAtOnce, "Accounts": paceAccounts,
	}
}

func (w *world) reserve(p store.Pace, want int) store.Slots {
	w.Helper()
	s, err := w.st.ReserveSlots(w.Context(), w.account, p, want)
	w.must(err)
	return s
}

func (w *world) checkPace(p store.Pace, rate float64, today int64) {
	w.Helper()
	gotRate, gotToday, err := w.st.PaceStatus(w.Context(), w.account, p)
	w.must(err)
	if gotRate != rate || gotToday != today {
		w.Errorf("the pace is %v/s with %d today, want %v/s with %d", gotRate, gotToday, rate, today)
	}
}

// slow is a pace at which no slot comes free while a test runs.
var slow = store.Pace{Rate: 0.001, Burst: 4}

func paceReserve(w *world) {
	w.checkPace(slow, 0.001, 0)
	got := w.reserve(slow, 4)
	want := store.Slots{N: 4, First: -3000 * time.Second, Every: 1000 * time.Second, Rate: 0.001, DayCount: 4}
	checkSame(w.T, want, got) // the last of them is now
	next := w.reserve(slow, 2)
	if next.First <= 900*time.Second || next.First > 1000*time.Second {
		w.Errorf("after the burst the next slot is in %v, want one interval", next.First)
	}
	w.checkPace(slow, 0.001, 6)
	free := w.reserve(store.Pace{}, 5)
	checkSame(w.T, store.Slots{N: 5, DayCount: 11}, free)
}

func paceDaily(w *world) {
	p := store.Pace{Daily: 5}
	if got := w.reserve(p, 3); got.N != 3 {
		w.Errorf("got %+v, want 3", got)
	}
	if got := w.reserve(p, 3); got.N != 2 || got.DayCount != 5 {
		w.Errorf("got %+v, want the 2 that are left", got)
	}
	got := w.reserve(p, 3)
	if got.N != 0 || got.DayEnds <= 0 || got.DayEnds > 24*time.Hour {
		w.Errorf("got %+v, want none until the next day", got)
	}
	w.checkPace(p, 0, 5)
}

func paceDayEnds(w *world) {
	p := store.Pace{Daily: 5}
	w.reserve(p, 5)
	w.exec("UPDATE pace SET day = '2020-02-29'")
	w.checkPace(p, 0, 0)
	if got := w.reserve(p, 9); got.N != 5 {
		w.Errorf("got %+v on a new day, want 5", got)
	}
}

func paceReturn(w *world) {
	ctx := w.Context()
	first := w.reserve(slow, 10)
	w.must(w.st.ReturnSlots(ctx, w.account, 6, first.Every))
	w.checkPace(slow, 0.001, 4)
	next := w.reserve(slow, 1)
	if next.First <= 900*time.Second || next.First > 1000*time.Second {
		w.Errorf("the next slot is in %v, want it where the first unused one was", next.First)
	}
	w.must(w.st.ReturnSlots(ctx, w.account, 100, 0))
	w.checkPace(slow, 0.001, 0)
}

func paceCut(w *world) {
	p := store.Pace{Rate: 100, Burst: 1}
	cut := func(p store.Pace, measured float64) {
		w.Helper()
		w.tx(func(tx *store.Tx) error { return tx.CutPace(w.Context(), w.account, p, measured) })
	}
	cut(store.Pace{}, 0)
	w.checkPace(store.Pace{}, 0, 0) // nothing to cut
	cut(p, 40)
	w.exec("UPDATE pace SET cut_at_us = cut_at_us + 3600000000") // so that it does not regrow meanwhile
	w.checkRate(p, 28)
	if got := w.reserve(p, 1); got.Every.Round(time.Millisecond) != 36*time.Millisecond {
		w.Errorf("after the cut a request every %v, want 28 a second", got.Every)
	}
	cut(p, 90) // a measure from before the cut does not raise it
	w.exec("UPDATE pace SET cut_at_us = cut_at_us + 3600000000")
	w.checkRate(p, 28*0.7)
	w.exec("UPDATE pace SET cut_at_us = cut_at_us - 2 * 3600000000")
	w.checkRate(p, 100)
}

func (w *world) checkRate(p store.Pace, want float64) {
	w.Helper()
	got, _, err := w.st.PaceStatus(w.Context(), w.account, p)
	w.must(err)
	if got < want-0.5 || got > want+0.5 {
		w.Errorf("the rate is %v, want about %v", got, want)
	}
}

// paceAtOnce has many processes take slots: no two get the same.
func paceAtOnce(w *world) {
	var mu sync.Mutex
	var n int
	starts := map[time.Duration]bool{}
	w.atOnce(10, func(int) (bool, error) {
		for range 5 {
			s, err := w.st.ReserveSlots(w.Context(), w.account, store.Pace{Rate: 0.001, Burst: 1000, Daily: 130}, 3)
			if err != nil {
				return false, err
			}
			mu.Lock()
			n += s.N
			if s.N > 0 {
				starts[s.First.Round(1000*time.Second)] = true
			}
			mu.Unlock()
		}
		return true, nil
	})
	w.checkPace(slow, 0.001, 130)
	if n != 130 || len(starts) != 44 {
		w.Errorf("%d slots in %d blocks, want 130 in 44", n, len(starts))
	}
}

func paceAccounts(w *world) {
	w.reserve(slow, 4)
	w.account = w.newAccount("another")
	w.checkPace(slow, 0.001, 0)
	if got := w.reserve(slow, 1); got.First > 0 {
		w.Errorf("another account waits for %v", got.First)
	}
}
