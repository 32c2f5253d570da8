package schedule

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// SendsOn is whether the fetcher goes on from one host's address to another address.
func SendsOn(from, to string) error {
	was, err := url.Parse(from)
	if err != nil {
		return err
	}
	next, err := url.Parse(to)
	if err != nil {
		return err
	}
	return fetcher.CheckRedirect(&http.Request{URL: next}, []*http.Request{{URL: was}})
}

// SetAhead moves the clock.
func (s *Service) SetAhead(d time.Duration) { s.ahead = d }

// Tick makes what is due.
func (s *Service) Tick(ctx context.Context) error {
	_, err := s.tick(ctx)
	return err
}

// NextLook is Tick, and tells when it is looked again.
func (s *Service) NextLook(ctx context.Context) (time.Duration, error) { return s.tick(ctx) }

// Occur does an occurrence.
func (s *Service) Occur(ctx context.Context, id int64) (time.Duration, error) {
	return s.occur(ctx, id)
}
