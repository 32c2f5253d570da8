package schedule

import (
	"context"
	"time"
)

// SetAhead moves the clock.
func (s *Service) SetAhead(d time.Duration) { s.ahead = d }

// Tick makes what is due.
func (s *Service) Tick(ctx context.Context) error { return s.tick(ctx) }

// Occur does an occurrence.
func (s *Service) Occur(ctx context.Context, id int64) (time.Duration, error) {
	return s.occur(ctx, id)
}
