package batch_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store/storetest"
)

// invite agrees to what the plan of an upload says.
func (h *house) invite(s *batch.Service, u batch.Upload) batch.Upload {
	h.Helper()
	u, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: u.Plan.Plan.Tokens})
	h.must(err)
	return u
}

// Two people bring the same list and press at once, in two tabs each: one batch.
func TestInviteAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		one, two := h.process(), h.process()
		a, b := h.receive(one, crowd(50)), h.receive(two, crowd(50))
		a, b = h.checked(one, a.ID), h.checked(two, b.ID)
		var wait sync.WaitGroup
		for _, s := range []*batch.Service{one, two} {
			for _, u := range []batch.Upload{a, b} {
				wait.Go(func() {
					if u, err := s.Invite(h.Context(), page, u.ID, 1, batch.Agreement{Invitations: 50}); err != nil || u.State != batch.UploadImporting {
						h.Errorf("pressed: %+v, %v", u, err)
					}
				})
			}
		}
		wait.Wait()
		h.work(one)
		a, b = h.imported(one, a.ID), h.imported(two, b.ID)
		if a.Batch != b.Batch || a.Known == b.Known {
			h.Errorf("two of the same list: %+v and %+v", a, b)
		}
		h.finished(two, a.Batch, 50)
		again := h.checked(two, h.receive(two, crowd(50)).ID)
		if k := again.Plan.Known; k == nil || k.ID != a.Batch || k.State != batch.Finished {
			h.Fatalf("the same list once more: %+v", again.Plan)
		}
		h.invite(two, again)
		if again = h.imported(two, again.ID); !again.Known || again.Batch != a.Batch {
			h.Errorf("the same list once more: %+v", again)
		}
	})
}

// More than was agreed to is not sent, whatever has changed since.
func TestInviteNoMoreThanAgreed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		first := h.checked(s, h.receive(s, crowd(20)).ID)
		h.invite(s, first)
		h.must(s.ImportUpload(h.Context(), first.ID))
		first, err := s.Upload(h.Context(), first.ID)
		h.must(err)
		u := h.checked(s, h.receive(s, crowd(30)).ID)
		if u.Plan.Plan.Tokens != 10 {
			h.Fatalf("checked: %+v", u.Plan)
		}
		for what, agreed := range map[string]int{"fewer": 9} {
			if _, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: agreed}); batch.Hint(err) == "" {
				h.Errorf("agreed to %s: %v", what, err)
			}
		}
		u = h.invite(s, u)
		if _, err := s.Cancel(h.Context(), page, first.Batch); err != nil { // its people are free again
			h.Fatal(err)
		}
		h.must(s.ImportUpload(h.Context(), u.ID))
		u, err = s.Upload(h.Context(), u.ID)
		h.must(err)
		if u.State != batch.UploadReady || u.Checked || !strings.Contains(u.Refusal, "30 people") || u.Fix == "" {
			h.Errorf("taken back: %+v", u)
		}
		if all, err := s.Batches(h.Context()); err != nil || len(all) != 1 {
			h.Errorf("batches: %+v, %v", all, err)
		}
		if u = h.checked(s, u.ID); u.Plan.Plan.Tokens != 30 {
			h.Errorf("checked anew: %+v", u.Plan)
		}
		h.invite(s, u)
		h.must(s.ImportUpload(h.Context(), u.ID))
		if u, err := s.Upload(h.Context(), u.ID); err != nil || u.State != batch.UploadImported || u.Refusal != "" {
			h.Errorf("imported: %+v, %v", u, err)
		}
	})
}

