// Package jobs works the batches: it owns River, the outcome policy, the gate,
// the pace and the protocol by which an applicant is claimed, sent, settled
// and, in doubt, looked up. It is the only package that imports River. It
// knows nothing of files, reports or pages; what it needs of them is passed in.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"usher/store"
	"usher/upstream"
)

// Config is how a worker process works.
type Config struct {
	Worker      string // unique name of this process
	Detail      string // for people: host, process id, command
	Account     int64
	OnlyBatch   int64 // serve this batch alone; 0 for every batch of the account
	Watched     bool  // somebody is told otherwise what the log would say of the gate and of a pause
	Pace        store.Pace
	Concurrency int           // requests in flight at most
	Timeout     time.Duration // of one request
	LookupAfter time.Duration // past an attempt's end
	LookupAgain time.Duration // past an attempt's end
	Resend      bool          // send again what two look-ups did not find
	ProbeFirst  time.Duration
	ProbeMost   time.Duration
	// ShortWait is the longest wait of a 429 for which the pace waits and the gate
	// stays open.
	ShortWait time.Duration
	// RetryAfterCap bounds our own back-off after a 429.
	RetryAfterCap time.Duration
	// Lease is how long this process is believed to live without a word; 0 is
	// 12 seconds.
	Lease time.Duration
	// RenewKey is asked when the API has refused a key, by the number that package
	// upstream gives it: it reads the key again where it comes from, if it comes
	// from a place that can change, and returns the number of the key in use. Nil
	// when it cannot.
	RenewKey func(refused int) (inUse int)
	// Sweep is how often it is looked for jobs that nobody is working, while a batch
	// runs; 0 is 5 seconds.
	Sweep time.Duration
	// SweepImports removes imports whose process died, and uploads that are of no use
	// any more.
	SweepImports func(ctx context.Context) error
	// ImportUpload makes a batch of an upload that somebody agreed to, or keeps with
	// the upload why not. An error is one that passes. Nil if uploads are for other
	// processes to import, as they are for one that serves a single batch.
	ImportUpload func(ctx context.Context, id string) error
	// Errands are what rooms above have done by jobs. A process that serves a single
	// batch does none.
	Errands []Errand
	// Told is told of what is done.
	Told Told
	// ReturnURL is the address of the page of usher that somebody comes back to
	// afterwards. An error says in words why there is none here; nil is none for
	// anybody.
	ReturnURL func(k store.Key) (string, error)
	// Finished writes the report of a run that is over.
	Finished func(ctx context.Context, b store.Batch) error
	// Ended is called in the transaction in which a run is over; nil does nothing.
	Ended func(ctx context.Context, tx *store.Tx, b store.Batch) error
}

// inviter is what the worker uses of the API.
type inviter interface {
	CreateSession(ctx context.Context, r upstream.SessionRequest) (upstream.Session, error)
	SessionsByExternalID(ctx context.Context, externalID string) ([]upstream.Session, error)
	Session(ctx context.Context, id string) (upstream.Session, error)
	Skew() (time.Duration, bool)
	NamedRate() (rate float64, ok bool)
}

// Service is one worker process.
type Service struct {
	cfg        Config
	account    int64
	st         *store.Store
	api        inviter
	log        *zap.Logger
	river      riverQueue
	gate       *gatekeeper
	pacer      *pacer
	commits    *committer
	canaries   canaries
	wake       chan struct{} // a batch runs, stops, or holds nobody back any more: the queues are to be brought in line
	witnesses  witnesses
	closings   *closings
	working    *working
	outages    *outages
	unwritten  unwritten
	sweeping   sweeping
	probing    atomic.Bool
	accepted   accepted
	downs      atomic.Int32 // answers in doubt since the API was last heard
	stepped    atomic.Bool  // the gate's back-off has grown and no success came since
	keys       keys
	hears      atomic.Bool // what others do is told to this process; see [Service.hear]
	stops      stops
	busy       atomic.Bool   // a batch runs, or it is not known yet
	began      chan struct{} // the sweeper is to look at once
	stopping   chan struct{}
	news       chan struct{} // the gate or the pace has become another one; see [Service.hear]
	served     served
	followedAt time.Time
	followed   int64 // the gate's generation that the queues are in line with; see [Service.followGate]
	loops      sync.WaitGroup
	cancel     context.CancelFunc
}

// leaseTime is how long a worker process is believed to live without a word, by
// the database's clock. It gives four in that time.
const leaseTime = 12 * time.Second

