// Package web is usher in the browser: pages over [batch.Service], for people who
// never open a terminal, and live standing for everybody who waits. It owns pages,
// their words, addresses, sign-in and who may do what on them. Business belongs
// to the packages batch and schedule; web asks them, and must not know the store, the
// queue or the API.
//
// Every page works without script. The script there is improves plain forms and
// links: it watches live, takes dropped files, and checks while somebody types.
// Nothing is fetched from another host.
package web

import (
	"context"
	"crypto/rand"
	"html/template"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"go.uber.org/zap"

	"usher/batch"
	"usher/schedule"
)

// Options say how the pages are served.
type Options struct {
	// Version of the program, shown at the foot of each page.
	Version string
	// PublicURL is the address by which people reach the pages, where that is not
	// the one they are served on; empty if it is.
	PublicURL string
	// TLSCert and TLSKey are the files of the certificate and its key; empty where the
	// pages are served without TLS. They are read again when they change.
	TLSCert, TLSKey string
	// UploadLimit is how many bytes an upload may have.
	UploadLimit int64
	// Idle and Absolute are how long a sign-in lasts without use, and at the most.
	Idle, Absolute time.Duration
	// TrustHeader is the header in which a proxy at one of TrustFrom names who asks;
	// empty for none. The same proxies are believed where they say who they ask for.
	TrustHeader string
	TrustFrom   []netip.Prefix
	// MetricsToken opens /metrics and /readyz to other machines; empty if it is not to.
	MetricsToken string
	// MonitorOnly serves /metrics, /readyz and /healthz, and no pages.
	MonitorOnly bool
	// LinkName is who signs in by [Handler.Link]; empty if there is to be no link.
	LinkName string
	// Log may be nil.
	Log *zap.Logger
}

// Handler serves the pages.
type Handler struct {
	svc *batch.Service
	// schedules are those of the same database.
	schedules *schedule.Service

	o     Options
	log   *zap.Logger
	pages map[string]*template.Template
	live  *live
	// causes are those of batches that are over.
	causes causes
	inner  http.Handler
	// queuePages are the job queue's own, below queueAt.
	queuePages http.Handler

	metrics  http.Handler
	ready    readiness
	sessions *scs.SessionManager
	link     *link  // nil if there is none
	instance string // names this process in sessions that are of it alone
	// identify tells who asks. An error is one of the database's.
	identify func(r *http.Request) (visitor, error)
	stalled  atomic.Int64    // nanoseconds without a byte, after which what comes in is given up
	patience atomic.Int64    // nanoseconds that a page waits for the database
	done     context.Context // ends when the live pages are to end
	end      context.CancelFunc
}

// New makes a handler. It is ended by [Handler.End].
func New(svc *batch.Service, o Options) (*Handler, error) {
	h := &Handler{svc: svc, schedules: schedule.New(svc), o: o, log: o.Log}
	h.stalled.Store(int64(stalled))
	h.patience.Store(int64(patience))
	if h.log == nil {
		h.log = zap.NewNop()
	}
	h.done, h.end = context.WithCancel(context.Background())
	var err error
	if h.pages, err = parsePages(); err != nil {
		return nil, err
	}
	h.live, h.sessions, h.instance, h.identify = newLive(h), newSessions(h), rand.Text(), h.visit
	if o.LinkName != "" {
		h.link = newLink()
	}
	mux := http.NewServeMux()
	if h.metrics, err = newMetrics(svc, h.log); err != nil {
		return nil, err
	}
	for _, r := range h.routes() {
		if !o.MonitorOnly || r.monitor() {
			mux.Handle(r.pattern, h.route(r))
		}
	}
	h.inner = h.guard(mux)
	if !o.MonitorOnly {
		if h.queuePages, err = svc.QueuePages(h.done, queueAt); err != nil {
			return nil, err
		}
		go h.live.read()
	}
	return h, nil
}

// ServeHTTP serves a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.inner.ServeHTTP(w, r) }

// End ends what would go on for ever: live pages.
func (h *Handler) End() { h.end() }

// Times of pages.
const (
	pageTime = time.Minute      // to be written, unless one says otherwise
	patience = 40 * time.Second // for what one reads of the database
	keepTime = 10 * time.Second // to keep the session of who asked
)