// What cannot be invited is told why.
func TestInviteRefused(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.receive(s, crowd(2))
	if _, err := s.Invite(h.Context(), page, u.ID, 1, batch.Agreement{Invitations: 2}); err == nil || !strings.Contains(err.Error(), "not checked") {
		h.Errorf("not checked: %v", err)
	}
	u = h.checked(s, u.ID)
	h.choose(s, u, func(c *batch.Choices) { c.Region = "GB" })
	var changed *batch.ChangedError
	if _, err := s.Invite(h.Context(), page, u.ID, 1, batch.Agreement{Invitations: 2}); !errors.As(err, &changed) {
		h.Errorf("an old revision: %v", err)
	}
	u = h.checked(s, u.ID)
	h.invite(s, u)
	for what, err := range map[string]error{
		"choose":  second(s.Choose(h.Context(), page, u.ID, u.Revision, u.Choices)),
		"mend":    second(s.Mend(h.Context(), page, u.ID, u.Revision, []batch.Mend{{Row: 2}})),
		"discard": s.DiscardUpload(h.Context(), page, u.ID),
		"replace": second(s.ReplaceUpload(h.Context(), page, u.ID, u.Revision, "x", strings.NewReader("x"), 9)),
	} {
		var request *batch.RequestError
		if !errors.As(err, &request) || request.Fix == "" {
			h.Errorf("%s while it is imported: %v", what, err)
		}
	}
	h.must(s.ImportUpload(h.Context(), u.ID))
	if err := s.DiscardUpload(h.Context(), page, u.ID); err == nil || !strings.Contains(batch.Hint(err), "batch 1") {
		h.Errorf("discard what is imported: %v", err)
	}
	nobody := h.checked(s, h.receive(s, crowd(1)).ID)
	if _, err := s.Invite(h.Context(), page, nobody.ID, 1, batch.Agreement{Invitations: 0}); err == nil || !strings.Contains(err.Error(), "nobody") {
		h.Errorf("everybody was invited before: %v", err)
	}
}

// A job that is gone is made again.
func TestImportJobGone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		u := h.invite(s, h.checked(s, h.receive(s, crowd(3)).ID))
		h.exec("DELETE FROM river_job")
		h.work(s)
		if u = h.imported(s, u.ID); u.State != batch.UploadImported {
			h.Fatalf("%+v", u)
		}
		h.finished(s, u.Batch, 3)
	})
}

// Two processes check an upload once, and one that is closed gives its check back.
func TestCheckedOnce(t *testing.T) {
	t.Parallel()
	people := storetest.Rows(20_000, 7_000) // whose check takes long enough for others to come
	onBoth(t, func(h *house) {
		one, two := h.process(), h.process()
		u := h.receive(one, crowd(people))
		var wait sync.WaitGroup
		for _, s := range []*batch.Service{one, two, one, two} {
			wait.Go(func() {
				if u := h.checked(s, u.ID); u.Plan.Plan.Tokens != people {
					h.Errorf("%+v", u.Plan)
				}
			})
		}
		wait.Wait()
		u = h.choose(one, u, func(c *batch.Choices) { c.Region = "GB" })
		var asked sync.WaitGroup
		asked.Go(func() { _, _ = one.EnsureChecked(h.Context(), u.ID) })
		for h.number("SELECT count(*) FROM uploads WHERE checker <> ''")+h.number("SELECT count(*) FROM uploads WHERE plan_revision = 2") == 0 {
			time.Sleep(time.Millisecond)
		}
		one.Close()
		if n := h.number("SELECT count(*) FROM uploads WHERE checker <> ''"); n != 0 {
			h.Error("the check was not given back")
		}
		h.checked(two, u.ID)
		asked.Wait()
	})
}

