package storetest

import (
	"context"

	"usher/store"
)

// folderRunFile is a file that was taken for an occurrence.
func (w *world) folderRunFile(name string, occurrence int64, state store.FolderState) store.FolderFile {
	w.Helper()
	f := w.folderFile(name)
	f.State, f.Place, f.Occurrence = state, "taken/"+name, occurrence
	w.saveFolderFile(&f)
	return f
}

// Files are of an occurrence until it is over; what became of them is told by it, and
// an operator's yes is to all of them that ask.
func occurrenceFolder(w *world) {
	s := w.schedule("a")
	first, second := w.occurrence(s, "1", store.OccurrenceDue), w.occurrence(s, "2", store.OccurrenceDue)
	asks := w.folderRunFile("asks.csv", first, store.FolderAsks)
	asks.People = 7
	w.saveFolderFile(&asks)
	taken, other, nobodys := w.folderRunFile("taken.csv", first, store.FolderTaken), w.folderRunFile("other.csv", second, store.FolderTaken),
		w.folderRunFile("own.csv", 0, store.FolderTaken)
	seen := w.folderFile("seen.csv")
	served := func(occurrence int64, want ...store.FolderFile) {
		w.Helper()
		got, err := w.st.ServedFolderFiles(w.Context(), w.account, watched, occurrence)
		w.must(err)
		checkSame(w.T, want, got)
	}
	served(first, asks, taken, nobodys, seen)
	served(second, other, nobodys, seen)
	served(0, nobodys, seen)
	of, err := w.st.OccurrenceFiles(w.Context(), first)
	w.must(err)
	checkSame(w.T, []store.FolderFile{asks, taken}, of)
	if none, err := w.st.OccurrenceFiles(w.Context(), 0); err != nil || len(none) > 0 {
		w.Errorf("files of no occurrence: %+v, %v", none, err)
	}
	w.tx(func(tx *store.Tx) error { return tx.AgreeFolderFiles(w.Context(), first) })
	agreed, err := w.st.FolderFile(w.Context(), asks.ID)
	w.must(err)
	if agreed.State != store.FolderTaken || agreed.Agreed != 7 || agreed.Version != asks.Version+1 {
		w.Errorf("agreed: %+v", agreed)
	}
	untidy := func(want ...string) {
		w.Helper()
		got, err := w.st.UntidyFolders(w.Context(), w.account)
		w.must(err)
		checkSame(w.T, want, got)
	}
	untidy()
	ok, err := w.st.EndOccurrence(w.Context(), second, store.OccurrenceFailed, "", "words")
	w.checkYes("ended", ok, err)
	served(0, other, nobodys, seen)
	untidy(watched)
	batch, _ := w.queued(2)
	other.State, other.Batch, other.Place = store.FolderDone, batch, "done/other.csv"
	w.saveFolderFile(&other)
	untidy()
	if id, err := w.st.UnfinishedBatchOf(w.Context(), s.ID); id != batch || err != nil {
		w.Errorf("batch %d is not over, %v; want %d", id, err, batch)
	}
	if name, err := w.st.ScheduleOf(w.Context(), batch); name != "a" || err != nil {
		w.Errorf("the batch is of %q, %v", name, err)
	}
	w.tx(func(tx *store.Tx) error { _, err := tx.CancelBatch(w.Context(), batch); return err })
	if id, err := w.st.UnfinishedBatchOf(w.Context(), s.ID); id != 0 || err != nil {
		w.Errorf("batch %d is not over, %v", id, err)
	}
	if asked := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.AskOccurrence(ctx, first, "max_people", 7)
	}); !asked {
		w.Error("it does not ask")
	}
	w.tx(func(tx *store.Tx) error { return tx.EndAsking(w.Context(), w.account, "b") })
	if o, err := w.st.Occurrence(w.Context(), first); err != nil || o.State != store.OccurrenceAsks {
		w.Errorf("of another schedule: %+v, %v", o, err)
	}
	w.tx(func(tx *store.Tx) error { return tx.EndAsking(w.Context(), w.account, "a") })
	if o, err := w.st.Occurrence(w.Context(), first); err != nil || o.State != store.OccurrenceSkipped || o.Why != "removed" || o.EndedAt.IsZero() {
		w.Errorf("removed: %+v, %v", o, err)
	}
}
