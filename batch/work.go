package batch

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
)

// Work works on every running batch, also on those to come, until ctx ends.
// Then it stops, which is told: what is in flight is brought to an end.
func (s *Service) Work(ctx context.Context) error {
	end, err := s.beginWork(ctx)
	if err != nil {
		return err
	}
	defer end()
	worker, err := s.worker(0)
	if err != nil {
		return err
	}
	if err := worker.Start(ctx); err != nil {
		return err
	}
	defer s.beginLoops(ctx)()
	s.works.Store(true)
	defer s.works.Store(false)
	s.log.Info("working", zap.String("worker", s.id), zap.String("version", s.o.Version))
	<-ctx.Done()
	s.o.Tell.tell(Stopping{})
	return s.stop(worker)
}

// WatchDatabase tells the log of outages of the database, until ctx ends. It is for a
// process in which nobody works, as a worker does it by itself.
func (s *Service) WatchDatabase(ctx context.Context) error {
	jobs.WatchDatabase(ctx, s.st, s.log)
	return nil
}

// worker makes a worker for one batch, or for all.
func (s *Service) worker(batch int64) (*jobs.Service, error) {
	cfg, detail := s.cfg, s.detail
	if batch != 0 {
		detail += fmt.Sprintf(", for batch %d alone", batch)
	}
	var renewKey func(int) int
	if cfg.Upstream.APIKeyFile != "" {
		renewKey = s.renewKey
	}
	return jobs.New(s.st, s.api, jobs.Config{
		Worker: s.id, Detail: detail, Account: s.account, OnlyBatch: batch, Watched: s.o.Watched && batch != 0,
		Pace: pace(cfg), Concurrency: cfg.Work.Concurrency, Timeout: cfg.Upstream.Timeout,
		LookupAfter: cfg.Lookup.After, LookupAgain: cfg.Lookup.Again,
		Resend: cfg.Upstream.Resend == "auto", RenewKey: renewKey,
		ProbeFirst: cfg.Gate.ProbeFirst, ProbeMost: cfg.Gate.ProbeMax, RetryAfterCap: cfg.Upstream.RetryAfterCap,
		ShortWait: cfg.Pace.ShortWait,
		SweepImports: func(ctx context.Context) error {
			_, err := s.im.SweepDead(ctx, s.account)
			return errors.Join(err, s.SweepUploads(ctx), s.sweepTraffic(ctx))
		},
		ImportUpload: s.importUpload,
		Errands:      append(s.deliveries(), s.beside.Errands...),
		Told:         jobs.Told{Invited: s.traffic.invited, Worked: s.traffic.worked},
		ReturnURL:    s.returnURL,
		Finished:     s.filing().write,
		Ended:        func(ctx context.Context, tx *store.Tx, b store.Batch) error { return s.wantDelivery(ctx, tx, b.ID) },
	}, s.log)
}
