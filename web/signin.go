package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"usher/batch"
)

// link signs in once, as Jupyter's does: for who started the server, when there is
// nobody yet who could.
type link struct {
	mu    sync.Mutex
	token string // empty once it was used
}

func newLink() *link { return &link{token: rand.Text()} }

// use reports whether a token is the link's, which is used up by it.
func (l *link) use(token string) bool {
	if l == nil || token == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !batch.SameSecret(token, l.token) {
		return false
	}
	l.token = ""
	return true
}

// Link is the address that signs in once; empty if there is none. The base is
// where the pages are served, such as http://127.0.0.1:8080.
func (h *Handler) Link(base string) string {
	if h.link == nil {
		return ""
	}
	h.link.mu.Lock()
	defer h.link.mu.Unlock()
	return base + "/signin?token=" + h.link.token
}

// visit tells who asks: by the proxy's word, or by the session.
func (h *Handler) visit(r *http.Request) (visitor, error) {
	if name := h.proxyUser(r); name != "" {
		u, err := h.svc.UserByName(r.Context(), name)
		if errors.Is(err, batch.ErrNoUser) {
			return visitor{}, errNoUser
		}
		return visitor{ID: u.ID, Name: u.Name, Role: u.Role, Proxy: true}, err
	}
	return h.sessionVisitor(r)
}

// signInForm is what the page to sign in on shows.
type signInForm struct {
	Name  string
	Next  string // where to go then
	Wrong string
	Link  bool // there is no user yet: the link signs in
}

func (h *Handler) signInPage(w http.ResponseWriter, r *http.Request) error {
	if token := r.FormValue("token"); token != "" && r.Method == http.MethodGet {
		return h.signInByLink(w, r, token)
	}
	if visitorOf(r).Role != nobody {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	h.showSignIn(w, r, http.StatusOK, signInForm{Next: within(r.FormValue("next"))})
	return nil
}

func (h *Handler) showSignIn(w http.ResponseWriter, r *http.Request, status int, f signInForm) {
	f.Link = h.link != nil
	h.show(w, r, "signin", page{Status: status, Title: "Sign in", Data: f})
}

func (h *Handler) signInByLink(w http.ResponseWriter, r *http.Request, token string) error {
	if !h.link.use(token) {
		h.showSignIn(w, r, http.StatusForbidden, signInForm{Wrong: "This link was used already, or it is of another start of usher. Each signs in once. Start 'usher serve' again for a new one."})
		return nil
	}
	if err := h.begin(r, h.linkValue()); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (h *Handler) signIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm{Name: r.PostFormValue("name"), Next: within(r.PostFormValue("next"))}
	u, err := h.svc.SignIn(r.Context(), f.Name, r.PostFormValue("password"), h.clientAddress(r))
	var wrong *batch.WrongSignInError
	var throttled *batch.ThrottledError
	switch {
	case errors.As(err, &wrong):
		f.Wrong = "The name or the password is not right. Capitals count in passwords."
		h.showSignIn(w, r, http.StatusForbidden, f)
		return nil
	case errors.As(err, &throttled):
		f.Wrong = "There were too many tries. Try again in " + batch.SpanWords(throttled.Wait) + "."
		w.Header().Set("Retry-After", seconds(throttled.Wait))
		h.showSignIn(w, r, http.StatusTooManyRequests, f)
		return nil
	case err != nil:
		return err
	}
	if err := h.begin(r, userValue(u)); err != nil {
		return err
	}
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}

func (h *Handler) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

// ours is what addresses of these pages are like. Browsers read others in ways of
// their own: what is no letter may lead to another host.
var ours = regexp.MustCompile(`^(/[A-Za-z0-9_-]+(\.[a-z]+)?)+$`)

// within is an address of these pages, or that of the first.
func within(next string) string {
	u, err := url.Parse(next)
	if err != nil || !ours.MatchString(u.Path) || strings.HasPrefix(u.Path, "/signin") || u.IsAbs() || u.Host != "" {
		return "/"
	}
	return u.Path
}

// toSignIn sends somebody to the page where one signs in. What no person looks at
// is told so by its status alone, and what was sent is not done.
func (h *Handler) toSignIn(w http.ResponseWriter, r *http.Request) {
	dest := r.Header.Get("Sec-Fetch-Dest")
	if r.Method == http.MethodGet && (dest == "" || dest == "document") && !strings.Contains(r.Header.Get("Accept"), "event-stream") {
		to := "/signin"
		if r.URL.Path != "/" {
			to += "?next=" + url.QueryEscape(within(r.URL.Path))
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	f := signInForm{Next: "/"}
	if r.Method == http.MethodPost {
		f.Wrong = "You are not signed in any more, so nothing was done. Sign in, and do it again."
	}
	h.showSignIn(w, r, http.StatusUnauthorized, f)
}
