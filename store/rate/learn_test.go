package rate

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"
)

// learnCase is a limiter, and what is asked of the learner before it.
type learnCase struct {
	name      string
	rate      func(time.Duration) float64 // what the limiter allows, for the share used of it
	limiter   func() simLimiter
	processes int
	block     time.Duration
	from, to  time.Duration // of what is counted; 10 and 130 s, if 0
	named     float64
	used      float64 // the least share of what is allowed in that time
	refused   float64 // the greatest share of requests that are refused
}

func learnBucket(name string, rate, used, refused float64) learnCase {
	return learnTold(name, rate, rate, wholeSeconds, used, refused)
}

func (c learnCase) by(processes int) learnCase {
	c.processes = processes
	return c
}

// inBlocks takes a second's slots at a time, as package jobs does.
func (c learnCase) inBlocks() learnCase {
	c.name, c.block = c.name+", blocks of a second", simSecond
	return c
}

// soon counts 20 seconds alone, in which most of the learning is done.
func (c learnCase) soon(used, refused float64) learnCase {
	c.name, c.from, c.to, c.used, c.refused = c.name+", soon", 10*time.Second, 30*time.Second, used, refused
	return c
}

// slow counts 20 minutes, for a limit of a few requests a minute.
func (c learnCase) slow(used, refused float64) learnCase {
	c.from, c.to, c.used, c.refused = time.Minute, 21*time.Minute, used, refused
	return c
}

// telling has answers name a rate.
func (c learnCase) telling(rate float64) learnCase {
	c.name, c.named = c.name+", named", rate
	return c
}

// changed is a limit that changes by a factor after 70 seconds.
func changed(rate, factor float64) func(time.Duration) float64 {
	return func(now time.Duration) float64 {
		if now >= 70*time.Second {
			return rate * factor
		}
		return rate
	}
}

var learnCases = []learnCase{
	learnBucket("5 a second", 5, 0.96, 0.02),
	learnBucket("20 a second", 20, 0.98, 0.012),
	learnBucket("50 a second", 50, 0.98, 0.012),
	learnBucket("95 a second", 95, 0.98, 0.012),
	learnBucket("20 a second, eight processes", 20, 0.98, 0.012).by(8),
	learnBucket("95 a second, eight processes", 95, 0.98, 0.012).by(8),
	learnTold("20 a second, exact waits", 20, 20, exactly, 0.99, 0.012),
	learnTold("20 a second, dates", 20, 20, untilDate, 0.98, 0.012),
	learnTold("20 a second, no Retry-After", 20, 20, nothing, 0.99, 0.012),
	learnTold("20 a second, burst of 200", 20, 200, wholeSeconds, 0.99, 0.012),
	learnTold("20 a second, burst of 3", 20, 3, wholeSeconds, 0.9, 0.02),
	learnTold("20 a second, burst of 8", 20, 8, wholeSeconds, 0.94, 0.012).by(3).inBlocks(),
	learnTold("50 a second, burst of 20", 50, 20, wholeSeconds, 0.96, 0.012).by(3).inBlocks(),
	learnWindow("20 in windows of a second", time.Second, 0.91, 0.012),
	learnWindow("200 in windows of 10 seconds", 10*time.Second, 0.98, 0.012),
	learnWindow("1,200 in windows of a minute", time.Minute, 0.92, 0.012),
	learnChanged("40 a second, falling to half", 40, 0.5, 0.98, 0.012),
	learnChanged("20 a second, doubling", 20, 2, 0.85, 0.012),
	learnBucket("5 a second", 5, 0.96, 0.02).inBlocks(),
	learnBucket("20 a second", 20, 0.98, 0.012).inBlocks(),
	learnBucket("95 a second", 95, 0.98, 0.012).inBlocks(),
	learnBucket("20 a second, three processes", 20, 0.98, 0.012).by(3).inBlocks(),
	learnBucket("20 a second, eight processes", 20, 0.98, 0.012).by(8).inBlocks(),
	learnBucket("95 a second, eight processes", 95, 0.98, 0.012).by(8).inBlocks(),
	learnTold("20 a second, dates", 20, 20, untilDate, 0.98, 0.012).by(3).inBlocks(),
	learnTold("20 a second, no Retry-After", 20, 20, nothing, 0.99, 0.012).by(3).inBlocks(),
	learnTold("50 a second, no Retry-After", 50, 20, nothing, 0.99, 0.012).by(8).inBlocks(),
	learnTold("95 a second, no Retry-After", 95, 20, nothing, 0.98, 0.012).by(8).inBlocks(),
	learnTold("50 a second, burst of 20", 50, 20, wholeSeconds, 0, 0).by(3).inBlocks().soon(0.92, 0.012),
	learnTold("50 a second, burst of 20", 50, 20, wholeSeconds, 0, 0).by(8).inBlocks().soon(0.9, 0.012),
	learnTold("20 a second, burst of 8", 20, 8, wholeSeconds, 0, 0).by(3).inBlocks().soon(0.86, 0.02),
	learnTold("12 a minute, burst of one, no Retry-After", 0.2, 1, nothing, 0, 0).inBlocks().slow(0.8, 0.25),
	learnTold("12 a minute, burst of one, no Retry-After, eight processes", 0.2, 1, nothing, 0, 0).by(8).inBlocks().slow(0.8, 0.1),
	learnTold("12 a minute, burst of one, a second", 0.2, 1, aSecond, 0, 0).inBlocks().slow(0.8, 0.1),
	learnTold("12 a minute, burst of one, a second, eight processes", 0.2, 1, aSecond, 0, 0).by(8).inBlocks().slow(0.8, 0.1),
	learnBucket("1 a second", 1, 0, 0).inBlocks().slow(0.85, 0.05),
	learnBucket("1 a second, eight processes", 1, 0, 0).by(8).inBlocks().slow(0.85, 0.05),
	learnBucket("70 a second", 70, 0, 0).by(3).inBlocks().soon(0.95, 0.012),
	learnBucket("20 a second", 20, 0.99, 0.012).by(3).inBlocks().telling(20),
	learnBucket("20 a second, shared", 20, 0.98, 0.012).by(3).inBlocks().telling(25),
	learnWindow("20 in windows of a second", time.Second, 0.9, 0.012).inBlocks(),
	learnWindow("20 in windows of a second, three processes", time.Second, 0.97, 0.012).by(3).inBlocks().telling(20),
	learnWindow("1,200 in windows of a minute", time.Minute, 0.92, 0.012).inBlocks(),
	learnChanged("40 a second, falling to half", 40, 0.5, 0.98, 0.012).by(3).inBlocks(),
	learnChanged("20 a second, doubling", 20, 2, 0.85, 0.012).by(3).inBlocks(),
}

