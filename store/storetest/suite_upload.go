package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"usher/store"
)

func uploadTests() tests {
	return tests{
		"Receive": uploadReceive, "List": uploadList, "Choose": uploadChoose, "Replace": uploadReplace, "Mend": uploadMend,
		"Import": uploadImport, "InviteAtOnce": uploadInviteAtOnce, "Refuse": uploadRefuse, "Delete": uploadDelete,
		"Sweep": uploadSweep, "Owner": batchOwner,
	}
}

// receiving adds an upload that is coming in.
func (w *world) receiving(id string) store.Upload {
	w.Helper()
	u := store.Upload{ID: id, Account: w.account, Owner: "ann", Name: "people.csv", Content: "content of " + id,
		State: store.UploadReceiving, Choices: "{}"}
	w.must(w.st.InsertUpload(w.Context(), u, 24*time.Hour))
	return u
}

// ready adds an upload that is ready, with a chunk for each text.
func (w *world) ready(id string, chunks ...string) store.Upload {
	w.Helper()
	u := w.receiving(id)
	for n, chunk := range chunks {
		w.must(w.st.AddUploadChunk(w.Context(), u, n, []byte(chunk)))
	}
	w.must(w.st.FinishUpload(w.Context(), id, sumOf("a")))
	return w.upload(id)
}

// checkedUpload is one whose first revision is checked.
func (w *world) checkedUpload(id string) store.Upload {
	w.Helper()
	w.ready(id, "text")
	w.check(id, 1)
	return w.upload(id)
}

func (w *world) check(id string, revision int) {
	w.Helper()
	w.yes("claim the check")(w.st.ClaimCheck(w.Context(), id, revision, "p1"))
	w.yes("keep the plan")(w.st.SavePlan(w.Context(), id, revision, "p1", `{"rows":1}`, "Sheet1"))
}

func (w *world) upload(id string) store.Upload {
	w.Helper()
	u, err := w.st.Upload(w.Context(), id)
	w.must(err)
	return u
}

// yes and no fail the test unless something was done, or was not.
func (w *world) yes(what string) func(bool, error) { return w.answered(what, true) }
func (w *world) no(what string) func(bool, error)  { return w.answered(what, false) }

func (w *world) answered(what string, want bool) func(bool, error) {
	return func(ok bool, err error) {
		w.Helper()
		if ok != want || err != nil {
			w.Errorf("%s: %v, %v", what, ok, err)
		}
	}
}

func (w *world) content(name string) (text string) {
	w.Helper()
	for n := 0; ; n++ {
		data, err := w.st.UploadChunk(w.Context(), name, n)
		if err != nil {
			wantError(w.T, "the end", err, store.ErrNotFound)
			return text
		}
		text += string(data)
	}
}

func uploadReceive(w *world) {
	ctx := w.Context()
	u := w.receiving("a")
	bin := bytes.Repeat([]byte{0, 0xff, '\'', 0x80}, 1<<18) // 1 MiB that is no text
	w.must(w.st.AddUploadChunk(ctx, u, 0, bin))
	w.must(w.st.AddUploadChunk(ctx, u, 1, []byte("end")))
	w.must(w.st.TouchUpload(ctx, "a"))
	if got := w.upload("a"); got.Size != 1<<20+3 || got.State != store.UploadReceiving || got.Revision != 1 || got.TouchedAt.IsZero() ||
		got.ExpiresAt.Sub(got.CreatedAt).Round(time.Hour) != 24*time.Hour {
		w.Errorf("coming in: %+v", got)
	}
	w.must(w.st.FinishUpload(ctx, "a", sumOf("a")))
	if got := w.upload("a"); got.State != store.UploadReady || got.SHA256 != sumOf("a") || got.PlanRevision != 0 {
		w.Errorf("all there: %+v", got)
	}
	if w.content(u.Content) != string(bin)+"end" {
		w.Error("other bytes came out than went in")
	}
	for what, err := range map[string]error{
		"a chunk for what is there":    w.st.AddUploadChunk(ctx, u, 2, bin),
		"a touch of what is there":     w.st.TouchUpload(ctx, "a"),
		"the end of what is there":     w.st.FinishUpload(ctx, "a", ""),
		"a chunk for what was removed": w.st.AddUploadChunk(ctx, store.Upload{ID: "b", Content: "b"}, 0, bin),
	} {
		wantError(w.T, what, err, store.ErrNotFound)
	}
	if w.content("b") != "" {
		w.Error("a chunk was kept that belongs to nothing")
	}
	_, err := w.st.Upload(ctx, "b")
	wantError(w.T, "an upload that is not there", err, store.ErrNotFound)
}

