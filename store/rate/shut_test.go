package rate

import (
	"math/rand/v2"
	"testing"
	"time"
)

// simShut lets nobody in until a time.
type simShut struct {
	until time.Duration
	then  simLimiter
}

func (s *simShut) take(now time.Duration) (time.Duration, bool) {
	if now < s.until {
		return wholeSeconds(s.until-now, now), false
	}
	return s.then.take(now)
}

// TestFirstWaitIsLong: an API that lets nobody in at first, and says for how long, does not
// slow those down for as long again who come afterwards.
func TestFirstWaitIsLong(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{time.Minute, 10 * time.Minute} {
		s := &simulation{lim: Limits{Rate: 25, Burst: 10}, rand: rand.New(rand.NewPCG(1, 15)), block: simSecond,
			api:  &simShut{until: wait, then: &simBucket{rate: steady(25), burst: 35, say: wholeSeconds}},
			from: wait, to: wait + 5*time.Minute}
		s.run(1)
		if most := 25 * 300; s.accepted < most*8/10 || s.early > 0 {
			t.Errorf("after a wait of %v, %d of %d were let through in five minutes; %d came early", wait, s.accepted, most, s.early)
		}
	}
}
