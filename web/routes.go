package web

import (
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/batch"
)

// route is an address, who may use it, and what it does.
type route struct {
	pattern string
	least   batch.Role // the least role that may use it
	owned   owned      // an uploader may use it for what is theirs alone
	do      func(w http.ResponseWriter, r *http.Request) error
}

// nobody is the role of who has not signed in. What is for everybody does not even
// ask who that is.
const (
	nobody    batch.Role = ""
	everybody batch.Role = "everybody"
)

// owned is what the {id} of an address names.
type owned int

const (
	anybodys owned = iota
	ownBatch
	ownUpload
)

// routes is the one table of who may do what.
func (h *Handler) routes() []route {
	return []route{
		{"GET /healthz", everybody, anybodys, h.health},
		{"GET /readyz", everybody, anybodys, h.readyz},
		{"GET /metrics", everybody, anybodys, h.showMetrics},
		{"GET /assets/{name}", everybody, anybodys, h.asset},
		{"GET /return/{token...}", everybody, anybodys, h.returned},
		{webhookRoute, everybody, anybodys, h.webhook},

		{"GET /signin", nobody, anybodys, h.signInPage},
		{"POST /signin", nobody, anybodys, h.signIn},
		{"POST /signout", nobody, anybodys, h.signOut},
		{"GET /account", batch.Viewer, anybodys, h.account},
		{"POST /account/password", batch.Viewer, anybodys, h.changePassword},
		{"POST /account/signout", batch.Viewer, anybodys, h.signOutEverywhere},
		{"GET /users", batch.Operator, anybodys, h.users},
		{"POST /users", batch.Operator, anybodys, h.addUser},
		{"POST /users/{id}/role", batch.Operator, anybodys, h.onUser("role", h.setRole)},
		{"POST /users/{id}/password", batch.Operator, anybodys, h.onUser("password", h.setPassword)},
		{"POST /users/{id}/signout", batch.Operator, anybodys, h.onUser("signed-out", h.signOutUser)},
		{"POST /users/{id}/remove", batch.Operator, anybodys, h.onUser("removed", h.removeUser)},

		{"GET /new", batch.Uploader, anybodys, h.newList},
		{"POST /new", batch.Uploader, anybodys, h.receive},
		{"POST /new/paste", batch.Uploader, anybodys, h.paste},
		{"POST /new/source", batch.Uploader, anybodys, h.fromSource},
		{"GET /template.csv", batch.Uploader, anybodys, h.template},
		{"GET /template.xlsx", batch.Uploader, anybodys, h.template},
		{"GET /uploads/{id}", batch.Uploader, ownUpload, h.upload},
		{"GET /uploads/{id}/progress", batch.Uploader, ownUpload, h.progress},
		{"GET /uploads/{id}/problems", batch.Uploader, ownUpload, h.problems},
		{"POST /uploads/{id}/choices", batch.Uploader, ownUpload, h.choose},
		{"POST /uploads/{id}/mend", batch.Uploader, ownUpload, h.mend},
		{"POST /uploads/{id}/cells", batch.Uploader, ownUpload, h.cells},
		{"POST /uploads/{id}/replace", batch.Uploader, ownUpload, h.replace},
		{"POST /uploads/{id}/invite", batch.Uploader, ownUpload, h.invite},
		{"POST /uploads/{id}/discard", batch.Uploader, ownUpload, h.discard},

		{"GET /{$}", batch.Viewer, anybodys, h.batches},
		{"GET /batches", batch.Viewer, anybodys, h.batches},
		{"POST /batches", batch.Viewer, anybodys, h.batches},
		{"GET /batches/live", batch.Viewer, anybodys, h.batchesLive},
		{"GET /batches/{id}", batch.Viewer, anybodys, h.batch},
		{"GET /batches/{id}/live", batch.Viewer, anybodys, h.batchLive},
		{"GET /batches/{id}/acts", batch.Viewer, anybodys, h.acts},

		{"POST /batches/{id}/pause", batch.Uploader, ownBatch, h.pause},
		{"POST /batches/{id}/resume", batch.Uploader, ownBatch, h.resume},
		{"POST /batches/{id}/end-quiet", batch.Uploader, ownBatch, h.endQuiet},
		{"GET /batches/{id}/cancel", batch.Uploader, ownBatch, h.askCancel},
		{"POST /batches/{id}/cancel", batch.Uploader, ownBatch, h.cancel},
		{"GET /batches/{id}/retry", batch.Uploader, ownBatch, h.askRetry},
		{"POST /batches/{id}/retry", batch.Uploader, ownBatch, h.retry},
		{"GET /batches/{id}/rest", batch.Uploader, ownBatch, h.askRest},
		{"POST /batches/{id}/rest", batch.Uploader, ownBatch, h.rest},
		{"POST /batches/{id}/report", batch.Uploader, ownBatch, h.report},

		{"GET /batches/{id}/people", batch.Uploader, ownBatch, h.people},
		{"POST /batches/{id}/people", batch.Uploader, ownBatch, h.people},
		{"GET /batches/{id}/people/{row}", batch.Uploader, ownBatch, h.person},
		{"POST /batches/{id}/people/{row}/link", batch.Uploader, ownBatch, h.sessionURL},
		{"GET /batches/{id}/people/{row}/reinvite", batch.Uploader, ownBatch, h.askReinvite},
		{"POST /batches/{id}/people/{row}/reinvite", batch.Uploader, ownBatch, h.reinvite},
		{"GET /batches/{id}/unknown", batch.Uploader, ownBatch, h.unknown},
		{"POST /batches/{id}/unknown", batch.Uploader, ownBatch, h.resolve},

		{"GET /find", batch.Uploader, anybodys, h.find},
		{"POST /find", batch.Uploader, anybodys, h.find},
		{"GET /gate", batch.Viewer, anybodys, h.gate},
		{"GET /gate/live", batch.Viewer, anybodys, h.gateLive},
		{"GET /schedules", batch.Operator, anybodys, h.showSchedules},
		{"GET /schedule/live", batch.Operator, anybodys, h.schedulesLive}, // one may have the name live, or new
		{"GET /schedule/new", batch.Operator, anybodys, h.newSchedule},
		{"POST /schedule/new", batch.Operator, anybodys, h.makeSchedule},
		{"POST /schedule/next", batch.Operator, anybodys, h.scheduleNext},
		{"GET /schedules/{name}", batch.Operator, anybodys, h.schedule},
		{"GET /schedules/{name}/live", batch.Operator, anybodys, h.scheduleLive},
		{"GET /schedules/{name}/edit", batch.Operator, anybodys, h.editSchedule},
		{"POST /schedules/{name}/edit", batch.Operator, anybodys, h.changeSchedule},
		{"POST /schedules/{name}/pause", batch.Operator, anybodys, h.onSchedule("schedule-paused", h.pauseSchedule)},
		{"POST /schedules/{name}/resume", batch.Operator, anybodys, h.onSchedule("schedule-resumed", h.resumeSchedule)},
		{"POST /schedules/{name}/run", batch.Operator, anybodys, h.onSchedule("schedule-due", h.runSchedule)},
		{"POST /schedules/{name}/agree", batch.Operator, anybodys, h.onSchedule("schedule-agreed", h.agreeToOccurrence)},
		{"POST /schedules/{name}/decline", batch.Operator, anybodys, h.onSchedule("schedule-declined", h.declineOccurrence)},
		{"GET /schedules/{name}/remove", batch.Operator, anybodys, h.askRemoveSchedule},
		{"POST /schedules/{name}/remove", batch.Operator, anybodys, h.removeSchedule},
		{"GET /workers", batch.Operator, anybodys, h.workers},
		{"GET /workers/live", batch.Operator, anybodys, h.workersLive},
		{"GET /folders", batch.Operator, anybodys, h.folders},
		{"GET /folders/live", batch.Operator, anybodys, h.foldersLive},
		{"GET /folders/{id}/live", batch.Operator, anybodys, h.folderLive},
		{"GET /folders/{id}", batch.Operator, anybodys, h.folder},
		{"POST /folders/{id}", batch.Operator, anybodys, h.folder},
		{"GET /messages", batch.Operator, anybodys, h.messages},
		{"GET /messages/live", batch.Operator, anybodys, h.messagesLive},
		{"POST /messages/test", batch.Operator, anybodys, h.testWay},
		{"POST /messages/{id}/again", batch.Operator, anybodys, h.sendAgain},
		{"POST /gate/open", batch.Operator, anybodys, h.openGate},
		{"POST /gate/close", batch.Operator, anybodys, h.closeGate},
		{"GET " + queueAt + "/", batch.Operator, anybodys, h.queue},
		{"GET " + queueAt + "/api/", batch.Operator, anybodys, h.queue},
		{queueAt + "/", batch.Operator, anybodys, h.onlyLook},

		{"/", batch.Viewer, anybodys, h.nowhere},
	}
}