func learnTold(name string, rate, burst float64, say func(wait, now time.Duration) time.Duration, used, refused float64) learnCase {
	return learnCase{name: name, rate: steady(rate), limiter: func() simLimiter {
		return &simBucket{rate: steady(rate), burst: burst, tokens: burst, say: say}
	}, processes: 1, used: used, refused: refused}
}

func learnWindow(name string, length time.Duration, used, refused float64) learnCase {
	return learnCase{name: name, rate: steady(20), limiter: func() simLimiter {
		return &simWindow{length: length, most: int(20 * length.Seconds())}
	}, processes: 1, used: used, refused: refused}
}

func learnChanged(name string, rate, factor, used, refused float64) learnCase {
	return learnCase{name: name, rate: changed(rate, factor), limiter: func() simLimiter {
		return &simBucket{rate: changed(rate, factor), burst: rate, tokens: rate, say: wholeSeconds}
	}, processes: 1, used: used, refused: refused}
}

// TestLearn finds limits of many kinds, with 100 a second asked for.
func TestLearn(t *testing.T) {
	t.Parallel()
	for _, c := range learnCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var allowed, accepted, refused, least, most float64
			least = 2
			for seed := range uint64(learnSeeds) {
				s := &simulation{lim: Limits{Rate: 100, Burst: 10}, api: c.limiter(), rand: rand.New(rand.NewPCG(seed, 15)),
					from: 10 * time.Second, to: 130 * time.Second, block: c.block, named: c.named}
				if c.to > 0 {
					s.from, s.to = c.from, c.to
				}
				s.run(c.processes)
				one := 0.0
				for at := s.from; at < s.to; at += time.Second {
					one += c.rate(at)
				}
				if s.early > 0 {
					t.Errorf("seed %d: %d requests were sent before the end of a wait", seed, s.early)
				}
				share := float64(s.accepted) / one
				least, most = min(least, share), max(most, share)
				allowed, accepted, refused = allowed+one, accepted+float64(s.accepted), refused+float64(s.refused)
			}
			t.Logf("%-32s used %.3f (%.3f to %.3f), refused %.4f", c.name, accepted/allowed, least, most, refused/(accepted+refused))
			if used := accepted / allowed; used < c.used {
				t.Errorf("used %.3f of what is allowed (%.3f to %.3f), want %.2f", used, least, most, c.used)
			}
			if share := refused / (accepted + refused); share > c.refused {
				t.Errorf("%.4f of the requests were refused, want %.3f at most", share, c.refused)
			}
		})
	}
}

