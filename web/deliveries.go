package web

import (
	"context"
	"strconv"

	"usher/batch"
)

// deliveries are those of a batch, unless somebody has read them already.
func (h *Handler) deliveries(ctx context.Context, b batch.Batch, read []batch.Delivery) ([]batch.Delivery, error) {
	if read != nil {
		return read, nil
	}
	return h.svc.Deliveries(ctx, b.ID)
}

// deliveryStamp changes with what becomes of the deliveries.
func (v batchView) deliveryStamp() string {
	if len(v.Deliveries) == 0 {
		return ""
	}
	last := v.Deliveries[len(v.Deliveries)-1]
	return strconv.Itoa(last.Number) + strconv.FormatBool(last.DeliveredAt != nil) + last.Waits
}
