package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"usher/batch"
)

// signedIn is the one value that a session has: who signed in, and how.
const signedIn = "in"

// newSessions makes the sessions of those who sign in. They are kept in the
// database, so every server of a fleet knows them.
func newSessions(h *Handler) *scs.SessionManager {
	m := scs.New()
	m.Store = keeper{h.svc}
	m.IdleTimeout, m.Lifetime = h.o.Idle, h.o.Absolute
	m.Cookie.Name, m.Cookie.Secure = "usher", h.secure()
	if m.Cookie.Secure {
		m.Cookie.Name = "__Host-usher" // which browsers take from this host alone, and over TLS
	}
	m.ErrorFunc = h.fail
	return m
}

// secure reports whether browsers reach the pages over TLS.
func (h *Handler) secure() bool {
	return h.o.TLSCert != "" || strings.HasPrefix(h.o.PublicURL, "https://")
}

// keeper keeps sessions in the database.
type keeper struct{ svc *batch.Service }

// beginning is in the context of a request, and true when it signs somebody in: no
// other may make a session. Else one that was ended a moment ago would come back
// with the answer to a request that was under way.
type beginning struct{}

// unasked is in the context of a request that a page makes every two seconds for as
// long as it is open. It is no use by somebody, and does not prolong a sign-in.
type unasked struct{}

func beginnings(next http.Handler, byItself bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), beginning{}, new(bool))
		if byItself {
			ctx = context.WithValue(ctx, unasked{}, true)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// FindCtx implements [scs.CtxStore].
func (k keeper) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return k.svc.WebSession(ctx, token)
}

// CommitCtx implements [scs.CtxStore].
// It holds whether or not somebody waits for the answer, who may not wait for ever.
func (k keeper) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if ctx.Value(unasked{}) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if begins, ok := ctx.Value(beginning{}).(*bool); ok && *begins {
		return k.svc.SaveWebSession(ctx, token, data, expiry)
	}
	return k.svc.KeepWebSession(ctx, token, data, expiry)
}

// DeleteCtx implements [scs.CtxStore].
func (k keeper) DeleteCtx(ctx context.Context, token string) error {
	return k.svc.DeleteWebSession(ctx, token)
}

var errNoContext = errors.New("sessions are asked for with a context")

// Find implements [scs.Store], and is not used.
func (keeper) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit implements [scs.Store], and is not used.
func (keeper) Commit(string, []byte, time.Time) error { return errNoContext }

// Delete implements [scs.Store], and is not used.
func (keeper) Delete(string) error { return errNoContext }

// begin begins a session under a new id, whatever the one before was.
func (h *Handler) begin(r *http.Request, value string) error {
	if err := h.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if begins, ok := r.Context().Value(beginning{}).(*bool); ok {
		*begins = true
	}
	h.sessions.Put(r.Context(), signedIn, value)
	return nil
}

// userValue is the value of a session of a user: the epoch is another one after
// the user was signed out everywhere.
func userValue(u batch.User) string { return fmt.Sprintf("user %d %d", u.ID, u.Epoch) }

// linkValue is that of who came by the link that this process printed. It counts
// for nothing to any other.
func (h *Handler) linkValue() string { return "link " + h.instance }

// sessionVisitor is who a session belongs to; nobody if it counts no more.
func (h *Handler) sessionVisitor(r *http.Request) (visitor, error) {
	value := h.sessions.GetString(r.Context(), signedIn)
	if h.link != nil && value == h.linkValue() {
		return visitor{Name: h.o.LinkName, Role: batch.Operator}, nil
	}
	parts := strings.Fields(value)
	if len(parts) != 3 || parts[0] != "user" {
		return visitor{}, nil
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return visitor{}, nil
	}
	u, err := h.svc.UserByID(r.Context(), id)
	if errors.Is(err, batch.ErrNoUser) || err == nil && userValue(u) != value {
		return visitor{}, nil
	}
	return visitor{ID: u.ID, Name: u.Name, Role: u.Role}, err
}
