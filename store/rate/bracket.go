package rate

import (
	"math"
	"time"
)

// A limiter is taken for a bucket: it gains what the limit allows, and keeps some of it
// while nobody sends. Of a stretch that was refused in the end it is known how long it
// lasted and how many were let through. These are what was in the bucket when it began and
// what was gained in it, and no more than was gained since the refusal before. So they bound
// the limit from both sides, the closer the longer the stretch was.

const (
	// made is the least part of a rate that was made use of: a limit that was met with
	// less of it says little of the limit.
	made = 0.8
	// guessed is the least time in which the limiter is taken to have gained what the
	// first requests were let through with.
	guessed = 300 * time.Millisecond
	gained  = time.Second // likewise, where it must not be too little
	// lessShare is how much less of what a wait saves up is used at the most after a
	// refusal, overShare how much at the least where too much was.
	lessShare, overShare = 0.25, 0.5
	moreShare            = 1.1
	leastShare           = 0.1
	enough               = 0.8 // of what was asked for was there
)

// stretch is what a refusal ended.
type stretch struct {
	n      float64 // requests that were let through
	fewest float64 // as many were at the least, or one
	lasted float64 // seconds
	rate   float64 // at the end
	wait   float64 // seconds that nobody sends now
}

// first takes the first refusal for what is known, and returns the rate to go on with. What
// the limiter had saved up by then nobody knows.
func (l *Learned) first(s stretch) (rate float64) {
	l.Share, l.High = 1, s.rate
	l.Low = min(s.fewest/(s.lasted+max(gained.Seconds(), s.wait)), s.rate/narrow)
	if s.lasted > heldFor.Seconds() && s.n >= made*s.rate*s.lasted {
		l.High = min(s.rate, s.n/s.lasted)
	}
	l.Depth = max(0, s.n-l.Low*s.lasted)
	if s.wait > excusedWait.Seconds() { // it says hardly anything
		return max(l.Low, min(l.High, firstLeast))
	}
	return math.Sqrt(l.High * min(l.High, max(s.n, 1)/(s.lasted+max(guessed.Seconds(), s.wait))))
}

// firstLeast is the least rate, in requests a second, to begin with after the first refusal:
// until a slot has come nothing more can be learned.
const firstLeast = 0.1

// bracket narrows what is known by a refusal that was not the first.
func (l *Learned) bracket(s stretch) {
	wait := l.Wait.Seconds()
	if l.Rested {
		wait = s.wait
	}
	least := min(s.rate, s.fewest/(s.lasted+wait))
	if s.n < 1 && l.Low > 0 { // nothing was let through, which is no sign of anything
		least = min(least, l.Low)
	}
	most := math.Inf(1) // after slower steps some of what was gained may have been lost
	if l.oneStep() && s.n >= made*s.rate*s.lasted {
		most = (s.n + 1) / s.lasted
	}
	if l.Try > 0 {
		l.Failed++
	}
	if l.High <= 0 {
		l.High = s.rate
	}
	switch {
	case !l.Holding || s.rate > l.Low:
		l.Low, l.High = max(l.Low, least), max(min(l.High, most), least)
		if !l.overspent(s, most) && s.rate > l.Low {
			l.High = min(l.High, s.rate)
		}
	case s.lasted > 1 && s.lasted < soon.Seconds(): // so soon, at a rate that held: the limit has fallen
		l.Low, l.High, l.Failed = min(least, l.Low*slower), s.rate, 0
	case !l.overspent(s, most):
		l.Low, l.High = min(max(l.Low*slower, least), s.rate), s.rate
	}
	if l.Low > l.High { // it was taken for more than it is
		l.Low = least
	}
	l.Low = min(l.Low, l.High/1.001)
	l.deepen(s)
}

// oneStep reports whether all of the stretch was at one rate.
func (l *Learned) oneStep() bool { return l.StepAt.Equal(l.Since) }

// overspent learns how much of what a wait should have saved up was there, and reports
// whether more of it was asked for, so that it may not be the rate that was refused.
func (l *Learned) overspent(s stretch, most float64) bool {
	if l.Caught < 1 || !l.oneStep() {
		return false
	}
	was := min(moreShare, max(lessShare, (s.n-l.Low*s.lasted)/l.Caught))
	tooMuch := was < enough || most > l.High
	if tooMuch {
		was = min(was, overShare)
	}
	if l.Share = min(1, l.Share*was); l.Share < leastShare {
		l.Share = 0
	}
	return tooMuch
}

// deepen learns how many the limiter can save up: more than was thought where more were let
// through than the greatest limit gains, and less where it should have been full and was not.
func (l *Learned) deepen(s stretch) {
	l.Depth = max(l.Depth, min(s.n-l.High*s.lasted, 10*l.Low))
	if l.oneStep() && l.Low*l.Wait.Seconds() >= l.Depth {
		l.Depth = max(1, min(l.Depth, s.n-l.Low*s.lasted))
	}
}

const (
	provenFor = 15 * time.Second // no limiter saves up so much that it would not be met
	shownFor  = 8 * time.Second  // few do
	shownPart = 0.95             // of a rate that lasted for shownFor
)

// shown is the rate that a step which has not been refused shows at the least: what came
// above it may have been saved up.
func (l *Learned) shown(now time.Time) float64 {
	saved := l.Depth
	if l.oneStep() && !l.Rested { // nothing was left when the wait began
		saved = min(saved, l.At*l.Wait.Seconds()+1)
	}
	part := 1 - saved/float64(max(1, l.Step)) // what was let through took Step/At seconds
	switch lasted := now.Sub(l.StepAt); {
	case lasted >= provenFor:
		part = 1
	case lasted >= shownFor:
		part = max(part, shownPart)
	}
	return max(l.Low, l.At*part)
}

// proven reports whether a step that has held shows enough to go on with the next.
func (l *Learned) proven(now time.Time) bool {
	if l.Low >= l.At {
		return true
	}
	if lasted := now.Sub(l.StepAt); l.Try > 0 {
		return lasted >= provenFor || float64(l.Step)-l.Low*lasted.Seconds() >= l.Depth
	}
	return l.At-l.shown(now) <= (l.At-l.Low)/3
}