func uploadList(w *world) {
	ctx := w.Context()
	w.ready("a")
	w.exec("UPDATE uploads SET created_at = $1", w.ago(time.Minute))
	w.receiving("b")
	w.must(w.st.InsertUpload(ctx, store.Upload{ID: "c", Account: w.account, Owner: "bob", Source: "hr", State: store.UploadReady}, time.Hour))
	w.exec("UPDATE uploads SET created_at = $1 WHERE id = 'c'", w.ago(time.Hour))
	w.must(w.st.InsertUpload(ctx, store.Upload{ID: "d", Account: w.newAccount("other"), Owner: "ann", State: store.UploadReady}, time.Hour))
	w.must(w.st.InsertUpload(ctx, store.Upload{ID: "f", Account: w.account, State: store.UploadReceiving}, time.Hour))
	w.must(w.st.InsertUpload(ctx, store.Upload{ID: "e", Account: w.account, Owner: "ann", State: store.UploadImported}, time.Hour))
	for owner, want := range map[string][]string{"ann": {"b", "a"}, "bob": {"c"}, "": {"b", "a", "c"}, "eve": nil} {
		all, err := w.st.Uploads(ctx, w.account, owner)
		w.must(err)
		var ids []string
		for _, u := range all {
			ids = append(ids, u.ID)
		}
		if !slices.Equal(ids, want) {
			w.Errorf("those of %q: %v, want %v", owner, ids, want)
		}
	}
}

func uploadChoose(w *world) {
	ctx := w.Context()
	w.checkedUpload("a")
	w.yes("the first choice")(w.st.ChooseUpload(ctx, "a", 1, `{"Name":"new"}`))
	w.no("a choice of an old revision")(w.st.ChooseUpload(ctx, "a", 1, `{"Name":"old"}`))
	if u := w.upload("a"); u.Revision != 2 || u.PlanRevision != 1 || u.Choices != `{"Name":"new"}` || u.Sheet != "Sheet1" {
		w.Errorf("got %+v", u)
	}
	if yes := w.atOnce(4, func(i int) (bool, error) { return w.st.ChooseUpload(ctx, "a", 2, fmt.Sprint(i)) }); yes != 1 {
		w.Errorf("%d of 4 chose at once", yes)
	}
	w.receiving("b")
	w.no("a choice of what is coming in")(w.st.ChooseUpload(ctx, "b", 1, ""))
}

func uploadReplace(w *world) {
	ctx := w.Context()
	old := w.checkedUpload("a")
	w.yes("a correction")(answer(w, func(tx *store.Tx) (bool, error) {
		return tx.MendUpload(ctx, "a", 1, []store.UploadMend{{Row: 2, Column: 1, Text: "x"}}, nil)
	}))
	fresh := w.receiving("b")
	for n, text := range []string{"other ", "text"} {
		w.must(w.st.AddUploadChunk(ctx, fresh, n, []byte(text)))
	}
	fresh.Name, fresh.Size, fresh.SHA256 = "mended.csv", 10, sumOf("b")
	replace := func(revision int) (bool, error) {
		return answer(w, func(tx *store.Tx) (bool, error) {
			return tx.ReplaceUpload(ctx, "a", revision, fresh, `{"Name":"kept"}`)
		})
	}
	w.no("a file for an old revision")(replace(1))
	w.yes("a file")(replace(2))
	u := w.upload("a")
	if u.Content != fresh.Content || u.Size != 10 || u.SHA256 != sumOf("b") || u.Name != "mended.csv" || u.Revision != 3 || u.Choices != `{"Name":"kept"}` || u.State != store.UploadReady || u.Sheet != "" {
		w.Errorf("got %+v", u)
	}
	if mends, err := w.st.UploadMends(ctx, "a"); err != nil || len(mends) != 0 {
		w.Errorf("corrections of the old file are left: %v, %v", mends, err)
	}
	_, err := w.st.Upload(ctx, "b")
	wantError(w.T, "the new one's own name", err, store.ErrNotFound)
	_, err = replace(3)
	wantError(w.T, "a file that is gone", err, store.ErrNotFound)
	if u := w.upload("a"); u.Revision != 3 {
		w.Errorf("it was put there all the same: %+v", u)
	}
	w.must(w.st.SweepUploads(ctx))
	if w.content(old.Content) != "" || w.content(fresh.Content) != "other text" {
		w.Errorf("after a sweep: %q and %q", w.content(old.Content), w.content(fresh.Content))
	}
}

// answer runs f in a transaction, for the answer of a method that has two results.
func answer(w *world, f func(tx *store.Tx) (bool, error)) (ok bool, err error) {
	w.Helper()
	err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
		ok, err = f(tx)
		return err
	})
	return ok, err
}

func mended(sheet string, row, column int, text string) store.UploadMend {
	return store.UploadMend{Sheet: sheet, Row: row, Column: column, Text: text}
}

