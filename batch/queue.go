package batch

import (
	"context"
	"net/http"

	"usher/jobs"
)

// QueuePages are the job queue's own pages, to look only, below an address such as
// "/queue". They answer GET and HEAD alone and show keys, no person; who may see
// them is for the caller to say. What they do in the background ends with ctx, and
// they are closed with the service.
func (s *Service) QueuePages(ctx context.Context, prefix string) (http.Handler, error) {
	p, err := jobs.NewQueuePages(ctx, s.st, prefix, s.log)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, p.Close)
	return p, nil
}
