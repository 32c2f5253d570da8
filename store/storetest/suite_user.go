package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func userTests() tests {
	return tests{
		"Add": userAdd, "SameName": userSameName, "Change": userChange, "Remove": userRemove, "Nobody": userNobody,
		"LastOperator": userLastOperator, "LastOperatorAtOnce": userLastOperatorAtOnce, "LastOperatorMeanwhile": userLastOperatorMeanwhile, "SameNameAtOnce": userSameNameAtOnce,
		"RenewHash": userRenewHash,
	}
}

// user adds somebody who may sign in.
func (w *world) user(name string, role store.Role) int64 {
	w.Helper()
	var id int64
	w.tx(func(tx *store.Tx) (err error) {
		id, err = tx.InsertUser(w.Context(), store.User{Name: name, Role: role, PasswordHash: "hash of " + name})
		return err
	})
	return id
}

// userNow is a user as it is now.
func (w *world) userNow(id int64) store.User {
	w.Helper()
	u, err := w.st.User(w.Context(), id)
	w.must(err)
	return u
}

// change changes users in a transaction, and returns its error.
func (w *world) change(f func(tx *store.Tx) error) error { return w.st.InTx(w.Context(), f) }

var ignoreTimes = cmpopts.IgnoreTypes(time.Time{})

func userAdd(w *world) {
	bel, ann := w.user("Bel", store.Viewer), w.user("ann", store.Operator)
	all, err := w.st.Users(w.Context())
	w.must(err)
	checkSame(w.T, []store.User{
		{ID: ann, Name: "ann", Role: store.Operator, PasswordHash: "hash of ann", Epoch: 1},
		{ID: bel, Name: "Bel", Role: store.Viewer, PasswordHash: "hash of Bel", Epoch: 1},
	}, all, ignoreTimes)
	checkSame(w.T, all[1], w.userNow(bel))
	w.checkTime("CreatedAt", all[0].CreatedAt)
	w.checkTime("ChangedAt", all[0].ChangedAt)
}

// userSameName: names are kept as typed, and are the same in any case, width and
// spacing.
func userSameName(w *world) {
	for name, others := range map[string][]string{
		"Ann Lee": {"ann lee", "ANN\tLEE ", "\u00a0ann  lee", "Ａｎｎ Ｌｅｅ"},
		"Straße":  {"STRASSE", "strasse"},
		"Zoë":     {"ZOE\u0308", "zoë"},
		"İdil":    {"i\u0307dil"},
	} {
		id := w.user(name, store.Viewer)
		for _, other := range append(others, name) {
			found, err := w.st.UserNamed(w.Context(), other)
			if err != nil || found.ID != id || found.Name != name {
				w.Errorf("%q is %+v, %v; want %q", other, found, err, name)
			}
			err = w.change(func(tx *store.Tx) error {
				_, err := tx.InsertUser(w.Context(), store.User{Name: other, Role: store.Viewer})
				return err
			})
			wantError(w.T, "add "+other, err, store.ErrExists)
		}
	}
	for _, other := range []string{"annlee", "Ann Leé", "zoe", "", "ann lee'--"} {
		_, err := w.st.UserNamed(w.Context(), other)
		wantError(w.T, "find "+other, err, store.ErrNotFound)
	}
}

func userChange(w *world) {
	ctx := w.Context()
	id, other := w.user("ann", store.Viewer), w.user("bel", store.Operator)
	before := w.userNow(other)
	w.exec("UPDATE users SET changed_at = $1 WHERE id = $2", w.ago(2*time.Hour), id)
	w.tx(func(tx *store.Tx) error { return tx.SetUserRole(ctx, id, store.Uploader) })
	checkSame(w.T, store.User{ID: id, Name: "ann", Role: store.Uploader, PasswordHash: "hash of ann", Epoch: 1}, w.userNow(id), ignoreTimes)
	w.checkTime("ChangedAt", w.userNow(id).ChangedAt)
	w.tx(func(tx *store.Tx) error { return tx.SetUserPassword(ctx, id, "other") })
	checkSame(w.T, store.User{ID: id, Name: "ann", Role: store.Uploader, PasswordHash: "other", Epoch: 2}, w.userNow(id), ignoreTimes)
	w.tx(func(tx *store.Tx) error { return tx.SignOutUser(ctx, id) })
	checkSame(w.T, store.User{ID: id, Name: "ann", Role: store.Uploader, PasswordHash: "other", Epoch: 3}, w.userNow(id), ignoreTimes)
	checkSame(w.T, before, w.userNow(other))
}

// userRemove: an id is never given again, or an old sign-in would be another's.
func userRemove(w *world) {
	w.user("ann", store.Operator)
	id := w.user("bel", store.Operator)
	w.tx(func(tx *store.Tx) error { return tx.DeleteUser(w.Context(), id) })
	_, err := w.st.User(w.Context(), id)
	wantError(w.T, "read one who was removed", err, store.ErrNotFound)
	if again := w.user("bel", store.Viewer); again <= id {
		w.Errorf("the id %d comes after %d", again, id)
	}
}

