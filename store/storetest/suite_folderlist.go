package storetest

import (
	"errors"
	"strings"
	"time"

	"usher/store"
)

func folderListTests() tests {
	return tests{"Folders": telltaleFolders, "Page": telltalePage, "Find": telltaleFind, "Swept": telltaleSwept}
}

// telltaleFile adds a file of a folder in a state, and returns its id.
func (w *world) telltaleFile(folder, name string, state store.FolderState, change func(f *store.FolderFile)) int64 {
	w.Helper()
	added, err := w.st.InsertFolderFile(w.Context(), store.FolderFile{Account: w.account, Folder: folder, Name: name, Size: 5, Modified: 7})
	w.must(err)
	all, err := w.st.FolderFiles(w.Context(), w.account, folder, 1)
	w.must(err)
	if !added || len(all) != 1 {
		w.Fatalf("noted %t: %+v", added, all)
	}
	f := all[0]
	f.State = state
	if change != nil {
		change(&f)
	}
	w.saveFolderFile(&f)
	return f.ID
}

func telltaleNames(all []store.FolderEntry) string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return strings.Join(names, " ")
}

func telltaleFolders(w *world) {
	w.must(w.st.ServeFolder(w.Context(), w.account, "/srv/b", "one"))
	w.must(w.st.ServeFolder(w.Context(), w.account, "/srv/a", "two"))
	w.must(w.st.TroubleFolder(w.Context(), w.account, "/srv/b", "it is full", "make room"))
	all, err := w.st.Folders(w.Context(), w.account)
	w.must(err)
	if len(all) != 2 || all[0].Path != "/srv/a" || all[1].ServedBy != "one" || all[1].Trouble != "it is full" || all[1].Fix != "make room" || all[0].Trouble != "" {
		w.Fatalf("%+v", all)
	}
	w.checkTime("since when it is served", all[1].ServedAt)
	w.must(w.st.ServeFolder(w.Context(), w.account, "/srv/b", "three"))
	again, err := w.st.Folder(w.Context(), w.account, all[1].ID)
	w.must(err)
	if again.ServedBy != "three" || again.Trouble != "" || again.Path != "/srv/b" {
		w.Errorf("served again: %+v", again)
	}
	if _, err := w.st.Folder(w.Context(), w.newAccount("another"), all[1].ID); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another account's: %v", err)
	}
	w.telltaleFile("/srv/a", "1.csv", store.FolderRefused, nil)
	w.telltaleFile("/srv/a", "2.csv", store.FolderRefused, nil)
	w.telltaleFile("/srv/b", "3.csv", store.FolderSeen, nil)
	counts, err := w.st.FolderCounts(w.Context(), w.account, "")
	w.must(err)
	checkSame(w.T, []store.FolderCount{{Path: "/srv/a", State: store.FolderRefused, Files: 2}, {Path: "/srv/b", State: store.FolderSeen, Files: 1}}, counts)
	one, err := w.st.FolderCounts(w.Context(), w.account, "/srv/b")
	w.must(err)
	checkSame(w.T, counts[1:], one)
}

