package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/store"
)

// Role is what a user may do on the pages. Roles are in an order: see
// [store.Role.AtLeast].
type Role = store.Role

// The roles; see [store.Role].
const (
	Viewer   = store.Viewer
	Uploader = store.Uploader
	Operator = store.Operator
)

// Roles are all of them, the least first.
var Roles = store.Roles

// ParseRole reads the name of a role.
func ParseRole(name string) (Role, error) {
	role := Role(strings.ToLower(strings.TrimSpace(name)))
	if !slices.Contains(Roles, role) {
		return "", requestError("the roles are viewer (numbers and states), uploader (also own batches and their people) and operator (everything)",
			"%q is no role", name)
	}
	return role, nil
}

// User is somebody who may sign in to the pages. Its JSON is part of the
// interface.
type User struct {
	ID        int64      `json:"id"` // never another one's, even when this one is removed
	Name      string     `json:"name"`
	Role      Role       `json:"role"`
	Password  bool       `json:"password"` // has one; else comes by a proxy only
	CreatedAt *time.Time `json:"created_at"`
	ChangedAt *time.Time `json:"changed_at"`
	// Epoch counts up when all that the user is signed in to is to end: a sign-in
	// of another epoch than this counts no more.
	Epoch int64 `json:"-"`
}

func userOf(u store.User) User {
	return User{u.ID, u.Name, u.Role, u.PasswordHash != "", timeOrNull(u.CreatedAt), timeOrNull(u.ChangedAt), u.Epoch}
}

// Actor is the user as somebody who acts on a page.
func (u User) Actor() Actor { return Actor{Name: u.Name, Role: string(u.Role), Way: WayPage} }

// ErrNoUser means that there is no user of that name or number.
var ErrNoUser = errors.New("there is no user")

// Users lists everybody who may sign in, by name.
func (s *Service) Users(ctx context.Context) ([]User, error) {
	all, err := s.st.Users(ctx)
	users := make([]User, len(all))
	for i, u := range all {
		users[i] = userOf(u)
	}
	return users, err
}

// UserByID is the user with this id, or [ErrNoUser].
func (s *Service) UserByID(ctx context.Context, id int64) (User, error) {
	u, err := s.st.User(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoUser
	}
	return userOf(u), err
}

// UserByName is the user of this name, in any case and spacing, or [ErrNoUser].
func (s *Service) UserByName(ctx context.Context, name string) (User, error) {
	u, err := s.userNamed(ctx, name)
	return userOf(u), userError(err, name)
}

// userNamed finds a user. What cannot be a name is nobody's: it must not become
// one by being made fit.
func (s *Service) userNamed(ctx context.Context, typed string) (store.User, error) {
	name, err := userName(typed)
	if err != nil {
		return store.User{}, ErrNoUser
	}
	u, err := s.st.UserNamed(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoUser
	}
	return u, err
}

// userNameMost is how many characters a user's name has, as they all are to be
// seen in an act.
const userNameMost = 100

// userName is a name as it is kept. Nothing may be in it that is not seen: two
// names would look the same.
func userName(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	unseen := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case name == "":
		return "", requestError("name the user, such as ann", "the user has no name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unseen) || utf8.RuneCountInString(name) > userNameMost:
		return "", requestError("write up to 100 letters, digits and signs", "this cannot be the name of a user: it is too long, or has something in it that is not seen")
	}
	return name, nil
}

// NewUser is a user to add.
type NewUser struct {
	Name       string
	Role       Role
	Password   string
	NoPassword bool // comes by a proxy only
}

