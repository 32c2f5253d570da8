package storetest

import (
	"slices"
	"time"

	"usher/store"
)

func uploadImport(w *world) {
	ctx := w.Context()
	by := store.Actor{Name: "ann", Role: "uploader", Way: store.WayPage}
	w.checkedUpload("a")
	invite := func(revision int) (bool, error) {
		return answer(w, func(tx *store.Tx) (bool, error) { return tx.InviteUpload(ctx, "a", revision, 412, by) })
	}
	w.yes("choose")(w.st.ChooseUpload(ctx, "a", 1, "{}"))
	w.no("what is not checked")(invite(2))
	w.check("a", 2)
	w.no("an old revision")(invite(1))
	w.yes("what is checked")(invite(2))
	w.no("a second time")(invite(2))
	u := w.upload("a")
	if u.State != store.UploadImporting || u.Agreed != 412 || u.Inviter != by {
		w.Errorf("importing: %+v", u)
	}
	w.no("choose anew meanwhile")(w.st.ChooseUpload(ctx, "a", 2, "{}"))
	if ids, err := w.st.ImportingUploads(ctx, w.account); err != nil || !slices.Equal(ids, []string{"a"}) {
		w.Errorf("importing: %v, %v", ids, err)
	}
	w.must(w.st.BeatImport(ctx, "a", store.UploadProgress{Rows: 7}))
	done := func(batch int64) error {
		return w.st.InTx(ctx, func(tx *store.Tx) error { return tx.UploadImported(ctx, "a", batch, true, time.Hour) })
	}
	w.must(done(5))
	wantError(w.T, "a second batch", done(6), store.ErrNotFound)
	w.must(w.st.BeatImport(ctx, "a", store.UploadProgress{Rows: 8}))
	old := u.Content
	plan, _, err := w.st.UploadPlan(ctx, "a")
	if u := w.upload("a"); err != nil || u.State != store.UploadImported || u.Batch != 5 || !u.Known || u.Content+plan+u.Choices != "" || u.Progress.Rows != 7 {
		w.Errorf("imported: %+v, %q, %v", u, plan, err)
	}
	w.must(w.st.SweepUploads(ctx))
	if w.content(old) != "" {
		w.Error("the list is still there")
	}
	w.upload("a")
}

func uploadInviteAtOnce(w *world) {
	w.checkedUpload("a")
	yes := w.atOnce(4, func(int) (bool, error) {
		return answer(w, func(tx *store.Tx) (bool, error) {
			return tx.InviteUpload(w.Context(), "a", 1, 1, store.Actor{Name: "ann"})
		})
	})
	if yes != 1 {
		w.Errorf("%d of 4 invited", yes)
	}
}

func uploadRefuse(w *world) {
	ctx := w.Context()
	w.checkedUpload("a")
	w.no("what is not being imported")(w.st.RefuseUpload(ctx, "a", "x", "y"))
	w.exec("UPDATE uploads SET state = 'importing'")
	w.yes("what is")(w.st.RefuseUpload(ctx, "a", "415 people", "look again"))
	if u := w.upload("a"); u.State != store.UploadReady || u.Refusal != "415 people" || u.RefusalFix != "look again" || u.Revision != 2 || u.PlanRevision != 1 {
		w.Errorf("got %+v", u)
	}
	w.yes("choose")(w.st.ChooseUpload(ctx, "a", 2, "{}"))
	if u := w.upload("a"); u.Refusal+u.RefusalFix != "" {
		w.Errorf("still refused: %+v", u)
	}
}

// Whose a batch is.
func batchOwner(w *world) {
	id, err := w.st.InsertBatch(w.Context(), store.Batch{Account: w.account, Owner: "ann"})
	w.must(err)
	for _, want := range []string{"ann", "Björn"} {
		b, err := w.st.Batch(w.Context(), id)
		if err != nil || b.Owner != want {
			w.Errorf("owner %q, %v; want %q", b.Owner, err, want)
		}
		w.must(w.st.SetBatchOwner(w.Context(), id, "Björn"))
	}
	if page, line := (store.Actor{Name: "ann", Way: store.WayPage}), (store.Actor{Name: "ann", Way: store.WayCommandLine}); page.Owner() != "ann" || line.Owner() != "" {
		w.Errorf("owners %q and %q", page.Owner(), line.Owner())
	}
}