// New makes a worker process; [Service.Start] sets it to work.
func New(st *store.Store, api inviter, cfg Config, log *zap.Logger) (*Service, error) {
	cfg.Told = cfg.Told.orNobody()
	if cfg.Watched {
		log = watchedLog(log)
	}
	cfg.Lease, cfg.Sweep = cmp.Or(cfg.Lease, leaseTime), cmp.Or(cfg.Sweep, sweepSlow)
	s := &Service{
		cfg: cfg, account: cfg.Account, st: st, api: api, log: log,
		gate: newGatekeeper(), canaries: canaries{going: map[int64]bool{}, left: map[int64]int{}}, wake: make(chan struct{}, 1),
		closings: newClosings(), accepted: accepted{now: make(chan struct{}, 1)}, working: newWorking(cfg.Told.Worked), outages: newOutages(log), stopping: make(chan struct{}),
		news: make(chan struct{}, 1), began: make(chan struct{}, 1),
		served: served{names: map[int64]*servedQueue{}},
	}
	s.outages.stopped = s.stopping
	s.outages.answers = func(ctx context.Context) error {
		return st.CheckWork(ctx, cfg.Account)
	}
	s.busy.Store(true)
	s.sweeping.setBack.Store(true) // whoever noticed may be gone
	s.stepped.Store(true)          // a process before this one may have left steps behind
	s.pacer = newPacer(s)
	workers := river.NewWorkers()
	river.AddWorker(workers, &inviteWorker{s: s})
	river.AddWorker(workers, &lookupWorker{s: s})
	river.AddWorker(workers, &finishWorker{s: s})
	river.AddWorker(workers, &importWorker{s: s})
	river.AddWorker(workers, &errandWorker{s: s})
	poll := river.FetchPollIntervalDefault
	if st.Pgx() != nil {
		poll = toldPoll
	}
	queues := map[string]river.QueueConfig{
		finishQueue:              {MaxWorkers: 2, FetchPollInterval: poll},
		lookupQueue(cfg.Account): {MaxWorkers: min(cfg.Concurrency, 16), FetchPollInterval: min(poll, lookupPoll)},
	}
	if s.importing() {
		queues[importQueue(cfg.Account)] = river.QueueConfig{MaxWorkers: 1, FetchPollInterval: poll}
	}
	for _, e := range s.errands() {
		queues[errandQueue(cfg.Account, e.What)] = river.QueueConfig{MaxWorkers: e.Workers, FetchPollInterval: poll}
	}
	queue, err := openQueue(st, &river.Config{
		ID:            cfg.Worker,
		Logger:        riverLog(log, s.outages),
		Workers:       workers,
		Queues:        queues,
		FetchCooldown: fetchCooldown,
		JobTimeout:    -1, // each step has a deadline of its own
		RetryPolicy:   retrySoon{},
		Middleware:    []rivertype.Middleware{river.WorkerMiddlewareFunc(s.working.work), river.WorkerMiddlewareFunc(s.keepWords)},
	})
	if err != nil {
		return nil, err
	}
	s.river = queue
	return s, nil
}

// fetchCooldown bounds the jobs fetched a second together with the number of
// workers: River's default of 100 ms would allow 1,000/s with 100 workers.
const fetchCooldown = 5 * time.Millisecond

// toldPoll is how often it is looked for jobs of the queues that are there all the time
// where River is told of new ones. It is not told of those that are made available again,
// nor through some poolers of connections.
const toldPoll = 5 * time.Second

// lookupPoll is how often it is looked for look-ups at the least, as they are put off and
// made available again while a gate or a wait keeps them.
const lookupPoll = 2 * time.Second

// retrySoon tries a job again that ended in an error, which is to say that the
// database was away. Answers of the API are no errors to River.
type retrySoon struct{}

func (retrySoon) NextRetry(*rivertype.JobRow) time.Time {
	return time.Now().Add(jitter(2 * time.Second))
}

// Start takes the worker's lease and works until [Service.Stop]. Cancelling
// ctx does not stop it.
func (s *Service) Start(ctx context.Context) error {
	if err := s.seeClock(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	held, err := s.st.HoldLease(ctx, store.WorkerLease(s.cfg.Worker), s.cfg.Worker, s.cfg.Detail, s.cfg.Lease)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if !held {
		return errors.New("start: another process has this worker's name")
	}
	if err := s.firstLook(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := s.holdPace(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s.commits = newCommitter(s.st, s.log, store.ClaimParams{
		Account: s.account, Worker: s.cfg.Worker, Timeout: s.cfg.Timeout, LookupAfter: s.cfg.LookupAfter,
	}, s.cfg.Told.Invited, s.pacer.ready, s.notePaused)
	background := context.WithoutCancel(ctx)
	if err := s.river.start(background); err != nil {
		s.commits.close()
		return fmt.Errorf("start the job queue: %w", err)
	}
	loops, cancel := context.WithCancel(background)
	s.cancel = cancel
	for _, loop := range []func(context.Context){s.keepLease, s.watchClock, s.watchGate, s.hear, s.writeClosings, s.pacer.run, s.reconcile, s.sweep, s.watchWorking} {
		s.loops.Go(func() { loop(loops) })
	}
	return nil
}

// isStopping reports whether the process begins nothing more.
func (s *Service) isStopping() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// Stop stops gracefully: no more jobs are taken, those that wait for their
// turn give their place back, and what is in flight ends by its own deadline.
// When ctx is done first, it returns its error; what is in flight then is in
// doubt, and is looked up by whoever works next.
func (s *Service) Stop(ctx context.Context) error {
	close(s.stopping)
	s.pacer.sendAway(func(int64) bool { return true })
	err := s.river.stop(ctx)
	s.cancel()
	s.loops.Wait()
	s.flushClosings()
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	s.commits.close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	s.tellAnswers(ctx)
	s.pacer.returnUnsent(ctx)
	return errors.Join(s.st.HoldNoSlots(ctx, s.account, s.cfg.Worker), s.st.ReleasePace(ctx, s.account, s.cfg.Worker),
		s.st.ReleaseLease(ctx, store.WorkerLease(s.cfg.Worker), s.cfg.Worker))
}
