package batch

import (
	"time"

	"usher/schedule/when"
	"usher/store"
)

// quietDays is how many days ahead quiet times are reckoned with: what takes longer
// is told as if there were none afterwards.
const quietDays = 400

// costInQuiet is what costOf says, for invitations that are not sent in quiet times.
// A batch that a person let go on begins at once, before ended, which is zero for all
// others.
func costInQuiet(now time.Time, tokens, today int, p store.Pace, quiet when.Quiet, ended time.Time) Cost {
	now = now.UTC()
	c := costOf(now, tokens, today, p)
	if tokens == 0 || quiet.Zone() == "" {
		return c
	}
	days, last := 0, time.Time{}
	left, at := tokens, now
	for end := now.AddDate(0, 0, quietDays); at.Before(end); {
		from, until := quiet.Next(notBefore(at, ended))
		if !until.IsZero() && !from.After(at) {
			if day := until.UTC().Truncate(24 * time.Hour); day.After(at) {
				today = 0
			}
			at = until.UTC()
			continue
		}
		midnight := at.Truncate(24*time.Hour).AddDate(0, 0, 1)
		to := midnight
		if !until.IsZero() && from.Before(to) {
			to = from.UTC()
		}
		n := min(left, capacity(to.Sub(at).Seconds(), today, p))
		if day := at.Truncate(24 * time.Hour); n > 0 && !day.Equal(last) {
			days, last = days+1, day
		}
		if left -= n; left == 0 {
			at = at.Add(toDuration(seconds(n, p)))
			break
		}
		today += n
		if p.Burst = 0; to.Equal(midnight) { // what may go at once has gone
			today = 0
		}
		at = to
	}
	if left > 0 { // it takes years
		rest := costOf(at, left, today, p)
		at, days = rest.Finish, days+rest.Days
	}
	finish := at.Truncate(time.Second)
	c.Quiet, c.Days, c.Finish = finish.After(c.Finish), days, finish
	return c
}

// notBefore is a moment, or the least there may be.
func notBefore(t, least time.Time) time.Time {
	if least.After(t) {
		return least
	}
	return t
}
