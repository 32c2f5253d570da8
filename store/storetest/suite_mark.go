package storetest

import (
	"context"
	"errors"

	"usher/store"
)

func markTests() tests { return tests{"Move": markMove, "AtOnce": markAtOnce} }

func (w *world) mark(account int64, source string) store.Mark {
	w.Helper()
	m, err := w.st.SourceMark(w.Context(), account, source)
	w.must(err)
	return m
}

func (w *world) move(source string, from, to store.Mark) error {
	return w.st.InTx(w.Context(), func(tx *store.Tx) error {
		return tx.MoveMark(w.Context(), w.account, source, from, to)
	})
}

func markMove(w *world) {
	none := w.mark(w.account, "hr")
	if none != (store.Mark{}) {
		w.Errorf("a source that was never read has the mark %+v", none)
	}
	w.must(w.move("hr", none, store.Mark{Value: "7", Kind: "integer", Batch: 1}))
	first := w.mark(w.account, "hr")
	if first.Value != "7" || first.Kind != "integer" || first.Batch != 1 || first.UpdatedAt.IsZero() {
		w.Errorf("the mark is %+v", first)
	}
	w.must(w.move("hr", first, store.Mark{Value: "9", Kind: "integer", Batch: 2}))
	for name, from := range map[string]store.Mark{"never read": none, "read less far": first} {
		err := w.move("hr", from, store.Mark{Value: "8", Kind: "integer", Batch: 3})
		wantError(w.T, "move a mark that was "+name, err, store.ErrMarkMoved)
	}
	if m := w.mark(w.account, "hr"); m.Value != "9" || m.Batch != 2 {
		w.Errorf("the mark is %+v", m)
	}
	for what, m := range map[string]store.Mark{"source": w.mark(w.account, "other"), "account": w.mark(w.newAccount("another"), "hr")} {
		if m != (store.Mark{}) {
			w.Errorf("another %s has the mark %+v", what, m)
		}
	}
}

func markAtOnce(w *world) {
	for _, from := range []store.Mark{{}, {Value: "1", Kind: "integer", Batch: 1}} {
		if from.Kind != "" {
			w.exec("UPDATE source_marks SET mark = '1', batch_id = 1")
		}
		n := w.atOnce(4, func(i int) (bool, error) {
			err := w.st.InTx(context.Background(), func(tx *store.Tx) error {
				return tx.MoveMark(context.Background(), w.account, "hr", from, store.Mark{Value: "5", Kind: "integer", Batch: int64(i + 2)})
			})
			if errors.Is(err, store.ErrMarkMoved) {
				return false, nil
			}
			return err == nil, err
		})
		if n != 1 {
			w.Errorf("%d of 4 moved the mark from %q", n, from.Value)
		}
	}
}
