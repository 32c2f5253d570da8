package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBelieved is the longest wait that is taken for meant: a day, since quotas
// are counted by the day. A longer Retry-After is taken for this long: whoever
// says thirty years does not mean "at once". A reset field of one of the older
// kinds that says more has most likely another unit, and is ignored.
const maxBelieved = 24 * time.Hour

// Numbers in reset fields from here on are points in time: below are seconds to
// wait, and far above are milliseconds since 1970.
const (
	epochSeconds = int64(1e9)
	epochMillis  = int64(1e11)
)

// retryAfter reads how long an answer asks us to stay away: Retry-After
// (RFC 9110, section 10.2.3) of any answer, else, of a 429 only, a rate limit
// field that says nothing remains. What is negative, fractional, malformed or past
// is ignored; what is believed is at most limit. The result is positive whenever
// ok. The answer's Date has lost a part of a second, of which lost is known.
func retryAfter(status int, h http.Header, now time.Time, lost, limit time.Duration) (wait time.Duration, ok bool) {
	ref := reference(h, now).Add(lost)
	wait, ok = explicitWait(h.Values("Retry-After"), ref)
	if !ok && status == http.StatusTooManyRequests {
		wait, ok = quotaWait(h, ref)
	}
	if !ok || wait <= 0 {
		return 0, false
	}
	return min(wait, limit), true
}

// reference is the time that the answer's dates are relative to, to the second: the
// server's own Date where there is one, so that neither clock's error matters.
func reference(h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return now.Truncate(time.Second)
}

// explicitWait is the longest believable of the values of Retry-After.
func explicitWait(values []string, ref time.Time) (wait time.Duration, ok bool) {
	for _, v := range values {
		w, valid := parseRetryAfter(strings.TrimSpace(v), ref)
		if valid && (!ok || w > wait) {
			wait, ok = w, true
		}
	}
	return wait, ok
}

func parseRetryAfter(v string, ref time.Time) (time.Duration, bool) {
	if digits(v) {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n > int64(maxBelieved/time.Second) {
			return maxBelieved, true
		}
		return believedSeconds(n)
	}
	date, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	if date.After(ref.Add(maxBelieved)) {
		return maxBelieved, true
	}
	return until(date, ref)
}

// whole reads digits and nothing else: no sign, point, exponent or blank.
func whole(s string) (int64, bool) {
	if !digits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func believedSeconds(n int64) (time.Duration, bool) {
	if n < 0 || n > int64(maxBelieved/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}

// until is the wait from ref to a date given to the second. The date may have
// lost up to a second when it was written, so one is added: waiting too short makes
// the next refusal.
func until(date, ref time.Time) (time.Duration, bool) {
	if date.Before(ref.Truncate(time.Second)) || date.After(ref.Add(maxBelieved)) {
		return 0, false
	}
	return date.Sub(ref) + time.Second, true
}

// resetWait reads a reset field of the older kinds: seconds, or a point in time
// since 1970 as some send it.
func resetWait(v string, ref time.Time) (time.Duration, bool) {
	n, ok := whole(strings.TrimSpace(v))
	switch {
	case !ok:
		return 0, false
	case n >= epochMillis:
		return until(time.UnixMilli(n), ref)
	case n >= epochSeconds:
		return until(time.Unix(n, 0), ref)
	default:
		return believedSeconds(n)
	}
}
