package storetest

import (
	"context"
	"errors"
	"slices"

	"usher/store"
)

func deliveryTests() tests {
	return tests{"Want": deliveryWant, "Names": deliveryNames, "Open": deliveryOpen, "Delay": deliveryDelay, "Schedule": deliverySchedule, "Source": deliverySource}
}

func (w *world) wantDelivery(batch int64) store.Delivery {
	w.Helper()
	id := in(w, func(ctx context.Context, tx *store.Tx) (int64, error) { return tx.WantDelivery(ctx, batch) })
	return w.delivery(id)
}

func (w *world) delivery(id int64) store.Delivery {
	w.Helper()
	d, err := w.st.Delivery(w.Context(), id)
	w.must(err)
	return d
}

// endDelivery ends a delivery, and returns the next one's id.
func (w *world) endDelivery(d store.Delivery) (ended bool, next int64) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		ended, next, err = tx.EndDelivery(w.Context(), d)
		return err
	})
	return ended, next
}

func deliveryWant(w *world) {
	id := w.batch()
	first := w.wantDelivery(id)
	if first.Batch != id || first.Number != 1 || first.Wanted != 1 || first.Stem != "" || first.AskedAt.IsZero() || !first.DeliveredAt.IsZero() {
		w.Errorf("a new one: %+v", first)
	}
	if again := w.wantDelivery(id); again.ID != first.ID || again.Wanted != 2 {
		w.Errorf("wanted again before it was delivered: %+v", again)
	}
	ended, next := w.endDelivery(first)
	second := w.delivery(next)
	if !ended || second.Number != 2 || !second.DeliveredAt.IsZero() {
		w.Errorf("what was wanted while it was made: %v, %+v", ended, second)
	}
	if w.delivery(first.ID).DeliveredAt.IsZero() {
		w.Error("the first is not delivered")
	}
	if ended, next := w.endDelivery(first); ended || next != 0 {
		w.Error("it was ended twice")
	}
	if ended, next := w.endDelivery(second); !ended || next != 0 {
		w.Errorf("nothing else was wanted, and there is delivery %d", next)
	}
	if third := w.wantDelivery(id); third.Number != 3 {
		w.Errorf("somebody was settled later: %+v", third)
	}
	all, err := w.st.Deliveries(w.Context(), id)
	w.must(err)
	if len(all) != 3 || all[0].ID != first.ID || all[2].Number != 3 {
		w.Errorf("all: %+v", all)
	}
	if _, err := w.st.Delivery(w.Context(), 999); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("one that is not there: %v", err)
	}
}

func deliveryNames(w *world) {
	one, other := w.wantDelivery(w.batch()), w.wantDelivery(w.batch())
	w.must(w.st.NameDelivery(w.Context(), one.ID, "/out", "nightly"))
	if err := w.st.NameDelivery(w.Context(), other.ID, "/out", "nightly"); !errors.Is(err, store.ErrExists) {
		w.Errorf("two have one name: %v", err)
	}
	w.must(w.st.NameDelivery(w.Context(), other.ID, "/elsewhere", "nightly"))
	w.must(w.st.NameDelivery(w.Context(), one.ID, "", ""))
	w.must(w.st.NameDelivery(w.Context(), other.ID, "", "")) // nor is it one name to have none
	if d := w.delivery(one.ID); d.Stem != "" || d.Folder != "" {
		w.Errorf("it has a name: %+v", d)
	}
	act := func(wanted int) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ActDelivery(ctx, one.ID, wanted) })
	}
	if got := []bool{act(1), act(1), act(2), act(2)}; !slices.Equal(got, []bool{true, false, true, false}) {
		w.Errorf("recorded: %v", got)
	}
}

func deliveryOpen(w *world) {
	id := w.batch()
	d := w.wantDelivery(id)
	open := func() []int64 {
		all, err := w.st.OpenDeliveries(w.Context(), w.account)
		w.must(err)
		return all
	}
	if all := open(); len(all) != 0 {
		w.Errorf("of a batch that runs: %v", all)
	}
	if !w.finish(id) {
		w.Fatal("it was not finished")
	}
	if all := open(); !slices.Equal(all, []int64{d.ID}) {
		w.Errorf("of a batch that is finished: %v", all)
	}
	given, _ := w.queued(1)
	up := w.wantDelivery(given)
	w.tx(func(tx *store.Tx) error { _, err := tx.CancelBatch(w.Context(), given); return err })
	if all := open(); !slices.Equal(all, []int64{d.ID, up.ID}) {
		w.Errorf("and of one that is cancelled: %v", all)
	}
	w.endDelivery(up)
	other, err := w.st.OpenDeliveries(w.Context(), w.newAccount("another"))
	if err != nil || len(other) != 0 {
		w.Errorf("another account's: %v, %v", other, err)
	}
	w.endDelivery(d)
	if all := open(); len(all) != 0 {
		w.Errorf("when it is delivered: %v", all)
	}
}

func deliveryDelay(w *world) {
	d := w.wantDelivery(w.batch())
	delay := func(why string) bool {
		other, err := w.st.DelayDelivery(w.Context(), d.ID, why)
		w.must(err)
		return other
	}
	if got := []bool{delay("the disk is full"), delay("the disk is full"), delay("there is no such folder")}; !slices.Equal(got, []bool{true, false, true}) {
		w.Errorf("another reason: %v", got)
	}
	if d := w.delivery(d.ID); d.Trouble != "there is no such folder" {
		w.Errorf("kept: %+v", d)
	}
	w.endDelivery(d)
	if d := w.delivery(d.ID); d.Trouble != "" {
		w.Errorf("delivered, with trouble: %+v", d)
	}
}

func deliverySchedule(w *world) {
	of := func(batch int64) string {
		name, err := w.st.ScheduleOf(w.Context(), batch)
		w.must(err)
		return name
	}
	brought, known := w.batch(), w.batch()
	if name := of(brought); name != "" {
		w.Errorf("of no schedule: %q", name)
	}
	s := w.schedule("nightly")
	w.occurrence(s, "2026-03-01T02:30", store.OccurrenceDone)
	w.exec("UPDATE occurrences SET batch_id = $1", brought)
	id := w.occurrence(s, "2026-03-02T02:30", store.OccurrenceDone)
	w.exec("UPDATE occurrences SET batch_id = $1, why = 'known' WHERE id = $2", known, id)
	if name := of(brought); name != "nightly" {
		w.Errorf("of the schedule: %q", name)
	}
	if name := of(known); name != "" {
		w.Errorf("imported before by somebody else: %q", name)
	}
}

func deliverySource(w *world) {
	id := w.batch()
	if sum, size, err := w.st.BatchSource(w.Context(), id); err != nil || sum != "" || size != 0 {
		w.Errorf("of no file: %q, %d, %v", sum, size, err)
	}
	w.must(w.st.NoteBatchSource(w.Context(), id, sumOf("a"), 5<<30))
	if sum, size, err := w.st.BatchSource(w.Context(), id); err != nil || sum != sumOf("a") || size != 5<<30 {
		w.Errorf("of a file: %q, %d, %v", sum, size, err)
	}
}
