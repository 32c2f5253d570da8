package when

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func mustCron(t testing.TB, text, zone string) *Cron {
	t.Helper()
	c, err := ParseCron(text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// on are the occurrences of a local day.
func on(t testing.TB, c *Cron, day string) (at []string) {
	t.Helper()
	from, err := time.ParseInLocation(time.DateOnly, day, c.zone)
	if err != nil {
		t.Fatal(err)
	}
	all, more, err := c.Between(from.Add(-1), from.AddDate(0, 0, 1).Add(-1), 2000)
	if err != nil || more {
		t.Fatal(err, more)
	}
	for _, o := range all {
		at = append(at, o.Local+" "+o.At.Format("15:04Z07:00"))
	}
	return at
}

func TestCronClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cron, zone, day, want string }{
		{"30 2 * * *", "Europe/Berlin", "2026-03-29", "2026-03-29T02:30 03:00+02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T02:30 02:30+02:00"},
		{"0 3 * * *", "Europe/Berlin", "2026-03-29", "2026-03-29T03:00 03:00+02:00"},
		{"0 3 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T03:00 03:00+01:00"},
		{"0 2 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T02:00 02:00+02:00"},
		{"0 2,3 * * *", "Europe/Berlin", "2026-03-29", "2026-03-29T02:00 03:00+02:00"}, // two times, one moment
		{"*/20 2 * * *", "Europe/Berlin", "2026-03-29", "2026-03-29T02:00 03:00+02:00"},
		{"*/30 2 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T02:00 02:00+02:00, 2026-10-25T02:30 02:30+02:00"},
		{"0 0 * * *", "America/Santiago", "2026-09-06", "2026-09-06T00:00 01:00-03:00"}, // midnight does not exist
		{"30 23 * * *", "America/Santiago", "2026-04-04", "2026-04-04T23:30 23:30-03:00"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-04", "2026-10-04T02:15 02:30+11:00"}, // half an hour
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-05", "2026-04-05T01:45 01:45+11:00"},
		{"0 9 * * *", "Pacific/Apia", "2011-12-31", "2011-12-30T09:00 00:00+14:00, 2011-12-31T09:00 09:00+14:00"}, // a day that never was
		{"30 2 * * 7", "Europe/Berlin", "2026-03-29", "2026-03-29T02:30 03:00+02:00"},
		{"@daily", "Europe/Berlin", "2026-03-29", "2026-03-29T00:00 00:00+01:00"},
		{"0 9 * * 1-5", "UTC", "2026-11-28", ""},
		{"45 1-2 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T01:45 01:45+02:00, 2026-10-25T02:45 02:45+02:00"},
	} {
		if got := strings.Join(on(t, mustCron(t, c.cron, c.zone), c.day), ", "); got != c.want {
			t.Errorf("%s in %s on %s: %s, want %s", c.cron, c.zone, c.day, got, c.want)
		}
	}
}

// What is meant for every hour goes on while the clock is changed.
func TestCronElapsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cron, zone, day string
		want            int
	}{
		{"*/15 * * * *", "Europe/Berlin", "2026-03-29", 92},
		{"*/15 * * * *", "Europe/Berlin", "2026-10-25", 100},
		{"*/15 * * * *", "Europe/Berlin", "2026-06-01", 96},
		{"*/15 */1 * * *", "Europe/Berlin", "2026-03-29", 92},
		{"*/15 0-23 * * *", "Europe/Berlin", "2026-10-25", 100},
		{"@hourly", "Europe/Berlin", "2026-03-29", 23},
		{"@hourly", "Europe/Berlin", "2026-10-25", 25},
		{"*/15 * * * *", "Australia/Lord_Howe", "2026-10-04", 94},
		{"*/15 * * * *", "Australia/Lord_Howe", "2026-04-05", 98},
		{"* * * * *", "America/Santiago", "2026-09-06", 23 * 60},
	} {
		all := on(t, mustCron(t, c.cron, c.zone), c.day)
		if len(all) != c.want {
			t.Errorf("%s in %s on %s: %d times, want %d", c.cron, c.zone, c.day, len(all), c.want)
		}
		names := map[string]bool{}
		for _, one := range all {
			name := one[:strings.LastIndexByte(one, ' ')]
			if names[name] {
				t.Errorf("%s in %s: %s names two", c.cron, c.zone, name)
			}
			names[name] = true
		}
	}
}

