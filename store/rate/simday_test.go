package rate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// daySeeds is how often each is tried.
const daySeeds = 8

// simDay lets so many in, and then nobody.
type simDay struct{ left int }

func (d *simDay) take(time.Duration) (time.Duration, bool) {
	if d.left == 0 {
		return 0, false
	}
	d.left--
	return 0, true
}

// dayFleet is a fleet of which it is asked when it takes a day for used up.
func dayFleet(seed uint64, rate float64, api simLimiter) *simulation {
	return &simulation{lim: Limits{Rate: rate, Burst: 10}, rand: rand.New(rand.NewPCG(seed, 15)), block: simSecond,
		api: api, to: time.Hour, days: true}
}

// TestDayCosts: how many requests a fleet has refused until it knows that an API, which
// does not say so, counts by the day, and how many the next day.
func TestDayCosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		processes   int
		rate        float64
		first, next float64 // at the most, of daySeeds days
	}{
		{1, 25, 12, 2}, {3, 25, 12, 2}, {8, 25, 13, 2},
		{1, 100, 19, 5}, {3, 100, 19, 5}, {8, 100, 20, 13},
	} {
		t.Run(fmt.Sprintf("%d processes, %v a second", c.processes, c.rate), func(t *testing.T) {
			t.Parallel()
			var first, next float64
			for seed := range uint64(daySeeds) {
				s := dayFleet(seed, c.rate, &simDay{1000})
				s.run(c.processes)
				if s.to == time.Hour {
					t.Fatalf("seed %d: nobody noticed in an hour", seed)
				}
				n := dayFleet(seed, c.rate, &simDay{1000})
				n.day, n.pace.Learned, n.pace.Wave = s.day, s.day.Before(s.clock(), s.pace.Learned), s.pace.Wave
				n.day.Begin()
				n.pace.NewDay()
				n.run(c.processes)
				first, next = first+float64(s.refused)/daySeeds, next+float64(n.refused)/daySeeds
			}
			t.Logf("%.1f refused, %.1f the next day", first, next)
			if first > c.first || next > c.next {
				t.Errorf("%.1f requests were refused until it was known, %.1f the next day; want %v and %v at the most", first, next, c.first, c.next)
			}
		})
	}
}

// TestLowLimitIsNoDay: who lets ten a minute through, and names no wait, is not taken for
// one who counts by the day, however late it is told of them.
func TestLowLimitIsNoDay(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{1, 3} {
		for seed := range uint64(daySeeds) {
			s := dayFleet(seed, 100, &simBucket{rate: steady(1. / 6), burst: 1, tokens: 1, say: nothing})
			if s.run(processes); s.to != time.Hour {
				t.Errorf("seed %d: after %v, %d processes took the day for used up", seed, s.now, processes)
			}
		}
	}
}
