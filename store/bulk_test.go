package store

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestBulkLeavesTheLogShort holds that only bulk writes let SQLite's log grow:
// what others commit is copied into the file as often as ever.
func TestBulkLeavesTheLogShort(t *testing.T) {
	t.Parallel()
	st, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "usher.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	pages := func(in queries) (n int) {
		t.Helper()
		if err := in.queryOne(t.Context(), "PRAGMA wal_autocheckpoint", nil, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := pages(st.queries)
	for _, end := range []error{nil, errors.New("broken")} {
		err := st.InBulk(t.Context(), func(tx *Tx) error {
			if n := pages(tx.queries); n <= before {
				t.Errorf("%d pages in a bulk write, %d before", n, before)
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Errorf("got %v, want %v", err, end)
		}
		if n := pages(st.queries); n != before {
			t.Errorf("%d pages after a bulk write, %d before", n, before)
		}
	}
}
