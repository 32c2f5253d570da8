package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func batchTests() tests {
	return tests{
		"RoundTrip": batchRoundTrip, "Lists": batchLists, "Filter": batchesFiltered, "ByFingerprint": batchByFingerprint, "Life": batchLife,
		"PauseAndResume": batchPause, "FinishesOnce": finishesOnce, "FinishWaitsForAll": finishWaits, "Report": batchReport,
	}
}

func batchRoundTrip(w *world) {
	want := store.Batch{
		Account: w.account, Name: `Söhne & "Töchter" 🎉.csv`, Source: "/srv/hr/O'Brien.csv", Fingerprint: "f0", Options: `{"sheet":"A"}`,
		ExtraColumns: []string{"Team", "", "שם"}, ReportPath: "out.csv", Importer: "importer-1",
	}
	id, err := w.st.InsertBatch(w.Context(), want)
	w.must(err)
	got := w.batchNow(id)
	w.checkTime("CreatedAt", got.CreatedAt)
	want.ID, want.State, want.Run, want.CreatedAt = id, store.BatchImporting, 1, got.CreatedAt
	want.Breakers = store.Breakers{Tolerate: 100} // nothing stops it by itself until it is set running
	checkSame(w.T, want, got)

	id, err = w.st.InsertBatch(w.Context(), store.Batch{Account: w.account})
	w.must(err)
	if got := w.batchNow(id).ExtraColumns; len(got) != 0 {
		w.Errorf("extra columns of a batch without any are %q", got)
	}
}

func batchLists(w *world) {
	first, second := w.batch(), w.importing()
	third := w.batch()
	mine := w.account
	w.account = w.newAccount("another")
	other := w.batch()
	w.account = mine

	all, err := w.st.Batches(w.Context(), store.BatchFilter{})
	w.must(err)
	checkSame(w.T, []int64{other, third, second, first}, batchIDs(all))
	running, err := w.st.BatchesIn(w.Context(), mine, store.BatchRunning)
	w.must(err)
	checkSame(w.T, []int64{first, third}, batchIDs(running))
	finished, err := w.st.BatchesIn(w.Context(), mine, store.BatchFinished)
	w.must(err)
	checkSame(w.T, []int64{}, batchIDs(finished))
}

func batchIDs(all []store.Batch) []int64 {
	ids := make([]int64, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	return ids
}

func batchByFingerprint(w *world) {
	insert := func(account int64, fingerprint string) int64 {
		id, err := w.st.InsertBatch(w.Context(), store.Batch{Account: account, Fingerprint: fingerprint})
		w.must(err)
		w.activate(id)
		return id
	}
	other := w.newAccount("another")
	older, newer, _ := insert(w.account, "f1"), insert(w.account, "f1"), insert(other, "f1")
	insert(w.account, "f2")
	w.checkByFingerprint("f1", newer)
	_, err := w.st.CancelledByFingerprint(w.Context(), w.account, "f1")
	wantError(w.T, "none was cancelled", err, store.ErrNotFound)
	w.cancel(newer)
	if b, err := w.st.CancelledByFingerprint(w.Context(), w.account, "f1"); err != nil || b.ID != newer {
		w.Errorf("the cancelled one is %d (%v), want %d", b.ID, err, newer)
	}
	w.checkByFingerprint("f1", older) // a cancelled one is imported anew
	w.finish(older)
	w.checkByFingerprint("f1", older)
	_, err = w.st.BatchByFingerprint(w.Context(), other, "f2")
	wantError(w.T, "another account's input", err, store.ErrNotFound)
}

func (w *world) checkByFingerprint(fingerprint string, want int64) {
	w.Helper()
	b, err := w.st.BatchByFingerprint(w.Context(), w.account, fingerprint)
	if err != nil || b.ID != want {
		w.Errorf("found batch %d (%v), want %d", b.ID, err, want)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

func batchLife(w *world) {
	id := w.importing(store.Applicant{})
	w.activate(id)
	b := w.batchNow(id)
	w.checkTime("ImportedAt", b.ImportedAt)
	if b.State != store.BatchRunning || b.Importer != "" || !b.FinishedAt.IsZero() {
		w.Errorf("an activated batch is %+v", b)
	}
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error { return tx.ActivateBatch(w.Context(), id) })
	wantError(w.T, "activate twice", err, store.ErrNotFound)

	runs, err := w.st.Runs(w.Context(), id)
	w.must(err)
	checkSame(w.T, []store.Run{{Run: 1}}, runs, cmpopts.IgnoreFields(store.Run{}, "StartedAt"))
	w.checkTime("StartedAt", runs[0].StartedAt)
}

func batchPause(w *world) {
	ctx := w.Context()
	id := w.importing(store.Applicant{})
	ok, err := w.st.PauseBatch(ctx, id, "by_person", "")
	w.checkNo("pause an importing batch", ok, err)
	w.activate(id)
	ok, err = w.st.ResumeBatch(ctx, id)
	w.checkNo("resume a running batch", ok, err)

	ok, err = w.st.PauseBatch(ctx, id, "same_refusal", "The API says: no.")
	w.checkYes("pause", ok, err)
	b := w.batchNow(id)
	if b.State != store.BatchPaused || b.PauseReason != "same_refusal" || b.PauseDetail != "The API says: no." {
		w.Errorf("a paused batch is %+v", b)
	}
	ok, err = w.st.PauseBatch(ctx, id, "by_person", "")
	w.checkNo("pause twice", ok, err)

	ok, err = w.st.ResumeBatch(ctx, id)
	w.checkYes("resume", ok, err)
	b = w.batchNow(id)
	if b.State != store.BatchRunning || b.PauseReason != "" || b.PauseDetail != "" {
		w.Errorf("a resumed batch is %+v", b)
	}
}

func (w *world) checkYes(what string, ok bool, err error) {
	w.Helper()
	if err != nil || !ok {
		w.Errorf("%s: %t, %v; want it done", what, ok, err)
	}
}

func (w *world) checkNo(what string, ok bool, err error) {
	w.Helper()
	if err != nil || ok {
		w.Errorf("%s: %t, %v; want nothing done", what, ok, err)
	}
}

func finishesOnce(w *world) {
	id := w.batch()
	n := w.atOnce(10, func(int) (done bool, err error) {
		err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
			done, err = tx.FinishBatch(w.Context(), id)
			return err
		})
		return done, err
	})
	if n != 1 {
		w.Errorf("the batch was finished %d times", n)
	}
}

