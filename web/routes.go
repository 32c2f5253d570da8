package web

import (
	"errors"
	"net/http"
	"strconv"

	"usher/batch"
)

// route is an address, who may use it, and what it does.
type route struct {
	pattern string
	least   batch.Role // the least role that may use it; nobody is for everybody
	owned   owned      // an uploader may use it for what is theirs alone
	do      func(w http.ResponseWriter, r *http.Request) error
}

// nobody is the role of who has not signed in.
const nobody batch.Role = ""

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
		{"GET /healthz", nobody, anybodys, h.health},
		{"GET /assets/{name}", nobody, anybodys, h.asset},

		{"GET /{$}", batch.Viewer, anybodys, h.batches},
		{"GET /batches", batch.Viewer, anybodys, h.batches},
		{"GET /batches/live", batch.Viewer, anybodys, h.batchesLive},
		{"GET /batches/{id}", batch.Viewer, anybodys, h.batch},
		{"GET /batches/{id}/live", batch.Viewer, anybodys, h.batchLive},
	}
}

// route makes the handler of a route: whoever may not use it gets no further.
func (h *Handler) route(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.identify(r)
		r = withVisitor(r, v)
		if err == nil {
			err = h.admit(rt, r)
		}
		if err == nil {
			err = rt.do(w, r)
		}
		if err != nil {
			h.fail(w, r, err)
		}
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

// number is a number of an address.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, errNotFound
	}
	return n, nil
}