func telltalePage(w *world) {
	w.telltaleFile("/srv/a", "1", store.FolderDone, nil)
	w.telltaleFile("/srv/a", "2", store.FolderRefused, nil)
	w.telltaleFile("/srv/b", "other", store.FolderRefused, nil)
	third := w.telltaleFile("/srv/a", "3", store.FolderSeen, nil)
	w.telltaleFile("/srv/a", "4", store.FolderRefused, nil)
	page := func(f store.FolderFilter) string {
		f.Account, f.Path = w.account, "/srv/a"
		all, err := w.st.FolderPage(w.Context(), f)
		w.must(err)
		for _, e := range all {
			w.checkTime("when it was found", e.FoundAt)
			w.checkTime("when it changed", e.ChangedAt)
		}
		return telltaleNames(all)
	}
	for want, f := range map[string]store.FolderFilter{
		"4 3":     {Limit: 2},
		"2 1":     {Before: third, Limit: 5},
		"4 2":     {States: []store.FolderState{store.FolderRefused}, Limit: 5},
		"4 3 2":   {States: []store.FolderState{store.FolderSeen, store.FolderRefused}, Limit: 5},
		"":        {States: []store.FolderState{store.FolderKnown}, Limit: 5},
		"4 3 2 1": {Limit: 4},
	} {
		if got := page(f); got != want {
			w.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}

func telltaleFind(w *world) {
	for _, name := range []string{"Müller-1.csv", "100%.csv", "<b>\u202egnp.csv", "Mu\u0308ller_2.csv", "MULLER 3.csv"} {
		w.telltaleFile("/srv/a", name, store.FolderDone, nil)
	}
	w.telltaleFile("/srv/b", "muller.csv", store.FolderDone, nil)
	find := func(name string, before int64, limit, most int) store.FolderFound {
		found, err := w.st.FindFolderFiles(w.Context(), store.FolderFilter{Account: w.account, Path: "/srv/a", Before: before, Limit: limit}, name, most)
		w.must(err)
		return found
	}
	for name, want := range map[string]string{
		"müller": "MULLER 3.csv Mu\u0308ller_2.csv Müller-1.csv", "%": "100%.csv", "_": "Mu\u0308ller_2.csv", "<B>": "<b>\u202egnp.csv", "nobody": "",
	} {
		if found := find(name, 0, 10, 100); telltaleNames(found.Files) != want || found.Next != 0 {
			w.Errorf("%q: %q, next %d; want %q", name, telltaleNames(found.Files), found.Next, want)
		}
	}
	found := find("muller", 0, 1, 100)
	if telltaleNames(found.Files) != "MULLER 3.csv" || found.Next == 0 {
		w.Fatalf("the first: %q, %d", telltaleNames(found.Files), found.Next)
	}
	if rest := find("muller", found.Next, 10, 100); telltaleNames(rest.Files) != "Mu\u0308ller_2.csv Müller-1.csv" {
		w.Errorf("the rest: %q", telltaleNames(rest.Files))
	}
	if few := find("100", 0, 10, 2); len(few.Files) != 0 || few.Next == 0 {
		w.Errorf("after two names: %q, %d", telltaleNames(few.Files), few.Next)
	}
}

func telltaleSwept(w *world) {
	batch, open := w.invitedWith("s1")[0].Batch, w.invitedWith("s2")[0].Batch
	old := func(name string, state store.FolderState, change func(f *store.FolderFile)) int64 {
		w.Helper()
		id := w.telltaleFile("/srv/a", name, state, change)
		w.exec("UPDATE folder_files SET changed_at = $1 WHERE id = $2", w.ago(500*24*time.Hour), id)
		return id
	}
	old("done", store.FolderDone, func(f *store.FolderFile) {
		f.SHA256, f.Batch, f.Place, f.Result = "ab", batch, "done/done", "done/done.results.csv"
	})
	old("gone", store.FolderVanished, nil)
	old("refused", store.FolderRefused, func(f *store.FolderFile) { f.SHA256 = "ef" })
	old("results to come", store.FolderDone, func(f *store.FolderFile) { f.SHA256, f.Batch, f.Place = "cd", open, "done/x" })
	old("moving", store.FolderRefused, func(f *store.FolderFile) { f.MovingTo = "refused/moving" })
	old("waiting", store.FolderSeen, nil)
	corrected := old("corrected", store.FolderRefused, nil)
	w.telltaleFile("/srv/a", "corrects", store.FolderTaken, func(f *store.FolderFile) { f.Mends = corrected })
	w.telltaleFile("/srv/a", "young", store.FolderKnown, nil)
	w.telltaleFile("/srv/a", "newest", store.FolderRefused, nil)
	sweep := func(k store.FolderKeep) (n int) {
		w.tx(func(tx *store.Tx) (err error) {
			n, err = tx.SweepFolder(w.Context(), w.account, "/srv/a", k)
			return err
		})
		return n
	}
	keep := store.FolderKeep{Newest: 1, Age: 400 * 24 * time.Hour, AtOnce: 100}
	if n := sweep(store.FolderKeep{Newest: 10, Age: keep.Age, AtOnce: 100}); n != 0 {
		w.Errorf("%d of the newest were swept", n)
	}
	if n := sweep(store.FolderKeep{Newest: 11, Age: keep.Age, AtOnce: 100}); n != 0 {
		w.Errorf("%d were swept of fewer than are kept", n)
	}
	if n := sweep(store.FolderKeep{Newest: 1, Age: keep.Age, AtOnce: 2}); n != 2 {
		w.Errorf("%d were swept at once, want 2", n)
	}
	if n := sweep(keep); n != 1 {
		w.Errorf("%d were swept then, want 1", n)
	}
	left, err := w.st.FolderPage(w.Context(), store.FolderFilter{Account: w.account, Path: "/srv/a", Limit: 20})
	w.must(err)
	if got := telltaleNames(left); got != "newest young corrects corrected waiting moving results to come" {
		w.Errorf("left: %q", got)
	}
	for sum, want := range map[string]int64{"ab": batch, "cd": open, "ef": 0} {
		if got, err := w.st.ContentBatch(w.Context(), w.account, sum); err != nil || got != want {
			w.Errorf("content %s is of batch %d, %v; want %d", sum, got, err, want)
		}
	}
	if got, err := w.st.ContentBatch(w.Context(), w.newAccount("another"), "ab"); err != nil || got != 0 {
		w.Errorf("another account's content: %d, %v", got, err)
	}
	w.exec("UPDATE batches SET state = 'cancelled' WHERE id = $1", batch)
	if got, err := w.st.ContentBatch(w.Context(), w.account, "ab"); err != nil || got != 0 {
		w.Errorf("content of a batch that was cancelled: %d, %v", got, err)
	}
}
