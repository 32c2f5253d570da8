package web

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/batch"
)

// Times of connections. How long a page or an upload may take is for each to say.
const (
	headTime = 10 * time.Second
	idleTime = 2 * time.Minute
)

// Scheme is how addresses of the pages begin.
func (h *Handler) Scheme() string {
	if h.o.TLSCert != "" {
		return "https"
	}
	return "http"
}

// Serve serves the pages on a listener until ctx ends. Then live pages end, and
// what is being answered is finished, for so long at most.
func (h *Handler) Serve(ctx context.Context, listener net.Listener, stopTime time.Duration) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10,
		ErrorLog: zap.NewStdLog(zap.NewNop()), // its lines quote what came over the wire
	}
	failed := make(chan error, 1)
	if h.o.TLSCert != "" {
		cert, err := newCertificate(h.o.TLSCert, h.o.TLSKey, h.log)
		if err != nil {
			return err
		}
		server.TLSConfig = &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12}
		go func() { failed <- server.ServeTLS(listener, "", "") }()
	} else {
		go func() { failed <- server.Serve(listener) }()
	}
	// The database and the log are its caller's, so what goes on beside ends before.
	beside, end := context.WithCancel(ctx)
	var sweeping sync.WaitGroup
	sweeping.Go(func() { h.sweep(beside) })
	defer sweeping.Wait()
	defer end()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	h.End()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}

// sweepEvery is how often what has ended is forgotten.
const sweepEvery = 10 * time.Minute

// sweep forgets what has ended, now and then.
func (h *Handler) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	tell := func(what string, err error) {
		if err != nil && ctx.Err() == nil && !batch.Away(err) { // of which others tell
			h.log.Warn(what, zap.Error(err))
		}
	}
	for {
		tell("sign-ins that have ended could not be forgotten", h.svc.SweepWebSessions(ctx))
		tell("lists that are too old could not be removed", h.svc.SweepUploads(ctx)) // there may be no worker that does
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
