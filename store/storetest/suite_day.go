package storetest

import (
	"time"

	"usher/store"
)

func dayTests() tests {
	return tests{"Reserve": dayReserve, "Zone": dayZone, "UsedUp": dayUsedUp, "Told": dayTold, "SetBack": daySetBack}
}

// lookups takes slots that are for look-ups alone.
func (w *world) lookupSlots(p store.Pace, want int) store.Slots {
	w.Helper()
	s, err := w.st.ReserveSlots(w.Context(), w.account, p, store.SlotRequest{Want: want, Lookups: true})
	w.must(err)
	return s
}

// dayReserve: when invitations have used the day up, what is kept for look-ups is there.
func dayReserve(w *world) {
	p := store.Pace{Daily: 10, Reserve: 3}
	if got := w.reserve(p, 100); got.N != 7 {
		w.Errorf("got %+v, want the 7 that are not kept", got)
	}
	if got := w.reserve(p, 1); got.N != 0 || got.DayLeft != 3 || got.DayEnds <= 0 {
		w.Errorf("got %+v, want none, and 3 for look-ups", got)
	}
	if got := w.lookupSlots(p, 100); got.N != 3 {
		w.Errorf("got %+v for look-ups, want the 3 that are kept", got)
	}
	if got := w.lookupSlots(p, 1); got.N != 0 || got.DayLeft != 0 {
		w.Errorf("got %+v for look-ups, want none", got)
	}
}

// dayZone: another zone begins no day anew, whichever way it is changed; a new day in it does.
func dayZone(w *world) {
	for _, zone := range []string{"Pacific/Auckland", "Pacific/Honolulu", ""} {
		p := store.Pace{Daily: 10, Zone: zone}
		if got := w.reserve(p, 3); got.N == 0 || got.DayEnds < 0 {
			w.Errorf("in %q: %+v", zone, got)
		}
	}
	w.checkPace(store.Pace{Daily: 10}, 0, 9)
	p := store.Pace{Daily: 10, Zone: "Pacific/Honolulu"}
	now, err := w.st.PaceNow(w.Context(), w.account, p)
	w.must(err)
	if _, m, _ := now.DayEnds.UTC().Clock(); now.Today != 9 || now.DayEnds.UTC().Hour() != 10 || m != 0 {
		w.Errorf("in Honolulu %+v, want 9 and a day that ends at 10:00 UTC", now)
	}
	w.reserve(p, 1)
	w.exec("UPDATE pace SET day = '2020-02-29'")
	w.checkPace(p, 0, 0)
}

// dayUsedUp: refusals that go on say that the day is used up. What was known of the rate
// stays, and what the day let through is learned.
func dayUsedUp(w *world) {
	p := store.Pace{Rate: 100, Burst: 1, DayLength: time.Hour}
	ctx := w.Context()
	day, row := w.reserve(p, 1).Day, 0
	refuse := func(accepted int, ago int64) (out store.Refused) { // in a wave so many before
		now, err := w.st.PaceNow(ctx, w.account, p)
		w.must(err)
		w.tx(func(tx *store.Tx) (err error) {
			out, err = tx.RefusePace(ctx, w.account, p, store.Refusal{Wave: now.Wave, Answers: store.Answers{Accepted: accepted, In: now.Wave - ago, Day: day, OfDay: accepted},
				Short: time.Hour,
				Wait:  func(inARow int) time.Duration { row = inARow; return time.Millisecond }})
			return err
		})
		return out
	}
	if got := refuse(500, 0); got.DayOver {
		w.Errorf("the first refusal made %+v", got)
	}
	w.earlierRefusals(-10 * time.Second)
	if got := refuse(0, 0); got.DayOver {
		w.Errorf("the second refusal made %+v", got)
	}
	_, err := w.st.ReserveSlots(ctx, w.account, p, store.SlotRequest{Want: 1, Answers: store.Answers{Accepted: 7, Day: "2020-02-29", OfDay: 7}})
	w.must(err)          // they are told of late: their day is over
	got := refuse(40, 2) // told of late: it was let through before the first refusal
	if !got.DayOver || got.DayAllowed != 540 || got.DayEnds <= 0 || got.DayEnds > time.Hour || got.Rate != 100 {
		w.Errorf("the third refusal in ten seconds made %+v", got)
	}
	now, err := w.st.PaceNow(ctx, w.account, p)
	w.must(err)
	if now.DayLimit != 540 {
		w.Errorf("the pace is told as %+v", now)
	}
	if got := refuse(0, 0); !got.DayOver || row != 4 {
		w.Errorf("a try was refused, the %d. in a row, and made %+v", row, got)
	}
	w.tx(func(tx *store.Tx) error { return tx.DayGoesOn(ctx, w.account, true) })
	if got := refuse(50, 0); got.DayOver {
		w.Errorf("a refusal after a request was let through made %+v", got)
	}
	refuse(0, 0)
	w.exec("UPDATE pace SET day = '2020-02-29'")
	if refuse(0, 0); row != 1 {
		w.Errorf("the first refusal of a new day is the %d. in a row", row)
	}
}

// earlierRefusals moves the beginning of the run of refusals, by the text that is kept.
func (w *world) earlierRefusals(d time.Duration) {
	now, err := w.st.Now(w.Context())
	w.must(err)
	since := now.Add(d).UTC().Format(time.RFC3339)
	w.exec(`UPDATE pace SET day_learned = '{"since":"' || CAST($1 AS TEXT) || '","times":1,"allowed":500,"rate":100,"length":3600000000000}'`, since)
}

// dayTold: an API that asks to wait until the day ends has said that it is used up.
func dayTold(w *world) {
	p := store.Pace{Rate: 100, Burst: 1, Zone: "Pacific/Honolulu"}
	now, err := w.st.PaceNow(w.Context(), w.account, p)
	w.must(err)
	clock, err := w.st.Now(w.Context())
	w.must(err)
	ends := now.DayEnds.Sub(clock)
	w.tx(func(tx *store.Tx) error {
		got, err := tx.RefusePace(w.Context(), w.account, p, store.Refusal{Answers: store.Answers{Accepted: 40}, Told: true, Short: time.Millisecond,
			Wait: func(int) time.Duration { return ends + ends/20 }})
		if !got.DayOver || got.Wait < ends || got.Rate != 100 {
			w.Errorf("a wait until the day ends made %+v", got)
		}
		return err
	})
}

// daySetBack: a day that has not begun any more gives way to the present one of its zone.
func daySetBack(w *world) {
	p := store.Pace{Daily: 10, Zone: "Pacific/Auckland"}
	w.reserve(p, 4)
	w.exec("UPDATE pace SET day = '2999-01-01'")
	w.seenAhead(24 * time.Hour)
	w.see()
	w.checkPace(p, 0, 4)
}
