package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// blockTaker is a process that takes blocks and sends each slot at its time.
type blockTaker struct {
	slots Slots
	taken time.Time // when it got them
	used  int
}

// TestBlocksNeverAboveBurst: whatever processes take blocks, use some of their slots, and
// give the rest back, at whatever moments, no window has more requests than the rate and
// the burst allow.
func TestBlocksNeverAboveBurst(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		pace := Pace{Rate: 1 + float64(random.IntN(50)), Burst: 1 + random.IntN(20)}
		sent := blockSchedule(random, pace)
		slices.SortFunc(sent, time.Time.Compare)
		for i := range sent {
			for j := i; j < min(len(sent), i+200); j++ {
				most := pace.Rate*sent[j].Sub(sent[i]).Seconds() + float64(pace.Burst)
				if n := j - i + 1; float64(n) > most+0.01 {
					t.Fatalf("seed %d, %+v: %d requests in %v, at most %.1f are allowed", seed, pace, n, sent[j].Sub(sent[i]), most)
				}
			}
		}
	}
}

// blockSchedule has some processes take and use blocks for a while, and returns when each
// request was sent.
func blockSchedule(random *rand.Rand, pace Pace) (sent []time.Time) {
	p := paceState{}
	all := make([]blockTaker, 1+random.IntN(8))
	now := paceStart
	for range 400 {
		now = now.Add(time.Duration(random.IntN(60)) * time.Millisecond)
		one := &all[random.IntN(len(all))]
		switch p.at(now); {
		case one.used == one.slots.N:
			*one = blockTaker{p.reserve(pace, SlotRequest{Want: 1 + random.IntN(30)}), now, 0}
		case random.IntN(5) == 0: // it stops: the rest comes back
			if one.slots.Ends == p.Arrival.UnixMicro() {
				p.Arrival = p.Arrival.Add(-time.Duration(one.slots.N-one.used) * one.slots.Every)
			}
			*one = blockTaker{}
		default:
			for ; one.used < one.slots.N; one.used++ {
				at := one.taken.Add(one.slots.First + time.Duration(one.used)*one.slots.Every)
				if at.After(now) {
					break
				}
				if at.Before(one.taken) {
					at = one.taken
				}
				sent = append(sent, at)
			}
		}
	}
	return sent
}
