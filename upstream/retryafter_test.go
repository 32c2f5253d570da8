package upstream

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

var (
	ourNow    = time.Date(2026, 3, 1, 10, 0, 0, 300e6, time.UTC)
	noAnswer  = time.Duration(-1) // the header is not believed
	hourCap   = time.Hour
	httpDate  = func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	inSeconds = func(n int) string { return httpDate(ourNow.Add(time.Duration(n) * time.Second)) }
)

// headers reads "Name: value" lines.
func headers(lines string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h
}

type waitCase struct {
	name   string
	status int
	lines  string
	want   time.Duration
}

func checkWaits(t *testing.T, cases []waitCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := retryAfter(tt.status, headers(tt.lines), ourNow, 0, hourCap)
			if !ok {
				got = noAnswer
			}
			if got != tt.want {
				t.Errorf("%d with\n%s\nwaits %v, want %v", tt.status, tt.lines, got, tt.want)
			}
		})
	}
}

func TestRetryAfterSeconds(t *testing.T) {
	t.Parallel()
	checkWaits(t, []waitCase{
		{"seconds", 429, "Retry-After: 30", 30 * time.Second},
		{"of a 503", 503, "Retry-After: 30", 30 * time.Second},
		{"of a redirect", 301, "Retry-After: 30", 30 * time.Second},
		{"of a 402", 402, "Retry-After: 30", 30 * time.Second},
		{"blanks", 429, "Retry-After:   30  ", 30 * time.Second},
		{"leading zeros", 429, "Retry-After: 0030", 30 * time.Second},
		{"capped", 429, "Retry-After: 7200", hourCap},
		{"a whole day, capped", 429, "Retry-After: 86400", hourCap},
		{"more than a day", 429, "Retry-After: 86401", hourCap},
		{"a millennium", 429, "Retry-After: 31536000000", hourCap},
		{"overflow of seconds", 429, "Retry-After: 9223372036", hourCap},
		{"overflow of int64", 429, "Retry-After: 99999999999999999999", hourCap},
		{"zero is no wait", 429, "Retry-After: 0", noAnswer},
		{"negative", 429, "Retry-After: -5", noAnswer},
		{"signed", 429, "Retry-After: +5", noAnswer},
		{"fraction", 429, "Retry-After: 1.5", noAnswer},
		{"exponent", 429, "Retry-After: 1e3", noAnswer},
		{"hexadecimal", 429, "Retry-After: 0x10", noAnswer},
		{"underscore", 429, "Retry-After: 1_0", noAnswer},
		{"unit", 429, "Retry-After: 30s", noAnswer},
		{"list in one line", 429, "Retry-After: 10, 20", noAnswer},
		{"words", 429, "Retry-After: soon", noAnswer},
		{"empty", 429, "Retry-After:", noAnswer},
		{"other digits", 429, "Retry-After: ٣٠", noAnswer},
		{"none", 429, "", noAnswer},
		{"twice: the longer", 429, "Retry-After: 10\nRetry-After: 20", 20 * time.Second},
		{"twice, one malformed", 429, "Retry-After: x\nRetry-After: 20", 20 * time.Second},
	})
}

