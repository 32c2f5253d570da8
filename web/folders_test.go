package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/store"
)

// telltaleHouse is a desk with a store of its own, for what comes about elsewhere.
type telltaleHouse struct {
	*desk
	st      *store.Store
	account int64
}

func newTelltaleHouse(t *testing.T) *telltaleHouse {
	t.Helper()
	o := newOffice(t, false)
	base := o.svc.Base()
	return &telltaleHouse{o, base.Store, base.Account}
}

func (o *telltaleHouse) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// file puts a file into a folder, in a state.
func (o *telltaleHouse) file(folder, name string, state store.FolderState, change func(f *store.FolderFile)) {
	o.Helper()
	_, err := o.st.InsertFolderFile(o.Context(), store.FolderFile{Account: o.account, Folder: folder, Name: name, Size: 5})
	o.must(err)
	all, err := o.st.FolderFiles(o.Context(), o.account, folder, 1)
	o.must(err)
	f := all[0]
	f.State = state
	if change != nil {
		change(&f)
	}
	_, err = o.st.SaveFolderFile(o.Context(), &f)
	o.must(err)
}

// serve has a folder served by somebody.
func (o *telltaleHouse) serve(folder, by string) {
	o.Helper()
	_, err := o.st.HoldLease(o.Context(), store.FolderLease(o.account, folder), "holder", by, time.Hour)
	o.must(err)
	o.must(o.st.ServeFolder(o.Context(), o.account, folder, by))
}

// hostileName is as long as a file's name may be, and has what breaks pages.
var hostileName = script + rtl + strings.Repeat("ü", 108) + ".csv" // 255 bytes

// fill has two folders: one that is served, in which everything has happened, and one
// that is not.
func (o *telltaleHouse) fill() {
	o.Helper()
	o.serve("/srv/hr/in", "'usher watch' on host, process 7")
	o.must(o.st.ServeFolder(o.Context(), o.account, "/srv/"+script, "'usher watch' on another"))
	o.file("/srv/hr/in", "Müller-1.csv", store.FolderDone, func(f *store.FolderFile) {
		f.Place, f.Batch, f.Why, f.Result = "done/Müller-1.csv", 1, "Imported as batch 1: 5 people to invite.", "done/Müller-1.csv.results.csv"
	})
	o.file("/srv/hr/in", "again.csv", store.FolderKnown, func(f *store.FolderFile) {
		f.Place, f.Batch, f.Why = "done/again.csv", 1, "The same list was imported before."
	})
	o.file("/srv/hr/in", "bad.xlsx", store.FolderRefused, func(f *store.FolderFile) {
		f.Place, f.Mendable = "refused/bad.xlsx", true
		f.Why = "3 of 9 rows have problems, so nobody of the list was invited. " + batch.WhatToDo + "Correct the rows."
	})
	o.file("/srv/hr/in", "away.csv", store.FolderVanished, func(f *store.FolderFile) { f.Place = "" })
	o.file("/srv/hr/in", hostileName, store.FolderSeen, func(f *store.FolderFile) { f.Why = "somebody has it open in an office program" })
}

// The pages of folders say who serves them, what became of each file, and what to do.
func TestTelltaleFolders(t *testing.T) {
	t.Parallel()
	o := newTelltaleHouse(t)
	o.has(o.get(olga, "/folders"), http.StatusOK, "No folder was watched yet")
	o.fill()
	list := o.get(olga, "/folders")
	o.has(list, http.StatusOK, "/srv/hr/in", "&#39;usher watch&#39; on host, process 7", "Refused 1", "Nobody serves this folder", "on another", `href="/folders"`)
	o.hasNot(list, script)
	page := o.get(olga, "/folders/1")
	o.has(page, http.StatusOK, "All 5", "Waiting 1", "Müller-1.csv", `<a href="/batches/1">batch 1</a>`, "done/Müller-1.csv.results.csv", "done/again.csv.note.txt",
		"refused/bad.xlsx.why.txt", "refused/bad.xlsx.problems.xlsx", "3 of 9 rows have problems", "<strong>What to do:</strong> <bdi>Correct the rows.",
		"it is not there any more", "Somebody has it open in an office program.", "&lt;script&gt;")
	o.hasNot(page, script, "Nobody serves")
	refused := o.get(olga, "/folders/1?group=refused")
	o.has(refused, http.StatusOK, "bad.xlsx")
	o.hasNot(refused, "Müller-1.csv", "again.csv")
	found := o.post(olga, "/folders/1", "who", "MULLER")
	o.has(found, http.StatusOK, "Müller-1.csv")
	o.hasNot(found, "again.csv", "bad.xlsx")
	o.has(o.post(olga, "/folders/1", "who", script), http.StatusOK, "&lt;script&gt;")
	o.has(o.post(olga, "/folders/1", "who", "nobody", "group", "refused"), http.StatusOK, "No file that is refused has")
	if named := o.get(olga, "/folders/1?who=Müller"); !contains(named.text, "again.csv") {
		t.Error("what is looked for is taken from the address")
	}
	o.has(o.get(olga, "/folders/2"), http.StatusOK, "Nobody serves this folder", "Nothing was put there yet")
	o.has(o.get(olga, "/folders/3"), http.StatusNotFound)
	o.must(o.st.TroubleFolder(t.Context(), o.account, "/srv/hr/in", "the folder cannot be read: permission is denied", "put it back"))
	o.has(o.get(olga, "/folders/1"), http.StatusOK, "Something is in the way", "The folder cannot be read: permission is denied.", "Put it back.")
	o.hasNot(page, "\u202e")
	watched, all := o.watch(olga, "/folders/1/live"), o.watch(olga, "/folders/live")
	watched.until("All 5")
	all.until("Refused 1")
	o.file("/srv/hr/in", "late.csv", store.FolderRefused, nil)
	watched.until("late.csv")
	all.until("Refused 2")
	o.has(o.get(olga, "/folders/3/live"), http.StatusNotFound)
	for _, name := range []string{uli, vera} {
		o.has(o.get(name, "/folders"), http.StatusForbidden)
		o.hasNot(o.get(name, "/batches"), `href="/folders"`)
	}
}

// A folder with many files has pages, also of a search.
func TestTelltaleFolderPages(t *testing.T) {
	t.Parallel()
	o := newTelltaleHouse(t)
	o.serve("/srv/in", "somebody")
	for range 120 {
		o.file("/srv/in", "list.csv", store.FolderDone, nil)
	}
	rows := func(a answered) int { return strings.Count(a.text, `<th scope="row"><bdi>list.csv</bdi>`) }
	first := o.get(olga, "/folders/1")
	if n := rows(first); n != filesShown {
		t.Fatalf("%d files on the first page", n)
	}
	o.hasNot(first, ">Newest<")
	second := o.get(olga, "/folders/1?before=71")
	o.has(first, http.StatusOK, "/folders/1?before=71")
	third := o.get(olga, "/folders/1?before=21")
	o.has(second, http.StatusOK, "/folders/1?before=21", ">Newest<")
	o.hasNot(third, ">Older<")
	if n := rows(second) + rows(third); n != 70 {
		t.Errorf("%d files on the other pages", n)
	}
	found := o.post(olga, "/folders/1", "who", "LIST")
	o.has(found, http.StatusOK, `name="before" value="71"`, "Search on")
	if n := rows(o.post(olga, "/folders/1", "who", "LIST", "before", "71")); n != filesShown {
		t.Errorf("%d files on the second page of a search", n)
	}
}
