package rate

import (
	"testing"
	"time"
)

// rateStart is when these tests begin.
var rateStart = simEpoch

func rateAt(d time.Duration) time.Time { return rateStart.Add(d) }

func TestNobodySendsInAWait(t *testing.T) {
	t.Parallel()
	for _, lim := range []Limits{{Rate: 100, Burst: 10}, {}} {
		var p Pace
		p.Reserve(rateStart, lim, 5)
		if !p.Refuse(rateStart, lim, Refusal{Wave: 0, Wait: 2 * time.Second}) {
			t.Fatal("the first refusal taught nothing")
		}
		if s := p.Reserve(rateAt(time.Second), lim, 3); !s.First.Equal(rateAt(2 * time.Second)) {
			t.Errorf("limits %v: the first slot is %v after the start, want the end of the wait", lim, s.First.Sub(rateStart))
		}
		p.Refuse(rateAt(time.Second), lim, Refusal{Wave: 0, Wait: 5 * time.Second, Told: true}) // it was in flight
		if s := p.Reserve(rateAt(time.Second), lim, 1); s.First.Before(rateAt(6 * time.Second)) {
			t.Errorf("limits %v: a longer wait of the same wave moved the first slot to %v only", lim, s.First.Sub(rateStart))
		}
		if p.Wave != 2 {
			t.Errorf("a refusal and a longer wait made wave %d, want 2: slots of before are not to be used", p.Wave)
		}
	}
}

func TestSlotsOfAnOlderWaveAreNotGivenBack(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 10, Burst: 1}
	var p Pace
	s := p.Reserve(rateStart, lim, 10)
	s.N = 4
	p.GiveBack(0, s)
	if got := p.Arrival.Sub(rateStart); got != 600*time.Millisecond {
		t.Errorf("after 4 of 10 slots came back the next is at %v, want 600ms", got)
	}
	p.Refuse(rateStart, lim, Refusal{Wait: time.Second})
	was := p.Arrival
	p.GiveBack(0, s)
	if !p.Arrival.Equal(was) {
		t.Error("slots of before a refusal moved what comes after it")
	}
}

func TestNoBurstAtALearnedRate(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 10, Burst: 3}
	var p Pace
	if s := p.Reserve(rateStart, lim, 3); !s.First.Equal(rateAt(-200 * time.Millisecond)) {
		t.Errorf("the first of a burst is at %v, want it as far back as the burst", s.First.Sub(rateStart))
	}
	p.Learned.At = 5
	if s := p.Reserve(rateAt(time.Minute), lim, 3); !s.First.Equal(rateAt(time.Minute)) || s.Every != 200*time.Millisecond {
		t.Errorf("after a rate was learned the first is at %v, the others every %v", s.First.Sub(rateStart), s.Every)
	}
}

func TestAClockSetBackLeavesNoStretchInTheFuture(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 10}
	var p Pace
	p.Learned.Accept(rateAt(time.Hour), lim.Rate, 5)
	p.Learned.Accept(rateStart, lim.Rate, 5)
	if p.Learned.Since.After(rateStart) || p.Learned.Count != 5 {
		t.Errorf("got a stretch since %v with %d, want one from now on with 5", p.Learned.Since.Sub(rateStart), p.Learned.Count)
	}
}

func TestARestIsNoPartOfAStretch(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 100, Burst: 10}
	var p Pace
	p.Learned.Accept(rateStart, lim.Rate, 0)
	p.Reserve(rateStart, lim, 5)
	p.Learned.Accept(rateAt(time.Hour), lim.Rate, 5)
	for i := range 10 { // a second at full speed
		now := rateAt(time.Hour + time.Duration(i)*100*time.Millisecond)
		p.Learned.Accept(now, lim.Rate, 0)
		p.Reserve(now, lim, 10)
	}
	p.Learned.Excused = rateAt(time.Hour) // a moment is taken for one once in a while only
	p.Refuse(rateAt(time.Hour+time.Second), lim, Refusal{Wait: time.Second})
	if p.Learned.Low < 40 || p.Learned.Low > 60 {
		t.Errorf("about 100 requests in a second and a wait of one gave %.1f a second, want about 50", p.Learned.Low)
	}
}

