package rate

import "time"

// refused learns of a refusal, after which nobody sends for so long.
func (l *Learned) refused(now time.Time, configured float64, wait time.Duration) {
	configured = l.limit(configured)
	rate := l.Rate(configured)
	lasted := now.Sub(l.Since).Seconds()
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
	first := l.Refused.IsZero()
	l.bracket(lasted, rate, wait)
	l.Source, l.Refused = Found, now
	l.waits(now, wait)
	switch l.Holding, l.Try = false, 0; {
	case first: // of which a long wait says hardly anything
		l.step(l.Since, max(l.Low, min(l.High, firstLeast)))
	default:
		l.seek(l.Since)
	}
	l.Saved = l.Share * min(l.At, l.Low) * wait.Seconds()
	l.Caught = l.Saved
}

// firstLeast is the least rate, in requests a second, to begin with after the first refusal:
// until a slot has come nothing more can be learned.
const firstLeast = 0.1

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

// made is the least part of a rate that was made use of: a limit that was met with less of
// it says little of the limit.
const made = 0.8

// bracket says what a stretch tells that lasted so many seconds and was refused at a
// rate. From refusal to refusal a limiter lets through what it gains in that time, less
// what it could not save up while everybody waited.
func (l *Learned) bracket(lasted, rate float64, wait time.Duration) {
	n := float64(l.Count)
	if l.Refused.IsZero() {
		l.Share = 1
		l.High = rate
		l.Low = min(max(n, 1)/(lasted+wait.Seconds()), rate/narrow)
		if lasted > heldFor.Seconds() && n >= made*rate*lasted {
			l.High = min(rate, n/lasted)
		}
		l.Depth = max(0, n-l.Low*lasted)
		return
	}
	least := max(n, 1) / (lasted + l.Wait.Seconds())
	if l.Rested {
		least = max(n, 1) / (lasted + wait.Seconds())
	}
	if l.Try > 0 {
		l.Failed++
	}
	switch tooMuch := l.share(n, lasted, rate); {
	case tooMuch && !l.Sure:
		l.Low = min(l.Low, least)
	case tooMuch: // it says nothing of the rate
	case rate > l.Low:
		l.Low, l.High = min(max(l.Low, least), rate/1.001), rate
	case lasted > 1 && lasted < soon.Seconds(): // so soon, at a rate that held: the limit has fallen
		l.Low, l.High, l.Failed = min(least, l.Low*slower), rate, 0
	default:
		l.Low, l.High = min(max(l.Low*slower, least), rate), rate
	}
	l.Sure = true
	l.Depth = max(l.Depth, min(n-l.Low*lasted, 10*l.Low))
}

// share learns how much of what a wait should have saved up was there, and reports
// whether more of it was asked for.
func (l *Learned) share(n, lasted, rate float64) (tooMuch bool) {
	switch {
	case l.Caught > 0 && (n < l.Caught*1.2 || lasted < 1.5 && rate <= l.Low*doubtful):
		if l.Share /= 2; l.Share < 0.1 {
			l.Share = 0
		}
		return true
	case n > l.Caught*2:
		l.Share = min(1, l.Share*1.1)
	}
	return false
}