func finishWaits(w *world) {
	id, keys := w.queued(2)
	check := func(when string, want bool) {
		w.Helper()
		if got := w.finish(id); got != want {
			w.Errorf("finished %s: %t, want %t", when, got, want)
		}
	}
	check("with two queued", false)
	w.claim(keys...)
	check("with two being sent", false)
	w.end(store.Invited, keys[0])
	check("with one in doubt", false)
	w.end(store.Failed, keys[1])
	w.pause(id)
	check("while paused", false)
	_, err := w.st.ResumeBatch(w.Context(), id)
	w.must(err)
	check("with all settled", true)
	check("again", false)

	b := w.batchNow(id)
	w.checkTime("FinishedAt", b.FinishedAt)
	runs, err := w.st.Runs(w.Context(), id)
	w.must(err)
	if b.State != store.BatchFinished || len(runs) != 1 {
		w.Fatalf("a finished batch is %+v with runs %v", b, runs)
	}
	w.checkTime("the run's FinishedAt", runs[0].FinishedAt)
	if w.finish(w.importing()) {
		w.Error("an importing batch was finished")
	}
}

func batchReport(w *world) {
	ctx := w.Context()
	id := w.batch()
	done, err := w.st.Reported(ctx, id, 1)
	w.checkNo("reported before it was", done, err)
	w.must(w.st.MarkReported(ctx, id, 1))
	done, err = w.st.Reported(ctx, id, 1)
	w.checkYes("reported", done, err)
	runs, err := w.st.Runs(ctx, id)
	w.must(err)
	w.checkTime("ReportedAt", runs[0].ReportedAt)
	_, err = w.st.Reported(ctx, id, 2)
	wantError(w.T, "the report of a run that never was", err, store.ErrNotFound)

	w.must(w.st.SetReportPath(ctx, id, "später/out.csv"))
	if got := w.batchNow(id).ReportPath; got != "später/out.csv" {
		w.Errorf("the report goes to %q", got)
	}

	later := w.batch()
	w.must(w.st.SetReportPath(ctx, later, "später/out.csv"))
	_, err = w.st.ReportedOver(ctx, id, "später/out.csv")
	wantError(w.T, "a later one that is not written yet", err, store.ErrNotFound)
	w.must(w.st.MarkReported(ctx, later, 1))
	if over, err := w.st.ReportedOver(ctx, id, "später/out.csv"); err != nil || over.ID != later {
		w.Errorf("the report of %d was taken over by %d (%v), want %d", id, over.ID, err, later)
	}
	_, err = w.st.ReportedOver(ctx, later, "später/out.csv")
	wantError(w.T, "the last one", err, store.ErrNotFound)
}
