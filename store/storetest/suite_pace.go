package storetest

import (
	"cmp"
	"sync"
	"time"

	"usher/store"
)

func paceTests() tests {
	return tests{
		"Reserve": paceReserve, "Daily": paceDaily, "DayEnds": paceDayEnds, "Return": paceReturn, "ReturnBetween": paceReturnBetween, "Refuse": paceRefuse, "Wave": paceWave, "Slowly": paceRefuseSlowly, "AloneReturned": paceAloneReturned,
		"LongWait": paceLongWait,
		"AtOnce":   paceAtOnce, "Accounts": paceAccounts,
	}
}

func (w *world) reserve(p store.Pace, want int) store.Slots {
	w.Helper()
	s, err := w.st.ReserveSlots(w.Context(), w.account, p, store.SlotRequest{Want: want})
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
	got.Day, got.Ends, got.Given = "", 0, time.Time{}
	checkSame(w.T, want, got) // the last of them is now
	next := w.reserve(slow, 2)
	if next.First <= 900*time.Second || next.First > 1000*time.Second {
		w.Errorf("after the burst the next slot is in %v, want one interval", next.First)
	}
	w.checkPace(slow, 0.001, 6)
	free := w.reserve(store.Pace{}, 5)
	free.Day, free.Ends, free.Given = "", 0, time.Time{}
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
	unused := first
	unused.N = 6
	w.must(w.st.ReturnSlots(ctx, w.account, "", unused))
	w.checkPace(slow, 0.001, 4)
	next := w.reserve(slow, 1)
	if next.First <= 900*time.Second || next.First > 1000*time.Second {
		w.Errorf("the next slot is in %v, want it where the first unused one was", next.First)
	}
	w.must(w.st.ReturnSlots(ctx, w.account, "", store.Slots{N: 100}))
	w.checkPace(slow, 0.001, 0)
}

// paceReturnBetween: the times of slots behind which others have theirs are not given to
// anybody else, but they count no more against the day.
func paceReturnBetween(w *world) {
	first := w.reserve(slow, 10)
	before := w.reserve(slow, 1)
	first.N = 6
	w.must(w.st.ReturnSlots(w.Context(), w.account, "", first))
	w.checkPace(slow, 0.001, 5)
	if after := w.reserve(slow, 1); after.First <= before.First+900*time.Second {
		w.Errorf("the next slot is in %v, want it after that of %v", after.First, before.First)
	}
}

// refuse applies a 429 of a wave, with a wait that the API did not name.
func (w *world) refuse(p store.Pace, wave int64, wait time.Duration) store.Refused {
	w.Helper()
	return w.refuseAs(p, store.Refusal{Wave: wave, Wait: func(int) time.Duration { return wait }})
}

// refuseAs applies a 429. A wait of up to an hour is short where nothing else is said.
func (w *world) refuseAs(p store.Pace, r store.Refusal) (out store.Refused) {
	w.Helper()
	r.Short = cmp.Or(r.Short, time.Hour)
	w.tx(func(tx *store.Tx) (err error) {
		out, err = tx.RefusePace(w.Context(), w.account, p, r)
		return err
	})
	return out
}

// paceRefuse: nobody gets a slot before the end of a wait, and the rate is lower then.
func paceRefuse(w *world) {
	p := store.Pace{Rate: 100, Burst: 10}
	w.reserve(p, 5)
	got := w.refuse(p, 0, 30*time.Minute)
	if !got.Taken || got.Gated || got.Wave != 1 || got.Rate >= 100 || got.Wait != 30*time.Minute {
		w.Errorf("the refusal made %+v", got)
	}
	if s := w.reserve(p, 1); s.First < 29*time.Minute || s.First > 30*time.Minute || s.Wave != 1 {
		w.Errorf("got %+v, want a slot at the end of the wait", s)
	}
	now, err := w.st.PaceNow(w.Context(), w.account, p)
	w.must(err)
	if now.Source != "learned" || now.Rate != got.Rate || now.Wait < 29*time.Minute {
		w.Errorf("the pace is told as %+v", now)
	}
	if again := w.refuse(p, 0, time.Minute); again.Taken || again.Wave != 1 || again.Rate != got.Rate {
		w.Errorf("one that was in flight made %+v of it", again)
	}
	if guessed := w.refuse(p, 0, 45*time.Minute); guessed.Taken || guessed.Wave != 1 || guessed.Wait > 30*time.Minute {
		w.Errorf("one that was in flight, whose longer wait is ours, made %+v of it", guessed)
	}
	if long := w.refuseAs(p, store.Refusal{Short: time.Minute, Wait: func(int) time.Duration { return 45 * time.Minute }}); long.Gated {
		w.Errorf("one that was in flight, whose longer wait is ours, closes the gate: %+v", long)
	}
	longer := w.refuseAs(p, store.Refusal{Told: true, Wait: func(int) time.Duration { return 45 * time.Minute }})
	if longer.Taken || longer.Wave != 2 || longer.Wait < 44*time.Minute {
		w.Errorf("one that was in flight and has longer to wait made %+v of it", longer)
	}
}

