package rate

import "time"

// refused learns of a refusal of what was sent at a time, after which nobody sends for so
// long. So many of those that were due by then may have been sent in any order: one more
// than the burst is refused first, and others of it are counted all the same.
func (l *Learned) refused(now, sent time.Time, configured float64, burst int, wait time.Duration) {
	configured = l.limit(configured)
	rate := l.Rate(configured)
	lasted := sent.Sub(l.Since).Seconds()
	if l.Since.IsZero() || lasted < 0 {
		lasted = 0
	}
	if rate <= 0 { // no limit of ours: what was let through is what there is
		rate = max(float64(l.Count)/max(lasted, 0.5), 1)
	}
	if l.excuses(now, configured, lasted, wait) {
		l.Excused = now
		l.waits(now, wait)
		return
	}
	n := float64(l.Count)
	s := stretch{n: n, fewest: max(1, n-1-float64(burst)), lasted: lasted, rate: rate, wait: wait.Seconds()}
	next := 0.0
	if l.Refused.IsZero() {
		next = l.first(s)
	} else {
		l.bracket(s)
	}
	l.Source, l.Refused = Found, now
	l.waits(now, wait)
	l.Saved = min(l.Share*l.Low*s.wait, l.Depth)
	l.Caught = l.Saved
	if l.Holding, l.Try = false, 0; next > 0 {
		l.step(l.Since, next)
	} else {
		l.seek(l.Since)
	}
}

// waits begins the stretch after a wait.
func (l *Learned) waits(now time.Time, wait time.Duration) {
	l.Wait, l.Since, l.Count, l.Given, l.Rested = wait, now.Add(wait), 0, 0, false
	l.Step, l.StepAt, l.Saved, l.Caught = 0, l.Since, 0, 0
}

// Many processes that begin at once may send more in a moment than they were given, so that
// a limit is met that the configured rate keeps to. Where it does not, the next refusal comes
// soon and tells it: that costs one wait, and to look for a limit that is known costs half
// a minute. A limit far below is met at once, and one that asks for a long wait counts by
// more than a moment, so that there is nothing to excuse and one more wait is dear.
const (
	excusedFrom  = 500 * time.Millisecond // how far into a stretch a refusal may be a moment's
	excusedTo    = 20 * time.Second
	excusedAgain = time.Minute
	excusedWait  = 10 * time.Second // the longest wait of a refusal that is excused
)

// excuses reports whether a refusal is taken for a moment's: nothing tells of a limit below
// the configured one, which was made use of, and it is the first in a while.
func (l *Learned) excuses(now time.Time, configured, lasted float64, wait time.Duration) bool {
	return configured > 0 && wait <= excusedWait && l.Rate(configured) == configured && float64(l.Count) >= configured*lasted/2 &&
		lasted >= excusedFrom.Seconds() && lasted < excusedTo.Seconds() &&
		(l.Excused.IsZero() || now.Sub(l.Excused) > excusedAgain || now.Before(l.Excused))
}