func uploadMend(w *world) {
	ctx := w.Context()
	w.ready("a")
	mend := func(revision int, put, back []store.UploadMend) (bool, error) {
		return answer(w, func(tx *store.Tx) (bool, error) { return tx.MendUpload(ctx, "a", revision, put, back) })
	}
	first := []store.UploadMend{mended("Köln", 2, 1, "Ä'\""), mended("Köln", 2, 3, ""), mended("Köln", 9, store.LeftOut, ""), mended("", 2, 1, "other sheet")}
	w.yes("the first corrections")(mend(1, first, nil))
	w.no("corrections of an old revision")(mend(1, []store.UploadMend{mended("", 5, 5, "no")}, nil))
	w.yes("others")(mend(2, []store.UploadMend{mended("Köln", 2, 1, "again")}, []store.UploadMend{mended("Köln", 9, store.LeftOut, ""), mended("Köln", 77, 7, "")}))
	all, err := w.st.UploadMends(ctx, "a")
	w.must(err)
	checkSame(w.T, []store.UploadMend{mended("", 2, 1, "other sheet"), mended("Köln", 2, 1, "again"), mended("Köln", 2, 3, "")}, all)
	if n, err := w.st.MendedRows(ctx, "a"); n != 2 || err != nil {
		w.Errorf("%d rows, %v", n, err)
	}
	many := make([]store.UploadMend, 2500)
	for i := range many {
		many[i] = store.UploadMend{Row: i + 10, Column: 1, Text: "x"}
	}
	w.yes("many")(mend(3, many, nil))
	w.yes("and again")(mend(4, many, nil))
	if n, err := w.st.MendedRows(ctx, "a"); n != 2502 || err != nil {
		w.Errorf("%d rows, %v", n, err)
	}
}

func uploadDelete(w *world) {
	ctx := w.Context()
	u := w.checkedUpload("a")
	w.yes("a correction")(answer(w, func(tx *store.Tx) (bool, error) {
		return tx.MendUpload(ctx, "a", 1, []store.UploadMend{{Row: 2}}, nil)
	}))
	remove := func() (bool, error) {
		return answer(w, func(tx *store.Tx) (bool, error) { return tx.DeleteUpload(ctx, "a") })
	}
	w.exec("UPDATE uploads SET state = 'importing'")
	w.no("remove what is being imported")(remove())
	w.exec("UPDATE uploads SET state = 'imported'")
	w.no("remove what was imported")(remove())
	w.exec("UPDATE uploads SET state = 'ready'")
	w.yes("remove")(remove())
	w.no("remove again")(remove())
	mends, err := w.st.UploadMends(ctx, "a")
	w.must(err)
	w.must(w.st.DeleteContent(ctx, u.Content))
	if len(mends) != 0 || w.content(u.Content) != "" {
		w.Errorf("left: %v, %q", mends, w.content(u.Content))
	}
}

func uploadSweep(w *world) {
	ctx := w.Context()
	many := make([]string, 20) // more than a statement removes
	for i := range many {
		many[i] = "x"
	}
	for _, id := range []string{"kept", "old", "importing", "imported"} {
		w.ready(id, many...)
	}
	for _, id := range []string{"slow", "stopped"} {
		w.must(w.st.AddUploadChunk(ctx, w.receiving(id), 0, []byte("x")))
	}
	w.exec("UPDATE uploads SET expires_at = $1 WHERE id IN ('old', 'importing')", w.ago(time.Second))
	w.exec("UPDATE uploads SET state = id WHERE id IN ('importing', 'imported')")
	w.exec("UPDATE uploads SET touched_at = $1 WHERE id = 'slow'", w.ago(9*time.Minute))
	w.exec("UPDATE uploads SET touched_at = $1 WHERE id = 'stopped'", w.ago(11*time.Minute))
	w.exec("INSERT INTO upload_mends (upload_id, sheet, row_no, column_no, text) VALUES ('old', '', 1, 1, ''), ('kept', '', 1, 1, '')")
	w.must(w.st.SweepUploads(ctx))
	for id, there := range map[string]bool{"kept": true, "old": false, "importing": true, "imported": true, "slow": true, "stopped": false} {
		_, err := w.st.Upload(ctx, id)
		if (err == nil) != there || (w.content("content of "+id) != "") != there {
			w.Errorf("%s: %v, content %q", id, err, w.content("content of "+id))
		}
	}
	for id, want := range map[string]int{"old": 0, "kept": 1} {
		if mends, err := w.st.UploadMends(ctx, id); err != nil || len(mends) != want {
			w.Errorf("corrections of %s: %v, %v", id, mends, err)
		}
	}
	w.must(w.st.SweepUploads(context.Background()))
}
