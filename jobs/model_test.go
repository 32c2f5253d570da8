package jobs

import (
	"fmt"
	"slices"
	"testing"

	"usher/store/storetest"
)

// A model of the way of an attempt, small enough that every interleaving can be looked
// at: two workers and two people. What it leaves out is gate, pace and batch, which only
// keep things from being sent. It supposes of the API what usher does: that no request
// arrives after its deadline, and that the list shows a session by the second look-up.
//
// The rules can be taken out one by one, and each time somebody is invited twice, or
// left lying. So none of them is there for nothing.

const (
	modelPeople   = 2
	modelWorkers  = 2
	modelAttempts = 4
	modelCounted  = 2 // attempts that may have made a session, after which a person decides
)

// modelRules are what keeps everybody from being invited twice. A rule is in force
// unless it is named here.
type modelRules struct {
	noFence    bool // the claim does not look whether the person is still queued
	sendFirst  bool // a request is made before its attempt is committed
	noLookup   bool // who is in doubt is sent to again
	oneLookup  bool // the API is asked once
	noDeadline bool // nobody looks at the deadline before sending
	noSweep    bool // nobody makes a job for who has none
}

// What a person, a request and a session can be.
const (
	modelQueued = iota
	modelSending
	modelInvited
	modelUnknown
)

const (
	modelIdle     = iota
	modelTook     // has a job
	modelClaimed  // may send
	modelFlying   // has sent, and waits
	modelCommits  // has sent before it committed; of the rule that was taken out
	modelAnswered // knows of the session
	modelNotSent  // knows that nothing was sent
)

type modelPerson struct {
	state, attempt, counted, lookups, session uint8
	ended                                     bool // the deadline of the attempt has passed
	jobs                                      uint8
	flying, made                              [modelAttempts + 1]uint8 // how many requests, and sessions, by attempt
}

type modelWorker struct {
	at, person, attempt uint8
	lease               bool
	crashes             uint8 // that are left
}

// modelState is all there is. It can be compared, and so be remembered.
type modelState struct {
	people   [modelPeople]modelPerson
	workers  [modelWorkers]modelWorker
	troubles uint8 // that are left: answers lost, deadlines missed, leases lost, jobs that go or come twice
}

func modelStart(troubles uint8) modelState {
	s := modelState{troubles: troubles}
	for i := range s.people {
		s.people[i].jobs = 1
	}
	for i := range s.workers {
		s.workers[i] = modelWorker{lease: true, crashes: 1}
	}
	return s
}

// modelStep is what happens next.
type modelStep struct {
	what  string
	fault bool // it need not happen
	to    modelState
}

// steps are all that can happen next.
func (r modelRules) steps(s modelState) (all []modelStep) {
	add := func(what string, fault bool, change func(*modelState)) {
		to := s
		change(&to)
		all = append(all, modelStep{what, fault, to})
	}
	for i := range s.workers {
		r.workerSteps(s, i, add)
	}
	for i := range s.people {
		r.personSteps(s, i, add)
	}
	return all
}

type addStep func(what string, fault bool, change func(*modelState))

