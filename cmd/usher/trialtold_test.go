package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// trialNotice is how long a word of the server takes to reach everybody.
const trialNotice = 200 * time.Millisecond

// trialCount is what came to the server in a span.
type trialCount struct {
	accepted, refused int
	early             []string      // sent before the end of a wait, a while after it was told
	last              time.Duration // after a wait was told the last request came that did not wait
	above             float64       // requests above the rate, in the window in which they were most
}

// counted says what came in a span, with so many requests a second asked of everybody.
func (s *trialServer) counted(from, to time.Time, rate float64) (c trialCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var before time.Time
	above := 0.0
	for _, r := range s.asked {
		if r.at.Before(from) || !r.at.Before(to) {
			continue
		}
		if r.ok {
			c.accepted++
		} else {
			c.refused++
		}
		above = max(0, above-rate*r.at.Sub(before).Seconds()) + 1
		c.above, before = max(c.above, above), r.at
		for _, w := range s.waits {
			after := r.at.Sub(w.written)
			if after <= 0 || !r.at.Before(w.until) {
				continue
			}
			c.last = max(c.last, after)
			if after > trialNotice {
				c.early = append(c.early, fmt.Sprintf("%v before the end, %v after it was told, by %d",
					w.until.Sub(r.at).Round(time.Millisecond), after.Round(time.Millisecond), r.pid))
				break
			}
		}
	}
	return c
}

// words are for people.
func (c trialCount) words(allowed float64) string {
	return fmt.Sprintf("used %.3f, refused %.4f, early %d (the last %v after a wait was told), at most %.1f above the rate",
		float64(c.accepted)/allowed, float64(c.refused)/float64(max(1, c.accepted+c.refused)), len(c.early), c.last.Round(time.Millisecond), c.above)
}

func (c trialCount) earlyWords() string { return strings.Join(c.early, "\n") }

// delays are how long after the end of each wait the first request came: of any process,
// and of each. The end is counted from when the answer was written, as who is told does. A
// wait within another is part of that.
func (s *trialServer) delays(from, to time.Time) (first, each []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range s.waits {
		if w.until.Before(from) || w.until.After(to) || slices.ContainsFunc(s.waits[i+1:], func(o trialWait) bool { return o.written.Before(w.until.Add(time.Second)) }) {
			continue
		}
		seen := map[int]bool{}
		for _, r := range s.asked {
			if r.at.Before(w.until) || seen[r.pid] {
				continue
			}
			d := r.at.Sub(w.until)
			if len(seen) == 0 {
				first = append(first, d)
			}
			seen[r.pid] = true
			each = append(each, d)
		}
	}
	return first, each
}

// accepted is how many were let in so far.
func (s *trialServer) accepted() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.asked {
		if r.ok {
			n++
		}
	}
	return n
}
