package rate

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestShare: eight processes that all have work get a fair part each, whether the limit is
// known or found out, however slow it is, and whoever is far from the pace.
func TestShare(t *testing.T) {
	t.Parallel()
	var far []time.Duration
	for i := range 8 {
		far = append(far, time.Duration(i)*20*time.Millisecond)
	}
	for name, c := range map[string]struct {
		allowed, asked float64
		lags           []time.Duration
	}{
		"a limit that is known":           {200, 100, nil},
		"known, and some are farther off": {200, 100, far},
		"three a second":                  {200, 3, far},
		"a limit that is found out":       {20, 100, nil},
		"found out, and some are far":     {20, 100, far},
		"found out, nearly what is asked": {95, 100, far},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(5) {
				s := &simulation{lim: Limits{Rate: c.asked, Burst: 10}, rand: rand.New(rand.NewPCG(seed, 15)), lags: c.lags,
					api:  &simBucket{rate: steady(c.allowed), burst: c.allowed, tokens: c.allowed, say: wholeSeconds},
					from: 10 * time.Second, to: 250 * time.Second, block: simSecond}
				s.run(8)
				sent := 0
				for _, p := range s.all {
					sent += p.sent
				}
				for i, p := range s.all {
					if part := 8 * float64(p.sent) / float64(sent); part < 0.8 || part > 1.2 {
						t.Errorf("seed %d: process %d sent %d of %d, which is %.2f of its part", seed, i, p.sent, sent, part)
					}
				}
			}
		})
	}
}