func TestRetryAfterDates(t *testing.T) {
	t.Parallel()
	// Our clock shows 10:00:00.3. A date 30 s on may mean 30.999, so it is 31 s from
	// the server's date, and from ours 30.7 rounded up.
	checkWaits(t, []waitCase{
		{"by our clock", 429, "Retry-After: " + inSeconds(30), 31 * time.Second},
		{"by the server's clock", 429, "Date: " + inSeconds(3600) + "\nRetry-After: " + inSeconds(3630), 31 * time.Second},
		{"server behind us", 503, "Date: " + inSeconds(-600) + "\nRetry-After: " + inSeconds(-590), 11 * time.Second},
		{"unreadable server's clock", 429, "Date: yesterday\nRetry-After: " + inSeconds(30), 31 * time.Second},
		{"this very second", 429, "Retry-After: " + inSeconds(0), time.Second},
		{"server's very second", 429, "Date: " + inSeconds(9) + "\nRetry-After: " + inSeconds(9), time.Second},
		{"past", 429, "Retry-After: " + inSeconds(-1), noAnswer},
		{"past for the server", 429, "Date: " + inSeconds(60) + "\nRetry-After: " + inSeconds(30), noAnswer},
		{"capped", 429, "Retry-After: " + inSeconds(7200), hourCap},
		{"in two days", 429, "Retry-After: " + inSeconds(2*86400), hourCap},
		{"in thirty years", 429, "Retry-After: " + inSeconds(30*365*86400), hourCap},
		{"in the year 9999", 429, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", hourCap},
		{"RFC 850", 429, "Retry-After: Sunday, 01-Mar-26 10:00:30 GMT", 31 * time.Second},
		{"asctime", 429, "Retry-After: Sun Mar  1 10:00:30 2026", 31 * time.Second},
		{"RFC 3339 is not HTTP", 429, "Retry-After: 2026-03-01T10:00:30Z", noAnswer},
		{"an epoch is very many seconds", 429, "Retry-After: 1772359230", hourCap},
		{"impossible date", 429, "Retry-After: Sun, 31 Feb 2026 10:00:30 GMT", noAnswer},
	})
}

func TestRateLimitFields(t *testing.T) {
	t.Parallel()
	checkWaits(t, []waitCase{
		{"draft", 429, `RateLimit: "default";r=0;t=30`, 30 * time.Second},
		{"draft with blanks", 429, `RateLimit: "default"; r=0; t=30 `, 30 * time.Second},
		{"draft, token", 429, `RateLimit: default;r=0;t=30`, 30 * time.Second},
		{"draft, order and others", 429, `RateLimit: "a;r=9,";t=30;pk=:AA==:;x;r=0`, 30 * time.Second},
		{"draft, something remains", 429, `RateLimit: "default";r=5;t=30`, noAnswer},
		{"draft, several: longest exhausted", 429, `RateLimit: "s";r=0;t=1, "d";r=0;t=900, "m";r=3;t=3000`, 900 * time.Second},
		{"draft, several lines", 429, "RateLimit: \"s\";r=0;t=1\nRateLimit: \"d\";r=0;t=900", 900 * time.Second},
		{"draft, capped", 429, `RateLimit: "d";r=0;t=86400`, hourCap},
		{"draft, t is never a date", 429, `RateLimit: "d";r=0;t=1772359230`, noAnswer},
		{"draft, zero", 429, `RateLimit: "d";r=0;t=0`, noAnswer},
		{"draft, no t", 429, `RateLimit: "d";r=0`, noAnswer},
		{"draft, no r", 429, `RateLimit: "d";t=30`, noAnswer},
		{"draft, negative", 429, `RateLimit: "d";r=0;t=-30`, noAnswer},
		{"draft, fraction", 429, `RateLimit: "d";r=0;t=1.5`, noAnswer},
		{"draft, r as a string", 429, `RateLimit: "d";r="0";t=30`, noAnswer},
		{"draft, open string", 429, `RateLimit: "d;r=0;t=30`, noAnswer},
		{"draft, end missing", 429, `RateLimit: "d";r=0;t=30,`, noAnswer},
		{"draft, two items glued", 429, `RateLimit: "d";r=0;t=30 "e"`, noAnswer},
		{"draft, no key", 429, `RateLimit: "d";=0`, noAnswer},
		{"draft, no value", 429, `RateLimit: "d";r=0;t=`, noAnswer},
		{"draft, open bytes", 429, `RateLimit: "d";r=0;t=30;pk=:AA`, noAnswer},
		{"earlier draft", 429, `RateLimit: limit=100, remaining=0, reset=30`, 30 * time.Second},
		{"earlier draft, remains", 429, `RateLimit: limit=100, remaining=1, reset=30`, noAnswer},
		{"policy alone promises nothing", 429, `RateLimit-Policy: "default";q=100;w=10`, noAnswer},
		{"older", 429, "RateLimit-Remaining: 0\nRateLimit-Reset: 30", 30 * time.Second},
		{"older, remains", 429, "RateLimit-Remaining: 1\nRateLimit-Reset: 30", noAnswer},
		{"older, remaining unknown", 429, "RateLimit-Reset: 30", noAnswer},
		{"common", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 30 * time.Second},
		{"common, epoch", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1772359230", 31 * time.Second},
		{"common, epoch by the server's clock", 429, "Date: " + inSeconds(20) + "\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1772359230", 11 * time.Second},
		{"common, epoch in ms", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1772359230500", 31*time.Second + 500*time.Millisecond},
		{"common, epoch past", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1772359100", noAnswer},
		{"common, neither", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 500000", noAnswer},
		{"common, fraction", 429, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1772359230.5", noAnswer},
		{"common, negative rest", 429, "X-RateLimit-Remaining: -1\nX-RateLimit-Reset: 30", noAnswer},
		{"draft before older", 429, "RateLimit: \"d\";r=0;t=10\nRateLimit-Remaining: 0\nRateLimit-Reset: 30", 10 * time.Second},
		{"older before common", 429, "RateLimit-Remaining: 0\nRateLimit-Reset: 10\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 10 * time.Second},
		{"common when older is unusable", 429, "RateLimit-Remaining: 0\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 30 * time.Second},
		{"Retry-After beats it", 429, "Retry-After: 5\nRateLimit: \"d\";r=0;t=30", 5 * time.Second},
		{"Retry-After 0 beats it", 429, "Retry-After: 0\nRateLimit: \"d\";r=0;t=30", noAnswer},
		{"malformed Retry-After does not", 429, "Retry-After: x\nRateLimit: \"d\";r=0;t=30", 30 * time.Second},
		{"only a 429 is asked", 503, `RateLimit: "d";r=0;t=30`, noAnswer},
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("30", "", `"default";r=0;t=30`, "0", "1772359230")
	f.Add("Sun, 01 Mar 2026 10:00:30 GMT", "Sun, 01 Mar 2026 10:00:00 GMT", `limit=1, remaining=0, reset=9`, "", "")
	f.Add("A", "", "0", "0", "1772359231772")
	f.Add("-1", "x", `"a";r=0;t=30;pk=:AA==:, b;r=0`, "1", "9999999999999")
	f.Fuzz(func(t *testing.T, retry, date, limit, remaining, reset string) {
		h := http.Header{"Retry-After": {retry}, "Date": {date}, "Ratelimit": {limit},
			"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}}
		wait, ok := retryAfter(429, h, ourNow, 0, hourCap)
		if ok != (wait > 0) || wait < 0 || wait > hourCap {
			t.Errorf("wait %v, ok %t", wait, ok)
		}
		if wait%time.Millisecond != 0 { // a reset may be told in milliseconds
			t.Errorf("wait %v is finer than anything that is told", wait)
		}
	})
}
