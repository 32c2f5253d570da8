package rate

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"
)

// A simulation of some processes that share a pace, and an API with a limit. Its time
// is made up and its chance seeded, so that a run always ends alike.

// simLimiter is the API's side: it lets a request in, or says how long to stay away (0:
// it does not say).
type simLimiter interface {
	take(now time.Duration) (wait time.Duration, ok bool)
}

// simBucket is a token bucket. say makes what is told of the true wait.
type simBucket struct {
	rate   func(now time.Duration) float64
	burst  float64
	say    func(wait, now time.Duration) time.Duration
	tokens float64
	last   time.Duration
}

func (b *simBucket) take(now time.Duration) (time.Duration, bool) {
	rate := b.rate(now)
	b.tokens = min(b.burst, b.tokens+(now-b.last).Seconds()*rate)
	b.last = now
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	return b.say(time.Duration((1-b.tokens)/rate*float64(time.Second)), now), false
}

// simWindow lets so many in in each window of a length that is the same for all time.
type simWindow struct {
	length time.Duration
	most   int
	begun  time.Duration
	count  int
}

func (w *simWindow) take(now time.Duration) (time.Duration, bool) {
	if begun := now.Truncate(w.length); begun != w.begun {
		w.begun, w.count = begun, 0
	}
	if w.count < w.most {
		w.count++
		return 0, true
	}
	return wholeSeconds(w.begun+w.length-now, now), false
}

func steady(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

// wholeSeconds is Retry-After in seconds, untilDate one that is a date, as package
// upstream understands it.
func wholeSeconds(wait, _ time.Duration) time.Duration {
	return max(time.Second, time.Duration(math.Ceil(wait.Seconds()))*time.Second)
}

func untilDate(wait, now time.Duration) time.Duration {
	return (now + wait).Truncate(time.Second) - now.Truncate(time.Second) + time.Second
}

func exactly(wait, _ time.Duration) time.Duration { return wait }
func aSecond(_, _ time.Duration) time.Duration    { return time.Second }
func nothing(_, _ time.Duration) time.Duration    { return 0 }

// simEvent is something that happens at a time.
type simEvent struct {
	at time.Duration
	no int // those of one time happen in the order in which they were planned
	do func()
}

type simEvents []simEvent

func (e simEvents) Len() int { return len(e) }
func (e simEvents) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].no < e[j].no
}
func (e simEvents) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *simEvents) Push(v any)   { *e = append(*e, v.(simEvent)) }
func (e *simEvents) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// simulation is a fleet with more work than it can send.
type simulation struct {
	pace    Pace
	lim     Limits
	block   time.Duration // what all processes take of the pace at a time, and then tell of
	named   float64       // the rate that answers name, 0 for none
	api     simLimiter
	rand    *rand.Rand
	now     time.Duration
	events  simEvents
	planned int
	told    time.Duration // when a refusal last said how long to wait
	inARow  int           // refusals without a success, for waits that the API does not name

	from, to          time.Duration // what is counted
	accepted, refused int
	early             int // requests sent before the end of a wait
	perSecond         map[int]int

	days bool // it ends when the day is taken for used up
	day  Day

	lags []time.Duration // how long the pace takes to answer each process; at once, where there is none
	all  []*simProcess
}

var simEpoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Answers take from simAnswer to twice that; a process hears of a wave of another one
// after simNotice.
const (
	simAnswer = 40 * time.Millisecond
	simNotice = 20 * time.Millisecond
	simBlock  = 100 * time.Millisecond
	simSecond = time.Second // as package jobs takes it
)

func (s *simulation) clock() time.Time { return simEpoch.Add(s.now) }

func (s *simulation) after(d time.Duration, do func()) {
	s.planned++
	heap.Push(&s.events, simEvent{s.now + max(d, 0), s.planned, do})
}

// run lets so many processes work until the end.
func (s *simulation) run(processes int) {
	s.perSecond = map[int]int{}
	if s.block == 0 {
		s.block = simBlock * time.Duration(processes)
	}
	var all []*simProcess
	for i := range processes {
		p := &simProcess{s: s}
		if i < len(s.lags) {
			p.lag = s.lags[i]
		}
		all = append(all, p)
		s.after(time.Duration(i)*7*time.Millisecond, func() { p.block(all) })
	}
	s.all = all
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(simEvent)
		if e.at > s.to {
			return
		}
		s.now = e.at
		e.do()
	}
}