// bodies are how many bytes may be sent to the routes that take more than a small
// form; 0 is for the route itself to say.
var bodies = map[string]int64{
	"POST /new":                  0,
	"POST /new/paste":            pasteMost,
	"POST /uploads/{id}/mend":    mendMost,
	"POST /uploads/{id}/replace": 0,
}

// takesFile reports whether a route reads a file, whose size it bounds itself.
func takesFile(pattern string) bool {
	most, large := bodies[pattern]
	return large && most == 0
}

// bounded bounds what is read of a request, and how long that may take.
func (h *Handler) bounded(w http.ResponseWriter, r *http.Request, pattern string) {
	if r.ContentLength == 0 {
		return
	}
	most, large := bodies[pattern]
	within := uploadTime
	if !large {
		most, within = formMost, pageTime
	}
	r.Body = h.newPatient(w, r.Body, within)
	if most > 0 {
		r.Body = http.MaxBytesReader(w, r.Body, most)
	}
}

// readThemselves are the routes that tell on their own page that a form is too much.
var readThemselves = []string{"POST /new/paste", "POST /uploads/{id}/choices", "POST /uploads/{id}/mend", "POST /batches/{id}/unknown"}

// readForm reads a form, whole or not at all: what is left of one that was cut would
// be taken for what somebody wanted. It is kept in memory, as it is bounded.
func readForm(r *http.Request, pattern string) error {
	if !strings.HasPrefix(pattern, "POST ") || takesFile(pattern) || slices.Contains(readThemselves, pattern) {
		return nil
	}
	err := r.ParseForm() // of which the other forgets the error
	if err == nil {
		err = r.ParseMultipartForm(pasteMost)
	}
	var tooMuch *http.MaxBytesError
	switch {
	case err == nil, errors.Is(err, http.ErrNotMultipart):
		return nil
	case errors.As(err, &tooMuch), errors.Is(err, multipart.ErrMessageTooLarge):
		return &batch.RequestError{Wrong: "That was too much at once, so nothing was done", Fix: "Send less."}
	}
	return &batch.RequestError{Wrong: "What was sent cannot be read, so nothing was done", Fix: "Open the page here and try again."}
}

