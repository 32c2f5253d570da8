package storetest

import (
	"slices"

	"usher/store"
)

// batchesFiltered lists by account, state and words, and page by page.
func batchesFiltered(w *world) {
	ctx := w.Context()
	add := func(account int64, name, source string) int64 {
		id, err := w.st.InsertBatch(ctx, store.Batch{Account: account, Name: name, Source: source})
		w.must(err)
		return id
	}
	other := w.newAccount("another")
	a, b := add(w.account, "Büro Köln.csv", "/srv/hr/a.csv"), add(w.account, "sales 100%.csv", "/srv/KOELN/b.csv")
	c, d := add(other, "sales.xlsx", ""), add(w.account, "koln", "")
	w.activate(b)
	w.activate(d)
	w.pause(d)
	check := func(f store.BatchFilter, want ...int64) {
		w.Helper()
		all, err := w.st.Batches(ctx, f)
		w.must(err)
		if ids := batchIDs(all); !slices.Equal(ids, want) {
			w.Errorf("%+v: batches %v, want %v", f, ids, want)
		}
	}
	check(store.BatchFilter{}, d, c, b, a)
	check(store.BatchFilter{Account: other}, c)
	check(store.BatchFilter{Account: other + 1})
	check(store.BatchFilter{States: []store.BatchState{store.BatchRunning, store.BatchPaused}}, d, b)
	check(store.BatchFilter{States: []store.BatchState{store.BatchFinished}})
	check(store.BatchFilter{Search: "KÖLN"}, d, a)
	check(store.BatchFilter{Search: "koeln"}, b)
	check(store.BatchFilter{Search: "%"}, b)
	check(store.BatchFilter{Search: "SALES", Account: w.account}, b)
	check(store.BatchFilter{Limit: 2}, d, c)
	check(store.BatchFilter{Limit: 2, Before: c}, b, a)
	check(store.BatchFilter{Search: "csv", Limit: 1}, b)
	check(store.BatchFilter{Search: "csv", Limit: 1, Before: b}, a)
}
