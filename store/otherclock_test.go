package store_test

import (
	"testing"
	"time"

	"usher/store"
	"usher/store/storetest"
)

// TestMachineWithAnotherClock: how late it is on the machine of a process makes no
// difference to the slots that it gets, nor to the day they count for.
func TestMachineWithAnotherClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"an hour behind": time.Hour, "an hour before": -time.Hour, "a day behind": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, dsn := t.Context(), storetest.PostgresMigrated(t, migrate)
			storetest.PostgresAhead(t, dsn, ahead)
			st := open(t, dsn)
			account, err := st.Account(ctx, "https://api.example key-1", "")
			if err != nil {
				t.Fatal(err)
			}
			now, err := st.Now(ctx)
			if err != nil || time.Until(now).Round(time.Minute) != ahead {
				t.Fatalf("the database's clock says %v, %v", now, err)
			}
			pace := store.Pace{Rate: 0.001, Burst: 4, Daily: 10}
			first, err := st.ReserveSlots(ctx, account, pace, store.SlotRequest{Want: 4})
			if err != nil || first.N != 4 || first.First != -3000*time.Second {
				t.Errorf("got %+v, %v; want 4 that are due", first, err)
			}
			next, err := st.ReserveSlots(ctx, account, pace, store.SlotRequest{Want: 9})
			if err != nil || next.N != 6 || next.First <= 900*time.Second || next.First > 1000*time.Second {
				t.Errorf("got %+v, %v; want the 6 that the day has left, the first after one interval", next, err)
			}
			is, err := st.PaceNow(ctx, account, pace)
			if err != nil || is.Today != 10 || is.DayEnds.Before(now) || is.DayEnds.Sub(now) > 24*time.Hour {
				t.Errorf("at %v the day is told as %+v, %v", now, is, err)
			}
		})
	}
}
