package web

import (
	"net/http"

	"usher/batch"
)

// userList is what the page of users shows.
type userList struct {
	Users []batch.User
	Roles []batch.Role
	Self  int64
	Wrong failure // why the last change was not made; empty if it was
}

func (h *Handler) users(w http.ResponseWriter, r *http.Request) error {
	return h.showUsers(w, r, nil)
}

// showUsers shows the users, and what was wrong with a change.
func (h *Handler) showUsers(w http.ResponseWriter, r *http.Request, wrong error) error {
	all, err := h.svc.Users(r.Context())
	if err != nil {
		return err
	}
	l := userList{Users: all, Roles: batch.Roles, Self: visitorOf(r).ID}
	p := page{Title: "Users", Section: "users"}
	if wrong != nil {
		l.Wrong, _ = failureOf(wrong)
		p.Status = l.Wrong.Status
		if p.Status == http.StatusInternalServerError {
			return wrong
		}
	}
	p.Data = l
	h.show(w, r, "users", p)
	return nil
}

// changed leads back to the users after a change, or shows why it was not made.
func (h *Handler) changed(w http.ResponseWriter, r *http.Request, what string, err error) error {
	if err != nil {
		return h.showUsers(w, r, err)
	}
	http.Redirect(w, r, "/users?done="+what, http.StatusSeeOther)
	return nil
}

func (h *Handler) addUser(w http.ResponseWriter, r *http.Request) error {
	password := r.PostFormValue("password")
	_, err := h.svc.AddUser(r.Context(), visitorOf(r).actor(), batch.NewUser{
		Name: r.PostFormValue("name"), Role: batch.Role(r.PostFormValue("role")), Password: password, NoPassword: password == "",
	})
	return h.changed(w, r, "user-added", err)
}

// onUser makes a route of something that is done to a user.
func (h *Handler) onUser(what string, do func(r *http.Request, by batch.Actor, u batch.User) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := number(r, "id")
		if err != nil {
			return err
		}
		u, err := h.svc.UserByID(r.Context(), id)
		if err == nil {
			err = do(r, visitorOf(r).actor(), u)
		}
		return h.changed(w, r, what, err)
	}
}

func (h *Handler) setRole(r *http.Request, by batch.Actor, u batch.User) error {
	_, err := h.svc.SetRole(r.Context(), by, u.Name, batch.Role(r.PostFormValue("role")))
	return err
}

func (h *Handler) setPassword(r *http.Request, by batch.Actor, u batch.User) error {
	_, err := h.svc.SetPassword(r.Context(), by, u.Name, r.PostFormValue("password"))
	return err
}

func (h *Handler) removeUser(r *http.Request, by batch.Actor, u batch.User) error {
	return h.svc.RemoveUser(r.Context(), by, u.Name)
}

func (h *Handler) signOutUser(r *http.Request, by batch.Actor, u batch.User) error {
	_, err := h.svc.SignOutUser(r.Context(), by, u.Name)
	return err
}
