package web

import (
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"
)

// policy lets pages have what this server serves, and nothing else: no script or
// style within a page, no other host, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard is around every request: headers that hold for all, no posts from other
// sites, and an answer whatever happens.
func (h *Handler) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.fail(w, r, errOtherSite) }))
	if h.o.PublicURL != "" {
		_ = cross.AddTrustedOrigin(h.o.PublicURL) // it was checked with the settings
	}
	cross.AddInsecureBypassPattern(webhookRoute) // it has a secret of its own, and no session
	secure := strings.HasPrefix(h.o.PublicURL, "https://")
	next = cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		head.Set("Cache-Control", "no-store")
		if secure || r.TLS != nil {
			head.Set("Strict-Transport-Security", "max-age=31536000")
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(pageTime))
		defer h.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

// recovered answers a request whose handler broke. What it was about is not
// logged: it may be somebody's data.
func (h *Handler) recovered(w http.ResponseWriter, r *http.Request) {
	switch broken := recover(); broken {
	case nil:
	case http.ErrAbortHandler:
		panic(broken)
	default:
		h.log.Error("a page broke", zap.String("page", r.Pattern), zap.ByteString("at", debug.Stack()))
		h.fail(w, r, errBroken)
	}
}

func (h *Handler) health(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok")
}

// plain answers a program, which needs no page.
func plain(w http.ResponseWriter, status int, words string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := io.WriteString(w, words+"\n")
	return gone(err)
}
