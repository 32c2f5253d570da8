package config

import (
	"strconv"
	"strings"
	"time"

	"usher/schedule/when"
)

// dayZone parses the name of a time zone.
func dayZone(given string) (string, error) {
	if _, err := when.Zone(given); err != nil {
		return "", wrong("write the name of a time zone, such as UTC or America/New_York", "%s is not one", shown(given))
	}
	return given, nil
}

// dayReserve parses a number of requests, or a share of the day's.
func dayReserve(given string) (string, error) {
	const remedy = "write a number of requests, such as 100, or a share of the day, such as 1%"
	number, share := strings.CutSuffix(given, "%")
	n, err := strconv.Atoi(number)
	switch {
	case !plainNumber.MatchString(number) || err != nil:
		return "", wrong(remedy, "%s is neither", shown(given))
	case n < 0 || share && n > 90 || n > 1_000_000_000:
		return "", wrong(remedy, "%s is out of range", shown(given))
	}
	return given, nil
}

// Reserve is how many requests of the day are kept for look-ups: 0 without a limit.
func (u Upstream) Reserve() int {
	number, share := strings.CutSuffix(u.DayReserve, "%")
	n, _ := strconv.Atoi(number) // it was checked when it was read; nothing is no reserve
	switch {
	case u.Daily <= 0:
		return 0
	case share:
		return int(int64(u.Daily) * int64(n) / 100)
	}
	return n
}

// WholeDay reports whether a day of requests is one of the calendar, and not a shorter span.
func (u Upstream) WholeDay() bool { return u.DayLength <= 0 || u.DayLength >= 24*time.Hour }

// reserveBeyondDay reports whether nothing of the day would be left for invitations.
func (c *Config) reserveBeyondDay() bool {
	return c.Upstream.Daily > 0 && c.Upstream.Reserve() >= c.Upstream.Daily
}
