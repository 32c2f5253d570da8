// Package when says at which moments a schedule is due, and when it is quiet. It
// knows clocks and calendars, and nothing of what is done then.
package when

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a machine may have no time zones of its own

	"github.com/robfig/cron/v3"
)

// Cron is a cron expression in a time zone.
//
// What names hours is meant by the clock on the wall. A time that does not exist, as
// the clock was put forward over it, comes at the first moment after the gap; one
// that exists twice comes once, at the first. What is meant for every hour goes by
// elapsed time: it has no time that is missed, and an hour that comes twice has twice
// as many. Times that fall on one moment are one.
type Cron struct {
	text    string
	zone    *time.Location
	spec    cron.Schedule // of a clock that never changes
	elapsed bool
}

// Occurrence is a moment at which a schedule is due.
type Occurrence struct {
	At time.Time // in the schedule's zone
	// Local is what the clock on the wall is meant to show, such as "2026-03-29T02:30".
	// It names the occurrence. Of a time that comes twice the second has " (2)" after it.
	Local string
}

const localForm = "2006-01-02T15:04"

// Err is what is wrong with a cron expression or a zone, and what to write instead.
type Err struct{ What, Fix string }

func (e *Err) Error() string { return e.What }

// Hint is the next step.
func (e *Err) Hint() string { return e.Fix }

const cronFix = `write minute, hour, day of month, month and day of week, such as "30 7 * * 1-5" for half past seven from Monday to Friday, or @daily`

// named are the expressions that have a name.
var named = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// ParseCron reads a cron expression of five fields, or a name such as @daily, in a
// time zone of the IANA database, such as "Europe/Berlin". An error is an [*Err].
func ParseCron(text, zone string) (*Cron, error) {
	loc, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	text = strings.Join(strings.Fields(text), " ")
	fields := strings.Fields(text)
	switch {
	case text == "":
		return nil, &Err{"there is no cron expression", cronFix}
	case strings.HasPrefix(text, "@"):
		plain, ok := named[strings.ToLower(text)]
		if !ok {
			return nil, &Err{fmt.Sprintf("%q is no time that can be told beforehand", short(text)), cronFix + ", @hourly, @weekly, @monthly, @yearly"}
		}
		fields = strings.Fields(plain)
	case strings.Contains(fields[0], "TZ="):
		return nil, &Err{"the cron expression names a time zone itself", "give the zone by itself: zone: Europe/Berlin"}
	case len(fields) != 5:
		return nil, &Err{fmt.Sprintf("a cron expression has five fields, and this has %d", len(fields)), cronFix}
	}
	if fields[4], err = sundays(fields[4]); err != nil {
		return nil, err
	}
	spec, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, &Err{fmt.Sprintf("the cron expression %q cannot be read: %v", short(text), err), cronFix}
	}
	c := &Cron{text: text, zone: loc, spec: spec, elapsed: everyHour(spec)}
	if c.spec.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, &Err{fmt.Sprintf("the cron expression %q names a day that never comes", short(text)), cronFix}
	}
	return c, nil
}

const zoneFix = "write the name of a time zone, such as Europe/Berlin or UTC"

// Zone is a time zone by its name.
func Zone(name string) (*time.Location, error) {
	switch name {
	case "":
		return nil, &Err{"there is no time zone", zoneFix}
	case "Local": // of whichever machine looks
		return nil, &Err{"the time zone Local is another one on each machine", zoneFix}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &Err{fmt.Sprintf("there is no time zone %q", short(name)), zoneFix}
	}
	return loc, nil
}

// short is enough of a text to know it again.
func short(text string) string {
	if all := []rune(text); len(all) > 60 {
		return string(all[:60]) + "…"
	}
	return text
}

var daySeven = regexp.MustCompile(`^(?:([0-7])-)?7(?:/([0-9]+))?$`)