func userNobody(w *world) {
	ctx := w.Context()
	w.user("ann", store.Operator)
	for what, f := range map[string]func(tx *store.Tx) error{
		"role":     func(tx *store.Tx) error { return tx.SetUserRole(ctx, 4711, store.Viewer) },
		"password": func(tx *store.Tx) error { return tx.SetUserPassword(ctx, 4711, "h") },
		"sign out": func(tx *store.Tx) error { return tx.SignOutUser(ctx, 4711) },
		"remove":   func(tx *store.Tx) error { return tx.DeleteUser(ctx, 4711) },
	} {
		wantError(w.T, what, w.change(f), store.ErrNotFound)
	}
}

func userLastOperator(w *world) {
	ctx := w.Context()
	ann := w.user("ann", store.Operator)
	bel := w.user("bel", store.Uploader)
	for what, f := range map[string]func(tx *store.Tx) error{
		"remove":    func(tx *store.Tx) error { return tx.DeleteUser(ctx, ann) },
		"make less": func(tx *store.Tx) error { return tx.SetUserRole(ctx, ann, store.Viewer) },
	} {
		wantError(w.T, what, w.change(f), store.ErrLastOperator)
	}
	w.tx(func(tx *store.Tx) error { return tx.SetUserRole(ctx, ann, store.Operator) })
	w.tx(func(tx *store.Tx) error { return tx.SetUserRole(ctx, bel, store.Operator) })
	w.tx(func(tx *store.Tx) error { return tx.SetUserRole(ctx, ann, store.Uploader) })
	wantError(w.T, "remove the other one", w.change(func(tx *store.Tx) error { return tx.DeleteUser(ctx, bel) }), store.ErrLastOperator)
	w.tx(func(tx *store.Tx) error { return tx.DeleteUser(ctx, ann) })
}

// userLastOperatorAtOnce: operators who remove each other, or make each other
// less, leave one.
func userLastOperatorAtOnce(w *world) {
	ctx := w.Context()
	ids := make([]int64, 6)
	for i := range ids {
		ids[i] = w.user(string(rune('a'+i)), store.Operator)
	}
	refused := w.atOnce(len(ids), func(i int) (bool, error) {
		err := w.change(func(tx *store.Tx) error {
			if i%2 == 0 {
				return tx.DeleteUser(ctx, ids[len(ids)-1-i])
			}
			return tx.SetUserRole(ctx, ids[len(ids)-1-i], store.Viewer)
		})
		if errors.Is(err, store.ErrLastOperator) {
			return true, nil
		}
		return false, err
	})
	left := 0
	all, err := w.st.Users(ctx)
	w.must(err)
	for _, u := range all {
		if u.Role == store.Operator {
			left++
		}
	}
	if left != 1 || refused != 1 {
		w.Errorf("%d operators are left and %d were refused, want 1 and 1", left, refused)
	}
}

// userLastOperatorMeanwhile: one of two operators is removed while the other one is.
func userLastOperatorMeanwhile(w *world) {
	ctx := w.Context()
	ann, bel := w.user("ann", store.Operator), w.user("bel", store.Operator)
	w.during(func(tx *store.Tx) error { return tx.DeleteUser(ctx, ann) }, func() {
		err := w.change(func(tx *store.Tx) error { return tx.SetUserRole(ctx, bel, store.Viewer) })
		wantError(w.T, "make the other one less", err, store.ErrLastOperator)
	})
	checkSame(w.T, store.Operator, w.userNow(bel).Role)
}

func userSameNameAtOnce(w *world) {
	n := w.atOnce(5, func(i int) (bool, error) {
		err := w.change(func(tx *store.Tx) error {
			_, err := tx.InsertUser(w.Context(), store.User{Name: []string{"ann", "ANN"}[i%2], Role: store.Viewer})
			return err
		})
		if errors.Is(err, store.ErrExists) {
			return false, nil
		}
		return err == nil, err
	})
	if n != 1 {
		w.Errorf("%d were added under one name", n)
	}
}

// userRenewHash: another form of the old password does not bring it back.
func userRenewHash(w *world) {
	ctx := w.Context()
	id := w.user("ann", store.Operator)
	w.must(w.st.RenewPasswordHash(ctx, id, "hash of ann", "new form"))
	checkSame(w.T, store.User{ID: id, Name: "ann", Role: store.Operator, PasswordHash: "new form", Epoch: 1}, w.userNow(id), ignoreTimes)
	w.must(w.st.RenewPasswordHash(ctx, id, "hash of ann", "late form"))
	if got := w.userNow(id).PasswordHash; got != "new form" {
		w.Errorf("the hash is %q", got)
	}
}
