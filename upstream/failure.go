package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// failure turns the transport's error into ours: what kind it was, and whether
// the request may have gone out. It also ends the request, so that what is said
// stays true.
func (c *Client) failure(ctx context.Context, t *trace, err error) *TransportError {
	sent := t.seal()
	t.mu.Lock()
	at, tooOld, notNow := t.stage, t.tooOld, t.notNow
	t.mu.Unlock()

	e := &TransportError{
		Sent:    sent,
		Timeout: tooOld || timedOut(ctx, err),
		host:    c.base.Host,
		err:     cause(ctx, err),
	}
	if e.Kind = kind(at, e.Timeout, ctx, err); notNow && !e.Timeout {
		e.Kind = KindCancelled
	}
	if e.Kind != KindCancelled && e.Kind != KindTimeout {
		e.detail = detail(err)
	}
	if e.Timeout && e.err == nil {
		e.err = context.DeadlineExceeded
	}
	return e
}

func timedOut(ctx context.Context, err error) bool {
	var timeout net.Error
	return errors.Is(ctx.Err(), context.DeadlineExceeded) ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func kind(at stage, timeout bool, ctx context.Context, err error) string {
	var dns *net.DNSError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return KindCancelled
	case at == stageConnected && timeout:
		return KindTimeout
	case at == stageConnected:
		return KindCut
	case errors.As(err, &dns):
		return KindResolve
	case at == stageTLS || secure(err):
		return KindTLS
	case at == stageResolve:
		return KindResolve
	case at == stageNone && timeout:
		return KindTimeout
	default:
		return KindConnect
	}
}

// secure says whether an error comes from TLS; the stage may be newer than it
// when a second address is being tried.
func secure(err error) bool {
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	return errors.As(err, &cert) || errors.As(err, &alert) || errors.As(err, &record)
}

// detail is the part of an error's text that is known to quote neither the
// request nor the answer nor a proxy's password.
func detail(err error) string {
	var errno syscall.Errno
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var dns *net.DNSError
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &cert):
		return clip(cert.Err.Error(), maxMessage)
	case errors.As(err, &alert):
		return alert.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	default:
		return ""
	}
}

// cause is the error that Unwrap may show.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return nil
}
