package when

import (
	"errors"
	"testing"
	"time"
)

func quietRule(t *testing.T, r Rule) Quiet {
	t.Helper()
	q, err := ParseQuiet(r)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Windows of days on which nothing happens to the clock, and on which it changes.
func TestQuietNext(t *testing.T) {
	t.Parallel()
	office := Rule{Hours: "20:00-07:00", Days: "sat, Sunday", Holidays: "2026-12-25,2026-12-24", Zone: "Europe/Berlin"}
	for _, c := range []struct {
		name            string
		rule            Rule
		at, from, until string // until is empty if there is none any more
	}{
		{"before an evening", office, "2026-11-25T12:00:00+01:00", "2026-11-25T20:00:00+01:00", "2026-11-26T07:00:00+01:00"},
		{"its first moment", office, "2026-11-25T20:00:00+01:00", "2026-11-25T20:00:00+01:00", "2026-11-26T07:00:00+01:00"},
		{"after midnight", office, "2026-11-26T06:59:59+01:00", "2026-11-25T20:00:00+01:00", "2026-11-26T07:00:00+01:00"},
		{"its end is over", office, "2026-11-26T07:00:00+01:00", "2026-11-26T20:00:00+01:00", "2026-11-27T07:00:00+01:00"},
		{"a weekend is one with its nights", office, "2026-11-28T11:00:00+01:00", "2026-11-27T20:00:00+01:00", "2026-11-30T07:00:00+01:00"},
		{"holidays and a weekend", office, "2026-12-24T12:00:00+01:00", "2026-12-23T20:00:00+01:00", "2026-12-28T07:00:00+01:00"},
		{"asked from another zone", office, "2026-11-25T19:30:00Z", "2026-11-25T20:00:00+01:00", "2026-11-26T07:00:00+01:00"},

		{"a night of which an hour is missing", office, "2026-03-30T23:00:00+02:00", "2026-03-30T20:00:00+02:00", "2026-03-31T07:00:00+02:00"},
		{"a weekend with a clock put forward", office, "2026-03-28T00:00:00+01:00", "2026-03-27T20:00:00+01:00", "2026-03-30T07:00:00+02:00"},
		{"a weekend with a clock put back", office, "2026-10-24T12:00:00+02:00", "2026-10-23T20:00:00+02:00", "2026-10-26T07:00:00+01:00"},
		{"a begin that is leapt over", Rule{Hours: "02:30-05:00", Zone: "Europe/Berlin"}, "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T05:00:00+02:00"},
		{"an end that is leapt over", Rule{Hours: "01:00-02:30", Zone: "Europe/Berlin"}, "2026-03-29T00:00:00+01:00", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"hours that are leapt over", Rule{Hours: "02:10-02:50", Zone: "Europe/Berlin"}, "2026-03-29T00:00:00+01:00", "2026-03-30T02:10:00+02:00", "2026-03-30T02:50:00+02:00"},
		{"a begin that comes twice", Rule{Hours: "02:30-05:00", Zone: "Europe/Berlin"}, "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+02:00", "2026-10-25T05:00:00+01:00"},
		{"an end that comes twice", Rule{Hours: "01:00-02:30", Zone: "Europe/Berlin"}, "2026-10-25T02:45:00+02:00", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"an end at which the clock is put back to later", Rule{Hours: "01:00-02:00", Zone: "Europe/Berlin"}, "2026-10-25T01:30:00+02:00", "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00"},
		{"a day without a midnight", Rule{Days: "sun", Zone: "America/Santiago"}, "2026-09-05T12:00:00-04:00", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		{"a day whose last hour comes twice", Rule{Days: "sat", Zone: "America/Santiago"}, "2026-04-04T12:00:00-03:00", "2026-04-04T00:00:00-03:00", "2026-04-05T00:00:00-04:00"},
		{"half an hour that comes twice", Rule{Hours: "20:00-01:45", Zone: "Australia/Lord_Howe"}, "2026-04-05T00:00:00+11:00", "2026-04-04T20:00:00+11:00", "2026-04-05T01:45:00+10:30"},
		{"a day that was never", Rule{Hours: "20:00-07:00", Zone: "Pacific/Apia"}, "2011-12-29T21:00:00-10:00", "2011-12-29T20:00:00-10:00", "2011-12-31T07:00:00+14:00"},

		{"a holiday years away", Rule{Holidays: "2031-01-01", Zone: "UTC"}, "2026-11-25T12:00:00Z", "2031-01-01T00:00:00Z", "2031-01-02T00:00:00Z"},
		{"holidays that are over", Rule{Holidays: "2020-01-01", Zone: "UTC"}, "2026-11-25T12:00:00Z", "", ""},
		{"until midnight", Rule{Hours: "18:00-24:00,00:00-05:00", Zone: "UTC"}, "2026-11-25T19:00:00Z", "2026-11-25T18:00:00Z", "2026-11-26T05:00:00Z"},
		{"a minute between", Rule{Hours: "18:00-20:00, 20:01-21:00", Zone: "UTC"}, "2026-11-25T19:00:00Z", "2026-11-25T18:00:00Z", "2026-11-25T20:00:00Z"},
		{"none", Rule{Zone: "Europe/Berlin"}, "2026-11-25T12:00:00Z", "", ""},
	} {
		at := quietTime(t, c.at)
		q := quietRule(t, c.rule)
		from, until := q.Next(at)
		if !from.Equal(quietTime(t, c.from)) || !until.Equal(quietTime(t, c.until)) {
			t.Errorf("%s: from %v until %v, want %s, %s", c.name, from, until, c.from, c.until)
		}
		quiet, end := q.At(at)
		if want := c.from != "" && !quietTime(t, c.from).After(at); quiet != want || quiet && !end.Equal(until) {
			t.Errorf("%s: quiet %v until %v", c.name, quiet, end)
		}
	}
}

func quietTime(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A year of minutes against what the clock on the wall shows: no minute that it
// shows as quiet is not. Beyond those only the hour that comes twice may be.
func TestQuietGoesByTheWall(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "UTC"} {
		q := quietRule(t, Rule{Hours: "22:15-02:20, 12:00-12:30", Days: "sun", Zone: zone})
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, q.zone)
		more := 0
		var from, until time.Time
		for at := begin; at.Year() == 2026; at = at.Add(time.Minute) {
			if !at.Before(until) {
				from, until = q.Next(at)
			}
			got := !at.Before(from)
			m := at.Hour()*60 + at.Minute()
			wall := at.Weekday() == time.Sunday || m >= 22*60+15 || m < 2*60+20 || m >= 720 && m < 750
			switch {
			case wall && !got:
				t.Fatalf("%s: %v is not quiet", zone, at)
			case got && !wall:
				more++
			}
		}
		if more > 60 {
			t.Errorf("%s: %d minutes too many are quiet", zone, more)
		}
	}
}

func TestQuietRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule Rule
		part string
	}{
		{Rule{Hours: "20:00-07:00"}, "zone"},
		{Rule{Hours: "20:00-07:00", Zone: "Europe/Nowhere"}, "zone"},
		{Rule{Hours: "20:00-07:00", Zone: "Local"}, "zone"},
		{Rule{Hours: "20-7", Zone: "UTC"}, "hours"},
		{Rule{Hours: "20:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "25:00-07:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "24:00-07:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "20:00-20:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "00:00-24:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "00:00-12:00,12:00-24:00", Zone: "UTC"}, "hours"},
		{Rule{Hours: "06:00-22:00,21:00-06:30", Zone: "UTC"}, "hours"},
		{Rule{Days: "sat,caturday", Zone: "UTC"}, "days"},
		{Rule{Days: "mon,tue,wed,thu,fri,sat,sun", Zone: "UTC"}, "days"},
		{Rule{Holidays: "25.12.2026", Zone: "UTC"}, "holidays"},
		{Rule{Holidays: "2026-02-30", Zone: "UTC"}, "holidays"},
	} {
		_, err := ParseQuiet(c.rule)
		var quiet *QuietError
		if !errors.As(err, &quiet) || quiet.Part != c.part || quiet.Wrong == "" || quiet.Fix == "" {
			t.Errorf("%+v: %v, want an error of the %s", c.rule, err, c.part)
		}
	}
}

func TestQuietText(t *testing.T) {
	t.Parallel()
	rule := Rule{Hours: "20:00-07:00", Days: "sat", Zone: "Europe/Berlin"}
	for _, r := range []Rule{rule, {}, {Zone: "Europe/Berlin"}} {
		got, err := ReadQuiet(r.Text())
		if err != nil {
			t.Fatal(err)
		}
		if at := quietTime(t, "2026-11-28T12:00:00Z"); !r.IsZero() {
			if quiet, _ := got.At(at); !quiet {
				t.Errorf("%+v is lost in %q", r, r.Text())
			}
		} else if r.Text() != "" || got.Zone() != "" {
			t.Errorf("nothing is %q, and has the zone %q", r.Text(), got.Zone())
		}
	}
	if _, err := ReadQuiet("{"); err == nil {
		t.Error("half a rule was read")
	}
}
