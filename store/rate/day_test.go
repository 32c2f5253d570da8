package rate

import (
	"testing"
	"time"
)

var dayNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// dayRun is a day that let so many through, and then refuses one request after each wait,
// doubled each time. It returns how many refusals it took, and for how long.
func dayRun(d *Day, c Calendar, allowed int, first time.Duration, between int, most int) (refusals int, lasted time.Duration) {
	d.Accept(allowed)
	at := dayNoon
	row := 0
	for wait := first; ; wait *= 2 {
		refusals++
		if row++; between > 0 {
			row = 1
		}
		if d.Refuse(DayRefusal{Now: at, Calendar: c, Was: Learned{At: 20, Low: 20}, Row: row}) {
			return refusals, at.Sub(dayNoon)
		}
		if refusals == most {
			return 0, 0
		}
		at = at.Add(wait)
		d.Accept(between)
	}
}

// TestDayUsedUp: who is refused on and on for longer than a minute has used the day up.
// The next day a refusal at the same number is enough, one before it is not.
func TestDayUsedUp(t *testing.T) {
	t.Parallel()
	var d Day
	refusals, lasted := dayRun(&d, Calendar{}, 1000, 80*time.Millisecond, 0, 30)
	if refusals < 3 || refusals > 12 || lasted < time.Minute {
		t.Errorf("the day was used up after %d refusals and %v", refusals, lasted)
	}
	if d.Limit != 1000 || d.Before(dayNoon, Learned{}).Low != 20 {
		t.Errorf("of the day was learned %+v", d)
	}
	if !d.Refuse(DayRefusal{Now: dayNoon.Add(time.Hour), Calendar: Calendar{}, Was: Learned{}}) {
		t.Error("a try that was refused ended it")
	}
	d.Begin()
	if d.Accept(500); d.Refuse(DayRefusal{Now: dayNoon, Calendar: Calendar{}, Was: Learned{}}) {
		t.Error("the first refusal of a new day, far from its limit, ended it")
	}
	if d.Accept(497); !d.Refuse(DayRefusal{Now: dayNoon.Add(time.Hour), Calendar: Calendar{}, Was: Learned{}}) {
		t.Error("a refusal at the limit that is known did not end the day")
	}
}

// TestDayGoesOn: a limiter that counts by the second or the minute is none of a day.
func TestDayGoesOn(t *testing.T) {
	t.Parallel()
	for _, between := range []int{1, 2} { // one is what a limit of ten a minute lets through
		var some Day
		if n, lasted := dayRun(&some, Calendar{}, 100, time.Second, between, 20); n != 0 {
			t.Errorf("with %d let through between refusals, %d refusals in %v were taken for the day's end", between, n, lasted)
		}
	}
	var window Day
	at := dayNoon
	for range 10 { // windows of a minute, used up after a quarter of it
		window.Accept(1500)
		at = at.Truncate(time.Minute).Add(75 * time.Second)
		full := at.Add(45 * time.Second)
		row := 0
		for wait := 20 * time.Millisecond; at.Before(full); wait *= 2 {
			if row++; window.Refuse(DayRefusal{Now: at, Calendar: Calendar{}, Was: Learned{}, Row: row}) {
				t.Fatalf("a window of a minute was taken for a day: %+v", window)
			}
			at = at.Add(wait)
		}
	}
}

// TestDayRaised: a limit that was raised, or that was none of the day, is forgotten.
func TestDayRaised(t *testing.T) {
	t.Parallel()
	used := Day{Allowed: 1000, Limit: 1000, Used: dayNoon}
	raised := used
	raised.Begin()
	raised.Accept(3000)
	if raised.Refuse(DayRefusal{Now: dayNoon, Calendar: Calendar{}, Was: Learned{}}) {
		t.Error("a refusal far beyond the old limit was taken for the day's end")
	}
	if raised.Begin(); raised.Limit != 0 {
		t.Errorf("the limit is %d after a day with three times as many", raised.Limit)
	}
	answered, person := used, used
	if answered.GoOn(true); answered.Limit != 0 || !answered.Used.IsZero() {
		t.Errorf("after a try that was let through: %+v", answered)
	}
	if person.GoOn(false); person.Limit != 1000 || !person.Refuse(DayRefusal{Now: dayNoon, Calendar: Calendar{}, Was: Learned{}}) {
		t.Errorf("a person opened the gate, and the API refused at once: %+v", person)
	}
}

// TestDayTold: an API that says to wait until the day ends needs to say so once.
func TestDayTold(t *testing.T) {
	t.Parallel()
	d := Day{Allowed: 1000}
	if !d.Refuse(DayRefusal{Now: dayNoon, WithDay: true}) || d.Limit != 1000 {
		t.Errorf("it made %+v", d)
	}
}

// TestDayShort: in a day of two minutes it does not take a minute.
func TestDayShort(t *testing.T) {
	t.Parallel()
	var d Day
	if n, lasted := dayRun(&d, Calendar{Length: 2 * time.Minute}, 100, 80*time.Millisecond, 0, 20); n == 0 || lasted > 15*time.Second {
		t.Errorf("it took %d refusals and %v", n, lasted)
	}
}
