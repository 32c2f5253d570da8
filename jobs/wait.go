package jobs

import (
	"context"
	"time"
)

// waitUntil waits for a time, and reports whether it came before ctx was done
// or stop was closed. Timers are not finer than a millisecond or so: what is
// nearer is taken to have come.
func waitUntil(ctx context.Context, at time.Time, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
	}
	d := time.Until(at)
	if d < time.Millisecond {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
	case <-ctx.Done():
	}
	return false
}

// nudge has whoever waits on a channel of one place look, unless a look is due already.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause waits for d or until ctx is done.
func pause(ctx context.Context, d time.Duration) { waitUntil(ctx, time.Now().Add(d), nil) }
