package batch_test

import (
	"usher/store"
)

// open opens the house's database beside its processes.
func (h *house) open(do func(st *store.Store) error) {
	h.Helper()
	st, err := store.Open(h.Context(), h.database, store.Options{})
	h.must(err)
	defer st.Close()
	h.must(do(st))
}

// exec runs a statement of the test's own.
func (h *house) exec(query string) {
	h.Helper()
	h.open(func(st *store.Store) (err error) {
		if pool := st.Pgx(); pool != nil {
			_, err = pool.Exec(h.Context(), query)
			return err
		}
		_, err = st.SQL().ExecContext(h.Context(), query)
		return err
	})
}

// number asks for a number.
func (h *house) number(query string) (n int) {
	h.Helper()
	h.open(func(st *store.Store) error {
		if pool := st.Pgx(); pool != nil {
			return pool.QueryRow(h.Context(), query).Scan(&n)
		}
		return st.SQL().QueryRowContext(h.Context(), query).Scan(&n)
	})
	return n
}

// stored counts what is stored of uploads, in all.
func (h *house) stored() (uploads, chunks int) {
	h.Helper()
	return h.number("SELECT count(*) FROM uploads"), h.number("SELECT count(*) FROM upload_chunks")
}

// sqlite runs statements on a database of somebody else's.
func (h *house) sqlite(path string, statements ...string) {
	h.Helper()
	st, err := store.Open(h.Context(), "sqlite:"+path, store.Options{})
	h.must(err)
	defer st.Close()
	for _, statement := range statements {
		_, err := st.SQL().ExecContext(h.Context(), statement)
		h.must(err)
	}
}
