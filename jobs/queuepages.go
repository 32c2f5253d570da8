package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"go.uber.org/zap"
	"riverqueue.com/riverui"

	"usher/store"
)

const (
	// queueReadTime is how long one look into the queue may take. At 2,000,000 jobs,
	// 2,000 of them done in a second, the longest take two to four seconds, and the
	// first look more than five.
	queueReadTime = 12 * time.Second
	// queueIdle is how long after the last look jobs are still counted in the
	// background.
	queueIdle = 2 * time.Minute
)

// QueuePages are River's own pages, to look only: of jobs, queues and what went
// wrong with them. They show what River's tables hold, which is keys and no person.
// They read over connections of their own, so that nobody's work waits for them,
// and act on nothing: who pauses, cancels or retries does so by [Control], which
// keeps states and acts in step.
type QueuePages struct {
	ctx     context.Context // ends when they are to do nothing more
	end     context.CancelFunc
	reader  *store.Store
	pages   *riverui.Handler
	api     string // how addresses begin that read the queue
	answers answers

	mu    sync.Mutex
	sleep *time.Timer // ends what goes on for those who look; nil before the first look
}

// NewQueuePages makes the pages below an address such as "/queue". When ctx ends
// they count no more.
func NewQueuePages(ctx context.Context, st *store.Store, prefix string, log *zap.Logger) (*QueuePages, error) {
	reader, err := st.Reader(ctx)
	if err != nil {
		return nil, err
	}
	p := &QueuePages{reader: reader, api: prefix + "/api/"}
	p.ctx, p.end = context.WithCancel(ctx)
	logger := slog.New(pagesLog{newOutages(log)})
	if pool := reader.Pgx(); pool != nil {
		p.pages, err = newPages(readOnly{riverpgxv5.New(pool), store.ReadOnly(queueReadTime)}, prefix, logger)
	} else {
		p.pages, err = newPages(riversqlite.New(reader.SQL()), prefix, logger)
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("open the queue's pages: %w", err)
	}
	return p, nil
}

func newPages[TTx any](driver riverdriver.Driver[TTx], prefix string, logger *slog.Logger) (*riverui.Handler, error) {
	client, err := river.NewClient(driver, &river.Config{Logger: logger})
	if err != nil {
		return nil, err
	}
	return riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(client, nil), Logger: logger, Prefix: prefix})
}

// Close lets go of the connections.
func (p *QueuePages) Close() {
	p.end()
	p.reader.Close()
}

// ServeHTTP shows a page, or what one asks for. Whatever is more than looking is
// refused before River sees it.
func (p *QueuePages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "These pages are to look only.", http.StatusMethodNotAllowed)
		return
	}
	if !strings.HasPrefix(r.URL.Path, p.api) {
		p.pages.ServeHTTP(w, r)
		return
	}
	p.count()
	p.answers.serve(w, r, p.pages)
}

// count has River count the jobs of each state in the background, as long as
// somebody looks. It takes a fiftieth of the time at most, which River sees to.
func (p *QueuePages) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sleep != nil && p.sleep.Reset(queueIdle) {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	if err := p.pages.Start(ctx); err != nil { // they are counted when they are asked for, up to a bound
		cancel()
		return
	}
	p.sleep = time.AfterFunc(queueIdle, func() {
		cancel()
		p.answers.forget()
	})
}

// readOnly is River's driver for PostgreSQL whose transactions begin with a
// statement, which keeps them from writing.
type readOnly struct {
	*riverpgxv5.Driver
	first string
}

// GetExecutor implements [riverdriver.Driver].
func (d readOnly) GetExecutor() riverdriver.Executor {
	return readOnlyExecutor{d.Driver.GetExecutor(), d.first}
}

type readOnlyExecutor struct {
	riverdriver.Executor
	first string
}

// Begin implements [riverdriver.Executor].
func (e readOnlyExecutor) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	tx, err := e.Executor.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := tx.Exec(ctx, e.first); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
		return nil, err
	}
	return tx, nil
}

// pagesLog is the log of River's pages: that they could not read, now and then,
// and by which code. Their own words quote what somebody typed, and how the
// database is reached.
type pagesLog struct{ outages *outages }

// Enabled implements [slog.Handler].
func (pagesLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements [slog.Handler].
func (l pagesLog) Handle(_ context.Context, r slog.Record) error {
	l.outages.now("the queue's pages could not be read in time, or the database does not answer", stateFields(stateIn(r))...)
	return nil
}

// WithAttrs implements [slog.Handler].
func (l pagesLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements [slog.Handler].
func (l pagesLog) WithGroup(string) slog.Handler { return l }
