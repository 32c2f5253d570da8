package importer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/store"
)

// Staged is an import that is complete and waits for a decision. One of
// Activate, Discard and Close must be called; until then it keeps others from
// importing into the account. Nothing need be done about an existing batch.
type Staged struct {
	Batch     store.Batch
	Counts    store.Counts
	HeldBack  HeldBack
	Workflows []string // the workflow ids of those who will be sent to
	// Existing means that the same file was imported before: this is its
	// batch, and nothing was imported now.
	Existing bool

	move       *markMove // of the source that was read, if it has a mark
	by         store.Actor
	activating func(ctx context.Context, tx *store.Tx, batch int64) error // of the options; may be nil
	im         *Importer
	tenure     *tenure

	mu     sync.Mutex
	closed bool
}

// analyzeFrom is how many rows make new planner statistics worth their time.
const analyzeFrom = 10_000

// Activate sets the batch running: its people are sent to from now on. It is
// the act that is recorded of an import. It does nothing for an existing batch. When it fails the batch can still be
// activated, discarded or closed.
func (s *Staged) Activate(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Existing {
		return nil
	}
	if s.closed {
		return errors.New("activate: the import is closed")
	}
	err := s.im.st.InTx(ctx, func(tx *store.Tx) error {
		if err := s.tenure.fence(ctx, tx); err != nil {
			return err
		}
		if err := s.moveMark(ctx, tx); err != nil {
			return err
		}
		if err := tx.ActivateBatch(ctx, s.Batch.ID); err != nil {
			return err
		}
		if s.activating != nil {
			if err := s.activating(ctx, tx, s.Batch.ID); err != nil {
				return err
			}
		}
		return tx.RecordAct(ctx, store.Act{Actor: s.by, What: store.ActImport, Batch: s.Batch.ID, Numbers: s.numbers()})
	})
	if err != nil {
		return fmt.Errorf("start the batch: %w", err)
	}
	s.end(ctx)
	s.Batch.State = store.BatchRunning
	if s.Counts.Total() > analyzeFrom {
		// Only for speed, and the database does it by itself sooner or later,
		// so the batch has not failed if this does.
		_ = s.im.st.Analyze(ctx)
	}
	return nil
}

// numbers are those of the import for its act: the rows, and how many there are
// in each state that there is anybody in.
func (s *Staged) numbers() map[string]int {
	numbers := map[string]int{"rows": s.Counts.Total()}
	for state, n := range s.Counts {
		if n > 0 {
			numbers[string(state)] = n
		}
	}
	return numbers
}

// moveMark moves the source's mark to the highest value that was read, and keeps
// which rows were taken near it.
func (s *Staged) moveMark(ctx context.Context, tx *store.Tx) error {
	if s.move == nil {
		return nil
	}
	to := s.move.to
	to.Batch = s.Batch.ID
	if err := tx.MoveMark(ctx, s.Batch.Account, s.move.source, s.move.from, to); err != nil {
		return err
	}
	return tx.KeepTakenRows(ctx, s.Batch.Account, s.move.source, to, s.move.taken)
}

// Discard removes the batch wholly, also when ctx has ended.
func (s *Staged) Discard(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Existing || s.closed {
		return nil
	}
	err := s.im.remove(ctx, s.Batch)
	s.end(ctx)
	return err
}

// Close discards a batch that was not activated. It may be called more than
// once, and after the others.
func (s *Staged) Close() error { return s.Discard(context.Background()) }

func (s *Staged) end(ctx context.Context) {
	s.closed = true
	s.tenure.release(ctx)
}

// removeWithin bounds the removal of an import, which nothing else ends.
const removeWithin = 5 * time.Minute

// remove removes a batch that is still importing: its jobs, its persons, its
// rows and itself. One that is gone, or was activated after all, is left be.
func (im *Importer) remove(ctx context.Context, b store.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeWithin)
	defer cancel()
	// Statistics of before the import take each of its rows for the only one, and
	// each person is compared with all rows: 39 s for 20,000, and of a million no end
	// within the time that there is. Without them it is only slow.
	_ = im.st.Analyze(ctx)
	err := im.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.ReturnImported(ctx, b.Account, b.ID); err != nil {
			return err
		}
		if err := tx.DeleteImport(ctx, b.ID); err != nil {
			return err
		}
		return im.jobs.DeleteImportJobs(ctx, tx, b.ID)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// SweepDead removes imports whose process died, and returns how many. It does
// nothing while another import is running, which will do it.
func (im *Importer) SweepDead(ctx context.Context, account int64) (int, error) {
	dead, err := im.st.DeadImports(ctx, account)
	if err != nil || len(dead) == 0 {
		return 0, err
	}
	// A process that only seems dead may have a transaction open. It has the
	// lease in its hands then, so this waits for its end.
	t, err := im.hold(ctx, account)
	var busy *BusyError
	if errors.As(err, &busy) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer t.release(ctx)
	return im.sweep(ctx, account)
}

// sweep removes dead imports, under the lease.
func (im *Importer) sweep(ctx context.Context, account int64) (int, error) {
	dead, err := im.st.DeadImports(ctx, account)
	if err != nil {
		return 0, err
	}
	for n, b := range dead {
		if err := im.remove(ctx, b); err != nil {
			return n, fmt.Errorf("sweep batch %d: %w", b.ID, err)
		}
	}
	return len(dead), nil
}
