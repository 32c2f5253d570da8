package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"usher/store"
	"usher/store/storetest"
)

// modes are how pgx may run statements, as an address says it; behind some poolers only
// the later ones work.
var modes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// together runs a test on a database with an empty table, in each of the modes.
func together(t *testing.T, test func(t *testing.T, st *store.Store, written *atomic.Int64)) {
	t.Helper()
	t.Parallel()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			st, written, err := store.OpenCounted(t.Context(), storetest.Postgres(t)+"&default_query_exec_mode="+mode)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(st.Close)
			if _, err := st.Pgx().Exec(t.Context(), "CREATE TABLE things (n integer PRIMARY KEY)"); err != nil {
				t.Fatal(err)
			}
			test(t, st, written)
		})
	}
}

func things(t *testing.T, st *store.Store) int {
	t.Helper()
	n, err := st.Number(t.Context(), "SELECT count(*) FROM things")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStatementsGoTogether: a transaction goes to the server as often as a result is
// needed, and once for its end.
func TestStatementsGoTogether(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, written *atomic.Int64) {
		ctx := t.Context()
		var ways, sum int
		var got []int
		work := func(tx *store.Tx) (err error) {
			if _, err = tx.Number(ctx, "SELECT 1"); err != nil {
				return err
			}
			if err := tx.Later(ctx, "clear", "DELETE FROM things", nil); err != nil {
				return err
			}
			if err := tx.Later(ctx, "insert", "INSERT INTO things VALUES (1), (2) RETURNING n", &got); err != nil {
				return err
			}
			if sum, err = tx.Number(ctx, "SELECT sum(n) FROM things"); err != nil {
				return err
			}
			return tx.Later(ctx, "insert more", "INSERT INTO things VALUES (4)", nil)
		}
		for range 2 { // by the second time the statements are known to the server
			got = nil
			before := written.Load()
			if err := st.InTx(ctx, work); err != nil {
				t.Fatal(err)
			}
			ways = int(written.Load() - before)
		}
		if !slices.Equal(got, []int{1, 2}) || sum != 3 || things(t, st) != 3 {
			t.Errorf("returned %v, then %d; %d things", got, sum, things(t, st))
		}
		if most := 3; ways > most && !strings.HasSuffix(t.Name(), "describe_exec") { // which asks about each of them first
			t.Errorf("%d ways to the server, %d are enough", ways, most)
		}
	})
}

// TestAnEmptyTransactionIsNone: nothing is asked of the server for it.
func TestAnEmptyTransactionIsNone(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, written *atomic.Int64) {
		before := written.Load()
		if err := st.InTx(t.Context(), func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if n := written.Load() - before; n != 0 {
			t.Errorf("%d ways to the server", n)
		}
	})
}

// TestWhatWaitsFails: the error of a statement that waited is that of the transaction,
// says what it was about, and leaves nothing behind; nor does a transaction that is given
// up. The connection goes on.
func TestWhatWaitsFails(t *testing.T) {
	const insert, again = "INSERT INTO things VALUES (1)", "INSERT INTO things VALUES (1)"
	stop := errors.New("stop")
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		ctx := t.Context()
		later := func(tx *store.Tx) error {
			return errors.Join(tx.Later(ctx, "insert one", insert, nil), tx.Later(ctx, "insert it again", again, nil))
		}
		for name, f := range map[string]func(tx *store.Tx) error{
			"at the end": later,
			"at the next result": func(tx *store.Tx) error {
				err := later(tx)
				if _, e := tx.Number(ctx, "SELECT 1"); e == nil {
					t.Error("the next statement has a result")
				} else {
					err = errors.Join(err, e)
				}
				return err
			},
			"at the native one": func(tx *store.Tx) error {
				err := later(tx)
				if _, e := tx.Pgx().Exec(ctx, "SELECT 1"); e == nil {
					t.Error("the native transaction goes on")
				}
				return err
			},
			"not minded": func(tx *store.Tx) error {
				_ = later(tx)
				_, _ = tx.Number(ctx, "SELECT 1")
				return tx.Later(ctx, "insert it again", again, nil)
			},
			"given up": func(tx *store.Tx) error {
				if err := tx.Later(ctx, "insert one", insert, nil); err != nil {
					return err
				}
				return stop
			},
			"given up later": func(tx *store.Tx) error {
				err := tx.Later(ctx, "insert one", insert, nil)
				if _, e := tx.Number(ctx, "SELECT 1"); err != nil || e != nil {
					return errors.Join(err, e)
				}
				return stop
			},
		} {
			err := st.InTx(ctx, f)
			if strings.HasPrefix(name, "given up") {
				if !errors.Is(err, stop) {
					t.Errorf("%s: %v", name, err)
				}
			} else if fault := (*store.DatabaseError)(nil); !errors.Is(err, store.ErrExists) && !(name == "not minded" && errors.As(err, &fault)) ||
				!strings.Contains(err.Error(), "insert it again") {
				t.Errorf("%s: %v", name, err)
			}
			if n := things(t, st); n != 0 {
				t.Errorf("%s: %d things stayed", name, n)
			}
		}
	})
}

