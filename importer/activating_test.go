package importer

import (
	"context"
	"errors"
	"testing"

	"usher/store"
)

// What is written when a batch is set running stands if the batch runs, and only
// then.
func TestActivating(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		refuse := errors.New("not this one")
		var told []int64
		o := w.options()
		o.By = store.Actor{Name: "ann", Way: store.WayPage}
		o.Activating = func(ctx context.Context, tx *store.Tx, batch int64) error {
			told = append(told, batch)
			if err := tx.SetBatchOwner(ctx, batch, "somebody"); err != nil {
				return err
			}
			if len(told) == 1 {
				return refuse
			}
			return nil
		}
		s := w.stage(people(1, 2), o)
		if err := s.Activate(t.Context()); !errors.Is(err, refuse) {
			t.Errorf("refused: %v", err)
		}
		b, err := st.Batch(t.Context(), s.Batch.ID)
		if err != nil || b.State != store.BatchImporting || b.Owner != "ann" {
			t.Errorf("refused: %+v, %v", b, err)
		}
		if err := s.Activate(t.Context()); err != nil {
			t.Error(err)
		}
		b, err = st.Batch(t.Context(), s.Batch.ID)
		if err != nil || b.State != store.BatchRunning || b.Owner != "somebody" || len(told) != 2 || told[1] != b.ID {
			t.Errorf("running: %+v, %v, told %v", b, err, told)
		}
		if b := w.run(people(3), w.options()).Batch; b.Owner != "" {
			t.Errorf("from the command line: %+v", b)
		}
	})
}
