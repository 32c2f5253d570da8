package batch

import (
	"context"

	"usher/store"
)

// ImportUpload is what the job of an upload does.
func (s *Service) ImportUpload(ctx context.Context, id string) error { return s.importUpload(ctx, id) }

// AtDelivery has something called after each step of a delivery, which an error breaks
// off. It is called before anything works.
func (s *Service) AtDelivery(step func(step string) error) { s.delivered = step }

// Deliver makes the delivery of a batch that waits.
func (s *Service) Deliver(ctx context.Context, batch int64) error {
	return s.deliverNow(ctx, batch, deliverTries, nil)
}

// DeliverStem is what the names of delivered files begin with.
func DeliverStem(pattern string, b store.Batch, schedule string) string {
	return deliverStem(pattern, b, schedule)
}
