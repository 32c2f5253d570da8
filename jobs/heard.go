package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"usher/store"
	"usher/upstream"
)

// downAfter is how many answers in a row must be lost before the gate closes.
const downAfter = 5

// heard applies an answer, to whatever request, to the gate.
func (s *Service) heard(o outcome, err error, l leave) {
	if o.gate == store.GateUnauthorized && s.replaced(err) {
		return
	}
	c := closing{leave: l, reason: o.gate, detail: gateDetail(err), heard: time.Now()}
	var status *upstream.StatusError
	if errors.As(err, &status) && status.HasRetryAfter {
		c.told, c.until = true, time.Now().Add(status.RetryAfter)
	}
	switch {
	case o.state == store.Sending && o.attempt == store.OutcomeInDoubt:
		if s.downs.Add(1) >= downAfter && c.reason == "" {
			c.reason = store.GateUpstreamDown
		}
	case o.alive:
		s.downs.Store(0)
	}
	if o.alive && o.gate != store.GateRateLimited {
		s.accepted.one(l)
	}
	if c.reason == "" {
		if o.alive && s.stepped.CompareAndSwap(true, false) {
			s.resetSteps()
		}
		return
	}
	s.stepped.Store(true)
	s.closeGate(c)
}

func (s *Service) resetSteps() {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	if err := s.st.ResetGateSteps(ctx, s.account); err != nil {
		s.outages.tell("the gate's back-off could not be reset", err)
	}
}

// gateDetail says in words why the gate is closed, without anything of the
// applicant whose answer closed it.
func gateDetail(err error) string {
	var status *upstream.StatusError
	switch {
	case errors.As(err, &status):
		return fmt.Sprintf("the API answered HTTP %d %s", status.Status, http.StatusText(status.Status))
	case err != nil:
		return err.Error()
	}
	return ""
}
