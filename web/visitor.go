package web

import (
	"context"
	"net/http"

	"usher/batch"
)

// visitor is who asks for a page.
type visitor struct {
	ID    int64 // of a user; 0 for who came by the link
	Name  string
	Role  batch.Role // nobody's is empty
	Proxy bool       // a proxy says so
}

type visitorKey struct{}

func withVisitor(r *http.Request, v visitor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
}

// visitorOf is who asks; the zero visitor is nobody.
func visitorOf(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

// actor is the visitor as who acts.
func (v visitor) actor() batch.Actor {
	return batch.Actor{Name: v.Name, Role: string(v.Role), Way: batch.WayPage}
}

// Operator reports whether the visitor may do everything.
func (v visitor) Operator() bool { return v.Role.AtLeast(batch.Operator) }

// Uploads reports whether the visitor may bring lists.
func (v visitor) Uploads() bool { return v.Role.AtLeast(batch.Uploader) }

// MayOpen reports whether the visitor may see the people of what somebody brought,
// and act on it.
func (v visitor) MayOpen(owner string) bool {
	return v.Operator() || v.Uploads() && owner != "" && owner == v.Name
}