func (r modelRules) workerSteps(s modelState, i int, add addStep) {
	w := s.workers[i]
	p, person := s.people[w.person], func(s *modelState) *modelPerson { return &s.people[w.person] }
	become := func(s *modelState, at uint8) { s.workers[i].at = at }
	switch w.at {
	case modelIdle:
		for j := range s.people {
			if s.people[j].jobs == 0 {
				continue
			}
			add("take", false, func(s *modelState) {
				s.people[j].jobs--
				s.workers[i].at, s.workers[i].person = modelTook, uint8(j)
			})
		}
	case modelTook:
		switch {
		case p.state == modelQueued && !w.lease:
			add("give back", false, func(s *modelState) { become(s, modelIdle); person(s).jobs++ })
		case p.state != modelQueued && !r.noFence || p.attempt == modelAttempts:
			add("done already", false, func(s *modelState) { become(s, modelIdle) })
		case r.sendFirst:
			add("prepare", false, func(s *modelState) { s.workers[i].at, s.workers[i].attempt = modelClaimed, p.attempt+1 })
		default:
			add("claim", false, func(s *modelState) {
				person(s).claim()
				s.workers[i].at, s.workers[i].attempt = modelClaimed, p.attempt+1
			})
		}
	case modelClaimed:
		if late := p.attempt != w.attempt || p.ended; late && !r.noDeadline && !r.sendFirst {
			add("too late", false, func(s *modelState) { become(s, modelNotSent) })
			break
		}
		if s.troubles > 0 { // who was claimed ahead of his time, and gate or batch stopped meanwhile
			add("does not hold", true, func(s *modelState) { s.troubles--; become(s, modelNotSent) })
		}
		add("send", false, func(s *modelState) {
			person(s).flying[w.attempt]++
			become(s, modelFlying)
			if r.sendFirst {
				become(s, modelCommits)
			}
		})
	case modelCommits:
		add("commit", false, func(s *modelState) {
			if person(s).state == modelQueued {
				person(s).claim()
			}
			become(s, modelFlying)
		})
	case modelAnswered:
		add("settle", false, func(s *modelState) {
			if q := person(s); q.state == modelSending && q.attempt == w.attempt {
				q.state, q.session = modelInvited, w.attempt
			}
			become(s, modelIdle)
		})
	case modelNotSent:
		add("settle as not sent", false, func(s *modelState) {
			if q := person(s); q.state == modelSending && q.attempt == w.attempt {
				q.state = modelQueued
				q.jobs++
			}
			become(s, modelIdle)
		})
	}
	if w.crashes > 0 {
		add("crash", true, func(s *modelState) {
			s.workers[i].crashes--
			s.giveBack(i)
			become(s, modelIdle)
		})
	}
	if s.troubles > 0 && w.lease {
		add("lease ends", true, func(s *modelState) {
			s.troubles--
			s.workers[i].lease = false
			s.giveBack(i)
		})
	}
	if !w.lease {
		add("lease again", false, func(s *modelState) { s.workers[i].lease = true })
	}
}

// giveBack has the job of a worker that is not heard of given to others.
func (s *modelState) giveBack(i int) {
	if w := s.workers[i]; w.at != modelIdle {
		s.people[w.person].jobs = min(s.people[w.person].jobs+1, 2)
	}
}

func (p *modelPerson) claim() {
	p.state, p.attempt, p.lookups, p.ended = modelSending, p.attempt+1, 0, false
}

func (r modelRules) personSteps(s modelState, i int, add addStep) {
	p, person := s.people[i], func(s *modelState) *modelPerson { return &s.people[i] }
	for n := uint8(1); n <= modelAttempts; n++ {
		if p.flying[n] == 0 {
			continue
		}
		add("arrive, answer", false, func(s *modelState) {
			person(s).flying[n]--
			person(s).made[n]++
			s.hear(i, n, modelAnswered)
		})
		if s.troubles == 0 {
			continue
		}
		add("arrive, answer lost", true, func(s *modelState) {
			s.troubles--
			person(s).flying[n]--
			person(s).made[n]++
			s.hear(i, n, modelIdle)
		})
		add("never arrive", true, func(s *modelState) {
			s.troubles--
			person(s).flying[n]--
			s.hear(i, n, modelIdle)
		})
		add("refused", true, func(s *modelState) {
			s.troubles--
			person(s).flying[n]--
			s.hear(i, n, modelNotSent)
		})
	}
	// A job may go, be there twice, and is made again where there is none.
	switch held := s.holds(i); {
	case p.jobs > 0 && s.troubles > 0:
		add("job gone", true, func(s *modelState) { s.troubles--; person(s).jobs = 0 })
	case p.state == modelQueued && p.jobs == 0 && !held && !r.noSweep:
		add("job anew", false, func(s *modelState) { person(s).jobs = 1 })
	}
	if p.jobs == 1 && s.troubles > 0 {
		add("job twice", true, func(s *modelState) { s.troubles--; person(s).jobs = 2 })
	}
	if p.state != modelSending {
		return
	}
	if !p.ended {
		if p.flying[p.attempt] > 0 && !r.noLookup {
			return // it arrives before
		}
		sender := s.mayStillSend(i)
		if sender && s.troubles == 0 {
			return // machines freeze only so often
		}
		add("deadline", sender, func(s *modelState) {
			if sender {
				s.troubles--
			}
			person(s).ended = true
		})
		return
	}
	again := func(s *modelState) {
		q := person(s)
		if q.counted++; q.counted >= modelCounted {
			q.state = modelUnknown
			return
		}
		q.state = modelQueued
		q.jobs++
	}
	switch made := p.made[p.attempt] > 0; {
	case r.noLookup:
		add("send again", false, again)
	case p.lookups == 0: // the list may be late
		if made {
			add("found", false, func(s *modelState) { person(s).state, person(s).session = modelInvited, p.attempt })
		}
		if !r.oneLookup {
			add("not found", false, func(s *modelState) { person(s).lookups++ })
			break
		}
		add("not found, send again", false, again)
	case made:
		add("found", false, func(s *modelState) { person(s).state, person(s).session = modelInvited, p.attempt })
	default:
		add("not found, send again", false, again)
	}
}