// paceRefuseSlowly: a wait ends no sooner than the API said, however long it takes to write.
func paceRefuseSlowly(w *world) {
	p := store.Pace{Rate: 100, Burst: 10}
	w.reserve(p, 5)
	until := time.Now().Add(time.Minute)
	w.tx(func(tx *store.Tx) error {
		_, err := tx.RefusePace(w.Context(), w.account, p, store.Refusal{Short: time.Hour, Told: true, Wait: func(int) time.Duration {
			time.Sleep(300 * time.Millisecond) // this process gets no processor time
			return time.Until(until)
		}})
		return err
	})
	now, err := w.st.PaceNow(w.Context(), w.account, p)
	w.must(err)
	if ends := time.Now().Add(now.Wait); ends.Before(until.Add(-time.Millisecond)) { // as exact as SQLite's clock is
		w.Errorf("nobody sends until %v before the end of the wait", until.Sub(ends))
	}
}

// paceAloneReturned: who goes alone after waits that were too short, and is not sent to
// after all, is followed by one, as nothing is known yet.
func paceAloneReturned(w *world) {
	p := store.Pace{Rate: 100, Burst: 10}
	w.reserve(p, 5)
	for wave := range int64(3) {
		w.refuse(p, wave, 0)
	}
	alone := w.reserve(p, 9)
	w.must(w.st.ReturnSlots(w.Context(), w.account, "", alone))
	if again := w.reserve(p, 9); alone.N != 1 || again.N != 1 {
		w.Errorf("%d went alone, and %d after it came back", alone.N, again.N)
	}
}

// paceWave: slots of before a refusal are not used, and move nothing when they come back.
func paceWave(w *world) {
	p := store.Pace{Rate: 1, Burst: 1}
	old := w.reserve(p, 100)
	_, keys := w.queued(2)
	w.refuse(p, 0, time.Minute)
	before := w.reserve(p, 1)
	w.must(w.st.ReturnSlots(w.Context(), w.account, "", old))
	if after := w.reserve(p, 1); after.First < before.First {
		w.Errorf("slots that came back late moved the next one from %v to %v", before.First, after.First)
	}
	for wave, want := range []int{0, 1} {
		params := w.params()
		params.Wave = int64(wave)
		w.tx(func(tx *store.Tx) error {
			claimed, err := tx.Claim(w.Context(), params, keys[:1])
			if len(claimed) != want {
				w.Errorf("with a slot of wave %d %d were claimed, want %d", wave, len(claimed), want)
			}
			return err
		})
	}
}

// paceLongWait: what is for the gate to keep does not hold the pace, so that a person who
// opens the gate is not waiting for anything else.
func paceLongWait(w *world) {
	p := store.Pace{Rate: 100, Burst: 1}
	w.tx(func(tx *store.Tx) error {
		got, err := tx.RefusePace(w.Context(), w.account, p, store.Refusal{Short: time.Minute,
			Wait: func(int) time.Duration { return time.Hour }})
		if !got.Gated || got.Wait != time.Hour {
			w.Errorf("got %+v, want a wait for the gate", got)
		}
		return err
	})
	if s := w.reserve(p, 1); s.First > time.Second {
		w.Errorf("got %+v, want a slot now", s)
	}
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
			s, err := w.st.ReserveSlots(w.Context(), w.account, store.Pace{Rate: 0.001, Burst: 1000, Daily: 130}, store.SlotRequest{Want: 3})
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
