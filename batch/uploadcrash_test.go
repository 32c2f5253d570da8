package batch_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
	"usher/store/storetest"
)

// The crash tests run a process as a child, which is this test binary, and which
// kills itself with SIGKILL as soon as it sees a step reached.

const (
	dyingEnv    = "USHER_TEST_DYING" // the step to die at
	dyingDSN    = "USHER_TEST_DYING_DSN"
	dyingURL    = "USHER_TEST_DYING_URL"
	dyingUpload = "USHER_TEST_DYING_UPLOAD"
)

// The steps at which a child dies.
const (
	dieReceiving = "some of the file is there"
	dieChecking  = "the check is claimed"
	dieStaging   = "some rows are there"
	dieImported  = "the batch runs"
)

func TestMain(m *testing.M) {
	if step := os.Getenv(dyingEnv); step != "" {
		fmt.Fprintln(os.Stderr, dying(step))
		os.Exit(1)
	}
	if step := os.Getenv(deliverDyingEnv); step != "" {
		fmt.Fprintln(os.Stderr, deliverDying(step))
		os.Exit(1)
	}
	os.Exit(storetest.Main(m))
}

// dying does its part until it dies.
func dying(step string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, os.Getenv(dyingDSN), store.Options{})
	if err != nil {
		return err
	}
	cfg, err := config.Load(config.Options{Flags: flags(os.Getenv(dyingDSN), os.Getenv(dyingURL))})
	if err != nil {
		return err
	}
	s, err := batch.Open(ctx, cfg, batch.Options{Command: "child", Send: true})
	if err != nil {
		return err
	}
	id := os.Getenv(dyingUpload)
	go func() {
		for !reached(ctx, st, step, id) {
			time.Sleep(time.Millisecond)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
	switch step {
	case dieReceiving:
		_, err = s.ReceiveUpload(ctx, page, "people.csv", readerFunc(func(p []byte) (int, error) { return len(p), nil }), 1<<30)
	case dieChecking:
		for err == nil {
			_, err = s.EnsureChecked(ctx, id)
		}
	default:
		err = s.Work(ctx)
	}
	return err
}

// reached reports whether the database shows that a step is reached.
func reached(ctx context.Context, st *store.Store, step, id string) bool {
	query, is := map[string]string{
		dieReceiving: "SELECT count(*) FROM upload_chunks WHERE n = 2",
		dieChecking:  "SELECT count(*) FROM uploads WHERE checker <> ''",
		dieStaging:   "SELECT count(*) FROM applicants",
		dieImported:  "SELECT count(*) FROM uploads WHERE state = 'imported'",
	}[step], 0
	var err error
	if pool := st.Pgx(); pool != nil {
		err = pool.QueryRow(ctx, query).Scan(&is)
	} else {
		err = st.SQL().QueryRowContext(ctx, query).Scan(&is)
	}
	return err == nil && is > 0
}

// die runs a child until it is dead.
func (h *house) die(step, upload string) {
	h.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), dyingEnv+"="+step, dyingDSN+"="+h.database, dyingURL+"="+h.url, dyingUpload+"="+upload)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
		h.Fatalf("the child did not die: %v\n%s", err, out)
	}
}

// forget ends the leases of the dead now, and not when they end by themselves.
func (h *house) forget() {
	h.Helper()
	h.exec("DELETE FROM leases")
	h.exec("UPDATE uploads SET checker_at = '2020-01-01T00:00:00.000Z' WHERE checker <> ''")
}

func TestKilledWhileReceiving(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		h.die(dieReceiving, "")
		if uploads, chunks := h.stored(); uploads != 1 || chunks < 3 {
			h.Fatalf("%d uploads and %d chunks", uploads, chunks)
		}
		h.exec("UPDATE uploads SET touched_at = '2020-01-01T00:00:00.000Z'")
		h.must(s.SweepUploads(h.Context()))
		if uploads, chunks := h.stored(); uploads+chunks != 0 {
			h.Errorf("%d uploads and %d chunks stay", uploads, chunks)
		}
	})
}

