package jobs

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
)

// Control enqueues jobs and carries out what people ask of batches and of the
// gate. It works nothing itself. Whatever it changes for somebody is recorded as
// an act of theirs, in the transaction of the change: what is refused, or comes
// to nothing, leaves none. Without a name nothing is changed, see
// [store.ErrNoActor].
type Control struct {
	st    *store.Store
	river riverQueue

	// Resolving is called first in the transaction in which a person settles people of
	// a batch; nil does nothing. It is set before anything is asked of the Control.
	Resolving func(ctx context.Context, tx *store.Tx, batch int64) error
	// Cancelling is called in the transaction in which a batch is given up; as Resolving.
	Cancelling func(ctx context.Context, tx *store.Tx, batch int64) error
}

// NewControl makes a Control.
func NewControl(st *store.Store, log *zap.Logger) (*Control, error) {
	queue, err := openQueue(st, &river.Config{Logger: riverLog(log, newOutages(log))})
	if err != nil {
		return nil, err
	}
	return &Control{st: st, river: queue}, nil
}

// EnqueueImport makes the jobs of an importing batch's rows, in the transaction
// of the rows. They are not worked before the batch runs.
func (c *Control) EnqueueImport(ctx context.Context, tx *store.Tx, batch int64, rows []int) error {
	return c.river.insertInvites(ctx, tx, batch, rows)
}

// DeleteImportJobs removes the jobs of an import that is given up.
func (c *Control) DeleteImportJobs(ctx context.Context, tx *store.Tx, batch int64) error {
	return c.river.deleteWaiting(ctx, tx, batchQueue(batch))
}

// EnqueueUpload makes the job that imports an account's upload, in the transaction
// that hands it over.
func (c *Control) EnqueueUpload(ctx context.Context, tx *store.Tx, account int64, id string) error {
	return c.river.insert(ctx, tx, importJobs(account, id))
}

// record records what somebody did to a batch, in the transaction of the change.
func record(ctx context.Context, tx *store.Tx, by store.Actor, what store.ActName, batch int64, numbers map[string]int) error {
	return tx.RecordAct(ctx, store.Act{Actor: by, What: what, Batch: batch, Numbers: numbers})
}

// Pause stops a running batch; what is in flight ends. A batch that is not
// running is a [store.StateError].
func (c *Control) Pause(ctx context.Context, by store.Actor, batch int64) error {
	return c.st.InTx(ctx, func(tx *store.Tx) error {
		ok, err := tx.PauseBatch(ctx, batch, PausedByPerson, "")
		if err := orState(ctx, tx, batch, ok, err, "paused"); err != nil {
			return err
		}
		return record(ctx, tx, by, store.ActPause, batch, nil)
	})
}

// Resume sets a paused batch running again.
func (c *Control) Resume(ctx context.Context, by store.Actor, batch int64) error {
	return c.st.InTx(ctx, func(tx *store.Tx) error {
		ok, err := tx.ResumeBatch(ctx, batch)
		if err := orState(ctx, tx, batch, ok, err, "resumed"); err != nil {
			return err
		}
		return record(ctx, tx, by, store.ActResume, batch, nil)
	})
}

// orState is why a batch was not changed: the state that it is in.
func orState(ctx context.Context, tx *store.Tx, batch int64, ok bool, err error, what string) error {
	if err != nil || ok {
		return err
	}
	b, err := tx.Batch(ctx, batch)
	if err != nil {
		return err
	}
	return &store.StateError{Batch: b.ID, State: b.State, What: what}
}

// Cancel gives a batch up: nobody who is still queued is sent to. It returns
// how many were.
func (c *Control) Cancel(ctx context.Context, by store.Actor, batch int64) (n int, err error) {
	err = c.st.InTx(ctx, func(tx *store.Tx) error {
		if n, err = tx.CancelBatch(ctx, batch); err != nil {
			return err
		}
		if err := c.river.deleteWaiting(ctx, tx, batchQueue(batch)); err != nil {
			return err
		}
		if c.Cancelling != nil {
			if err := c.Cancelling(ctx, tx, batch); err != nil {
				return err
			}
		}
		if err := c.reportLater(ctx, tx, batch); err != nil {
			return err
		}
		return record(ctx, tx, by, store.ActCancel, batch, map[string]int{"cancelled": n})
	})
	return n, err
}