// A database source is checked and imported like a file.
func TestSourceUpload(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	dir := t.TempDir()
	people := filepath.Join(dir, "hr.db")
	h.sqlite(people, "CREATE TABLE people (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, phone TEXT)",
		"INSERT INTO people VALUES (1, 'Ann', 'Lee', 'ann@example.com', '+447700900001'), (2, 'Bob', 'Low', 'no', '+447700900002')")
	file := filepath.Join(dir, "usher.yaml")
	h.must(os.WriteFile(file, []byte("sources:\n  hr:\n    url: sqlite:"+people+"\n    query: SELECT * FROM people WHERE id > :mark ORDER BY id\n    watermark: id\n    start: \"0\"\n"), 0o600))
	cfg, err := config.Load(config.Options{File: file, Flags: flags(h.database, h.url)})
	h.must(err)
	s, err := batch.Open(h.Context(), cfg, batch.Options{Send: true})
	h.must(err)
	h.Cleanup(s.Close)
	if names := s.Sources(); len(names) != 1 || names[0] != "hr" {
		h.Errorf("sources %q", names)
	}
	if _, err := s.NewSourceUpload(h.Context(), page, "payroll"); batch.Hint(err) == "" {
		h.Errorf("another source: %v", err)
	}
	u, err := s.NewSourceUpload(h.Context(), page, "hr")
	h.must(err)
	u = h.checked(s, u.ID)
	if u.Source != "hr" || u.Plan.Plan.Tokens != 1 || u.Plan.Problems != 1 {
		h.Fatalf("%+v", u.Plan)
	}
	if _, err := s.Mend(h.Context(), page, u.ID, u.Revision, []batch.Mend{{Row: 3, Column: 3, Text: "x"}}); batch.Hint(err) == "" {
		h.Errorf("mended: %v", err)
	}
	u = h.checked(s, h.choose(s, u, func(c *batch.Choices) { c.LeaveOut = true }).ID)
	h.invite(s, u)
	h.must(s.ImportUpload(h.Context(), u.ID))
	if u, err = s.Upload(h.Context(), u.ID); err != nil || u.State != batch.UploadImported {
		h.Fatalf("%+v, %v", u, err)
	}
	next, err := s.NewSourceUpload(h.Context(), page, "hr")
	h.must(err)
	if next = h.checked(s, next.ID); !next.Plan.NothingNew || next.Plan.Refusal != nil {
		h.Errorf("once more: %+v", next.Plan)
	}
	if _, err := s.Invite(h.Context(), page, next.ID, 1, batch.Agreement{Invitations: 0}); err == nil || !strings.Contains(err.Error(), "no new rows") {
		h.Errorf("invited: %v", err)
	}
}

// Whoever brings the list of a page's batch as a file gets a report of it.
func TestUploadAsFileToo(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.invite(s, h.checked(s, h.receive(s, crowd(2)).ID))
	h.must(s.ImportUpload(h.Context(), u.ID))
	file := filepath.Join(t.TempDir(), "people.csv")
	h.must(os.WriteFile(file, []byte(crowd(2)), 0o600))
	line := batch.Actor{Name: "root", Way: batch.WayCommandLine}
	p, err := s.Import(h.Context(), line, batch.Feed{File: file}, batch.ImportOptions{})
	h.must(err)
	defer p.Discard()
	b, err := s.Batch(h.Context(), p.Batch.ID)
	if err != nil || !p.Known || !strings.HasSuffix(b.Report, "people.results.csv") || b.Owner != "ann" {
		h.Errorf("known %v, %+v, %v", p.Known, b, err)
	}
}

// People who are invited again stay whose the batch was, whoever asks for it.
func TestReinvitedOwner(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.invite(s, h.checked(s, h.receive(s, crowd(1)).ID))
	h.work(s)
	first := h.finished(s, h.imported(s, u.ID).Batch, 1)
	for _, by := range []batch.Actor{{Name: "bob", Way: batch.WayPage}, {Name: "root", Way: batch.WayCommandLine}} {
		again, err := s.Reinvite(h.Context(), by, first.ID, []int{2})
		h.must(err)
		b, err := s.Batch(h.Context(), again.Batch)
		if err != nil || b.Owner != "ann" {
			h.Errorf("owner %q, %v; want ann", b.Owner, err)
		}
		h.must(second(s.Cancel(h.Context(), by, again.Batch)))
	}
}
