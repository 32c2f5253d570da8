package storetest

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func eventTests() tests {
	return tests{
		"Finished": eventOfFinished, "Paused": eventOfPaused, "Gate": eventOfGate, "Noted": eventNoted,
		"NothingPersonal": eventNothingPersonal, "ToldOnce": eventToldOnce, "Scope": eventScope,
	}
}

func (w *world) untold() []store.Event {
	w.Helper()
	all, err := w.st.UntoldEvents(w.Context(), w.account, 100)
	w.must(err)
	return all
}

func (w *world) checkEvents(want ...store.Event) {
	w.Helper()
	got := w.untold()
	for i := range want {
		want[i].Account = w.account
	}
	checkSame(w.T, want, got, cmpopts.IgnoreFields(store.Event{}, "ID", "At"))
	for _, e := range got {
		w.checkTime("the time of an event", e.At)
	}
}

// numbersOf are the numbers of an event about a batch, most of which are 0.
func numbersOf(some map[string]int) map[string]int {
	for _, s := range store.States {
		some[string(s)] += 0
	}
	return some
}

func eventOfFinished(w *world) {
	batch, keys := w.sending(3)
	w.end(store.Invited, keys[:2]...)
	if w.finish(batch) {
		w.Fatal("it was finished while somebody was being sent to")
	}
	w.checkEvents()
	w.end(store.Failed, keys[2])
	if !w.finish(batch) || w.finish(batch) {
		w.Fatal("it was not finished once")
	}
	w.checkEvents(store.Event{What: store.EventFinished, Batch: batch, BatchName: "people.csv",
		Numbers: numbersOf(map[string]int{"run": 1, "rows": 3, "invited": 2, "failed": 1})})
}

func eventOfPaused(w *world) {
	batch, _ := w.queued(2)
	errOther := errors.New("another reason")
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		if _, err := tx.PauseBatch(w.Context(), batch, "by_person", ""); err != nil {
			return err
		}
		return errOther
	})
	if !errors.Is(err, errOther) {
		w.Fatal(err)
	}
	w.checkEvents() // it was taken back with the pause
	ok, err := w.st.PauseBatch(w.Context(), batch, "same_refusal", "The API says: +15192223333 is no number.")
	w.must(err)
	again, err := w.st.PauseBatch(w.Context(), batch, "by_person", "")
	w.must(err)
	if !ok || again {
		w.Fatalf("paused %v, and again %v", ok, again)
	}
	w.checkEvents(store.Event{What: store.EventPaused, Batch: batch, BatchName: "people.csv", Reason: "same_refusal",
		Numbers: numbersOf(map[string]int{"run": 1, "rows": 2, "queued": 2})})
}

func eventOfGate(w *world) {
	w.close(store.GatePaymentRequired, 0)
	w.close(store.GatePaymentRequired, 0) // a probe that met the same: nothing new
	w.closeByPerson()
	w.tx(func(tx *store.Tx) error { _, err := tx.OpenGate(w.Context(), w.account); return err })
	gate := func(reason string) store.Event {
		return store.Event{What: store.EventGate, Reason: reason, Numbers: map[string]int{}}
	}
	w.checkEvents(gate(store.GatePaymentRequired), gate(store.GateByPerson), gate(""))
}

func (w *world) note(e store.Event) {
	w.Helper()
	e.Account = w.account
	w.must(w.st.NoteEvent(w.Context(), e))
}

func eventNoted(w *world) {
	w.note(store.Event{What: store.EventMissed, Name: "nightly\u202e\x00 run", Reason: "too_late", Numbers: map[string]int{"minutes": 90}})
	w.must(w.st.NoteEvent(w.Context(), store.Event{Account: w.newAccount("another"), What: store.EventRefused, Name: "drop"}))
	w.checkEvents(store.Event{What: store.EventMissed, Name: "nightly run", Reason: "too_late", Numbers: map[string]int{"minutes": 90}})
}

// Words that are not ours get into no event, and not into the error either.
func eventNothingPersonal(w *world) {
	for _, e := range []store.Event{
		{What: "ann@example.com"}, {What: store.EventTest},
		{What: store.EventRefused, Reason: "ann@example.com is twice in it"},
		{What: store.EventRefused, Numbers: map[string]int{"ann@example.com": 1}},
	} {
		err := w.st.NoteEvent(w.Context(), e)
		if err == nil || len(w.untold()) > 0 || strings.Contains(err.Error(), "ann") {
			w.Errorf("%+v was noted: %v", e, err)
		}
	}
}

// Of two that decide who is told of the same events, one does.
func eventToldOnce(w *world) {
	for range 3 {
		w.note(store.Event{What: store.EventMissed, Name: "nightly"})
	}
	all := w.untold()
	ids := []int64{all[0].ID, all[1].ID}
	tell := func() (bool, error) {
		told := false
		err := w.st.InTx(context.Background(), func(tx *store.Tx) (err error) {
			told, err = tx.TellEvents(context.Background(), ids)
			return err
		})
		return told, err
	}
	checkSame(w.T, 1, w.atOnce(4, func(int) (bool, error) { return tell() }))
	if left := w.untold(); len(left) != 1 || left[0].ID != all[2].ID {
		w.Errorf("left: %+v", left)
	}
	some, err := w.st.Events(w.Context(), w.account, []int64{all[2].ID, all[0].ID, 999})
	w.must(err)
	if len(some) != 2 || some[0].ID != all[0].ID {
		w.Errorf("events by id: %+v", some)
	}
}