// reportLater has the report of a cancelled batch written again when the last of those
// who are being sent to, or looked up, is settled.
func (c *Control) reportLater(ctx context.Context, tx *store.Tx, batch int64) error {
	open, err := tx.HasOpen(ctx, batch)
	if err != nil || !open {
		return err
	}
	b, err := tx.Batch(ctx, batch)
	if err != nil {
		return err
	}
	return c.river.insert(ctx, tx, []river.InsertManyParams{{
		Args: FinishArgs{b.ID, b.Run}, InsertOpts: &river.InsertOpts{Queue: finishQueue},
	}})
}

// Retryable is how many people [Control.Retry] would queue again.
func (c *Control) Retryable(ctx context.Context, batch int64) (int, error) {
	return c.st.Retryable(ctx, batch)
}

// Retry opens a new run of a batch for those who failed, and returns how many
// it queued again. With nobody to queue nothing is done, and nothing recorded. Breakers
// makes those of the run of those that the batch has; nil leaves them.
func (c *Control) Retry(ctx context.Context, by store.Actor, batch int64, breakers func(has store.Breakers) store.Breakers) (n int, err error) {
	err = c.st.InTx(ctx, func(tx *store.Tx) error {
		if breakers != nil {
			b, err := tx.Batch(ctx, batch)
			if err == nil {
				err = tx.SetBreakers(ctx, batch, breakers(b.Breakers))
			}
			if err != nil {
				return err
			}
		}
		rows, err := tx.Retry(ctx, batch)
		if n = len(rows); err != nil || n == 0 {
			return err
		}
		if err := c.river.insert(ctx, tx, inviteJobs(batch, rows, urgent)); err != nil {
			return err
		}
		return record(ctx, tx, by, store.ActRetry, batch, map[string]int{"queued": n})
	})
	return n, err
}

// Reinvite makes a new batch of people who are invited already, sets it running,
// and returns its id; see [store.Tx.Reinvite]. The act is the new batch's.
func (c *Control) Reinvite(ctx context.Context, by store.Actor, batch int64, rows []int) (id int64, err error) {
	err = c.st.InTx(ctx, func(tx *store.Tx) error {
		if id, err = tx.Reinvite(ctx, batch, rows); err != nil {
			return err
		}
		if err := c.river.insert(ctx, tx, inviteJobs(id, rows, urgent)); err != nil {
			return err
		}
		return tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActReinvite, Batch: id,
			Numbers: map[string]int{"people": len(rows), "of_batch": int(batch)}, Rows: store.RowNumbers(rows)})
	})
	return id, err
}

// OpenGate opens the gate, whatever closed it, and reports whether it was
// closed.
func (c *Control) OpenGate(ctx context.Context, by store.Actor, account int64) (opened bool, err error) {
	err = c.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.DayGoesOn(ctx, account, false); err != nil { // before the gate, as refusals do
			return err
		}
		if opened, err = tx.OpenGate(ctx, account); err != nil || !opened {
			return err
		}
		if err := forQueues(ctx, tx, account, c.river.resume); err != nil {
			return err
		}
		return tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActGateOpen, Account: account})
	})
	return opened, wrap("open the gate", err)
}

// CloseGate closes the gate until a person opens it. Why is for the gate, and
// not part of the act: it is what somebody typed.
func (c *Control) CloseGate(ctx context.Context, by store.Actor, account int64, why string) error {
	err := c.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.CloseGateByPerson(ctx, account, why); err != nil {
			return err
		}
		if err := forQueues(ctx, tx, account, c.river.pause); err != nil {
			return err
		}
		return tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActGateClose, Account: account})
	})
	return wrap("close the gate", err)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
