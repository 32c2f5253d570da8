package store

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"usher/store/rate"
)

// keptDay is what is kept of a day as JSON, beside its name and its number of requests.
type keptDay struct {
	rate.Day
	Zone   string        `json:"zone,omitempty"`   // by which it is counted
	Length time.Duration `json:"length,omitempty"` // likewise
	// Held is what each process took of this day last.
	Held map[string]dayHeld `json:"held,omitempty"`
}

// Calendar says when days of requests begin and end.
type Calendar = rate.Calendar

// Calendar is by which the pace counts its days. A zone that is not known here is taken
// for UTC.
func (p Pace) Calendar() Calendar { return calendar(p.Zone, p.DayLength) }

func calendar(zone string, length time.Duration) Calendar {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	return Calendar{Zone: loc, Length: length}
}

// turn begins a new day where the old one is over. A calendar that has become another
// one begins none: the requests of the old day count until the new calendar's day ends.
func (p *paceState) turn(pace Pace) {
	now, c := p.time(), pace.Calendar()
	label := c.Label(now)
	if k := &p.kept; k.Zone != pace.Zone || k.Length != pace.DayLength {
		over := calendar(k.Zone, k.Length).Label(now) > p.day
		if k.Zone, k.Length = pace.Zone, pace.DayLength; !over {
			p.day = label
		} else {
			p.day = ""
		}
	}
	// A clock that goes back over midnight, and over it again, begins no day anew.
	if label > p.day || p.day > c.Label(c.End(now)) {
		p.day, p.dayCount, p.kept.Held = label, 0, nil
		p.kept.Begin()
		p.NewDay()
	}
}

// left is how many requests the day still has: for look-ups, which may use the reserve,
// or for everything else.
func (p *paceState) left(pace Pace, lookups bool) int {
	if pace.Daily <= 0 {
		return math.MaxInt
	}
	most := pace.Daily
	if !lookups {
		most -= pace.Reserve
	}
	return max(0, most-int(p.dayCount))
}

// DayGoesOn takes back that a day is used up: answered tells that the API let a request
// through, else it is a person who says so.
func (t *Tx) DayGoesOn(ctx context.Context, account int64, answered bool) error {
	p, err := t.paceState(ctx, account, t.d.forUpdate)
	if err != nil {
		return err
	}
	p.kept.GoOn(answered)
	return t.writePace(ctx, account, p)
}

// bringBackDays makes a day that has not begun any more give way to the present one, of
// which no more may be sent than ever: what the attempts tell counts too, as the count
// was begun anew when the clock went over midnight.
func (t *Tx) bringBackDays(ctx context.Context, b setBack) error {
	type counted struct {
		account int64
		day     string
		keptDay
	}
	all, err := collect(ctx, t.queries, `SELECT account_id, day, day_learned FROM pace ORDER BY account_id `+t.d.forUpdate, nil,
		func(r rows) (c counted, err error) {
			var text string
			if err := r.Scan(&c.account, &c.day, &text); err != nil || text == "" {
				return c, err
			}
			return c, json.Unmarshal([]byte(text), &c.keptDay)
		})
	if err != nil {
		return err
	}
	for _, one := range all {
		c := calendar(one.Zone, one.Length)
		if one.day <= c.Label(b.now) {
			continue
		}
		_, err = t.conn.exec(ctx, `
UPDATE pace
SET day = $1,
    day_count = (
        SELECT CASE WHEN count(*) > pace.day_count THEN count(*) ELSE pace.day_count END
        FROM attempts a
        JOIN batches b ON b.id = a.batch_id
        WHERE b.account_id = pace.account_id AND a.started_at >= $2)
WHERE account_id = $3`, c.Label(b.now), c.Begin(b.now).UTC(), one.account)
		if err != nil {
			return err
		}
	}
	return nil
}
