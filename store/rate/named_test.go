package rate

import (
	"testing"
	"time"
)

func TestANamedRateIsInForceAtOnce(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 100, Burst: 10}
	var p Pace
	p.Reserve(rateStart, lim, 10)
	if !p.Name(rateStart, lim, 20) || p.Wave != 1 {
		t.Errorf("a slower rate was no news, or left slots of the faster one: wave %d", p.Wave)
	}
	if r := p.Learned.Rate(lim.Rate); r < 19 || r > 20 || p.Learned.SourceOf(lim.Rate) != Named {
		t.Errorf("after the API named 20 a second the pace is %v, %s", r, p.Learned.SourceOf(lim.Rate))
	}
	if p.Name(rateAt(time.Second), lim, 20.3) {
		t.Error("the same rate, told in whole seconds, was news")
	}
	if p.Refuse(rateAt(time.Second), lim, Refusal{Wave: 0, Wait: time.Second}) {
		t.Error("a request of before the rate was named taught something")
	}
	p.Name(rateAt(2*time.Second), lim, 500)
	if r := p.Learned.Rate(lim.Rate); r != 100 || p.Learned.SourceOf(lim.Rate) != Configured {
		t.Errorf("a named rate above the configured one made %v, %s", r, p.Learned.SourceOf(lim.Rate))
	}
}
