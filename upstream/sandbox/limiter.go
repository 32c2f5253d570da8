package sandbox

import (
	"math"
	"time"
)

// limiter is a token bucket and a count of the UTC day, or of a shorter one. The server's
// mutex guards it.
type limiter struct {
	rate   float64 // tokens per second; 0 is no limit
	burst  float64
	tokens float64
	last   time.Time

	daily  int           // 0 is no limit
	length time.Duration // of a day
	used   int
	day    time.Time // when it began
}

// reset fills the bucket of a new rate; the day's count stays.
func (l *limiter) reset(rate float64, burst int) {
	l.rate = max(rate, 0)
	l.burst = float64(burst)
	if burst <= 0 {
		l.burst = max(1, math.Ceil(rate))
	}
	l.tokens = l.burst
	l.last = time.Time{}
}

// take lets a request in, or says how long until one would be. Requests that are
// refused use nothing up.
func (l *limiter) take(now time.Time) (wait time.Duration, ok bool) {
	l.advance(now)
	if l.daily > 0 && l.used >= l.daily {
		return l.day.Add(l.length).Sub(now), false
	}
	if l.rate > 0 {
		if l.tokens < 1 {
			return time.Duration((1 - l.tokens) / l.rate * float64(time.Second)), false
		}
		l.tokens--
	}
	l.used++
	return 0, true
}

// advance brings the bucket and the day up to a time. A clock that is set back
// gives nothing.
func (l *limiter) advance(now time.Time) {
	if day := now.UTC().Truncate(l.length); day.After(l.day) {
		l.day, l.used = day, 0
	}
	if !l.last.IsZero() {
		passed := max(0, now.Sub(l.last).Seconds())
		l.tokens = min(l.burst, l.tokens+passed*l.rate)
	}
	l.last = now
}
