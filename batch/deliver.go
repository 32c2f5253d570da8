package batch

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"go.uber.org/zap"

	"usher/report"
	"usher/store"
)

const (
	// deliverErrand is what the jobs of deliveries are known by.
	deliverErrand = "deliver"
	// deliverLease is for how long a process that says nothing is believed to deliver.
	deliverLease = 15 * time.Second
	// deliverSoon is when a delivery is looked at again that changed under its writer, is
	// another's, or waits for somebody in flight, and deliverLater when one is that could not be made.
	deliverSoon  = time.Second
	deliverLater = 30 * time.Second
	// deliverTries is how often a command that waits for a delivery looks at it.
	deliverTries = 5
)

// errUnsettled breaks a delivery off that is to begin again: its batch, or what lies
// in its folder, has changed.
var errUnsettled = errors.New("something changed while the results were delivered")

// delivers reports whether results are delivered. Those of a rehearsal are nobody's.
func (s *Service) delivers() bool { return s.cfg.Report.DeliverDir != "" && !s.Rehearsal() }

// deliveries are the errands that deliver, one at a time.
func (s *Service) deliveries() []Errand {
	if !s.delivers() {
		return nil
	}
	return []Errand{{What: deliverErrand, Workers: 1, Do: s.deliver,
		Waiting: func(ctx context.Context) ([]int64, error) { return s.st.OpenDeliveries(ctx, s.account) }}}
}

// wantDelivery has the results of a batch delivered once a transaction is committed.
func (s *Service) wantDelivery(ctx context.Context, tx *store.Tx, batch int64) error {
	if !s.delivers() {
		return nil
	}
	id, err := tx.WantDelivery(ctx, batch)
	if err != nil {
		return err
	}
	return s.control.EnqueueErrand(ctx, tx, s.account, deliverErrand, id, time.Time{})
}

// wantAfterResolving is wantDelivery for people who are settled by a person. As long as
// their batch runs, the end of the run is waited for.
func (s *Service) wantAfterResolving(ctx context.Context, tx *store.Tx, batch int64) error {
	if !s.delivers() {
		return nil
	}
	b, err := tx.Batch(ctx, batch)
	if err != nil || b.State != store.BatchFinished && b.State != store.BatchCancelled {
		return err
	}
	return s.wantDelivery(ctx, tx, batch)
}

// deliver makes a delivery, or says when to look again; what keeps it from being made is
// logged.
func (s *Service) deliver(ctx context.Context, id int64) (again time.Duration, err error) {
	return s.tryDelivery(ctx, id, s.log)
}

// tryDelivery is deliver with a log. It may be begun any number of times, by several
// processes at once.
func (s *Service) tryDelivery(ctx context.Context, id int64, log *zap.Logger) (again time.Duration, err error) {
	d, err := s.st.Delivery(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	}
	// A process may be at it twice: by a job, and for somebody who waits.
	lease, holder := store.DeliveryLease(d.Batch), s.id+"-"+rand.Text()[:8]
	held, err := s.st.HoldLease(ctx, lease, holder, s.detail, deliverLease)
	if err != nil || !held {
		return deliverSoon, err
	}
	defer func() { _ = s.st.ReleaseLease(context.WithoutCancel(ctx), lease, holder) }()
	defer s.beats(ctx, func(ctx context.Context) error {
		_, err := s.st.ProlongLease(ctx, lease, holder, deliverLease)
		return err
	})()
	if d, err = s.st.Delivery(ctx, id); err != nil || !d.DeliveredAt.IsZero() {
		return 0, err
	}
	b, err := s.st.Batch(ctx, d.Batch)
	if err != nil {
		return 0, err
	}
	switch b.State {
	case store.BatchFinished:
	case store.BatchCancelled:
		if inFlight, err := s.st.HasOpen(ctx, b.ID); err != nil || inFlight {
			return deliverSoon, err
		}
	default: // the end of its run has it delivered
		return 0, nil
	}
	switch err = s.deliverOnce(ctx, holder, d, b); {
	case err == nil:
		log.Info("the results of a batch are delivered", zap.Int64("batch", b.ID), zap.Int("number", d.Number))
		return 0, nil
	case errors.Is(err, errUnsettled):
		return deliverSoon, nil
	case ctx.Err() != nil || Away(err):
		return 0, err
	}
	return deliverLater, s.delayDelivery(ctx, d, deliveryWords(err), log)
}