// TestAMomentIsNoLimit: a refusal at the configured rate, the first in a while, lowers no
// rate; the next one does.
func TestAMomentIsNoLimit(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 100, Burst: 10}
	full := func(p *Pace, from, to time.Duration) {
		for at := from; at < to; at += 100 * time.Millisecond {
			p.Learned.Accept(rateAt(at), lim.Rate, 10)
			p.Reserve(rateAt(at), lim, 10)
		}
	}
	var p Pace
	full(&p, 0, 2*time.Second)
	p.Refuse(rateAt(2*time.Second), lim, Refusal{Wait: time.Second})
	if got := p.Learned.Rate(lim.Rate); got != 100 || p.Learned.SourceOf(lim.Rate) != Configured {
		t.Errorf("after the first refusal the rate is %v, %s", got, p.Learned.SourceOf(lim.Rate))
	}
	if s := p.Reserve(rateAt(2*time.Second), lim, 1); !s.First.Equal(rateAt(3 * time.Second)) {
		t.Errorf("the next is sent at %v, before the end of the wait", s.First.Sub(rateStart))
	}
	full(&p, 3*time.Second, 5*time.Second)
	p.Refuse(rateAt(5*time.Second), lim, Refusal{Wave: p.Wave, Wait: time.Second})
	if got := p.Learned.Rate(lim.Rate); got > 85 {
		t.Errorf("two seconds later the API refused again, and the rate is %v", got)
	}
	var low Pace // a limit far below is met at once
	full(&low, 0, 300*time.Millisecond)
	low.Refuse(rateAt(300*time.Millisecond), lim, Refusal{Wait: time.Second})
	if got := low.Learned.Rate(lim.Rate); got > 50 {
		t.Errorf("after a refusal at once the rate is %v", got)
	}
}

// TestALongWaitIsNoMoments: a refusal that asks for a long wait tells of the limit. Where
// it did not, each came so long after the one before that none ever did.
func TestALongWaitIsNoMoments(t *testing.T) {
	t.Parallel()
	lim, wait := Limits{Rate: 100, Burst: 10}, 5*time.Minute
	var p Pace
	now := time.Duration(0)
	for range 2 {
		for end := now + 2*time.Second; now < end; now += 100 * time.Millisecond {
			p.Learned.Accept(rateAt(now), lim.Rate, 10)
			p.Reserve(rateAt(now), lim, 10)
		}
		p.Refuse(rateAt(now), lim, Refusal{Wave: p.Wave, Wait: wait})
		now += wait
	}
	if got := p.Learned.Rate(lim.Rate); got > 80 {
		t.Errorf("after two seconds of sending between two waits of %v the rate is %v", wait, got)
	}
}

// TestOneAlone: after waits that were too short the next request goes alone, and others
// when it may have been answered.
func TestOneAlone(t *testing.T) {
	t.Parallel()
	var p Pace
	lim, now := Limits{Rate: 100, Burst: 10}, time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	for range 3 { // refusals; what others were let through before the first is told of late
		p.Reserve(now, lim, 20)
		p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: 100 * time.Millisecond, Told: true})
		p.Learned.Saved = 0
		now = now.Add(100 * time.Millisecond)
		p.Accept(now, lim, 5, 0)
	}
	if s := p.Reserve(now, lim, 20); s.N != 1 || s.First.Before(now) {
		t.Errorf("%d slots at %v, want one", s.N, s.First.Sub(now))
	}
	second := p.Reserve(now, lim, 20) // the first may come back unused
	if second.N != 1 || second.First.Sub(now) < answerTime {
		t.Errorf("then %d slots at %v, want one after an answer", second.N, second.First.Sub(now))
	}
	p.GiveBack(p.Wave, second)
	later := now.Add(answerTime)
	if s := p.Reserve(later, lim, 20); s.N != 20 || s.First.Before(later) {
		t.Errorf("then %d slots at %v, want 20", s.N, s.First.Sub(later))
	}
	p.Accept(now, lim, 1, p.Wave)
	p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: 100 * time.Millisecond, Told: true})
	p.Learned.Saved = 0
	if s := p.Reserve(now.Add(100*time.Millisecond), lim, 20); s.N != 20 {
		t.Errorf("after a success, a refusal, and a wait that the API named, %d slots, want 20", s.N)
	}
}

