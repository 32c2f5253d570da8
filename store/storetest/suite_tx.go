package storetest

import (
	"context"
	"errors"

	"usher/store"
)

func txTests() tests {
	return tests{"NotFound": notFound, "RolledBack": rolledBack}
}

func notFound(w *world) {
	const none = 4711
	k := store.Key{Batch: none, Row: 2}
	for what, f := range map[string]func(ctx context.Context, tx *store.Tx) error{
		"Batch":         func(ctx context.Context, tx *store.Tx) error { _, err := tx.Batch(ctx, none); return err },
		"Applicant":     func(ctx context.Context, tx *store.Tx) error { _, err := tx.Applicant(ctx, k); return err },
		"InDoubt":       func(ctx context.Context, tx *store.Tx) error { _, err := tx.InDoubt(ctx, k); return err },
		"Gate":          func(ctx context.Context, tx *store.Tx) error { _, err := tx.Gate(ctx, none); return err },
		"OpenGate":      func(ctx context.Context, tx *store.Tx) error { _, err := tx.OpenGate(ctx, none); return err },
		"ActivateBatch": func(ctx context.Context, tx *store.Tx) error { return tx.ActivateBatch(ctx, none) },
		"DeleteImport":  func(ctx context.Context, tx *store.Tx) error { return tx.DeleteImport(ctx, none) },
		"CancelBatch":   func(ctx context.Context, tx *store.Tx) error { _, err := tx.CancelBatch(ctx, none); return err },
		"Retry":         func(ctx context.Context, tx *store.Tx) error { _, err := tx.Retry(ctx, none); return err },
		"Resolve":       func(ctx context.Context, tx *store.Tx) error { _, err := tx.Resolve(ctx, k, true, ""); return err },
		"RefusePace": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.RefusePace(ctx, none, store.Pace{}, store.Refusal{})
			return err
		},
	} {
		err := w.st.InTx(w.Context(), func(tx *store.Tx) error { return f(w.Context(), tx) })
		wantError(w.T, what, err, store.ErrNotFound)
	}
	_, err := w.st.ReserveSlots(w.Context(), none, store.Pace{}, store.SlotRequest{Want: 1})
	wantError(w.T, "ReserveSlots", err, store.ErrNotFound)
}

func rolledBack(w *world) {
	id := w.importing(store.Applicant{})
	stop := errors.New("stop")
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		if err := tx.ActivateBatch(w.Context(), id); err != nil {
			return err
		}
		return stop
	})
	wantError(w.T, "a transaction that was given up", err, stop)
	if got := w.batchNow(id).State; got != store.BatchImporting {
		w.Errorf("the batch is %s after its transaction was rolled back", got)
	}
	w.tx(func(tx *store.Tx) error {
		if (tx.Pgx() == nil) == (tx.SQL() == nil) || (tx.Pgx() == nil) != (w.st.Pgx() == nil) {
			w.Error("want one native transaction, that of the database")
		}
		return nil
	})
}
