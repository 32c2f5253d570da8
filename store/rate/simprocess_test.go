package rate

import "time"

// simProcess is a process of the fleet.
type simProcess struct {
	s       *simulation
	lag     time.Duration // until the pace answers it
	sent    int           // of what is counted
	wave    int64         // the wave it knows
	until   time.Duration // the wait's end that it knows
	counted int           // accepted, and not told to the pace yet
	// countedIn is the latest wave of those.
	countedIn int64
	// answered tells that there was an answer since.
	answered bool
}

// block takes a block of slots, sends in them, and takes the next.
func (p *simProcess) block(all []*simProcess) {
	if p.lag == 0 {
		p.take(all)
		return
	}
	p.s.after(p.lag, func() { p.take(all) })
}

func (p *simProcess) take(all []*simProcess) {
	s := p.s
	p.tell()
	p.wave = s.pace.Wave
	rate := s.pace.Learned.Rate(s.lim.Rate)
	slots := s.pace.Reserve(s.clock(), s.lim, max(1, int(rate*s.block.Seconds()/float64(len(all)))))
	p.send(all, slots, p.wave, 0)
}

func (p *simProcess) tell() {
	p.s.pace.Accept(p.s.clock(), p.s.lim, p.counted, p.countedIn)
	p.s.day.Accept(p.counted)
	if p.answered {
		p.s.pace.Name(p.s.clock(), p.s.lim, p.s.named)
	}
	p.counted, p.answered = 0, false
}

// send uses the i-th slot and those after it, unless a new wave was heard of.
func (p *simProcess) send(all []*simProcess, slots Slots, wave int64, i int) {
	s := p.s
	if i == slots.N {
		p.block(all)
		return
	}
	at := slots.First.Add(time.Duration(i) * slots.Every).Sub(simEpoch)
	s.after(at-s.now, func() {
		if p.wave != wave || s.now < p.until { // a late refusal of the old wave can make its wait longer
			s.pace.GiveBack(wave, Slots{N: slots.N - i, Every: slots.Every, Ends: slots.Ends})
			p.block(all)
			return
		}
		if s.now < s.pace.Until.Sub(simEpoch) && s.now > s.told+simNotice {
			s.early++
		}
		p.request(all, wave, slots.Alone)
		p.send(all, slots, wave, i+1)
	})
}

func (p *simProcess) request(all []*simProcess, wave int64, alone bool) {
	s := p.s
	sent := s.now
	takes := simAnswer + time.Duration(s.rand.Int64N(int64(simAnswer)))
	s.after(takes/2, func() {
		wait, ok := s.api.take(s.now)
		if s.now >= s.from {
			p.sent++
			if ok {
				s.accepted++
			} else {
				s.refused++
			}
		}
		s.after(takes/2, func() {
			p.answered = true
			if ok {
				s.inARow = 0
				if wave > p.countedIn {
					p.counted, p.countedIn = 0, wave
				}
				if wave == p.countedIn {
					p.counted++
				}
				if alone {
					p.tell()
					p.notice(all)
				}
				return
			}
			p.heard(all, wave, wait, s.now-sent)
		})
	})
}

// heard applies a refusal. Those that come while everybody waits are of the same cause.
func (p *simProcess) heard(all []*simProcess, wave int64, wait, ago time.Duration) {
	s := p.s
	told := wait > 0
	if !told {
		if wave != s.pace.Wave {
			return
		}
		s.inARow++
		wait = max(50*time.Millisecond, time.Duration(2/s.lim.Rate*float64(time.Second))) << min(s.inARow-1, 8)
	}
	if wave == s.pace.Wave {
		p.tell() // the others do so with their next block
	}
	if wait > 10*time.Second { // a long wait ends for nobody at the same moment
		wait += time.Duration(s.rand.Int64N(int64(time.Second)))
	}
	was := s.pace.Learned
	taken := s.pace.Refuse(s.clock(), s.lim, Refusal{Wave: wave, Ago: ago, Wait: wait, Told: told})
	if taken && s.days && s.day.Refuse(DayRefusal{Now: s.clock(), Was: was, Row: s.pace.Learned.Row}) {
		s.to = s.now
		return
	}
	s.told = s.now
	p.notice(all)
}

// notice has everybody know the wave, and the wait's end.
func (p *simProcess) notice(all []*simProcess) {
	s := p.s
	now, until := s.pace.Wave, s.pace.Until.Sub(simEpoch)
	p.wave, p.until = now, until
	for _, q := range all {
		if q != p {
			s.after(simNotice, func() { q.wave, q.until = max(q.wave, now), max(q.until, until) })
		}
	}
}
