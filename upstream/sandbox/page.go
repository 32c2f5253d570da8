package sandbox

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
)

// sessionHTML is the page that a session URL leads to. Nobody verifies anything
// on it; its buttons play the three ways in which a session can end.
var sessionHTML = template.Must(template.New("session").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox session</title>
<h1>This is a sandbox session</h1>
<p>Session {{.ID}} is {{.Status}}. It was made in a rehearsal: nobody was contacted and nothing is verified.</p>
<form method="post" action="/s/{{.ID}}">
<button name="end" value="success">Complete it</button>
<button name="end" value="failed">Fail: document unreadable</button>
<button name="end" value="abandoned">Leave</button>
</form>
</html>
`))

// sessionPage is GET /s/{id}.
func (s *Server) sessionPage(w http.ResponseWriter, r *http.Request) {
	session, ok := s.session(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	var out bytes.Buffer
	if err := sessionHTML.Execute(&out, session); err != nil {
		http.Error(w, "render page", http.StatusInternalServerError)
		return
	}
	reply{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: out.Bytes()}.write(w, r)
}

func (s *Server) session(id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.byID[id]; session != nil {
		return *session, true
	}
	return Session{}, false
}

// ending is what becomes of a session and what the browser is sent back with.
type ending struct{ status, reason string }

var endings = map[string]ending{
	"success":   {status: "SUBMITTED"},
	"failed":    {status: "FAILED", reason: "document_unreadable"},
	"abandoned": {status: "PENDING", reason: "user_cancelled"},
}

// endSession is POST /s/{id} with end=success, failed or abandoned. It sends the
// browser to redirect_url with session_id, status and, unless it went well, the
// reason, as the contract says; without one it shows the page again.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	end := r.FormValue("end")
	e, known := endings[end]
	session, ok := s.session(r.PathValue("id"))
	if !ok || !known {
		http.NotFound(w, r)
		return
	}
	s.setStatus(session.ID, e.status)
	target := "/s/" + session.ID
	if u, err := url.Parse(session.RedirectURL); err == nil && session.RedirectURL != "" {
		q := u.Query()
		q.Set("session_id", session.ID)
		q.Set("status", end)
		if e.reason != "" {
			q.Set("reason", e.reason)
		}
		u.RawQuery = q.Encode()
		target = u.String()
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (s *Server) setStatus(id, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.byID[id]
	session.Status = status
	session.UpdatedAt = s.opts.Now().UTC()
}
