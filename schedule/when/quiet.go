package when

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rule is quiet times as people write them. Each of its lists is separated by commas.
type Rule struct {
	Hours    string `json:"hours,omitempty"`    // such as "20:00-07:00", which goes over midnight
	Days     string `json:"days,omitempty"`     // such as "sat,sun"
	Holidays string `json:"holidays,omitempty"` // dates, such as "2026-12-25"
	Zone     string `json:"zone,omitempty"`     // such as "Europe/Berlin", by whose clocks all of them are
}

// IsZero reports whether no time is quiet. A zone alone makes none.
func (r Rule) IsZero() bool { return r.Hours == "" && r.Days == "" && r.Holidays == "" }

// Text is the rule as it is stored; empty for none.
func (r Rule) Text() string {
	if r.IsZero() {
		return ""
	}
	text, _ := json.Marshal(r) // strings alone: there is no error
	return string(text)
}

// QuietError is what is wrong with a part of a [Rule], and what to write instead.
type QuietError struct {
	Part  string // "hours", "days", "holidays" or "zone"
	Wrong string
	Fix   string
}

func (e *QuietError) Error() string { return e.Wrong }

// Hint is the next step.
func (e *QuietError) Hint() string { return e.Fix }

// Quiet are times in which nobody is invited: hours of each day, days of the week,
// and dates, by the clocks of a time zone. The zero one has none.
type Quiet struct {
	hours    []hours
	days     [7]bool // by [time.Weekday]
	holidays []date
	zone     *time.Location
}

// hours are those of each day from one minute to another, counted from midnight. If
// the second is not later than the first, it is of the next day.
type hours struct{ from, to int }

const dayMinutes = 24 * 60

// mostQuiet is how many hours, and how many dates, a rule may have.
const mostQuiet = 200

// ParseQuiet reads a rule. Its error is a [*QuietError].
func ParseQuiet(r Rule) (Quiet, error) {
	var q Quiet
	var err error
	if r.IsZero() {
		return q, nil
	}
	if q.zone, err = zoneOf(r.Zone); err != nil {
		return Quiet{}, err
	}
	for _, part := range []struct {
		name, list string
		add        func(*Quiet, string) error
	}{{"hours", r.Hours, (*Quiet).addHours}, {"days", r.Days, (*Quiet).addDay}, {"holidays", r.Holidays, (*Quiet).addHoliday}} {
		all := listed(part.list)
		if len(all) > mostQuiet {
			return Quiet{}, &QuietError{part.name, fmt.Sprintf("there are more than %d in the list", mostQuiet), "write fewer"}
		}
		for _, one := range all {
			if err := part.add(&q, one); err != nil {
				return Quiet{}, err
			}
		}
	}
	slices.SortFunc(q.holidays, date.compare)
	return q, q.leavesTime()
}

// ReadQuiet reads a rule as [Rule.Text] wrote it.
func ReadQuiet(text string) (Quiet, error) {
	if text == "" {
		return Quiet{}, nil
	}
	r, err := ReadRule(text)
	if err != nil {
		return Quiet{}, err
	}
	return ParseQuiet(r)
}

// ReadRule reads the text of a rule, without a look at what it says.
func ReadRule(text string) (r Rule, err error) {
	if text != "" && json.Unmarshal([]byte(text), &r) != nil {
		err = errors.New("the quiet times that are stored cannot be read")
	}
	return r, err
}

// Zone names the time zone.
func (q Quiet) Zone() string {
	if q.zone == nil {
		return ""
	}
	return q.zone.String()
}

// In is a moment by the clocks of the rule's zone.
func (q Quiet) In(t time.Time) time.Time {
	if q.zone == nil {
		return t
	}
	return t.In(q.zone)
}

// listed are the parts of a list, without those that are empty.
func listed(list string) (all []string) {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// zoneOf is [Zone], with errors of quiet times.
func zoneOf(name string) (*time.Location, error) {
	zone, err := Zone(name)
	var wrong *Err
	switch {
	case name == "":
		return nil, &QuietError{"zone", "quiet times need a time zone", zoneFix}
	case errors.As(err, &wrong):
		return nil, &QuietError{"zone", wrong.What, wrong.Fix}
	}
	return zone, err
}

func (q *Quiet) addHours(text string) error {
	bad := &QuietError{"hours", fmt.Sprintf("%q are no hours", text), "write them like 20:00-07:00, and several with commas between them"}
	first, second, ok := strings.Cut(text, "-")
	from, ok1 := minuteOf(strings.TrimSpace(first))
	to, ok2 := minuteOf(strings.TrimSpace(second))
	if !ok || !ok1 || !ok2 || from == dayMinutes {
		return bad
	}
	if from == to || from == 0 && to == dayMinutes {
		return &QuietError{"hours", fmt.Sprintf("%q leaves no hour of the day", text), "make the quiet hours shorter, or name whole days as days"}
	}
	q.hours = append(q.hours, hours{from, to})
	return nil
}

// minuteOf reads a time of day, up to 24:00.
func minuteOf(text string) (int, bool) {
	if text == "24:00" {
		return dayMinutes, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

func (q *Quiet) addDay(text string) error {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := strings.ToLower(day.String()); strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			q.days[day] = true
			return nil
		}
	}
	return &QuietError{"days", fmt.Sprintf("%q is no day of the week", text), "write mon, tue, wed, thu, fri, sat or sun, and several with commas between them"}
}

func (q *Quiet) addHoliday(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return &QuietError{"holidays", fmt.Sprintf("%q is no date", text), "write it like 2026-12-25, and several with commas between them"}
	}
	q.holidays = append(q.holidays, dateOf(t))
	return nil
}

// leavesTime is an error if there is no minute of the week in which people can be
// invited.
func (q Quiet) leavesTime() error {
	if !slices.Contains(q.days[:], false) {
		return &QuietError{"days", "every day of the week is quiet, so nobody would ever be invited", "leave a day out"}
	}
	var quiet [dayMinutes]bool
	for _, h := range q.hours {
		for m := h.from; m != h.to%dayMinutes; m = (m + 1) % dayMinutes {
			quiet[m] = true
		}
	}
	if !slices.Contains(quiet[:], false) {
		return &QuietError{"hours", "every hour of the day is quiet, so nobody would ever be invited", "leave an hour out"}
	}
	return nil
}
