// Package batch owns what can be done with a batch, once for every way in: the
// command line, a page, a schedule, a folder. It plans, imports, works, retries,
// settles, pauses and reports, and tells how all of it stands, in values whose
// JSON is the documented one.
//
// It asks nobody anything and prints nothing. What needs a yes is returned as a
// [Question], what happens meanwhile is told as an [Event], and every act takes
// the [Actor] whose act it is. It must not know flags, terminals, pages or exit
// statuses; those who do bring them to it.
package batch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"usher/config"
	"usher/importer"
	"usher/jobs"
	"usher/store"
	"usher/upstream"
)

// Options say what a [Service] is opened for.
type Options struct {
	// Command is what this process was started as, such as "run": it is shown to
	// those who wait for it.
	Command string
	// Version of the program, which the API is told.
	Version string
	// Send lets it import and work. That needs the API's key, and opens a gate
	// that another key had closed.
	Send bool
	// Existing makes no database that is not there. Without one, only what a
	// check needs can be asked.
	Existing bool
	// Look changes nothing in the database, and makes none. Without one, and with one of
	// another schema, which is an error, nothing can be asked of it.
	Look bool
	// Rehearsal has everything go to a sandbox; see [NewRehearsal]. It is closed
	// with the service.
	Rehearsal *Rehearsal
	// Profiles is the folder of saved mappings of columns; empty if there is none.
	Profiles string
	// LockWait is how long somebody waits behind a lock of PostgreSQL's before he is told of
	// it; zero waits for as long as it takes.
	LockWait time.Duration
	// Watched says that Tell reaches a person who looks on, so that the log need not say
	// what is told.
	Watched bool
	// Tell is told what happens.
	Tell Teller
	// Log may be nil.
	Log *zap.Logger
}

// Service does what can be done with batches, on one database and for one
// account. Its methods may be called by several goroutines at once.
type Service struct {
	cfg     *config.Config
	o       Options
	log     *zap.Logger
	st      *store.Store // nil if there is none, with Options.Existing
	api     *upstream.Client
	control *jobs.Control
	im      *importer.Importer
	account int64
	id      string // of this process
	detail  string // that to people
	file    os.FileInfo

	passwords *passwords
	beside    Beside
	traffic   *traffic
	returns   returns
	// delivered is told of each step of a delivery, which an error breaks off; nil but in
	// tests.
	delivered func(step string) error

	mu      sync.Mutex
	locked  bool // it has the worker's lock, on SQLite
	closers []func()

	working sync.Mutex
	forgot  atomic.Int64 // when what was sent was last swept, in nanoseconds since 1970
	works   atomic.Bool  // a worker of this process has started and not stopped
	checks  *checks      // of uploads
	typed   rowCheckers  // for those who correct them
}

// Open opens the database that the settings name, and the API with it if it is
// to be sent to. SQLite's schema is brought up to date; on PostgreSQL that is for
// [Upgrade], as others may be using it.
func Open(ctx context.Context, cfg *config.Config, o Options) (*Service, error) {
	s := &Service{cfg: cfg, o: o, log: o.Log, passwords: newPasswords(passwordCost), checks: newChecks()}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if o.Rehearsal != nil {
		s.closers = append(s.closers, o.Rehearsal.Close)
	}
	s.traffic = newTraffic(s.log, s.addTraffic)
	s.id, s.detail = process(o.Command)
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Service) open(ctx context.Context) (err error) {
	if s.o.Send {
		if s.api, err = client(s.cfg, s.o.Version, s.traffic.observe); err != nil {
			return err
		}
	}
	if s.o.Look {
		return s.openToLook(ctx)
	}
	if s.o.Existing && noDatabase(s.cfg) {
		return nil
	}
	if s.st, err = openStore(ctx, s.cfg, store.Options{MaxConns: maxConns(s.cfg), LockWait: s.o.LockWait}, s.o.Tell); err != nil {
		return err
	}
	s.closers = append(s.closers, s.st.Close, s.checks.close)
	s.file, _ = os.Stat(s.st.Path()) // nil where the database is a server
	if s.account, err = s.openAccount(ctx); err != nil {
		return err
	}
	if s.control, err = jobs.NewControl(s.st, s.log); err != nil {
		return err
	}
	s.control.Resolving, s.control.Cancelling = s.wantAfterResolving, s.wantDelivery
	s.closers = append(s.closers, s.traffic.close)
	s.im = importer.New(s.st, s.control, s.id, s.detail)
	if !s.o.Send {
		return nil
	}
	return jobs.SeeClock(ctx, s.st, s.log) // before anything waits for a lease
}

