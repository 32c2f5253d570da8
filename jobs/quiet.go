package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"usher/schedule/when"
	"usher/store"
)

// The quiet times of a batch are a rule, and the next window that follows from it.
// The claim goes by the window and nothing else, so that not a second of it depends
// on somebody who is awake; here the window is moved on when it is over, and the
// queue of a batch that is quiet is not served, or its jobs would turn in circles.

// followQuiet moves the windows on that are over, and returns the batches that are
// not quiet. One whose rule cannot be read, as a newer usher may have written it,
// stays quiet, and keeps no other from its turn.
func (s *Service) followQuiet(ctx context.Context, running []store.Batch) (loud []store.Batch) {
	for _, b := range running {
		var err error
		if b.Astray {
			was := b.IsQuiet && !b.Window.From.IsZero()
			if b, err = moveQuiet(ctx, s.st, b); err == nil && was && !b.IsQuiet {
				s.log.Info("the quiet time of a batch is over", zap.Int64("batch", b.ID), zap.Time("next", b.Window.From))
			}
		}
		switch {
		case err != nil && ctx.Err() == nil:
			s.outages.tell("the quiet times of a batch could not be followed; nobody of it is invited", err, zap.Int64("batch", b.ID))
		case err == nil && !b.IsQuiet:
			loud = append(loud, b)
		}
	}
	return loud
}

// quietStore is a database, or a transaction of it.
type quietStore interface {
	Now(ctx context.Context) (time.Time, error)
	MoveQuiet(ctx context.Context, batch int64, rule string, w store.QuietWindow) error
	Batch(ctx context.Context, id int64) (store.Batch, error)
}

// moveQuiet finds the window of a batch anew, and returns the batch as it is then.
func moveQuiet(ctx context.Context, st quietStore, b store.Batch) (store.Batch, error) {
	now, err := st.Now(ctx)
	if err != nil {
		return b, err
	}
	w, err := quietWindow(b.Quiet, now, now)
	if err != nil {
		return b, err
	}
	if err := st.MoveQuiet(ctx, b.ID, b.Quiet, w); err != nil {
		return b, err
	}
	return st.Batch(ctx, b.ID)
}

// quietWindow is the window of a rule that is not over at a moment, for a batch whose
// people may be invited from since.
func quietWindow(rule string, since, at time.Time) (store.QuietWindow, error) {
	q, err := when.ReadQuiet(rule)
	if err != nil {
		return store.QuietWindow{}, err
	}
	w := store.QuietWindow{Since: since}
	if w.From, w.Until = q.Next(at); w.Until.IsZero() { // nothing is quiet any more
		w.From, w.Until = at.AddDate(1, 0, 0), at.AddDate(1, 0, 0)
	}
	return w, nil
}

// BeginQuiet gives a batch the rule of its quiet times, and their first window, in the
// transaction that sets it running.
func BeginQuiet(ctx context.Context, tx *store.Tx, batch int64, rule string) error {
	if rule == "" {
		return nil
	}
	if err := tx.SetQuiet(ctx, batch, rule); err != nil {
		return err
	}
	_, err := moveQuiet(ctx, tx, store.Batch{ID: batch, Quiet: rule})
	return err
}

// EndQuiet has a batch go on before the end of its quiet time. It is quiet again in
// the next one. A batch that is not quiet is a [store.StateError].
func (c *Control) EndQuiet(ctx context.Context, by store.Actor, batch int64) error {
	return c.st.InTx(ctx, func(tx *store.Tx) error {
		b, err := tx.Batch(ctx, batch)
		if err == nil && b.Astray {
			b, err = moveQuiet(ctx, tx, b)
		}
		if err != nil {
			return err
		}
		ended := false
		if b.IsQuiet {
			if ended, err = endQuiet(ctx, tx, b); err != nil {
				return err
			}
		}
		if err := orState(ctx, tx, batch, ended, nil, "resumed"); err != nil {
			return err
		}
		return record(ctx, tx, by, store.ActEndQuiet, batch, nil)
	})
}

func endQuiet(ctx context.Context, tx *store.Tx, b store.Batch) (bool, error) {
	// A clock that is set back a little leaves it ended.
	w, err := quietWindow(b.Quiet, b.Window.From, b.Window.Until)
	if err != nil {
		return false, err
	}
	return tx.EndQuiet(ctx, b.ID, b.Quiet, b.Window.Until, w)
}