func TestKilledWhileChecking(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		u := h.receive(s, crowd(5000))
		h.die(dieChecking, u.ID)
		h.forget()
		if u = h.checked(s, u.ID); u.Plan.Plan.Tokens != 5000 {
			h.Errorf("checked: %+v", u.Plan)
		}
	})
}

// Killed at whatever moment, there is one batch, whole, and nobody is invited twice.
func TestKilledWhileImporting(t *testing.T) {
	t.Parallel()
	const people = 12_000 // more than a chunk
	for _, step := range []string{dieStaging, dieImported} {
		t.Run(strings.ReplaceAll(step, " ", "_"), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(h *house) {
				h.settings = map[string]string{"upstream.rate": "5", "upstream.burst": "1"} // to send to all takes long
				s := h.process()
				u := h.checked(s, h.receive(s, crowd(people)).ID)
				_, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: people})
				h.must(err)
				h.die(step, u.ID)
				h.forget()
				h.work(s)
				u = h.imported(s, u.ID)
				all, err := s.Batches(h.Context())
				if err != nil || len(all) != 1 || all[0].ID != u.Batch || all[0].State != batch.Running || all[0].Counts.Total() != people ||
					all[0].Counts[batch.Rejected]+all[0].Counts[batch.Duplicate] > 0 {
					h.Errorf("%+v: batches %+v, %v", u, all, err)
				}
				for who, n := range h.invited() {
					if n > 1 {
						h.Errorf("%s was invited %d times", who, n)
					}
				}
			})
		})
	}
}

// Broken off at whatever moment, an import leaves nothing, or is whole.
func TestImportBrokenOff(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		const people = 2000
		s, next := h.process(), h.process()
		for i := range 12 {
			u := h.receive(s, strings.ReplaceAll(crowd(people), "ann.", fmt.Sprintf("ann.%d.", i)))
			u = h.checked(s, u.ID)
			_, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: people})
			h.must(err)
			ctx, cancel := context.WithTimeout(h.Context(), time.Duration(i*i)*3*time.Millisecond)
			err = s.ImportUpload(ctx, u.ID)
			cancel()
			u, lookErr := next.Upload(h.Context(), u.ID)
			h.must(lookErr)
			if err == nil != (u.State == batch.UploadImported) && !errors.Is(err, context.DeadlineExceeded) {
				h.Errorf("after %d: %v, %s", i, err, u.State)
			}
			h.wholeOrNot(next, u, i, people)
			h.must(next.ImportUpload(h.Context(), u.ID))
			h.must(s.ImportUpload(h.Context(), u.ID)) // a job that comes twice
			u, lookErr = next.Upload(h.Context(), u.ID)
			h.must(lookErr)
			if u.State != batch.UploadImported || u.Known {
				h.Errorf("after %d: %+v", i, u)
			}
			h.wholeOrNot(next, u, i, people)
		}
	})
}

// wholeOrNot checks that so many batches run before an upload's own, which runs if it
// is imported, and that all are whole. What a broken import may have left is of no
// account before the next one has swept it.
func (h *house) wholeOrNot(s *batch.Service, u batch.Upload, before, people int) {
	h.Helper()
	all, err := s.Batches(h.Context())
	h.must(err)
	if u.State != batch.UploadImported {
		all = slices.DeleteFunc(all, func(b batch.Batch) bool { return b.State == "importing" })
	}
	want := before
	if u.State == batch.UploadImported {
		want++
	}
	if len(all) != want {
		h.Errorf("%d batches, want %d", len(all), want)
	}
	for _, b := range all {
		if b.State != batch.Running || b.Counts[batch.Queued] != people {
			h.Errorf("batch %d is %s: %v", b.ID, b.State, b.Counts)
		}
	}
}