// sundays writes 7 as 0 in a field of days of the week, as people and most programs
// know both for Sunday.
func sundays(field string) (string, error) {
	parts := strings.Split(field, ",")
	for i, part := range parts {
		m := daySeven.FindStringSubmatch(part)
		switch {
		case m == nil:
		case m[1] == "" && m[2] == "":
			parts[i] = "0"
		case m[1] == "": // 7/2 begins on a Sunday and ends there
			parts[i] = "0"
		default:
			from, _ := strconv.Atoi(m[1])
			step, err := strconv.Atoi(m[2])
			if m[2] == "" {
				step = 1
			} else if err != nil || step < 1 {
				return "", &Err{fmt.Sprintf("the step in the day of week %q is none", short(field)), cronFix}
			}
			var days []string
			for d := from; d <= 7; d += step {
				days = append(days, strconv.Itoa(d%7))
			}
			parts[i] = strings.Join(days, ",")
		}
	}
	return strings.Join(parts, ","), nil
}

// everyHour reports whether an expression is meant for each hour of a day.
func everyHour(s cron.Schedule) bool {
	const all = 1<<24 - 1
	spec, ok := s.(*cron.SpecSchedule)
	return ok && spec.Hour&all == all
}

// String is the expression as it was written, with single spaces.
func (c *Cron) String() string { return c.text }

// Zone is the time zone.
func (c *Cron) Zone() *time.Location { return c.zone }

// Next is the first occurrence after a moment. There is always one; an error says
// that the calendar has none within five years.
func (c *Cron) Next(after time.Time) (Occurrence, error) {
	if c.elapsed {
		return c.nextElapsed(after)
	}
	return c.nextWall(after)
}

// Between are the occurrences after a moment and up to another one, the first first,
// most of them at the most: when there are more, the last.
func (c *Cron) Between(after, upTo time.Time, most int) (all []Occurrence, more bool, err error) {
	for at := after; ; {
		o, err := c.Next(at)
		if err != nil || o.At.After(upTo) {
			return all, more, err
		}
		all, at = append(all, o), o.At
		if len(all) > most {
			all, more = all[1:], true
		}
	}
}

var errNever = errors.New("the schedule has no time within the next years")

// wall is what a clock on the wall shows, as a moment of a clock that never changes.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// nextWall looks for the next time on the wall whose moment is after one. As times on
// the wall go on, their moments do not go back.
func (c *Cron) nextWall(after time.Time) (Occurrence, error) {
	for w := wall(after.In(c.zone)); ; {
		if w = c.spec.Next(w); w.IsZero() {
			return Occurrence{}, errNever
		}
		if at := moment(w, c.zone); at.After(after) {
			return Occurrence{at, w.Format(localForm)}, nil
		}
	}
}

// moment is when the clock on the wall of a zone first shows a time, or the first
// moment after the gap that it is in.
func moment(w time.Time, zone *time.Location) time.Time {
	// No offset is as much as 15 hours, so what holds by then is not too late.
	for at := w.Add(-15 * time.Hour).In(zone); ; {
		_, offset := at.Zone()
		start, end := at.ZoneBounds()
		t := w.Add(-time.Duration(offset) * time.Second)
		switch {
		case t.Before(start): // the clock was put forward over it
			return start
		case end.IsZero() || t.Before(end):
			return t.In(zone)
		}
		at = end
	}
}

// nextElapsed looks for the next moment at which the wall shows one of the times,
// however often it shows it.
func (c *Cron) nextElapsed(after time.Time) (Occurrence, error) {
	at := after.In(c.zone)
	for shown := wall(at); ; shown = wall(at).Add(-1) { // the moment of a change counts itself
		w := c.spec.Next(shown)
		if w.IsZero() {
			return Occurrence{}, errNever
		}
		_, offset := at.Zone()
		_, end := at.ZoneBounds()
		if t := w.Add(-time.Duration(offset) * time.Second); end.IsZero() || t.Before(end) {
			t = t.In(c.zone)
			return Occurrence{t, w.Format(localForm) + again(t)}, nil
		}
		at = end
	}
}

// again marks a moment whose time on the wall has been there before.
func again(t time.Time) string {
	if moment(wall(t), t.Location()).Before(t) {
		return " (2)"
	}
	return ""
}
