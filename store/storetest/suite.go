package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"usher/store"
)

// Run runs the tests that every database must pass. Open returns a store of
// the test's own: migrated, empty, and closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for subject, all := range map[string]tests{
		"Tx": txTests(), "Batch": batchTests(), "Applicant": applicantTests(), "Claim": claimTests(), "Settle": settleTests(),
		"Lookup": lookupTests(), "Session": sessionTests(), "Gate": gateTests(), "Listen": listenTests(), "Probe": probeTests(), "Pace": paceTests(), "Day": dayTests(), "DayHeld": dayHeldTests(), "WorkerPace": workerPaceTests(), "Mended": mendedTests(),
		"Person": personTests(), "Import": importTests(), "Lease": leaseTests(), "Retry": retryTests(),
		"Reference": referenceTests(), "GiveBack": giveBackTests(),
		"Resolve": resolveTests(), "Cancel": cancelTests(), "Mark": markTests(), "TakenRows": takenRowsTests(), "Find": findTests(), "Reinvite": reinviteTests(),
		"Sent": sentTests(), "Counts": countsTests(), "People": peopleTests(), "Cause": causeTests(), "Clock": clockTests(), "File": fileTests(),
		"Act": actTests(), "Seek": seekTests(), "User": userTests(), "WebSession": webSessionTests(), "Try": tryTests(),
		"Upload": uploadTests(), "UploadCheck": uploadCheckTests(), "Traffic": trafficTests(), "Return": returnTests(), "EarlyReturn": earlyReturnTests(), "Reader": readerTests(), "Schedule": scheduleTests(),
		"Folder": folderTests(), "FolderList": folderListTests(), "Quiet": quietTests(), "Breaker": breakerTests(), "Canary": canaryTests(), "Message": messageTests(), "Event": eventTests(), "Delivery": deliveryTests(), "CheckWork": checkWorkTests(),
	} {
		for name, test := range all {
			t.Run(subject+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(newWorld(t, open(t)))
			})
		}
	}
}

// tests are the tests of a subject by name.
type tests map[string]func(w *world)

// world is a store with an account and a living worker.
type world struct {
	*testing.T
	st      *store.Store
	account int64
}

const (
	worker    = "worker-1"
	timeout   = 10 * time.Second
	lookup    = 30 * time.Second
	longLease = time.Hour
)

func newWorld(t *testing.T, st *store.Store) *world {
	w := &world{T: t, st: st}
	w.account = w.newAccount("https://api.example key-1")
	w.hold(store.WorkerLease(worker), worker)
	t.Cleanup(w.checkCounts)
	return w
}

// must ends the test when there is an error.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// tx runs f in a transaction.
func (w *world) tx(f func(tx *store.Tx) error) {
	w.Helper()
	w.must(w.st.InTx(w.Context(), f))
}

// in runs f in a transaction and returns what it returns.
func in[T any](w *world, f func(ctx context.Context, tx *store.Tx) (T, error)) (v T) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		v, err = f(w.Context(), tx)
		return err
	})
	return v
}

// exec runs a statement of the test's own.
func (w *world) exec(query string, args ...any) {
	w.Helper()
	var err error
	if pool := w.st.Pgx(); pool != nil {
		_, err = pool.Exec(w.Context(), query, args...)
	} else {
		_, err = w.st.SQL().ExecContext(w.Context(), query, args...)
	}
	w.must(err)
}

// ago is a time by the database's clock, as a column holds it.
func (w *world) ago(d time.Duration) any {
	w.Helper()
	now, err := w.st.Now(w.Context())
	w.must(err)
	return w.arg(now.Add(-d))
}

// arg is t as the database keeps a time.
func (w *world) arg(t time.Time) any {
	if w.st.Pgx() != nil {
		return t
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// during runs first in a transaction and starts second before that commits.
// It commits when second waits for it, or is done without.
func (w *world) during(first func(tx *store.Tx) error, second func()) {
	w.Helper()
	done := make(chan struct{})
	w.tx(func(tx *store.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		blocked := w.blocked()
		go func() {
			defer close(done)
			second()
		}()
		w.poll(func() bool { return isClosed(done) || blocked() })
		return nil
	})
	<-done
}

// blocked returns a function that tells whether somebody has come to wait for
// a lock, or on SQLite for the one connection.
func (w *world) blocked() func() bool {
	if db := w.st.SQL(); db != nil {
		before := db.Stats().WaitCount
		return func() bool { return db.Stats().WaitCount > before }
	}
	return func() (waits bool) {
		w.must(w.st.Pgx().QueryRow(w.Context(), `
SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits))
		return waits
	}
}

// poll waits until done reports true.
func (w *world) poll(done func() bool) {
	w.Helper()
	for !done() {
		if w.Context().Err() != nil {
			w.Fatal("still waiting when the test ended")
		}
		time.Sleep(time.Millisecond)
	}
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// atOnce calls f n times at once and returns how many calls reported true.
func (w *world) atOnce(n int, f func(i int) (bool, error)) (yes int) {
	w.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		wait.Go(func() {
			ok, err := f(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.Error(err)
			}
			if ok {
				yes++
			}
		})
	}
	wait.Wait()
	return yes
}
