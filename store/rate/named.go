package rate

import (
	"math"
	"time"
)

// Named is the source of a rate that the API itself named, in fields of its answers.
const Named Source = "named by the API"

const (
	// renamed is how much a named rate changes before it counts as another one: windows
	// are told in whole seconds.
	renamed = 0.05
	// namedFor is how long a named rate is believed after it was last named.
	namedFor = time.Hour
)

// Name takes over a rate that the API named, in requests a second, and reports whether
// that was news. Slots of a faster pace are not to be used any more, and what becomes of
// their requests teaches nothing.
func (p *Pace) Name(now time.Time, lim Limits, rate float64) bool {
	was := p.Learned.Rate(lim.Rate)
	if !p.Learned.name(now, rate) {
		return false
	}
	if in := p.Learned.Rate(lim.Rate); was <= 0 && in > 0 || in < was {
		p.Wave++
		p.Arrival = later(now, p.Until)
	}
	return true
}

// name begins what is learned anew with a named rate. Refusals at that rate are learned
// from as before: the limit may be shared with somebody else.
func (l *Learned) name(now time.Time, rate float64) bool {
	if rate <= 0 {
		return false
	}
	l.NamedAt = now
	if math.Abs(rate-l.Named) <= renamed*l.Named {
		return false
	}
	*l = Learned{Named: rate, NamedAt: now, Source: Named, Low: rate, Refused: now, Since: now, Seen: now}
	l.hold(now)
	return true
}

// forget ends a named rate that the API has not named for long; what is known stays.
func (l *Learned) forget(now time.Time, accepted int) {
	if accepted > 0 && now.Sub(l.NamedAt) > namedFor {
		l.Named = 0
	}
}

// limit is the lower of the configured and the named rate, 0 for none.
func (l *Learned) limit(configured float64) float64 {
	if l.Named > 0 && (configured <= 0 || l.Named < configured) {
		return l.Named
	}
	return configured
}
