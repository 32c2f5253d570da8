package storetest

import (
	"context"
	"slices"
	"strings"

	"usher/store"
)

func takenRowsTests() tests { return tests{"Keep": takenRowsKeep, "Undone": takenRowsUndone} }

// takenRows are the pieces that are known of a source, in their order.
func (w *world) takenRows(account int64, source string) string {
	w.Helper()
	pieces, err := w.st.TakenRows(w.Context(), account, source)
	w.must(err)
	var all []string
	for _, p := range pieces {
		all = append(all, string(p))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (w *world) keepTaken(source string, to store.Mark, all ...store.TakenRows) {
	w.Helper()
	w.must(w.st.InTx(w.Context(), func(tx *store.Tx) error {
		return tx.KeepTakenRows(w.Context(), w.account, source, to, all)
	}))
}

func takenRowsKeep(w *world) {
	if got := w.takenRows(w.account, "hr"); got != "" {
		w.Errorf("a source that was never read has %q", got)
	}
	first := store.Mark{Value: "a", Kind: "time", Batch: 1, RowsFrom: 100}
	w.must(w.move("hr", store.Mark{}, first))
	w.keepTaken("hr", first, store.TakenRows{Last: 150, Rows: []byte("one")}, store.TakenRows{Last: 200, Rows: []byte("two")})
	w.keepTaken("payroll", store.Mark{Batch: 1, RowsFrom: 100}, store.TakenRows{Last: 120, Rows: []byte("other")})
	m := w.mark(w.account, "hr")
	if got := w.takenRows(w.account, "hr"); got != "one two" || m.RowsFrom != 100 {
		w.Errorf("after the first batch: %q from %d", got, m.RowsFrom)
	}
	second := store.Mark{Value: "b", Kind: "time", Batch: 2, RowsFrom: 200}
	w.must(w.move("hr", m, second))
	w.keepTaken("hr", second, store.TakenRows{Last: 300, Rows: []byte("three")})
	m = w.mark(w.account, "hr")
	if got := w.takenRows(w.account, "hr"); got != "three two" || m.RowsFrom != 200 {
		w.Errorf("after the second batch: %q from %d", got, m.RowsFrom)
	}
	w.keepTaken("hr", store.Mark{Value: "c", Kind: "time", Batch: 3})
	if got := w.takenRows(w.account, "hr"); got != "" {
		w.Errorf("without an overlap %q is known", got)
	}
	if got := w.takenRows(w.account, "payroll"); got != "other" {
		w.Errorf("another source has %q", got)
	}
	if got := w.takenRows(w.newAccount("another"), "payroll"); got != "" {
		w.Errorf("another account has %q", got)
	}
}

// What is undone is not known.
func takenRowsUndone(w *world) {
	to := store.Mark{Value: "a", Kind: "time", Batch: 1, RowsFrom: 100}
	w.must(w.move("hr", store.Mark{}, to))
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		if err := tx.KeepTakenRows(context.Background(), w.account, "hr", to, []store.TakenRows{{Last: 150, Rows: []byte("one")}}); err != nil {
			return err
		}
		return tx.MoveMark(w.Context(), w.account, "hr", store.Mark{}, to)
	})
	wantError(w.T, "move a mark that was moved", err, store.ErrMarkMoved)
	if got := w.takenRows(w.account, "hr"); got != "" {
		w.Errorf("%q is known", got)
	}
}
