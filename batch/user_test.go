package batch

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/config"
	"usher/store"
)

// openAt opens a database at which hashing costs little, and counts the hashings
// of what is tried.
func openAt(t *testing.T, database string) (s *Service, hashings *[]string) {
	t.Helper()
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), cfg, Options{Command: "test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	hashings = new([]string)
	s.passwords = newPasswords(cheap)
	check := s.passwords.check
	s.passwords.check = func(password, hash string) (bool, *cost, error) {
		*hashings = append(*hashings, strings.Join(strings.Split(hash, "$")[:4], "$"))
		return check(password, hash)
	}
	return s, hashings
}

func sqliteFile(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") }

var root = Actor{Name: "root", Role: "system user", Way: WayCommandLine}

// annsPassword is ann's, in these tests.
const annsPassword = "correct horse battery"

// addUser adds a user with ann's password.
func addUser(t *testing.T, s *Service, name string, role Role) User {
	t.Helper()
	u, err := s.AddUser(t.Context(), root, NewUser{Name: name, Role: role, Password: annsPassword})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for i, r := range Roles {
		for j, other := range Roles {
			if got := r.AtLeast(other); got != (i >= j) {
				t.Errorf("%s is at least %s: %v", r, other, got)
			}
		}
		if got, err := ParseRole(" " + strings.ToUpper(string(r))); err != nil || got != r {
			t.Errorf("%s is read as %q, %v", r, got, err)
		}
	}
	for _, none := range []Role{"", "root", "Operator"} {
		if none.AtLeast(Viewer) {
			t.Errorf("%q may do something", none)
		}
	}
	if _, err := ParseRole("admin"); !strings.Contains(Hint(err), "operator") {
		t.Errorf("another role: %v, hint %q", err, Hint(err))
	}
}

// The life of users, and the acts that tell of it.
func TestUsers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _ := openAt(t, sqliteFile(t))
	ann := addUser(t, s, "  Ann   Lee ", Operator)
	bel, err := s.AddUser(ctx, ann.Actor(), NewUser{Name: "bel@example.com", Role: Viewer, NoPassword: true})
	if err != nil || bel.Password || bel.Role != Viewer || bel.Name != "bel@example.com" {
		t.Fatalf("%+v, %v", bel, err)
	}
	up, err := s.SetRole(ctx, ann.Actor(), "BEL@example.com", Uploader)
	if err != nil || up.Role != Uploader || up.ID != bel.ID || up.Epoch != bel.Epoch {
		t.Errorf("another role: %+v, %v", up, err)
	}
	changed, err := s.SetPassword(ctx, root, "ann lee", "another horse battery")
	if err != nil || changed.ID != ann.ID || changed.Epoch == ann.Epoch {
		t.Errorf("another password: %+v, %v", changed, err)
	}
	out, err := s.SignOutUser(ctx, ann.Actor(), "bel@example.com")
	if err != nil || out.Epoch == bel.Epoch {
		t.Errorf("signed out: %+v, %v", out, err)
	}
	found, err := s.UserByName(ctx, "ANN LEE")
	byID, err2 := s.UserByID(ctx, ann.ID)
	if err != nil || err2 != nil || found.Name != "Ann Lee" || !cmp.Equal(found, byID) {
		t.Errorf("found: %+v, %+v, %v, %v", found, byID, err, err2)
	}
	if err := s.RemoveUser(ctx, ann.Actor(), "bel@example.com"); err != nil {
		t.Fatal(err)
	}
	users, err := s.Users(ctx)
	if err != nil || len(users) != 1 || !cmp.Equal(users[0], found) {
		t.Errorf("left: %+v, %v", users, err)
	}
	acts, err := s.Acts(ctx, ActFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, a := range acts {
		story = append(story, a.Actor+": "+a.Act+": "+a.Words())
	}
	want := []string{"Ann Lee: user remove: bel@example.com", "Ann Lee: user sign out: bel@example.com", "root: user password: Ann Lee",
		"Ann Lee: user role: bel@example.com, uploader 1", "Ann Lee: user add: bel@example.com, viewer 1", "root: user add: Ann Lee, operator 1"}
	if d := cmp.Diff(want, story); d != "" {
		t.Error(d)
	}
	text, err := json.Marshal([]any{users, acts[0]})
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range []string{`"name":"Ann Lee","role":"operator","password":true,"created_at":"`, `"subject":"bel@example.com"`} {
		if !strings.Contains(string(text), shape) {
			t.Errorf("%s is not in %s", shape, text)
		}
	}
	if strings.Contains(string(text), "argon2") || strings.Contains(strings.ToLower(string(text)), "epoch") {
		t.Errorf("a hash or an epoch is in %s", text)
	}
}

// What cannot be is refused with a next step, changes nothing, and is no act.
func TestUsersRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _ := openAt(t, sqliteFile(t))
	addUser(t, s, "ann", Operator)
	add := func(n NewUser) error {
		_, err := s.AddUser(ctx, root, n)
		return err
	}
	named := func(name string) error { return add(NewUser{Name: name, Role: Viewer, NoPassword: true}) }
	for what, c := range map[string]struct {
		err   error
		words string
	}{
		"no name":          {named(" \t"), "no name"},
		"unseen":           {named("an\u200bn"), "not seen"},
		"turned":           {named("an\u202en"), "not seen"},
		"a control":        {named("an\x1b[2Jn"), "not seen"},
		"no text":          {named("an\xffn"), "not seen"},
		"too long":         {named(strings.Repeat("ü", 101)), "too long"},
		"there already":    {named("ANN"), `there is a user "ANN" already`},
		"no role":          {add(NewUser{Name: "bel", Role: "root", NoPassword: true}), "no role"},
		"no password":      {add(NewUser{Name: "bel", Role: Viewer}), "at least 12"},
		"short password":   {userErr(s.SetPassword(ctx, root, "ann", "short")), "at least 12"},
		"nobody":           {userErr(s.SetRole(ctx, root, "anna", Viewer)), `there is no user "anna"`},
		"nobody's way out": {userErr(s.SignOutUser(ctx, root, "an\u202en")), "there is no user"},
		"last removed":     {s.RemoveUser(ctx, root, "ann"), "the last operator"},
		"last made less":   {userErr(s.SetRole(ctx, root, "Ann", Uploader)), "the last operator"},
		"another role":     {userErr(s.SetRole(ctx, root, "ann", "root")), "no role"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.words) || Hint(c.err) == "" {
			t.Errorf("%s: %v, hint %q; want %q", what, c.err, Hint(c.err), c.words)
		}
	}
	if err := userErr(s.SetRole(ctx, Actor{}, "ann", Operator)); !errors.Is(err, store.ErrNoActor) {
		t.Errorf("changed by nobody: %v", err)
	}
	for _, id := range []int64{0, 4711} {
		if err := userErr(s.UserByID(ctx, id)); !errors.Is(err, ErrNoUser) {
			t.Errorf("user %d: %v", id, err)
		}
	}
	if err := userErr(s.UserByName(ctx, "an\u202en")); !errors.Is(err, ErrNoUser) {
		t.Errorf("a name that is made fit: %v", err)
	}
	users, err := s.Users(ctx)
	acts, err2 := s.Acts(ctx, ActFilter{})
	want := []User{{Name: "ann", Role: Operator, Password: true, Epoch: 1}}
	if d := cmp.Diff(want, users, cmpopts.IgnoreFields(User{}, "ID", "CreatedAt", "ChangedAt")); d != "" || len(acts) != 1 || err != nil || err2 != nil {
		t.Errorf("%s%d acts, %v, %v", d, len(acts), err, err2)
	}
}

func userErr(_ User, err error) error { return err }