// openAccount finds the account. Only who sends tells the key: a command that
// looks must not open a gate because it was run with another one.
func (s *Service) openAccount(ctx context.Context) (int64, error) {
	switch {
	case s.o.Rehearsal != nil:
		return s.st.Account(ctx, sandboxAccount, "")
	case s.o.Send:
		return s.st.Account(ctx, accountName(s.cfg), fingerprint(s.cfg.Upstream.APIKey))
	}
	return s.st.Account(ctx, accountName(s.cfg), "")
}

// Close lets go of everything. Work that is under way must have ended.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// Database names the database without its password.
func (s *Service) Database() string { return s.cfg.Redacted()["database"] }

// API names the address of the API without what is secret in it.
func (s *Service) API() string { return s.cfg.Redacted()["upstream.base_url"] }

// Rehearsal reports whether nobody is contacted.
func (s *Service) Rehearsal() bool { return s.o.Rehearsal != nil }

// Forgets reports whether the database is thrown away at the end.
func (s *Service) Forgets() bool { return s.o.Rehearsal != nil && s.o.Rehearsal.forgets }

// Remembers returns an error when the database's file was removed, or another
// put in its place, while this process worked with it. What was written is gone
// with it, and the same list would invite everybody again.
func (s *Service) Remembers() error {
	if s.Forgets() || s.st == nil {
		return nil
	}
	return remembered(s.file, s.st.Path())
}

func remembered(before os.FileInfo, path string) error {
	if before == nil {
		return nil
	}
	now, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(before, now) {
		return nil
	}
	return WithHint(fmt.Errorf("the database file %s was removed or replaced during the run: whom it invited is not remembered", path),
		"keep the report, and run that instead of the list: its rows say who was invited")
}

// openStore opens the database for use.
func openStore(ctx context.Context, cfg *config.Config, o store.Options, tell Teller) (*store.Store, error) {
	st, err := openAsItIs(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	if st.Path() != "" {
		_, err = upgrade(ctx, st, tell)
	} else {
		err = awaitSchema(ctx, st, tell)
	}
	if err != nil {
		st.Close()
		return nil, err
	}
	return st, nil
}

// openAsItIs opens the database, whatever its schema, in a data folder that is
// made for it.
func openAsItIs(ctx context.Context, cfg *config.Config, o store.Options) (*store.Store, error) {
	if err := cfg.MakeDataFolder(); err != nil {
		return nil, WithHint(fmt.Errorf("the folder for usher's data cannot be made: %w", err),
			"set database (USHER_DATABASE) to sqlite:PATH in a folder that this user may write, or to postgres://…")
	}
	st, err := store.Open(ctx, cfg.Database, o)
	if err != nil {
		return nil, hintSetting(err)
	}
	return st, nil
}

// noDatabase reports whether the database is a file that is not there yet.
func noDatabase(cfg *config.Config) bool {
	path, isFile := strings.CutPrefix(cfg.Database, "sqlite:")
	if !isFile {
		return false
	}
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// maxConns sizes the pool: River and the group commit share few connections,
// however many workers there are.
func maxConns(cfg *config.Config) int { return 12 + min(cfg.Work.Concurrency/20, 20) }

// client makes the API's client.
func client(cfg *config.Config, version string, observe func(upstream.Exchange)) (*upstream.Client, error) {
	c, err := upstream.New(upstream.Config{
		BaseURL: cfg.Upstream.BaseURL, APIKey: cfg.Upstream.APIKey, Timeout: cfg.Upstream.Timeout,
		Concurrency: cfg.Work.Concurrency, UserAgent: "usher/" + version, RetryAfterCap: cfg.Upstream.RetryAfterCap,
		Observe: observe,
	})
	if errors.Is(err, upstream.ErrNoKey) {
		return nil, WithHint(errors.New("no API key is set"),
			"set USHER_UPSTREAM_API_KEY (or USHER_UPSTREAM_API_KEY_FILE), or rehearse with 'usher run --sandbox FILE'")
	}
	return c, err
}

func pace(cfg *config.Config) store.Pace {
	u := cfg.Upstream
	p := store.Pace{Rate: u.Rate, Burst: u.Burst, Daily: u.Daily, Reserve: u.Reserve(), Zone: u.DayZone}
	if p.Zone == "UTC" {
		p.Zone = "" // as it is kept
	}
	if !u.WholeDay() {
		p.DayLength = u.DayLength
	}
	return p
}

// process names this process: uniquely for the database, and in words for
// people.
func process(command string) (id, words string) {
	host, _ := os.Hostname()
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	name := strings.ReplaceAll(host, ".", "_")
	id = fmt.Sprintf("%s-%d-%s", name[:min(len(name), 40)], os.Getpid(), hex.EncodeToString(random))
	return id, fmt.Sprintf("%s on %s, process %d, since %s", commandWords(command), host, os.Getpid(), time.Now().Format("2006-01-02 15:04:05"))
}

func commandWords(command string) string { return "'usher " + command + "'" }