// hear tells the worker that waits for an answer of it.
func (s *modelState) hear(person int, attempt, at uint8) {
	for i := range s.workers {
		if w := &s.workers[i]; int(w.person) == person && w.attempt == attempt && w.at == modelFlying {
			w.at = at
		}
	}
}

// holds reports whether a worker has the job of a person.
func (s *modelState) holds(person int) bool {
	return slices.ContainsFunc(s.workers[:], func(w modelWorker) bool { return w.at != modelIdle && int(w.person) == person })
}

// mayStillSend reports whether a worker has claimed a person and not sent yet.
func (s *modelState) mayStillSend(person int) bool {
	return slices.ContainsFunc(s.workers[:], func(w modelWorker) bool {
		return w.at == modelClaimed && int(w.person) == person && w.attempt == s.people[person].attempt
	})
}

// broken is the invariant of DESIGN.md that does not hold; empty if all do.
func (r modelRules) broken(s *modelState) string {
	for i := range s.people {
		p := &s.people[i]
		sessions := 0
		for n := range p.made {
			sessions += int(p.made[n])
			if p.made[n]+p.flying[n] > 0 && n > int(p.attempt) && !r.sendFirst {
				return "what is sent was claimed and committed"
			}
		}
		switch {
		case sessions > 1:
			return "nobody is invited twice"
		case p.state == modelInvited && p.made[p.session] == 0:
			return "who is invited has a session"
		}
	}
	return ""
}

// left is what is wrong with an end, after which nothing happens any more.
func (s *modelState) left() string {
	for i := range s.people {
		switch p := &s.people[i]; p.state {
		case modelQueued, modelSending:
			return "nobody is left lying"
		case modelUnknown:
			if slices.Max(p.made[:]) > 0 {
				return "who has a session is invited"
			}
		}
	}
	return ""
}

// modelKey is a state as it is remembered.
type modelKey struct {
	people   [modelPeople]uint32
	workers  [modelWorkers]uint16
	troubles uint16
}

// key packs a state. States that differ by the order of people or of workers, or by what
// is of no use any more, are one.
func (r modelRules) key(s modelState) modelKey {
	for i := range s.people {
		if p := &s.people[i]; p.state >= modelInvited {
			p.lookups, p.counted = 0, 0
			if !r.noFence {
				p.jobs = 0
			}
		}
	}
	for i := range s.workers {
		switch w := &s.workers[i]; w.at {
		case modelIdle:
			w.person, w.attempt = 0, 0
		case modelTook:
			w.attempt = 0
		}
	}
	var k modelKey
	for i, p := range s.people {
		bits := bitsOf[uint32](p.state, 2, p.attempt, 3, p.counted, 2, p.lookups, 1, p.session, 3, bit(p.ended), 1, p.jobs, 2)
		for n := 1; n <= modelAttempts; n++ {
			bits = bits<<4 | uint32(p.flying[n]<<2|p.made[n])
		}
		k.people[i] = bits
	}
	swap := k.people[0] > k.people[1]
	if swap {
		k.people[0], k.people[1] = k.people[1], k.people[0]
	}
	for i, w := range s.workers {
		if swap && w.at != modelIdle {
			w.person = 1 - w.person
		}
		k.workers[i] = bitsOf[uint16](w.at, 3, w.person, 1, w.attempt, 3, bit(w.lease), 1, w.crashes, 1)
	}
	if k.workers[0] > k.workers[1] {
		k.workers[0], k.workers[1] = k.workers[1], k.workers[0]
	}
	k.troubles = uint16(s.troubles)
	return k
}

