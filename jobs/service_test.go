package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream"
	"usher/upstream/sandbox"
)

// fleet is one account in one database, with a sandbox for its API.
type fleet struct {
	st      *store.Store
	account int64
	control *jobs.Control
	api     *sandbox.Server
	url     string
}

// newFleet is a fleet on SQLite.
func newFleet(t testing.TB, o sandbox.Options) *fleet {
	t.Helper()
	return openFleet(t, storetest.SQLiteMigrated(t, migrateAt), o)
}

// batch makes a running batch of n applicants.
func (f *fleet) batch(t testing.TB, n int) int64 {
	t.Helper()
	return f.batchWith(t, n, "")
}

func (f *fleet) batchWith(t testing.TB, n int, report string) int64 {
	t.Helper()
	ctx := context.Background()
	id, err := f.st.InsertBatch(ctx, store.Batch{Account: f.account, Name: "test", ReportPath: report})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := f.st.PersonSecret(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = f.st.InTx(ctx, func(tx *store.Tx) error {
		var all []store.Applicant
		var people []store.Claimant
		var rows []int
		for i := range n {
			row := i + 2
			email, phone := fmt.Sprintf("p%d.%d@example.com", id, row), fmt.Sprintf("+1519222%04d", row)
			key := store.PersonKey(secret, email, phone)
			all = append(all, store.Applicant{Key: store.Key{Batch: id, Row: row}, State: store.Queued,
				FirstName: "First", LastName: "Last", Email: email, Phone: phone, PersonKey: key,
				ExternalID: fmt.Sprintf("x-%d-%d", id, row), SendEmailInvite: true})
			people = append(people, store.Claimant{Row: row, PersonKey: key})
			rows = append(rows, row)
		}
		if _, err := tx.ClaimPeople(ctx, f.account, id, people); err != nil {
			return err
		}
		if err := tx.InsertApplicants(ctx, all); err != nil {
			return err
		}
		if err := f.control.EnqueueImport(ctx, tx, id, rows); err != nil {
			return err
		}
		return tx.ActivateBatch(ctx, id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// start sets a worker process to work, and stops it when the test ends.
func (f *fleet) start(t testing.TB, name string, change func(*jobs.Config)) *jobs.Service {
	t.Helper()
	s := f.begin(t, name, change)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// begin sets a worker process to work.
func (f *fleet) begin(t testing.TB, name string, change func(*jobs.Config)) *jobs.Service {
	t.Helper()
	api, err := upstream.New(upstream.Config{BaseURL: f.url, APIKey: "key", Concurrency: 32})
	if err != nil {
		t.Fatal(err)
	}
	cfg := jobs.Config{Worker: name, Account: f.account, Concurrency: 32, Timeout: 5 * time.Second,
		LookupAfter: 200 * time.Millisecond, LookupAgain: 400 * time.Millisecond, Resend: true,
		ProbeFirst: 300 * time.Millisecond, ProbeMost: time.Second, RetryAfterCap: time.Minute}
	if change != nil {
		change(&cfg)
	}
	s, err := jobs.New(f.st, api, cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// finished waits until a batch is over, and returns its counts.
func (f *fleet) finished(t testing.TB, batch int64) store.Counts {
	t.Helper()
	f.until(t, func() bool {
		b, err := f.st.Batch(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		return b.State == store.BatchFinished
	})
	counts, err := f.st.Counts(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// until waits for something that must come to be.
func (f *fleet) until(t testing.TB, is func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !is(); {
		if time.Now().After(end) {
			t.Fatal("it never came to be")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// once fails the test when somebody was invited twice, and returns how many
// sessions there are.
func (f *fleet) once(t testing.TB) int {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range f.api.Sessions() {
		if seen[s.ExternalID] {
			t.Errorf("%s was invited twice", s.ExternalID)
		}
		seen[s.ExternalID] = true
	}
	return len(seen)
}

func TestWork(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	batch := f.batch(t, 300)
	f.start(t, "w1", nil)
	if counts := f.finished(t, batch); counts[store.Invited] != 300 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 300 {
		t.Errorf("%d sessions, want 300", n)
	}
}

func TestRateLimitObeyed(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, Rate: 100, Burst: 20})
	batch := f.batch(t, 200)
	f.start(t, "w1", func(c *jobs.Config) { c.Pace.Rate, c.Pace.Burst = 1000, 10 })
	if counts := f.finished(t, batch); counts[store.Invited] != 200 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 200 {
		t.Errorf("%d sessions, want 200", n)
	}
	t.Logf("requests: %v", f.api.Requests())
}

func TestPaymentRequired(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: 60})
	batch := f.batch(t, 150)
	f.start(t, "w1", nil)
	f.until(t, func() bool {
		g, err := f.st.Gate(context.Background(), f.account)
		return err == nil && g.Reason == store.GatePaymentRequired && g.Step > 1
	})
	f.api.TopUp(1000)
	if counts := f.finished(t, batch); counts[store.Invited] != 150 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 150 {
		t.Errorf("%d sessions, want 150", n)
	}
	refused := f.api.Requests().Of("POST /v1/sessions", 402)
	t.Logf("402 answers: %d", refused)
	for row := 2; row < 152; row++ {
		a, err := f.st.Applicant(context.Background(), store.Key{Batch: batch, Row: row})
		if err != nil || a.Counted != 1 {
			t.Errorf("row %d: %d attempts counted, %v", row, a.Counted, err)
		}
	}
}

func TestInDoubt(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Before5xx: 0.05, After5xx: 0.05, Cut: 0.05, CutBefore: 0.05, Garbage: 0.05, Seed: 7}})
	batch := f.batch(t, 200)
	f.start(t, "w1", nil)
	if counts := f.finished(t, batch); counts[store.Invited] != 200 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 200 {
		t.Errorf("%d sessions, want 200", n)
	}
	t.Logf("requests: %v", f.api.Requests())
}

func TestNoListRoute(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, NoList: true, Faults: sandbox.Faults{After5xx: 0.1, Seed: 7}})
	batch := f.batch(t, 100)
	f.start(t, "w1", nil)
	counts := f.finished(t, batch)
	if counts[store.Unknown] == 0 || counts[store.Invited]+counts[store.Unknown] != 100 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 100 {
		t.Errorf("%d sessions, want 100", n)
	}
}
