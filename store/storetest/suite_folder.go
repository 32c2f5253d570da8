package storetest

import (
	"usher/store"
)

func folderTests() tests {
	return tests{"Seen": folderSeen, "Save": folderSave, "Open": folderOpen, "Results": folderResults, "Content": folderContent,
		"Backlogs": folderBacklogs}
}

const watched = "/srv/in"

// folderFile notes a file of the folder, and returns its row.
func (w *world) folderFile(name string) store.FolderFile {
	w.Helper()
	added, err := w.st.InsertFolderFile(w.Context(), store.FolderFile{Account: w.account, Folder: watched, Name: name, Size: 5, Modified: 7})
	w.must(err)
	all, err := w.st.FolderFiles(w.Context(), w.account, watched, 1)
	w.must(err)
	if !added || len(all) != 1 || all[0].Name != name {
		w.Fatalf("noted %t: %+v", added, all)
	}
	return all[0]
}

// saveFolderFile keeps a row, which nobody else has changed.
func (w *world) saveFolderFile(f *store.FolderFile) {
	w.Helper()
	ok, err := w.st.SaveFolderFile(w.Context(), f)
	w.must(err)
	if !ok {
		w.Fatalf("%+v was not kept", *f)
	}
}

func folderSeen(w *world) {
	f := w.folderFile("a.csv")
	want := store.FolderFile{ID: f.ID, Account: w.account, Folder: watched, Name: "a.csv", State: store.FolderSeen, Place: "a.csv", Size: 5, Modified: 7, Version: 1}
	checkSame(w.T, want, f)
	if again, err := w.st.InsertFolderFile(w.Context(), f); err != nil || again {
		w.Errorf("noted twice: %t, %v", again, err)
	}
	f.State, f.Place = store.FolderTaking, "taken/a.csv"
	w.saveFolderFile(&f)
	if next := w.folderFile("a.csv"); next.ID == f.ID { // another file of the same name
		w.Error("it is the same row")
	}
}

func folderSave(w *world) {
	f := w.folderFile("a.csv")
	old := f
	f.State, f.Place, f.MovingTo, f.SHA256, f.Upload, f.Batch, f.Mends = store.FolderDone, "taken/a.csv", "done/a.csv", "ab", "u", 3, 4
	f.Mendable, f.Why, f.Result, f.Size, f.Modified = true, "why", "done/a.csv.results.csv", 8, 1_764_340_000_123_456_789
	w.saveFolderFile(&f)
	got, err := w.st.FolderFile(w.Context(), f.ID)
	w.must(err)
	if f.Version != 2 {
		w.Errorf("version %d", f.Version)
	}
	checkSame(w.T, f, got)
	if ok, err := w.st.SaveFolderFile(w.Context(), &old); err != nil || ok || old.Version != 1 {
		w.Errorf("kept over a newer one: %t, %v", ok, err)
	}
}

func folderOpen(w *world) {
	ended, moving, seen, refused := w.folderFile("a.csv"), w.folderFile("b.csv"), w.folderFile("c.csv"), w.folderFile("d.csv")
	ended.State = store.FolderDone
	moving.State, moving.MovingTo = store.FolderRefused, "refused/b.csv"
	moving.Mendable = true
	refused.State, refused.Place, refused.Mendable = store.FolderRefused, "refused/d.csv", true
	for _, f := range []*store.FolderFile{&ended, &moving, &refused} {
		w.saveFolderFile(f)
	}
	open, err := w.st.OpenFolderFiles(w.Context(), w.account, watched)
	w.must(err)
	checkSame(w.T, []store.FolderFile{moving, seen}, open)
	mendable, err := w.st.MendableFolderFiles(w.Context(), w.account, watched, 5)
	w.must(err)
	checkSame(w.T, []store.FolderFile{refused}, mendable)
	all, err := w.st.FolderFiles(w.Context(), w.account, "", 3)
	w.must(err)
	checkSame(w.T, []store.FolderFile{refused, seen, moving}, all)
	if other, err := w.st.OpenFolderFiles(w.Context(), w.newAccount("another"), watched); err != nil || len(other) > 0 {
		w.Errorf("another account's: %+v, %v", other, err)
	}
}

func folderResults(w *world) {
	f := w.folderFile("a.csv")
	f.State, f.Place, f.Batch = store.FolderDone, "done/a.csv", w.invitedWith("s1")[0].Batch
	w.saveFolderFile(&f)
	awaiting := func() []store.FolderFile {
		all, err := w.st.AwaitingResults(w.Context(), w.account, watched)
		w.must(err)
		return all
	}
	if all := awaiting(); len(all) > 0 {
		w.Errorf("before the end: %+v", all)
	}
	w.must(w.st.InTx(w.Context(), func(tx *store.Tx) error {
		finished, err := tx.FinishBatch(w.Context(), f.Batch)
		if err == nil && !finished {
			w.Error("it did not finish")
		}
		return err
	}))
	checkSame(w.T, []store.FolderFile{f}, awaiting())
	f.Result = "done/a.csv.results.csv"
	w.saveFolderFile(&f)
	if all := awaiting(); len(all) > 0 {
		w.Errorf("when they are there: %+v", all)
	}
}

func folderContent(w *world) {
	batch := w.invitedWith("s1")[0].Batch
	f := w.folderFile("a.csv")
	f.State, f.SHA256, f.Batch = store.FolderImporting, "ab", batch
	w.saveFolderFile(&f)
	is := func(sum string, want int64) {
		w.Helper()
		if got, err := w.st.ContentBatch(w.Context(), w.account, sum); err != nil || got != want {
			w.Errorf("content %s is of batch %d, %v; want %d", sum, got, err, want)
		}
	}
	is("ab", 0)
	f.State = store.FolderDone
	w.saveFolderFile(&f)
	is("ab", batch)
	is("cd", 0)
}

func folderBacklogs(w *world) {
	ended, moving := w.folderFile("a.csv"), w.folderFile("b.csv")
	ended.State = store.FolderDone
	moving.State, moving.MovingTo = store.FolderRefused, "refused/b.csv"
	w.folderFile("c.csv")
	for _, f := range []*store.FolderFile{&ended, &moving} {
		w.saveFolderFile(f)
	}
	for _, f := range []store.FolderFile{
		{Account: w.account, Folder: "/srv/another", Name: "a.csv"}, {Account: w.newAccount("another"), Folder: watched, Name: "a.csv"},
	} {
		_, err := w.st.InsertFolderFile(w.Context(), f)
		w.must(err)
	}
	idle, err := w.st.FolderFiles(w.Context(), w.account, "/srv/another", 1)
	w.must(err)
	idle[0].State = store.FolderVanished
	w.saveFolderFile(&idle[0])
	all, err := w.st.FolderBacklogs(w.Context(), w.account)
	w.must(err)
	if len(all) != 2 || !all[0].Since.IsZero() {
		w.Fatalf("%+v", all)
	}
	w.checkTime("since when files wait", all[1].Since)
	all[1].Since = all[0].Since
	checkSame(w.T, []store.FolderBacklog{{Folder: "/srv/another"}, {Folder: watched, Files: 2}}, all)
}