func (k modelKey) state() (s modelState) {
	for i, bits := range k.people {
		p := &s.people[i]
		for n := modelAttempts; n >= 1; n-- {
			p.made[n], p.flying[n] = uint8(bits&3), uint8(bits>>2&3)
			bits >>= 4
		}
		var ended uint8
		unpack(bits, &p.jobs, 2, &ended, 1, &p.session, 3, &p.lookups, 1, &p.counted, 2, &p.attempt, 3, &p.state, 2)
		p.ended = ended == 1
	}
	for i, bits := range k.workers {
		w := &s.workers[i]
		var lease uint8
		unpack(uint32(bits), &w.crashes, 1, &lease, 1, &w.attempt, 3, &w.person, 1, &w.at, 3)
		w.lease = lease == 1
	}
	s.troubles = uint8(k.troubles)
	return s
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// bitsOf puts values of so many bits each beside one another.
func bitsOf[T uint16 | uint32](pairs ...uint8) (bits T) {
	for i := 0; i < len(pairs); i += 2 {
		bits = bits<<pairs[i+1] | T(pairs[i])
	}
	return bits
}

func unpack(bits uint32, fields ...any) {
	for i := 0; i < len(fields); i += 2 {
		width := fields[i+1].(int)
		*fields[i].(*uint8) = uint8(bits & (1<<width - 1))
		bits >>= width
	}
}

// explore looks at all that can become of the start. It returns how many states there
// are, and what is broken in one of them, with the way there.
func (r modelRules) explore(troubles uint8) (states int, broken string, way []string) {
	type origin struct {
		from int
		what string
	}
	start := r.key(modelStart(troubles))
	known := map[modelKey]bool{start: true}
	all, came := []modelKey{start}, []origin{{-1, ""}}
	for at := 0; at < len(all); at++ {
		s := all[at].state()
		broken = r.broken(&s)
		steps := r.steps(s)
		if broken == "" && !slices.ContainsFunc(steps, func(st modelStep) bool { return !st.fault }) {
			broken = s.left()
		}
		if broken != "" {
			for i := at; i > 0; i = came[i].from {
				way = append(way, came[i].what)
			}
			slices.Reverse(way)
			return len(all), broken, way
		}
		for _, st := range steps {
			if k := r.key(st.to); !known[k] {
				known[k] = true
				all, came = append(all, k), append(came, origin{at, st.what})
			}
		}
	}
	return len(all), "", nil
}

// troublesOfModel are two, or one where everything takes ten times as long.
var troublesOfModel = uint8(storetest.Rows(2, 1))

func TestModel(t *testing.T) {
	t.Parallel()
	states, broken, way := modelRules{}.explore(troublesOfModel)
	if broken != "" {
		t.Errorf("not so: %s, after %q", broken, way)
	}
	t.Logf("%d states", states)
}

// Without any of the rules something breaks.
func TestModelWithout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules modelRules
		want  string
	}{
		"the claim's fence":       {modelRules{noFence: true}, "nobody is invited twice"},
		"a commit before sending": {modelRules{sendFirst: true}, "nobody is invited twice"},
		"the look-up":             {modelRules{noLookup: true}, "nobody is invited twice"},
		"the second look-up":      {modelRules{oneLookup: true}, "nobody is invited twice"},
		"the sweeper":             {modelRules{noSweep: true}, "nobody is left lying"},
		"a look at the deadline":  {modelRules{noDeadline: true}, "nobody is invited twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			states, broken, way := c.rules.explore(troublesOfModel)
			if broken != c.want {
				t.Errorf("broken: %q, want %q", broken, c.want)
			}
			t.Log(fmt.Sprintf("%d states until", states), way)
		})
	}
}
