package importer

import (
	"context"
	"testing"

	"usher/store"
)

// TestImportAfterAnOutageDoesNotWaitForItself: the lease of an import that ended while the
// database was away is given up by the next import of the process.
func TestImportAfterAnOutageDoesNotWaitForItself(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		held, err := w.im.hold(t.Context(), w.account)
		if err != nil {
			t.Fatal(err)
		}
		away, cancel := context.WithCancel(context.Background())
		cancel()
		held.stop()
		<-held.done
		held.giveUp(away)
		again, err := w.im.hold(t.Context(), w.account)
		if err != nil {
			t.Fatalf("the next import: %v", err)
		}
		again.release(t.Context())
		if left, err := st.Leases(t.Context(), store.ImportLease(w.account)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}
