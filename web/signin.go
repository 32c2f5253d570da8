package web

import "net/http"

// toSignIn sends somebody to the page where one signs in.
func (h *Handler) toSignIn(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}