// TestATransactionEndsWithItsContext: nothing of it is done, and others find a connection.
func TestATransactionEndsWithItsContext(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		for _, begun := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			err := st.InTx(ctx, func(tx *store.Tx) error {
				if begun {
					if _, err := tx.Number(ctx, "SELECT 1"); err != nil {
						return err
					}
				}
				err := tx.Later(ctx, "insert one", "INSERT INTO things VALUES (1)", nil)
				cancel()
				return err
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("begun %v: %v", begun, err)
			}
			if n := things(t, st); n != 0 {
				t.Errorf("begun %v: %d things", begun, n)
			}
		}
	})
}

// TestNativeTransaction: what the native transaction does is done in the order in which
// it was asked for, and commits with the rest.
func TestNativeTransaction(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		ctx := t.Context()
		for _, first := range []bool{true, false} {
			err := st.InTx(ctx, func(tx *store.Tx) error {
				if !first {
					if err := tx.Later(ctx, "insert", "INSERT INTO things VALUES (1)", nil); err != nil {
						return err
					}
				}
				if tag, err := tx.Pgx().Exec(ctx, "DELETE FROM things"); err != nil || (tag.RowsAffected() == 1) == first {
					t.Errorf("first %v: %v, %v", first, tag, err)
				}
				return tx.Later(ctx, "insert", "INSERT INTO things VALUES (2)", nil)
			})
			if n := things(t, st); err != nil || n != 1 {
				t.Errorf("first %v: %d things, %v", first, n, err)
			}
			if _, err := st.Pgx().Exec(ctx, "DELETE FROM things"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestAFailureThatIsPassedOver: whoever goes on after an error commits nothing, not even
// where the transaction could not begin, and is told of that error.
func TestAFailureThatIsPassedOver(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		ctx := t.Context()
		const insert = "INSERT INTO things VALUES (1)"
		for name, goOn := range map[string]func(tx *store.Tx) error{
			"nothing more":   func(*store.Tx) error { return nil },
			"what waits":     func(tx *store.Tx) error { return tx.Later(ctx, "insert one", insert, nil) },
			"the native one": func(tx *store.Tx) error { _, err := tx.Pgx().Exec(ctx, insert); return err },
			"another, and it": func(tx *store.Tx) error {
				_ = tx.Later(ctx, "insert one", insert, nil)
				_, err := tx.Number(ctx, "SELECT 1")
				return err
			},
		} {
			err := st.InTx(ctx, func(tx *store.Tx) error {
				if _, err := tx.Number(ctx, "SELECT n FROM missing"); err == nil {
					t.Error("a table that is not there can be read")
				}
				return goOn(tx)
			})
			if fault := (*store.DatabaseError)(nil); !errors.As(err, &fault) || fault.Code != "42P01" {
				t.Errorf("%s: %v", name, err)
			}
			if n := things(t, st); n != 0 {
				t.Errorf("%s: %d things", name, n)
			}
		}
	})
}

// TestWhatCannotBeReadIsNotCommitted: a result that waits for the end is read before it.
func TestWhatCannotBeReadIsNotCommitted(t *testing.T) {
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		err := st.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.Later(t.Context(), "insert one", "INSERT INTO things VALUES (1) RETURNING 'x'", &[]int{})
		})
		if n := things(t, st); err == nil || n != 0 {
			t.Errorf("%d things, %v", n, err)
		}
	})
}

// TestAScriptGoesByItself: several statements in one text run wherever they come.
func TestAScriptGoesByItself(t *testing.T) {
	const script = "INSERT INTO things VALUES (1); INSERT INTO things VALUES (2)"
	together(t, func(t *testing.T, st *store.Store, _ *atomic.Int64) {
		ctx := t.Context()
		for _, first := range []bool{true, false} {
			err := st.InTx(ctx, func(tx *store.Tx) error {
				if !first {
					if err := tx.Later(ctx, "clear", "DELETE FROM things", nil); err != nil {
						return err
					}
				}
				return tx.Exec(ctx, script)
			})
			if n := things(t, st); err != nil || n != 2 {
				t.Errorf("first %v: %d things, %v", first, n, err)
			}
		}
	})
}
