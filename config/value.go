package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var (
	bareNumber  = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	wholeDays   = regexp.MustCompile(`^([0-9]{1,5})d([0-9].*)?$`)
	twoLetters  = regexp.MustCompile(`^[A-Za-z]{2}$`)
)

// ParseDuration reads Go's duration syntax, and days before it: "30s", "1h30m", "90d", "1d12h". A bare number is
// refused: nobody could tell what unit was meant.
func ParseDuration(given string) (time.Duration, error) {
	if bareNumber.MatchString(given) {
		return 0, wrong("write "+strings.TrimLeft(given, "+-")+"s if seconds are meant", "%s has no unit", shown(given))
	}
	notOne := wrong("write it as 30s, 5m, 2h or 90d", "%s is not a duration", shown(given))
	var days time.Duration
	rest := given
	if m := wholeDays.FindStringSubmatch(given); m != nil {
		n, _ := strconv.Atoi(m[1]) // five digits at the most: no error, and no overflow below
		days, rest = time.Duration(n)*24*time.Hour, m[2]
		if rest == "" {
			return days, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || days+d < d {
		return 0, notOne
	}
	return days + d, nil
}

// duration returns a parser of durations from least to most; a most of 0 is no bound.
func duration(least, most time.Duration) func(string) (time.Duration, error) {
	return func(given string) (time.Duration, error) {
		d, err := ParseDuration(given)
		switch {
		case err != nil:
			return 0, err
		case d < least && least <= 1:
			return 0, wrong("write it as 30s, 5m or 2h", "%s is not longer than nothing", shown(given))
		case d < least:
			return 0, wrong("write "+formatDuration(least)+" or more", "%s is too short", shown(given))
		case most > 0 && d > most:
			return 0, wrong("write "+formatDuration(most)+" or less", "%s is too long", shown(given))
		}
		return d, nil
	}
}

// formatDuration writes d without the zeros that Duration.String adds: 2m, not 2m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// whole returns a parser of whole numbers from least to most.
func whole(least, most int) func(string) (int, error) {
	between := "write a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + ", digits only"
	return func(given string) (int, error) {
		n, err := strconv.Atoi(given)
		if !plainNumber.MatchString(given) || err != nil {
			return 0, wrong(between, "%s is not such a whole number", shown(given))
		}
		if n < least || n > most {
			return 0, wrong(between, "%s is out of range", shown(given))
		}
		return n, nil
	}
}

// rate parses requests per second. Its bounds keep the spacing of requests, 1/rate, well inside a time.Duration.
func rate(given string) (float64, error) {
	const remedy = "write requests per second, such as 25 or 0.5, or 0 for no limit"
	n, err := strconv.ParseFloat(given, 64)
	if !plainNumber.MatchString(given) || err != nil {
		return 0, wrong(remedy, "%s is not a number", shown(given))
	}
	if n != 0 && (n < 0.0001 || n > 1_000_000) {
		return 0, wrong(remedy, "%s is out of range", shown(given))
	}
	return n, nil
}

// boolean parses yes and no.
func boolean(given string) (bool, error) {
	switch strings.ToLower(given) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0":
		return false, nil
	}
	return false, wrong("write yes or no", "%s is neither yes nor no", shown(given))
}

// choice returns a parser that accepts the given words only.
func choice(words ...string) func(string) (string, error) {
	return func(given string) (string, error) {
		for _, w := range words {
			if strings.EqualFold(w, given) {
				return w, nil
			}
		}
		return "", wrong("write one of: "+strings.Join(words, ", "), "%s is not known here", shown(given))
	}
}

// text accepts anything on one line.
func text(given string) (string, error) {
	if strings.ContainsFunc(given, unicode.IsControl) {
		return "", wrong("write it on one line", "it has a control character in it")
	}
	return given, nil
}

// word accepts anything without white space.
func word(given string) (string, error) {
	if strings.ContainsFunc(given, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", wrong("copy it again, without spaces or line breaks", "it has white space in it")
	}
	return given, nil
}

// token accepts nothing, or what can be sent in a header and is hard to guess.
func token(given string) (string, error) {
	if given != "" && len(given) < tokenLeast {
		return "", wrong("make one with 'openssl rand -hex 32'", "it has fewer than %d characters", tokenLeast)
	}
	return apiKey(given)
}

// tokenLeast is how many characters a token has at the least.
const tokenLeast = 16

// apiKey accepts what can be sent in a header and was not mangled on the way: visible ASCII. Anything else came
// from copying, a zero-width space for one.
func apiKey(given string) (string, error) {
	if strings.ContainsFunc(given, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", wrong("copy the key again, without spaces, quotes or line breaks",
			"it has a space, a control character or a character outside ASCII in it")
	}
	return given, nil
}

// region accepts two letters and returns them in capitals.
func region(given string) (string, error) {
	switch {
	case given == "":
		return "", nil
	case !twoLetters.MatchString(given):
		return "", wrong("write two letters, such as US, GB or DE", "%s is not a country code", shown(given))
	case strings.EqualFold(given, "UK"):
		return "", wrong("write GB", "%s is not the code of the United Kingdom", shown(given))
	}
	return strings.ToUpper(given), nil
}