// delayDelivery logs, once for each reason, that results could not be delivered.
func (s *Service) delayDelivery(ctx context.Context, d store.Delivery, why string, log *zap.Logger) error {
	other, err := s.st.DelayDelivery(ctx, d.ID, why)
	if other {
		log.Warn("the results of a batch could not be delivered, which is tried again", zap.Int64("batch", d.Batch),
			zap.String("folder", s.cfg.Report.DeliverDir), zap.String("why", why))
	}
	return err
}

// deliveryWords say why results could not be delivered, without the name of a file,
// which may be that of somebody.
func deliveryWords(err error) string {
	var target *report.TargetError
	var db *store.DatabaseError
	var number syscall.Errno
	switch {
	case errors.As(err, &target):
		return target.Wrong + "; " + target.Fix
	case errors.As(err, &db):
		return db.Error()
	case errors.Is(err, report.ErrTooLarge):
		return "there are more rows than a workbook can have; set report.deliver_format to csv"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full; make room"
	case errors.Is(err, fs.ErrPermission):
		return "the system does not allow it; let this user write there"
	case errors.As(err, &number):
		return number.Error() + "; see to the folder"
	}
	return "it could not be written; see to the folder"
}

// deliverNow makes the delivery of a batch that waits, if there is one, and looks at it
// so many times. What keeps it from being made is told, and tried again by others.
func (s *Service) deliverNow(ctx context.Context, batch int64, tries int, tell Teller) error {
	if !s.delivers() {
		return nil
	}
	all, err := s.st.Deliveries(ctx, batch)
	if err != nil || len(all) == 0 || !all[len(all)-1].DeliveredAt.IsZero() {
		return err
	}
	id, log := all[len(all)-1].ID, s.log
	if tell != nil {
		log = zap.NewNop() // or it would be told twice
	}
	for try := 1; ; try++ {
		again, err := s.tryDelivery(ctx, id, log)
		if err != nil || again == 0 || again > deliverSoon || try >= tries {
			return errors.Join(err, s.tellDelivery(ctx, id, tell))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
}

// tellDelivery tells what became of a delivery.
func (s *Service) tellDelivery(ctx context.Context, id int64, tell Teller) error {
	d, err := s.st.Delivery(ctx, id)
	switch {
	case err != nil:
		return err
	case !d.DeliveredAt.IsZero():
		tell.tell(Delivered{filepath.Join(d.Folder, d.Stem+"."+s.cfg.Report.DeliverFormat)})
	case d.Trouble != "":
		tell.tell(DeliveryWaits{s.cfg.Report.DeliverDir, d.Trouble})
	}
	return nil
}

// Delivery is results of a batch that were put into a folder, or are to be. Its JSON is
// part of the interface.
type Delivery struct {
	Number      int        `json:"number"`
	Folder      string     `json:"folder"`
	Name        string     `json:"name"`  // that the names of its files begin with
	Waits       string     `json:"waits"` // why it could not be delivered; empty if nothing is known
	AskedAt     *time.Time `json:"asked_at"`
	DeliveredAt *time.Time `json:"delivered_at"`
}

// Words say how it stands with a delivery.
func (d Delivery) Words() string {
	switch {
	case d.DeliveredAt != nil:
		return "delivered as " + filepath.Join(d.Folder, d.Name)
	case d.Waits != "":
		return "not delivered yet: " + d.Waits
	}
	return "to be delivered by 'usher work' or 'usher serve'"
}

// Deliveries lists the deliveries of a batch, the first first.
func (s *Service) Deliveries(ctx context.Context, batch int64) ([]Delivery, error) {
	if _, err := s.batch(ctx, batch); err != nil {
		return nil, err
	}
	stored, err := s.st.Deliveries(ctx, batch)
	all := make([]Delivery, len(stored))
	for i, d := range stored {
		all[i] = Delivery{d.Number, d.Folder, d.Stem, d.Trouble, timeOrNull(d.AskedAt), timeOrNull(d.DeliveredAt)}
	}
	return all, err
}