// AddUser adds somebody who may sign in.
func (s *Service) AddUser(ctx context.Context, by Actor, n NewUser) (User, error) {
	name, err := userName(n.Name)
	if err != nil {
		return User{}, err
	}
	if n.Role, err = ParseRole(string(n.Role)); err != nil {
		return User{}, err
	}
	u := store.User{Name: name, Role: n.Role}
	if !n.NoPassword {
		if u.PasswordHash, err = s.newPassword(ctx, name, n.Password); err != nil {
			return User{}, err
		}
	}
	act := store.Act{Actor: by, What: store.ActUserAdd, Subject: name, Numbers: map[string]int{string(n.Role): 1}}
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		if u.ID, err = tx.InsertUser(ctx, u); err != nil {
			return err
		}
		return tx.RecordAct(ctx, act)
	})
	if err != nil {
		return User{}, userError(err, name)
	}
	return s.UserByID(ctx, u.ID)
}

// newPassword is what is kept of a password that may be one.
func (s *Service) newPassword(ctx context.Context, name, password string) (hash string, err error) {
	if err := checkPassword(name, password); err != nil {
		return "", err
	}
	return s.passwords.hash(ctx, password)
}

// SetRole gives a user another role, from the next page on.
func (s *Service) SetRole(ctx context.Context, by Actor, name string, role Role) (User, error) {
	role, err := ParseRole(string(role))
	if err != nil {
		return User{}, err
	}
	act := store.Act{Actor: by, What: store.ActUserRole, Numbers: map[string]int{string(role): 1}}
	return s.changeUser(ctx, name, act, func(tx *store.Tx, u store.User) error { return tx.SetUserRole(ctx, u.ID, role) })
}

// SetPassword gives a user another password, and signs the user out everywhere.
func (s *Service) SetPassword(ctx context.Context, by Actor, name, password string) (User, error) {
	hash, err := s.newPassword(ctx, name, password)
	if err != nil {
		return User{}, err
	}
	act := store.Act{Actor: by, What: store.ActUserPassword}
	return s.changeUser(ctx, name, act, func(tx *store.Tx, u store.User) error { return tx.SetUserPassword(ctx, u.ID, hash) })
}

// SignOutUser signs a user out everywhere.
func (s *Service) SignOutUser(ctx context.Context, by Actor, name string) (User, error) {
	act := store.Act{Actor: by, What: store.ActUserSignOut}
	return s.changeUser(ctx, name, act, func(tx *store.Tx, u store.User) error { return tx.SignOutUser(ctx, u.ID) })
}

// RemoveUser removes a user, who is signed out everywhere by that.
func (s *Service) RemoveUser(ctx context.Context, by Actor, name string) error {
	_, err := s.onUser(ctx, name, store.Act{Actor: by, What: store.ActUserRemove}, func(tx *store.Tx, u store.User) error { return tx.DeleteUser(ctx, u.ID) })
	return err
}

// changeUser changes a user that there is, and returns what became of it.
func (s *Service) changeUser(ctx context.Context, name string, act store.Act, change func(tx *store.Tx, u store.User) error) (User, error) {
	u, err := s.onUser(ctx, name, act, change)
	if err != nil {
		return User{}, err
	}
	return s.UserByID(ctx, u.ID)
}

// onUser does something to a user, and records it as an act.
func (s *Service) onUser(ctx context.Context, name string, act store.Act, do func(tx *store.Tx, u store.User) error) (u store.User, err error) {
	if u, err = s.userNamed(ctx, name); err != nil {
		return u, userError(err, name)
	}
	act.Subject = u.Name
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		if err := do(tx, u); err != nil {
			return err
		}
		return tx.RecordAct(ctx, act)
	})
	return u, userError(err, u.Name)
}

// userError says why nothing was done to a user, and what to do.
func userError(err error, name string) error {
	switch {
	case errors.Is(err, ErrNoUser), errors.Is(err, store.ErrNotFound):
		return WithHint(fmt.Errorf("%w %q", ErrNoUser, name), "'usher user list' lists them")
	case errors.Is(err, store.ErrExists):
		return WithHint(fmt.Errorf("there is a user %q already", name), "'usher user role' and 'usher user password' change one")
	case errors.Is(err, store.ErrLastOperator):
		return WithHint(fmt.Errorf("%q is the last operator, and somebody has to be one", name), "make somebody else an operator first: 'usher user role NAME operator'")
	}
	return err
}
