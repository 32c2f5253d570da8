package storetest

import (
	"fmt"
	"time"

	"usher/store"
)

func dayHeldTests() tests {
	return tests{
		"Dead": dayHeldByDead, "Stopped": dayHeldStopped, "Returned": dayHeldReturned, "Unsent": dayHeldUnsent,
		"UnsentOfDead": dayHeldUnsentOfDead, "Over": dayHeldOver, "Many": dayHeldMany,
	}
}

// ofDay is a pace whose day is short and whose slots are all due at once.
var ofDay = store.Pace{Daily: 10}

// taken takes slots as a process.
func (w *world) taken(name string, want int) store.Slots {
	w.Helper()
	s, err := w.st.ReserveSlots(w.Context(), w.account, ofDay, store.SlotRequest{Want: want, Worker: name})
	w.must(err)
	return s
}

// sends lets a process that lives send to n people.
func (w *world) sends(name string, n int) {
	w.Helper()
	_, keys := w.queued(n)
	p := w.params()
	p.Worker = name
	if got := w.claimAs(p, keys...); len(got) != n {
		w.Fatalf("%s claimed %d of %d", name, len(got), n)
	}
}

func (w *world) dies(name string) {
	w.Helper()
	w.exec("UPDATE leases SET expires_at = $1 WHERE holder = $2", w.ago(time.Millisecond), name)
}

// dayHeldByDead: what a process took of a day and did not use is given to others once its
// lease has ended, and not before. When it turns out to live it brings nothing back.
func dayHeldByDead(w *world) {
	w.hold(store.WorkerLease("dead"), "dead")
	w.taken("dead", 3)
	w.sends("dead", 3)
	w.exec("UPDATE attempts SET started_at = $1", w.ago(time.Second)) // what is of the same moment counts as used
	had := w.taken("dead", 5)
	w.sends("dead", 1)
	if got := w.taken(worker, 9); got.N != 2 {
		w.Errorf("got %+v, want the 2 that nobody took", got)
	}
	if got := w.taken(worker, 9); got.N != 0 || got.Pending != 5 {
		w.Errorf("got %+v, want none, and 5 that may come back", got)
	}
	w.dies("dead")
	if got := w.taken(worker, 9); got.N != 4 || got.DayCount != 10 {
		w.Errorf("got %+v, want the 4 that the dead process did not use", got)
	}
	had.N = 4
	w.must(w.st.ReturnSlots(w.Context(), w.account, "dead", had))
	w.checkPace(ofDay, 0, 10)
	if got := w.taken(worker, 9); got.N != 0 || got.Pending != 0 {
		w.Errorf("got %+v, want none, and none that may come back", got)
	}
}

// dayHeldStopped: a process that stops has said what it did not use. What it sent may have
// been look-ups, which leave no trace.
func dayHeldStopped(w *world) {
	w.hold(store.WorkerLease("ended"), "ended")
	had := w.taken("ended", 8)
	had.N = 5
	w.must(w.st.ReturnSlots(w.Context(), w.account, "ended", had))
	w.must(w.st.HoldNoSlots(w.Context(), w.account, "ended"))
	w.dies("ended")
	if got := w.taken(worker, 20); got.N != 7 {
		w.Errorf("got %+v, want the 7 that were given back or not taken", got)
	}
}

// dayHeldReturned: what a process gave back before it died comes back once.
func dayHeldReturned(w *world) {
	w.hold(store.WorkerLease("dead"), "dead")
	had := w.taken("dead", 8)
	had.N = 5
	w.must(w.st.ReturnSlots(w.Context(), w.account, "dead", had))
	w.checkPace(ofDay, 0, 3)
	w.sends("dead", 2)
	w.dies("dead")
	if got := w.taken(worker, 20); got.N != 8 || got.DayCount != 10 {
		w.Errorf("got %+v, want all but the 2 that were sent", got)
	}
}

// dayHeldUnsent: what a process was given and sent nothing in comes back to its day, be it
// of the slots that it has or of those before; and once, when it dies.
func dayHeldUnsent(w *world) {
	w.hold(store.WorkerLease("slow"), "slow")
	day := w.taken("slow", 4).Day
	w.taken("slow", 4)
	w.must(w.st.ReturnUnsent(w.Context(), w.account, "slow", store.Unsent{Day: day, OfDay: 1}))
	w.checkPace(ofDay, 0, 7)
	w.must(w.st.ReturnUnsent(w.Context(), w.account, "slow", store.Unsent{Day: "2020-02-29", OfDay: 1})) // a day that is over
	w.checkPace(ofDay, 0, 7)
	w.sends("slow", 3)
	w.exec("UPDATE attempts SET outcome = 'not_sent' WHERE row_no = 2")
	w.dies("slow")
	if got := w.taken(worker, 20); got.N != 4 || got.DayCount != 10 {
		w.Errorf("got %+v, want the 2 that nobody took, the one that came back and the one of whom it did not tell", got)
	}
}

// dayHeldUnsentOfDead: what came back as its process was taken for dead does not come back
// again when that one wakes and says itself what it did not use, be it before or after it
// takes others.
func dayHeldUnsentOfDead(w *world) {
	w.hold(store.WorkerLease("frozen"), "frozen")
	day := w.taken("frozen", 5).Day
	w.sends("frozen", 1)
	w.dies("frozen")
	if got := w.taken(worker, 20); got.N != 9 {
		w.Errorf("got %+v, want all but the one that was used", got)
	}
	w.must(w.st.ReturnUnsent(w.Context(), w.account, "frozen", store.Unsent{Day: day, OfDay: 3}))
	w.checkPace(ofDay, 0, 10)
	w.must(w.st.ReturnUnsent(w.Context(), w.account, worker, store.Unsent{Day: day, OfDay: 2}))
	w.taken("frozen", 1)
	w.must(w.st.ReturnUnsent(w.Context(), w.account, "frozen", store.Unsent{Day: day, OfDay: 1}))
	w.checkPace(ofDay, 0, 9)
	w.must(w.st.ReturnUnsent(w.Context(), w.account, "frozen", store.Unsent{Day: day, OfDay: 1})) // now it is of those that it took since
	w.checkPace(ofDay, 0, 8)
}

// dayHeldOver: what was taken of a day that is over changes nothing in the next.
func dayHeldOver(w *world) {
	w.hold(store.WorkerLease("dead"), "dead")
	had := w.taken("dead", 8)
	w.exec("UPDATE pace SET day = '2020-02-29'")
	if got := w.taken(worker, 4); got.N != 4 || got.DayCount != 4 {
		w.Errorf("got %+v on a new day, want 4", got)
	}
	w.must(w.st.ReturnSlots(w.Context(), w.account, "dead", had))
	w.dies("dead")
	if got := w.taken(worker, 20); got.N != 6 || got.DayCount != 10 {
		w.Errorf("got %+v, want the 6 that this day has left", got)
	}
}

// dayHeldMany: however many processes die in a day, those whose slots are looked for are
// not kept for ever.
func dayHeldMany(w *world) {
	long := store.Pace{Daily: 10_000}
	for i := range 100 {
		_, err := w.st.ReserveSlots(w.Context(), w.account, long, store.SlotRequest{Want: 7, Worker: fmt.Sprintf("dead-%d", i)})
		w.must(err)
	}
	_, today, err := w.st.PaceStatus(w.Context(), w.account, long)
	w.must(err)
	if today > 66*7 {
		w.Errorf("%d are counted, of which none was sent", today)
	}
}