// learnSeeds is how often each limiter is met.
const learnSeeds = 20

// TestRefusedHardlyUsed: a refusal after a time in which the rate was hardly made use of
// does not say that the limit is as low as what was sent.
func TestRefusedHardlyUsed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	var l Learned
	l.Accept(now, 100, 0)
	l.Accept(now.Add(2*time.Second), 100, 20)
	l.refused(now.Add(4*time.Second), now.Add(4*time.Second), 100, 0, time.Second)
	if l.High != 100 || l.Low > 20 {
		t.Errorf("the limit is looked for between %.1f and %.1f, want 100 above", l.Low, l.High)
	}
}

// TestTriesEnd: where nothing is refused any more, tries end at the rate that was asked for,
// however long it goes on, and what is learned can be kept.
func TestTriesEnd(t *testing.T) {
	t.Parallel()
	lim, now := Limits{Rate: 100, Burst: 10}, rateStart
	var p Pace
	send := func(seconds int) {
		for range seconds {
			now = now.Add(time.Second)
			s := p.Reserve(now, lim, 100)
			p.Accept(now, lim, s.N, p.Wave)
		}
	}
	send(40)
	p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: time.Second, Told: true})
	send(3600)
	if _, err := json.Marshal(p.Learned); err != nil || p.Learned.Try > 100 || p.Learned.Rate(lim.Rate) != 100 {
		t.Errorf("the rate is %v, a try is %v above it: %v", p.Learned.Rate(lim.Rate), p.Learned.Try, err)
	}
}

// TestNothingLetThroughRaisesNothing: while nothing at all is let through the rate falls.
func TestNothingLetThroughRaisesNothing(t *testing.T) {
	t.Parallel()
	lim, now, wait := Limits{Rate: 100, Burst: 1}, rateAt(50*time.Millisecond), 50*time.Millisecond
	var p Pace
	p.Accept(rateStart, lim, 0, 0)
	p.Reserve(rateStart, lim, 100)
	p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: wait, Ago: 40 * time.Millisecond})
	for range 6 {
		s := p.Reserve(now, lim, 100)
		now, wait = s.First.Add(40*time.Millisecond), 2*wait
		was := p.Learned.At
		p.Refuse(now, lim, Refusal{Wave: p.Wave, Wait: wait, Ago: 40 * time.Millisecond})
		if p.Learned.At > was {
			t.Errorf("the rate rose from %.1f to %.1f", was, p.Learned.At)
		}
	}
}

// TestLateRefusalOfATry: a refusal of an older wave that makes everybody wait, and then one
// of the present, do not end what is known of the limit.
func TestLateRefusalOfATry(t *testing.T) {
	t.Parallel()
	lim, now := Limits{Rate: 100, Burst: 10}, rateStart
	p := Pace{Wave: 5, Arrival: now, Learned: Learned{At: 100, Low: 100, Source: Found, Refused: now.Add(-time.Minute), Wait: time.Second,
		Since: now.Add(-59 * time.Second), StepAt: now.Add(-4 * time.Second), Excused: now.Add(-50 * time.Second), Holding: true, Try: 0.08,
		Caught: 20, Share: 0.5, Depth: 20, Seen: now}}
	p.Refuse(now, lim, Refusal{Wave: 4, Wait: 2 * time.Second, Told: true})
	if l := p.Learned; l.Wait != 2*time.Second || l.Caught != 0 || l.Since != now.Add(2*time.Second) {
		t.Errorf("the stretch begins %v from now after a wait of %v, with %v saved up in it", l.Since.Sub(now), l.Wait, l.Caught)
	}
	now = now.Add(2 * time.Second)
	p.Reserve(now, lim, 100)
	p.Refuse(now.Add(500*time.Millisecond), lim, Refusal{Wave: p.Wave, Wait: time.Second, Told: true})
	if p.Learned.At < 10 {
		t.Errorf("the rate fell from 100 to %v", p.Learned.At)
	}
}
