package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Role is what a user may do on the pages.
type Role string

// The roles, each of which may do what the one before it may.
const (
	Viewer   Role = "viewer"   // sees numbers and states, nothing personal
	Uploader Role = "uploader" // also uploads, and sees people and reports of own batches
	Operator Role = "operator" // may do everything
)

// Roles are all of them, the least first.
var Roles = []Role{Viewer, Uploader, Operator}

// AtLeast reports whether a role may do what another may. One that is not known
// may do nothing.
func (r Role) AtLeast(other Role) bool {
	return slices.Contains(Roles, r) && slices.Index(Roles, r) >= slices.Index(Roles, other)
}

// User is somebody who may sign in to the pages.
type User struct {
	ID           int64 // never another one's, even when this one is removed
	Name         string
	Role         Role
	PasswordHash string // empty for a user who comes by a proxy only
	Epoch        int64  // counts up when all that was signed in before is to end
	CreatedAt    time.Time
	ChangedAt    time.Time
}

// ErrLastOperator means that nobody who may do everything would be left.
var ErrLastOperator = errors.New("the last operator")

// FoldName makes names equal that differ in case, width or spaces only.
func FoldName(name string) string {
	folded := cases.Fold().String(norm.NFKC.String(name))
	return strings.Join(strings.Fields(norm.NFKC.String(folded)), " ")
}

const userColumns = `id, name, role, password_hash, epoch, created_at, changed_at`

func scanUser(r rows) (u User, err error) {
	return u, r.Scan(&u.ID, &u.Name, &u.Role, &u.PasswordHash, &u.Epoch, timeOf(&u.CreatedAt), timeOf(&u.ChangedAt))
}

// Users lists everybody who may sign in, by name.
func (q queries) Users(ctx context.Context) ([]User, error) {
	all, err := collect(ctx, q, `
SELECT `+userColumns+`
FROM users
ORDER BY folded`, nil, scanUser)
	return all, wrap("list users", err)
}

// User is the user with this id, or [ErrNotFound].
func (q queries) User(ctx context.Context, id int64) (User, error) {
	return q.userWhere(ctx, "id = $1", id)
}

// UserNamed is the user with this name in any spelling, or [ErrNotFound].
func (q queries) UserNamed(ctx context.Context, name string) (User, error) {
	return q.userWhere(ctx, "folded = $1", FoldName(name))
}

func (q queries) userWhere(ctx context.Context, condition string, arg any) (User, error) {
	all, err := collect(ctx, q, `
SELECT `+userColumns+`
FROM users
WHERE `+condition, []any{arg}, scanUser)
	switch {
	case err != nil:
		return User{}, wrap("read a user", err)
	case len(all) == 0:
		return User{}, ErrNotFound
	}
	return all[0], nil
}

// InsertUser adds a user, of whom the name, the role and the password hash are
// asked, and returns the id. [ErrExists] when there is one of this name.
func (t *Tx) InsertUser(ctx context.Context, u User) (id int64, err error) {
	err = t.queryOne(ctx, `
INSERT INTO users (name, folded, role, password_hash, epoch, created_at, changed_at)
VALUES ($1, $2, $3, $4, 1, `+t.d.now+`, `+t.d.now+`)
RETURNING id`, []any{u.Name, FoldName(u.Name), string(u.Role), u.PasswordHash}, &id)
	return id, wrap("add a user", err)
}

// SetUserRole gives a user another role. [ErrLastOperator] when nobody would be
// left who may do everything.
func (t *Tx) SetUserRole(ctx context.Context, id int64, role Role) error {
	if role != Operator {
		if err := t.leaveOperator(ctx, id); err != nil {
			return wrap("set a user's role", err)
		}
	}
	return t.changeUser(ctx, "set a user's role", `role = $2`, id, string(role))
}

// SetUserPassword gives a user another password, and ends what was signed in with
// the one before.
func (t *Tx) SetUserPassword(ctx context.Context, id int64, hash string) error {
	return t.changeUser(ctx, "set a user's password", `password_hash = $2, epoch = epoch + 1`, id, hash)
}

// SignOutUser ends all that a user is signed in to.
func (t *Tx) SignOutUser(ctx context.Context, id int64) error {
	return t.changeUser(ctx, "sign a user out", `epoch = epoch + 1`, id)
}

// changeUser changes a user that there is, or returns [ErrNotFound].
func (t *Tx) changeUser(ctx context.Context, doing, set string, args ...any) error {
	n, err := t.conn.exec(ctx, `
UPDATE users
SET `+set+`, changed_at = `+t.d.now+`
WHERE id = $1`, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return wrap(doing, err)
}

// DeleteUser removes a user. [ErrLastOperator] when nobody would be left who may
// do everything.
func (t *Tx) DeleteUser(ctx context.Context, id int64) error {
	if err := t.leaveOperator(ctx, id); err != nil {
		return wrap("remove a user", err)
	}
	n, err := t.conn.exec(ctx, `DELETE FROM users WHERE id = $1`, id)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return wrap("remove a user", err)
}

// leaveOperator returns [ErrLastOperator] when a user is the only operator. The
// others are locked, in one order, so that of two who remove each other at once
// one stays.
func (t *Tx) leaveOperator(ctx context.Context, id int64) error {
	all, err := collect(ctx, t.queries, `
SELECT id
FROM users
WHERE role = '`+string(Operator)+`'
ORDER BY id `+t.d.forUpdate, nil, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	if err == nil && len(all) == 1 && all[0] == id {
		return ErrLastOperator
	}
	return err
}

// RenewPasswordHash keeps the same password in another form, unless it was changed
// meanwhile.
func (q queries) RenewPasswordHash(ctx context.Context, id int64, from, to string) error {
	_, err := q.conn.exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, from, to)
	return wrap("renew a password hash", err)
}