// route makes the handler of a route: whoever may not use it gets no further.
func (h *Handler) route(rt route) http.Handler {
	if rt.least == everybody {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.bounded(w, r, rt.pattern)
			if err := rt.do(w, r); err != nil {
				h.fail(w, r, err)
			}
		})
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.bounded(w, r, rt.pattern)
		v, err := h.identify(r)
		r = withVisitor(r, v)
		if err == nil {
			err = h.admit(rt, r)
		}
		if err != nil && takesFile(rt.pattern) {
			r = h.unread(w, r, err)
		}
		if err == nil {
			err = readForm(r, rt.pattern)
		}
		if err == nil {
			err = rt.do(w, r)
		}
		if err != nil {
			h.fail(w, r, err)
		}
	})
	return h.inTime(rt.pattern, beginnings(h.sessions.LoadAndSave(serve), rt.pattern == "GET "+queueAt+"/api/"))
}

// unhurried are the pages that take as long as they take.
var unhurried = []string{"GET /batches/live", "GET /batches/{id}/live", "GET /gate/live", "GET /workers/live", "GET /messages/live", "GET /folders/live", "GET /folders/{id}/live",
	"GET /schedule/live", "GET /schedules/{name}/live", "GET /template.csv", "GET /template.xlsx", "GET /uploads/{id}/problems"}

// inTime has a page say that the database takes too long while there is still time to
// say so. What changes something is let finish: that it was not done would be a guess.
func (h *Handler) inTime(pattern string, next http.Handler) http.Handler {
	if !strings.HasPrefix(pattern, "GET ") || slices.Contains(unhurried, pattern) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(h.patience.Load()))
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// admit returns an error for somebody who may not use a route.
func (h *Handler) admit(rt route, r *http.Request) error {
	if rt.least == nobody {
		return nil
	}
	v := visitorOf(r)
	switch {
	case v.Role == nobody:
		return errNotSignedIn
	case !v.Role.AtLeast(rt.least):
		return errNotAllowed
	case rt.owned == anybodys || v.Role.AtLeast(batch.Operator):
		return nil
	}
	owner, err := h.ownerOf(rt.owned, r)
	if err == nil && owner != v.Name {
		err = errNotYours
	}
	return err
}

// The reasons why somebody may not use a route.
var (
	errNotSignedIn = errors.New("you are not signed in")
	errNotAllowed  = errors.New("your role does not allow this")
	errNotYours    = errors.New("this was brought by somebody else")
	errNotFound    = errors.New("there is no such page")
)

// nowhere is every address that there is not.
func (h *Handler) nowhere(http.ResponseWriter, *http.Request) error { return errNotFound }

// number is a number of an address.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, errNotFound
	}
	return n, nil
}
