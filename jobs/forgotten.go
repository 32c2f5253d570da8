package jobs

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// Somebody who is queued and has no job is forgotten: it was deleted or
// cancelled in River's pages, or discarded. A queue that has no job at all
// shows that at once. In one that has, those who are queued are compared with
// the jobs, one by one, now and then: all would else wait until the last of the
// others is sent, which at so many a day may be weeks.

// The comparison is made again after compareEvery at the earliest, and takes a
// fiftieth of the time at most. Of 1,000,000 people it takes 3 s.
const (
	compareEvery = 30 * time.Second
	compareShare = 50
)

// enqueueIfIdle makes jobs for a batch's queued applicants when the queue has
// none.
func (s *Service) enqueueIfIdle(ctx context.Context, batch int64) error {
	// Those that run count too, though none did a moment ago: it has begun since.
	jobs, err := s.river.list(ctx, []string{batchQueue(batch)}, 1, live...)
	if err != nil || len(jobs) > 0 {
		return err
	}
	return s.enqueueForgotten(ctx, batch)
}

// compareJobs looks for the forgotten in queues that have jobs.
func (s *Service) compareJobs(ctx context.Context, running []store.Batch) error {
	if time.Now().Before(s.sweeping.compareAt) {
		return nil
	}
	start := time.Now()
	defer func() { s.sweeping.compareAt = time.Now().Add(max(compareEvery, compareShare*time.Since(start))) }()
	for _, b := range running {
		if err := s.enqueueForgotten(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// enqueueForgotten makes new jobs for those of a batch who are queued and have
// none. Who has one after all is sent to once: the second job finds him
// claimed.
func (s *Service) enqueueForgotten(ctx context.Context, batch int64) error {
	// In this order: a job that ends in between has settled its applicant.
	rows, err := s.queued(ctx, batch)
	if err != nil || len(rows) == 0 {
		return err
	}
	if rows, err = s.withoutJob(ctx, batch, rows); err != nil {
		return err
	}
	total := 0
	for chunk := range slices.Chunk(rows, insertChunk) {
		err := s.st.InTx(ctx, func(tx *store.Tx) error {
			still, err := tx.StillQueued(ctx, batch, chunk)
			if err != nil {
				return err
			}
			total += len(still)
			return s.river.insert(ctx, tx, inviteJobs(batch, still, urgent))
		})
		if err != nil {
			return err
		}
	}
	if total > 0 {
		s.log.Warn("jobs were gone and have been made again", zap.Int64("batch", batch), zap.Int("count", total))
	}
	return nil
}

// queued lists the rows of a batch that are queued, in order.
func (s *Service) queued(ctx context.Context, batch int64) (all []int, err error) {
	for after := -1; ; after = all[len(all)-1] {
		rows, err := s.st.QueuedAfter(ctx, batch, after, insertChunk)
		if err != nil || len(rows) == 0 {
			return all, err
		}
		all = append(all, rows...)
	}
}

// withoutJob picks those of some rows, which are in order, that have no job.
func (s *Service) withoutJob(ctx context.Context, batch int64, rows []int) ([]int, error) {
	has := make([]bool, len(rows))
	for after := int64(0); ; {
		last, page, err := s.river.rowsOf(ctx, batchQueue(batch), after, insertChunk)
		if err != nil {
			return nil, err
		}
		for _, row := range page {
			if i, found := slices.BinarySearch(rows, row); found {
				has[i] = true
			}
		}
		if len(page) < insertChunk {
			break
		}
		after = last
	}
	var without []int
	for i, row := range rows {
		if !has[i] {
			without = append(without, row)
		}
	}
	return without, nil
}