// TestOneAloneLetThrough: as soon as one that went alone was let through all others go on.
// The slots that they have, an answer after another, are not to be used any more, and the
// time until then is part of the wait.
func TestOneAloneLetThrough(t *testing.T) {
	t.Parallel()
	var p Pace
	lim, now := Limits{Rate: 100, Burst: 10}, time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	p.Reserve(now, lim, 200)
	for range 4 {
		now = now.Add(500 * time.Millisecond)
		p.Accept(now, lim, 50, 0)
	}
	p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: 50 * time.Millisecond})
	now = now.Add(50 * time.Millisecond)
	var taken []Slots
	for range 8 {
		taken = append(taken, p.Reserve(now, lim, 12))
	}
	if first, last := taken[0], taken[7]; !first.Alone || first.First.After(now) || last.First.Sub(now) < 7*answerTime {
		t.Fatalf("the first of eight goes alone: %t, after %v; the last after %v", first.Alone, first.First.Sub(now), last.First.Sub(now))
	}
	was := p.Wave
	now = now.Add(100 * time.Millisecond)
	p.Accept(now, lim, 3, was-1) // sent before the refusal: nobody knows yet
	if p.Wave != was {
		t.Error("those that were sent before the refusal are taken for the one that went alone")
	}
	p.Accept(now, lim, 1, was)
	if p.Wave == was {
		t.Error("the others use the slots that they have")
	}
	p.GiveBack(was, taken[7])
	if s := p.Reserve(now, lim, 12); s.N != 12 || s.Alone || s.First.After(now.Add(10*time.Millisecond)) {
		t.Errorf("then %d slots after %v, alone: %t; want 12 now", s.N, s.First.Sub(now), s.Alone)
	}
	if l := p.Learned; l.Since != now || l.Wait != 150*time.Millisecond || l.Given != 12 {
		t.Errorf("the stretch began %v after the answer, after a wait of %v, with %d slots; want 0s, 150ms and 12", l.Since.Sub(now), l.Wait, l.Given)
	}
	wave := p.Wave
	if p.Accept(now, lim, 1, was); p.Wave != wave {
		t.Error("a second one that went alone takes the others' slots again")
	}
}

// TestUnsentIsNotLetThrough: slots in which no request was made are no sign of a limit that
// allows them.
func TestUnsentIsNotLetThrough(t *testing.T) {
	t.Parallel()
	lim := Limits{Rate: 100, Burst: 1}
	found := func(unsent int) float64 {
		var p Pace
		for at := time.Duration(0); at < 400*time.Millisecond; at += 100 * time.Millisecond {
			p.Accept(rateAt(at), lim, 0, 0)
			p.Reserve(rateAt(at), lim, 10)
		}
		p.Unsent(0, unsent)
		p.Unsent(7, 40) // of another wave
		p.Refuse(rateAt(400*time.Millisecond), lim, Refusal{Wait: time.Second, Told: true})
		return p.Learned.Low
	}
	if all, some := found(0), found(30); some >= all/2 || some <= 0 {
		t.Errorf("of 40 slots 30 were not sent in, and the limit is %.1f at the least; had all been, %.1f", some, all)
	}
}
