package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"usher/batch"
)

// monitorRoutes are for programs that watch this one.
var monitorRoutes = []string{"GET /healthz", "GET /readyz", "GET /metrics"}

func (rt route) monitor() bool { return slices.Contains(monitorRoutes, rt.pattern) }

// newMetrics serves the figures of this process and its account. Two at a time ask
// for them at the most.
func newMetrics(svc *batch.Service, log *zap.Logger) (http.Handler, error) {
	all, err := svc.Metrics()
	if err != nil {
		return nil, err
	}
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{
		ErrorLog: zap.NewStdLog(log), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2, Timeout: pageTime,
	}), nil
}

func (h *Handler) showMetrics(w http.ResponseWriter, r *http.Request) error {
	if !h.mayMonitor(r) {
		return refuseMonitor(w)
	}
	h.metrics.ServeHTTP(w, r)
	return nil
}

// mayMonitor reports whether somebody may read the figures: a program on this machine,
// if no proxy stands before the pages, or whoever shows the token.
func (h *Handler) mayMonitor(r *http.Request) bool {
	if shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && h.o.MetricsToken != "" {
		return batch.SameSecret(shown, h.o.MetricsToken)
	}
	return peer(r).IsLoopback() && h.o.PublicURL == "" && len(h.o.TrustFrom) == 0 && !proxied(r)
}

// proxied reports whether a proxy says that it has passed a request on.
func proxied(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

func refuseMonitor(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", "Bearer")
	return plain(w, http.StatusUnauthorized, "This is for programs on this machine, and for those that show web.metrics_token as 'Authorization: Bearer …'.")
}

// readiness remembers for a moment whether this process can do its work, so that many
// who ask are one question to the database.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// Times of readiness.
const (
	readyFor  = 500 * time.Millisecond
	readyWait = 2 * time.Second
)

func (d *readiness) of(svc *batch.Service) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.at) > readyFor {
		ctx, cancel := context.WithTimeout(context.Background(), readyWait)
		defer cancel()
		d.err = svc.Ready(ctx)
		d.at = time.Now()
	}
	return d.err
}

func (h *Handler) readyz(w http.ResponseWriter, r *http.Request) error {
	if !h.mayMonitor(r) {
		return refuseMonitor(w)
	}
	switch err := h.ready.of(h.svc); {
	case errors.Is(err, batch.ErrNoLease):
		return plain(w, http.StatusServiceUnavailable, "not ready: the right to send has ended, and is asked for again")
	case err != nil:
		return plain(w, http.StatusServiceUnavailable, "not ready: "+batch.FaultWords(err))
	}
	return plain(w, http.StatusOK, "ready")
}
