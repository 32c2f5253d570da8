package storetest

import (
	"time"

	"usher/store"
)

func importTests() tests {
	return tests{"Dead": importDead, "Delete": importDelete, "DeleteOnlyImports": importDeleteOnly}
}

func importDead(w *world) {
	ctx := w.Context()
	insert := func(account int64, importer string) int64 {
		id, err := w.st.InsertBatch(ctx, store.Batch{Account: account, Importer: importer})
		w.must(err)
		return id
	}
	check := func(when string, want ...int64) {
		w.Helper()
		all, err := w.st.DeadImports(ctx, w.account)
		w.must(err)
		if got := batchIDs(all); len(want)+len(got) > 0 {
			w.Log(when)
			checkSame(w.T, want, got)
		}
	}
	living, dead := insert(w.account, "i1"), insert(w.account, "i2")
	running := insert(w.account, "i3")
	w.activate(running)
	insert(w.newAccount("another"), "i4")
	w.hold(store.ImportLease(w.account), "i1")
	w.hold(store.WorkerLease("i2"), "i2") // another lease does not keep an import alive
	check("one has the lease", dead)
	w.exec("UPDATE leases SET expires_at = $1 WHERE holder = 'i1'", w.ago(time.Millisecond))
	check("the lease has ended", living, dead)
	w.tx(func(tx *store.Tx) error { return tx.DeleteImport(ctx, living) })
	w.tx(func(tx *store.Tx) error { return tx.DeleteImport(ctx, dead) })
	check("all are deleted")
}

func importDelete(w *world) {
	keep := w.importing(store.Applicant{PersonKey: "a"})
	gone := w.importing(store.Applicant{PersonKey: "b"}, store.Applicant{State: store.Rejected})
	w.tx(func(tx *store.Tx) error { return tx.DeleteImport(w.Context(), gone) })
	_, err := w.st.Batch(w.Context(), gone)
	wantError(w.T, "the deleted batch", err, store.ErrNotFound)
	w.checkStates(gone, store.Counts{})
	w.checkStates(keep, store.Counts{store.Queued: 1})
	if a, b := w.holderOf("a"), w.holderOf("b"); a.Batch != keep || b != (store.Key{}) {
		w.Errorf("the persons are held by %v and %v", a, b)
	}
}

func importDeleteOnly(w *world) {
	for _, state := range []store.BatchState{store.BatchRunning, store.BatchPaused, store.BatchFinished, store.BatchCancelled} {
		id := w.batch(store.Applicant{})
		w.exec("UPDATE batches SET state = $1 WHERE id = $2", string(state), id)
		err := w.st.InTx(w.Context(), func(tx *store.Tx) error { return tx.DeleteImport(w.Context(), id) })
		wantError(w.T, "delete a batch that is "+string(state), err, store.ErrNotFound)
		w.checkStates(id, store.Counts{store.Queued: 1})
	}
}