// Each working day at nine, for two years: once a day, by what the wall shows then.
func TestCronWorkingDays(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu", "Africa/Casablanca"} {
		c := mustCron(t, "0 9 * * 1-5", zone)
		at := time.Date(2026, 1, 1, 12, 0, 0, 0, c.zone)
		end := at.AddDate(2, 0, 0)
		for day := at.AddDate(0, 0, 1); day.Before(end); day = day.AddDate(0, 0, 1) {
			if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
				continue
			}
			o, err := c.Next(at)
			if err != nil {
				t.Fatal(err)
			}
			want := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, c.zone)
			if !o.At.Equal(want) || o.Local != want.Format(localForm) {
				t.Fatalf("%s: %v (%s) comes after %v, want %v", zone, o.At, o.Local, at, want)
			}
			at = o.At
		}
	}
}

// However it is asked, the same moments come.
func TestCronSteps(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"30 2 * * *", "*/7 * * * *", "0 0 * * *", "5,55 1-3 * * *"} {
		for _, zone := range []string{"Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"} {
			c := mustCron(t, text, zone)
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, c.zone)
			for end := at.AddDate(1, 0, 0); at.Before(end); {
				o, err := c.Next(at)
				if err != nil || !o.At.After(at) {
					t.Fatalf("%s in %s: after %v comes %v, %v", text, zone, at, o.At, err)
				}
				for _, between := range []time.Time{at.Add(time.Nanosecond), at.Add(o.At.Sub(at) / 2), o.At.Add(-1)} {
					if again, _ := c.Next(between); !again.At.Equal(o.At) || again.Local != o.Local {
						t.Fatalf("%s in %s: after %v comes %v (%s), and after %v %v (%s)", text, zone, at, o.At, o.Local, between, again.At, again.Local)
					}
				}
				at = o.At
			}
		}
	}
}

func TestBetweenKeepsTheLast(t *testing.T) {
	t.Parallel()
	c := mustCron(t, "* * * * *", "UTC")
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	all, more, err := c.Between(at, at.Add(time.Hour), 3)
	if err != nil || !more || len(all) != 3 || all[0].Local != "2026-05-01T00:58" || all[2].Local != "2026-05-01T01:00" {
		t.Errorf("%v, more %v, %v", all, more, err)
	}
}

func TestCronRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cron, zone, want string }{
		{"", "UTC", "no cron expression"},
		{"0 0 9 * * 1-5", "UTC", "has five fields, and this has 6"},
		{"9 * *", "UTC", "has five fields, and this has 3"},
		{"@every 5m", "UTC", "can be told beforehand"},
		{"@reboot", "UTC", "can be told beforehand"},
		{"TZ=UTC 0 9 * * *", "UTC", "names a time zone itself"},
		{"60 9 * * *", "UTC", "cannot be read"},
		{"0 9 30 2 *", "UTC", "never comes"},
		{"0 9 * * 8", "UTC", "cannot be read"},
		{"0 9 * * 1-7/0", "UTC", "step"},
		{"0 9 * * *", "", "no time zone"},
		{"0 9 * * *", "Local", "another one on each machine"},
		{"0 9 * * *", "Europe/Berlinn", `no time zone "Europe/Berlinn"`},
		{"0 9 * * *", "../etc/passwd", "no time zone"},
		{strings.Repeat("x", 500) + " * * * *", "UTC", "…"},
	} {
		_, err := ParseCron(c.cron, c.zone)
		var e *Err
		if !errors.As(err, &e) || !strings.Contains(e.What, c.want) || e.Fix == "" {
			t.Errorf("%q in %q: %v, want %q", c.cron, c.zone, err, c.want)
		}
	}
}

func TestSundays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"7": "0", "1-5": "1-5", "5-7": "5,6,0", "0-7": "0,1,2,3,4,5,6,0", "1-7/2": "1,3,5,0", "mon,7": "mon,0", "*": "*", "sun": "sun", "7/2": "0",
	} {
		if got, err := sundays(text); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, text := range []string{"30 2 * * *", "*/15 * * * *", "@daily", "0 9 * * mon-fri", "0 9 29 2 *", "1-7/3 5-7 1,2 jan 7"} {
		f.Add(text, "Europe/Berlin", int64(1774740000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, unix int64) {
		c, err := ParseCron(text, zone)
		if err != nil {
			return
		}
		at := time.Unix(unix%4e9, 0)
		for range 3 {
			o, err := c.Next(at)
			if err != nil {
				return
			}
			if !o.At.After(at) || o.Local == "" {
				t.Fatalf("%q in %q: after %v comes %v (%s)", text, zone, at, o.At, o.Local)
			}
			at = o.At
		}
	})
}
