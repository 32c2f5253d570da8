package web

import (
	"errors"
	"net/http"

	"usher/batch"
)

// accountForm is what a user's own page shows.
type accountForm struct {
	Password bool // it can be changed here
	Wrong    string
	Hint     string
}

func (h *Handler) account(w http.ResponseWriter, r *http.Request) error {
	return h.showAccount(w, r, http.StatusOK, accountForm{})
}

func (h *Handler) showAccount(w http.ResponseWriter, r *http.Request, status int, f accountForm) error {
	v := visitorOf(r)
	f.Password = v.ID != 0 && !v.Proxy
	h.show(w, r, "account", page{Status: status, Title: "Your account", Section: "account", Data: f})
	return nil
}

// changePassword sets the visitor's own, for who knows the present one. All other
// sessions end, and this one goes on under a new id.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request) error {
	v := visitorOf(r)
	if v.ID == 0 || v.Proxy {
		return errNotAllowed
	}
	_, err := h.svc.SignIn(r.Context(), v.Name, r.PostFormValue("present"), h.clientAddress(r))
	var wrong *batch.WrongSignInError
	var throttled *batch.ThrottledError
	switch {
	case errors.As(err, &wrong):
		return h.showAccount(w, r, http.StatusForbidden, accountForm{Wrong: "The present password is not right."})
	case errors.As(err, &throttled):
		return h.showAccount(w, r, http.StatusTooManyRequests, accountForm{Wrong: "There were too many tries.", Hint: "Try again in " + batch.SpanWords(throttled.Wait) + "."})
	case err != nil:
		return err
	}
	if _, err := h.svc.SetPassword(r.Context(), v.actor(), v.Name, r.PostFormValue("password")); err != nil {
		f, _ := failureOf(err)
		if f.Status == http.StatusInternalServerError {
			return err
		}
		return h.showAccount(w, r, f.Status, accountForm{Wrong: f.Words, Hint: f.Hint})
	}
	u, err := h.svc.UserByID(r.Context(), v.ID)
	if err != nil {
		return err
	}
	if err := h.begin(r, userValue(u)); err != nil {
		return err
	}
	http.Redirect(w, r, "/account?done=password", http.StatusSeeOther)
	return nil
}

// signOutEverywhere ends all sessions of the visitor.
func (h *Handler) signOutEverywhere(w http.ResponseWriter, r *http.Request) error {
	v := visitorOf(r)
	if v.ID != 0 {
		if _, err := h.svc.SignOutUser(r.Context(), v.actor(), v.Name); err != nil {
			return err
		}
	}
	return h.signOut(w, r)
}
