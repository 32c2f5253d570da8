package batch

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"usher/store"
	"usher/upstream"
)

// traffic counts what this process sends, and adds it to what the database knows of
// all processes about once a second. A process that is killed loses what it has not
// added yet; whom it invited is kept elsewhere.
type traffic struct {
	add func(ctx context.Context, sent []store.Traffic) error
	log *zap.Logger
	now func() time.Time

	answers *prometheus.HistogramVec
	jobs    *prometheus.CounterVec

	mu     sync.Mutex
	sent   map[store.Traffic]int64 // what is not added yet; N is 0 in the keys
	soon   *time.Timer             // set while something is to be added
	closed bool
	adding sync.Mutex // one at a time adds
}

// Times of adding.
const (
	addAfter   = time.Second
	addTimeout = 5 * time.Second
)

func newTraffic(log *zap.Logger, add func(context.Context, []store.Traffic) error) *traffic {
	return &traffic{
		add: add, log: log, now: time.Now, sent: map[store.Traffic]int64{},
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usher_process_answer_seconds", Help: "How long the API took to answer this process.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30},
		}, []string{"request"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_process_river_jobs_total", Help: "River jobs that ended in this process, by kind and how.",
		}, []string{"kind", "result"}),
	}
}

// addTraffic adds what was sent to what is known of the account, if there is a
// database.
func (s *Service) addTraffic(ctx context.Context, sent []store.Traffic) error {
	if s.st == nil {
		return nil
	}
	return s.st.AddTraffic(ctx, s.account, sent)
}

// How much is kept of what was sent and of what became of the gate, and how often what
// is older is forgotten.
const (
	trafficKept = 25 * 60 // minutes
	eventsKept  = 10_000
	forgetEvery = 10 * time.Minute
)

// sweepTraffic forgets what is too old, now and then.
func (s *Service) sweepTraffic(ctx context.Context) error {
	if last := s.forgot.Load(); time.Since(time.Unix(0, last)) < forgetEvery || !s.forgot.CompareAndSwap(last, time.Now().UnixNano()) {
		return nil
	}
	return errors.Join(s.st.SweepTraffic(ctx, s.account, minuteOf(time.Now())-trafficKept),
		s.st.SweepGateEvents(ctx, s.account, eventsKept),
		s.st.SweepEarly(ctx, s.account, earlyKept))
}

// observe counts a request, in the minute in which it began.
func (t *traffic) observe(x upstream.Exchange) {
	answer := strconv.Itoa(x.Status)
	switch {
	case x.Status != 0:
		t.answers.WithLabelValues(x.Request).Observe(x.Took.Seconds())
	case x.Sent:
		answer = store.AnswerLost
	default:
		answer = store.AnswerNotSent
	}
	t.count(store.Traffic{Minute: minuteOf(x.Started), Request: x.Request, Answer: answer}, 1)
}

// invited counts people who were invited.
func (t *traffic) invited(people int) {
	t.count(store.Traffic{Minute: minuteOf(t.now()), Request: store.TrafficInvited}, int64(people))
}

func (t *traffic) worked(kind, result string) { t.jobs.WithLabelValues(kind, result).Inc() }

func minuteOf(at time.Time) int64 { return at.Unix() / 60 }

func (t *traffic) count(what store.Traffic, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent[what] += n
	if t.soon == nil && !t.closed {
		t.soon = time.AfterFunc(addAfter, func() { t.flush() })
	}
}

// flush adds what was counted. While the database is away it is kept.
func (t *traffic) flush() {
	t.adding.Lock()
	defer t.adding.Unlock()
	t.mu.Lock()
	sent := make([]store.Traffic, 0, len(t.sent))
	for what, n := range t.sent {
		what.N = n
		sent = append(sent, what)
	}
	clear(t.sent)
	t.soon = nil
	t.mu.Unlock()
	if len(sent) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), addTimeout)
	defer cancel()
	if err := t.add(ctx, sent); err != nil {
		t.log.Debug("what was sent could not be counted yet", zap.Error(err))
		for _, s := range sent {
			n := s.N
			s.N = 0
			t.count(s, n)
		}
	}
}

// close adds what is left.
func (t *traffic) close() {
	t.mu.Lock()
	t.closed = true
	if t.soon != nil {
		t.soon.Stop()
	}
	t.mu.Unlock()
	t.flush()
}
