package batch_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// house is a database with an API, on which any number of processes are opened.
type house struct {
	*testing.T
	database string
	url      string
	api      *sandbox.Server
	settings map[string]string // beside the others
}

// onBoth runs a test on SQLite, and on PostgreSQL.
func onBoth(t *testing.T, test func(h *house)) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return storetest.SQLiteMigrated(t, upgraded) },
		"postgres": func(t *testing.T) string { return storetest.PostgresMigrated(t, upgraded) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newHouse(t, database(t)))
		})
	}
}

func upgraded(database string) error {
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		return err
	}
	_, err = batch.Upgrade(context.Background(), cfg, nil)
	return err
}

func newHouse(t *testing.T, database string) *house {
	t.Helper()
	api := sandbox.New(sandbox.Options{Balance: -1})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return &house{T: t, database: database, url: server.URL, api: api}
}

func (h *house) config() *config.Config {
	h.Helper()
	all := flags(h.database, h.url)
	all["report.dir"] = h.TempDir()
	maps.Copy(all, h.settings)
	cfg, err := config.Load(config.Options{Flags: all})
	if err != nil {
		h.Fatal(err)
	}
	return cfg
}

// flags are the settings of a process.
func flags(database, url string) map[string]string {
	return map[string]string{"database": database, "upstream.base_url": url, "upstream.api_key": "key", "upstream.rate": "1000", "upstream.burst": "100"}
}

// process opens another process.
func (h *house) process() *batch.Service {
	h.Helper()
	s, err := batch.Open(h.Context(), h.config(), batch.Options{Command: "test", Send: true, Profiles: filepath.Join(h.TempDir(), "profiles")})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(s.Close)
	return s
}

// work has a process work until the function that is returned is called, or the
// test ends.
func (h *house) work(s *batch.Service) (stop func()) {
	h.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Work(ctx) }()
	stopped := false
	stop = func() {
		if cancel(); !stopped {
			if err := <-done; err != nil && !errors.Is(err, context.Canceled) { // it had not begun
				h.Error(err)
			}
		}
		stopped = true
	}
	h.Cleanup(stop)
	return stop
}

var page = batch.Actor{Name: "ann", Role: "uploader", Way: batch.WayPage}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v (%s)", err, batch.Hint(err))
	}
}

func (h *house) receive(s *batch.Service, text string) batch.Upload {
	h.Helper()
	u, err := s.ReceiveUpload(h.Context(), page, "people.csv", strings.NewReader(text), 1<<20)
	h.must(err)
	return u
}

// checked asks again until an upload is checked.
func (h *house) checked(s *batch.Service, id string) batch.Upload {
	h.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		u, err := s.EnsureChecked(h.Context(), id)
		h.must(err)
		if u.Checked {
			return u
		}
	}
	h.Fatal("it is never checked")
	return batch.Upload{}
}

// imported asks again until an upload is not being imported any more.
func (h *house) imported(s *batch.Service, id string) batch.Upload {
	h.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		u, err := s.WaitUpload(h.Context(), id)
		h.must(err)
		if u.State != batch.UploadImporting {
			return u
		}
	}
	h.Fatal("it is never imported")
	return batch.Upload{}
}

// invited are the people who have a session, by reference.
func (h *house) invited() map[string]int {
	n := map[string]int{}
	for _, s := range h.api.Sessions() {
		n[s.ExternalID]++
	}
	return n
}

// finished waits until a batch is, and checks that everybody of it was invited once.
func (h *house) finished(s *batch.Service, id int64, people int) batch.Batch {
	h.Helper()
	var b batch.Batch
	for end := time.Now().Add(5 * time.Minute); b.State != batch.Finished; {
		if time.Now().After(end) {
			h.Fatalf("the batch never finished: %+v", b)
		}
		var err error
		b, err = s.Batch(h.Context(), id)
		h.must(err)
		time.Sleep(10 * time.Millisecond)
	}
	invited := h.invited()
	for who, n := range invited {
		if n > 1 {
			h.Errorf("%s was invited %d times", who, n)
		}
	}
	if len(invited) != people || b.Counts[batch.Invited] != people {
		h.Errorf("%d were invited, the batch says %v; want %d", len(invited), b.Counts, people)
	}
	return b
}

// crowd is a list of so many people.
func crowd(n int) string {
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range n {
		fmt.Fprintf(&b, "Ann,Lee,ann.%d@example.com,+4477009%05d\n", i, i)
	}
	return b.String()
}

// From the bytes to the batch, each step in another process.
func TestUploadToBatch(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		one, two := h.process(), h.process()
		u := h.receive(one, crowd(412))
		if u.State != batch.UploadReady || u.Owner != "ann" || u.Name != "people.csv" || u.Revision != 1 || u.Checked || u.Plan != nil {
			h.Errorf("received: %+v", u)
		}
		u = h.checked(two, u.ID)
		if p := u.Plan; p == nil || p.Refusal != nil || p.Plan.Tokens != 412 || p.Plan.Cost.Tokens != 412 || len(p.Plan.Columns) != 4 || p.Problems != 0 {
			h.Fatalf("checked: %+v", p)
		}
		asked, err := one.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 412})
		h.must(err)
		if asked.State != batch.UploadImporting || asked.Agreed != 412 || asked.Inviter != "ann" {
			h.Errorf("agreed: %+v", asked)
		}
		again, err := two.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 412})
		if err != nil || again.State != batch.UploadImporting {
			h.Errorf("pressed twice: %+v, %v", again, err)
		}
		h.work(two)
		done := h.imported(one, u.ID)
		if done.State != batch.UploadImported || done.Batch == 0 || done.Known || done.Plan != nil {
			h.Fatalf("imported: %+v", done)
		}
		b := h.finished(one, done.Batch, 412)
		if b.Owner != "ann" || b.Report != "" || b.Name != "people.csv" {
			h.Errorf("the batch: %+v", b)
		}
		acts, err := one.Acts(h.Context(), batch.ActFilter{Batch: b.ID})
		if err != nil || len(acts) != 1 || acts[0].Actor != "ann" || acts[0].Way != batch.WayPage || acts[0].Act != "import" {
			h.Errorf("acts: %+v, %v", acts, err)
		}
		if again, err := one.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 412}); err != nil || again.Batch != b.ID {
			h.Errorf("pressed once more: %+v, %v", again, err)
		}
		if all, err := one.Uploads(h.Context(), "ann"); err != nil || len(all) != 0 {
			h.Errorf("uploads left: %+v, %v", all, err)
		}
	})
}
