package batch_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usher/batch"
	"usher/upstream/sandbox"
)

// deliverHouse is a house whose results go to a folder, and whose API refuses people of
// whom "refused" is written, and loses the answer for those of whom "lost" is.
type deliverHouse struct {
	*house
	out     string
	relents atomic.Bool // it refuses nobody any more
}

// deliverOnBoth runs a test on SQLite, and on PostgreSQL.
func deliverOnBoth(t *testing.T, test func(h *deliverHouse)) {
	onBoth(t, func(h *house) { test(deliverFrom(h)) })
}

func deliverFrom(h *house) *deliverHouse {
	d := &deliverHouse{house: h, out: h.TempDir()}
	api := sandbox.New(sandbox.Options{Balance: -1})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			http.Error(w, "cut", http.StatusBadRequest)
			return
		case bytes.Contains(body, []byte("refused")) && !d.relents.Load():
			http.Error(w, `{"error":"not this one"}`, http.StatusUnprocessableEntity)
			return
		case bytes.Contains(body, []byte("lost")):
			http.Error(w, "{}", http.StatusInternalServerError)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		api.ServeHTTP(w, r)
	}))
	h.Cleanup(server.Close)
	h.api, h.url = api, server.URL
	h.settings = map[string]string{
		"report.deliver_dir": d.out, "report.deliver_name": "r-{batch}-{name}", "report.deliver_split": "yes",
		"upstream.resend": "never", "lookup.after": "10ms", "lookup.again": "20ms",
	}
	return d
}

// mixed is a list with people of whom each comes to another end, and a row with a
// problem.
func (d *deliverHouse) mixed() string {
	return crowd(3) + "Rex,Roe,refused@example.com,+447700900901\nLou,Low,lost@example.com,+447700900902\nNo,Mail,,\n"
}

// brought brings a list, and returns its batch when that is finished.
func (d *deliverHouse) brought(s *batch.Service, list string) batch.Batch {
	d.Helper()
	u := d.checked(s, d.receive(s, list).ID)
	_, err := s.Invite(d.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: u.Plan.Plan.Tokens, LeaveOut: true})
	d.must(err)
	done := d.imported(s, u.ID)
	if done.Batch == 0 {
		d.Fatalf("it was not imported: %+v", done)
	}
	return d.over(s, done.Batch)
}

// over waits until a batch is finished.
func (d *deliverHouse) over(s *batch.Service, id int64) (b batch.Batch) {
	d.Helper()
	d.until("the end of the batch", func() bool {
		var err error
		b, err = s.Batch(d.Context(), id)
		d.must(err)
		return b.State == batch.Finished
	})
	return b
}

func (d *deliverHouse) until(what string, done func() bool) {
	d.Helper()
	for end := time.Now().Add(90 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("%s: it did not come", what)
		}
	}
}

// delivery waits until the n-th delivery of a batch is made, and returns it.
func (d *deliverHouse) delivery(s *batch.Service, id int64, n int) (made batch.Delivery) {
	d.Helper()
	d.until(fmt.Sprintf("delivery %d", n), func() bool {
		all, err := s.Deliveries(d.Context(), id)
		d.must(err)
		if len(all) < n || all[n-1].DeliveredAt == nil {
			return false
		}
		made = all[n-1]
		return true
	})
	return made
}

// listed are the names in the folder.
func (d *deliverHouse) listed() (names []string) {
	d.Helper()
	entries, err := os.ReadDir(d.out)
	d.must(err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (d *deliverHouse) read(name string) []byte {
	d.Helper()
	text, err := os.ReadFile(filepath.Join(d.out, name))
	d.must(err)
	return text
}

// closes reads a manifest, and checks that it closes: its counts are the rows read, and
// its files are as it says, with so many rows.
func (d *deliverHouse) closes(name string) (m batch.Manifest) {
	d.Helper()
	d.must(json.Unmarshal(d.read(name), &m))
	sum := 0
	for _, n := range m.Counts {
		sum += n
	}
	if sum != m.Rows || len(m.Counts) != len(batch.States) {
		d.Errorf("%s: %v are not %d rows", name, m.Counts, m.Rows)
	}
	for _, f := range m.Files {
		text := d.read(f.Name)
		hash := sha256.Sum256(text)
		if int64(len(text)) != f.Size || hex.EncodeToString(hash[:]) != f.SHA256 {
			d.Errorf("%s is not as %s says", f.Name, name)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		d.must(err)
		got := map[string]int{}
		for _, row := range rows[1:] {
			got[row[1]]++
		}
		for state, n := range m.Counts {
			if f.State != "" && f.State != state {
				n = 0
			}
			if got[string(state)] != n {
				d.Errorf("%s has %d %s, want %d", f.Name, got[string(state)], state, n)
			}
		}
		if len(rows)-1 != f.Rows {
			d.Errorf("%s has %d rows, and is said to have %d", f.Name, len(rows)-1, f.Rows)
		}
		if info, err := os.Stat(filepath.Join(d.out, f.Name)); err != nil || info.Mode().Perm() != 0o600 {
			d.Errorf("%s: others can read it: %v, %v", f.Name, info.Mode(), err)
		}
	}
	return m
}

// Each end of a run, and each person who is settled later, is a delivery of its own.
func TestDelivered(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		s := d.process()
		d.work(s)
		list := d.mixed()
		b := d.brought(s, list)
		stem := fmt.Sprintf("r-%d-people", b.ID)
		d.delivery(s, b.ID, 1)
		want := []string{stem + ".csv", stem + ".failed.csv", stem + ".invited.csv", stem + ".manifest.json", stem + ".rejected.csv", stem + ".unknown.csv"}
		if got := d.listed(); !slices.Equal(got, want) {
			t.Fatalf("delivered: %q", got)
		}
		m := d.closes(stem + ".manifest.json")
		sum := sha256.Sum256([]byte(list))
		if m.Batch != b.ID || m.Name != "people.csv" || m.Run != 1 || m.Number != 1 || m.Before != "" || m.Schedule != "" || m.Rows != 6 || len(m.Files) != 5 ||
			m.Counts[batch.Invited] != 3 || m.ImportedBy == nil || *m.ImportedBy != (batch.ManifestActor{Name: "ann", Role: "uploader", Way: "page"}) ||
			m.Source == nil || *m.Source != (batch.ManifestSource{Name: "people.csv", Size: int64(len(list)), SHA256: hex.EncodeToString(sum[:])}) {
			t.Errorf("the manifest: %+v", m)
		}
		if m.ImportedAt == nil || m.StartedAt == nil || m.FinishedAt == nil || m.DeliveredAt == nil || m.DeliveredAt.Before(*m.FinishedAt) {
			t.Errorf("its times: %+v", m)
		}
		for _, personal := range []string{"example.com", "+447", "Roe"} {
			if strings.Contains(string(d.read(stem+".manifest.json")), personal) {
				t.Errorf("the manifest has %s in it", personal)
			}
		}

		d.must(s.Resolve(d.Context(), page, b.ID, batch.Resolution{Rows: []int{6}, Sent: true}))
		d.delivery(s, b.ID, 2)
		if m := d.closes(stem + "-2.manifest.json"); m.Number != 2 || m.Run != 1 || m.Before != stem+".manifest.json" || m.Counts[batch.Invited] != 4 || m.Counts[batch.Unknown] != 0 {
			t.Errorf("after somebody was settled: %+v", m)
		}
		d.relents.Store(true)
		if n, err := s.Retry(d.Context(), page, b.ID); err != nil || n != 1 {
			t.Fatalf("retried: %d, %v", n, err)
		}
		d.delivery(s, b.ID, 3)
		if m := d.closes(stem + "-3.manifest.json"); m.Number != 3 || m.Run != 2 || m.Before != stem+"-2.manifest.json" || m.Counts[batch.Invited] != 5 {
			t.Errorf("after a retry: %+v", m)
		}
		d.closes(stem + ".manifest.json") // is as it was

		acts, err := s.Acts(d.Context(), batch.ActFilter{Batch: b.ID})
		d.must(err)
		handed := 0
		for _, a := range acts {
			if a.Act == "report" && a.Way == batch.WayDelivery {
				handed++
			}
		}
		if handed != 3 {
			t.Errorf("%d acts tell of 3 deliveries: %+v", handed, acts)
		}
	})
}

// What lies in the folder and is not usher's stays, and none of a delivery's names mixes
// with it.
func TestDeliveredBesideOthers(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		link := filepath.Join(d.TempDir(), "link") // so may the folder be named
		d.must(os.Symlink(d.out, link))
		d.settings["report.deliver_dir"] = link
		s := d.process()
		d.must(os.WriteFile(filepath.Join(d.out, "r-1-people.invited.csv"), []byte("mine"), 0o600))
		d.must(os.Symlink(filepath.Join(d.TempDir(), "elsewhere"), filepath.Join(d.out, "r-1-people-2.csv")))
		late := false
		s.AtDelivery(func(step string) error {
			if step == "split" && !late { // somebody is quicker
				late = true
				return os.WriteFile(filepath.Join(d.out, "r-1-people-3.csv"), []byte("mine"), 0o600)
			}
			return nil
		})
		d.work(s)
		b := d.brought(s, crowd(2))
		if made := d.delivery(s, b.ID, 1); made.Name != "r-1-people-4" {
			t.Errorf("delivered: %+v", made)
		}
		want := []string{"r-1-people-2.csv", "r-1-people-3.csv", "r-1-people-4.csv", "r-1-people-4.invited.csv", "r-1-people-4.manifest.json", "r-1-people.invited.csv"}
		if got := d.listed(); !slices.Equal(got, want) {
			t.Errorf("in the folder: %q", got)
		}
		if got := string(d.read("r-1-people.invited.csv")) + string(d.read("r-1-people-3.csv")); got != "minemine" {
			t.Errorf("a file of somebody's own is %q now", got)
		}
		d.closes("r-1-people-4.manifest.json")
	})
}

// A folder that is away, or that is no folder, and a full disk are told, and the results
// delivered when that is over.
func TestDeliveredLater(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		s := d.process()
		var full atomic.Bool
		s.AtDelivery(func(string) error {
			if full.Load() {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return nil
		})
		d.must(os.Remove(d.out))
		d.work(s)
		b := d.brought(s, crowd(2))
		waits := func(why string) {
			t.Helper()
			d.until(why, func() bool {
				d.must(s.Deliver(d.Context(), b.ID))
				all, err := s.Deliveries(d.Context(), b.ID)
				d.must(err)
				return len(all) == 1 && all[0].DeliveredAt == nil && all[0].Waits == why
			})
		}
		waits("there is no such folder; make the folder, or name another place")
		d.must(os.WriteFile(d.out, nil, 0o600))
		waits("a part of it is a file, not a folder; make the folder, or name another place")
		d.must(os.Remove(d.out))
		full.Store(true)
		d.must(os.Mkdir(d.out, 0o700))
		waits("the disk is full; make room")
		full.Store(false)
		d.must(s.Deliver(d.Context(), b.ID))
		if made := d.delivery(s, b.ID, 1); made.Waits != "" || made.Name != "r-1-people" {
			t.Errorf("delivered: %+v", made)
		}
		d.closes("r-1-people.manifest.json")
		acts, err := s.Acts(d.Context(), batch.ActFilter{Batch: b.ID})
		if err != nil || len(acts) != 2 {
			t.Errorf("tried several times, and recorded: %+v, %v", acts, err)
		}
	})
}

// Whoever is settled while the results are written is in them, and the sums close.
func TestDeliveredWhileSettling(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		s, other := d.process(), d.process()
		settled := false
		s.AtDelivery(func(step string) error {
			if step != "split" || settled {
				return nil
			}
			settled = true
			err := other.Resolve(d.Context(), page, 1, batch.Resolution{Rows: []int{6}, Sent: true})
			return err
		})
		d.work(s)
		b := d.brought(s, d.mixed())
		made := d.delivery(s, b.ID, 1)
		m := d.closes(made.Name + ".manifest.json")
		if m.Counts[batch.Invited] != 4 || slices.Contains(d.listed(), made.Name+".unknown.csv") {
			t.Errorf("delivered: %+v, %q", m, d.listed())
		}
		if all, err := s.Deliveries(d.Context(), b.ID); err != nil || len(all) != 1 {
			t.Errorf("deliveries: %+v, %v", all, err)
		}
	})
}

// The other formats, without a manifest and without files of states.
func TestDeliveredAsPages(t *testing.T) {
	t.Parallel()
	for format, begins := range map[string]string{"html": "<!doctype html>", "xlsx": "PK", "jsonl": `{"row":2`} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			d := deliverFrom(newHouse(t, "sqlite:"+filepath.Join(t.TempDir(), "usher.db")))
			d.settings["report.deliver_format"] = format
			d.settings["report.deliver_manifest"] = "no"
			s := d.process()
			d.work(s)
			b := d.brought(s, d.mixed())
			d.delivery(s, b.ID, 1)
			if got := d.listed(); len(got) != 5 || slices.Contains(got, "r-1-people.manifest.json") {
				t.Errorf("delivered: %q", got)
			}
			if text := string(d.read("r-1-people." + format)); !strings.HasPrefix(strings.ToLower(text), strings.ToLower(begins)) {
				t.Errorf("it begins with %.40q", text)
			}
			if text := string(d.read("r-1-people.failed." + format)); format != "xlsx" && (!strings.Contains(text, "refused@") || strings.Contains(text, "ann.0@")) {
				t.Errorf("of those who failed: %s", text)
			}
		})
	}
}

// Nothing is delivered, nor kept for later, where no folder is named.
func TestNotDelivered(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		d.settings["report.deliver_dir"] = ""
		s := d.process()
		d.work(s)
		b := d.brought(s, d.mixed())
		d.must(s.Resolve(d.Context(), page, b.ID, batch.Resolution{Rows: []int{6}, Sent: true}))
		if all, err := s.Deliveries(d.Context(), b.ID); err != nil || len(all) != 0 {
			t.Errorf("kept: %+v, %v", all, err)
		}
	})
}

// A folder that may not be written to is told, and keeps nobody from being invited.
func TestDeliveredIntoAClosedFolder(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		closed, want := filepath.Join(d.TempDir(), "closed"), "its folder cannot be written to"
		d.must(os.Mkdir(closed, 0o500))
		if os.Geteuid() == 0 { // nobody can make a file there, root neither
			closed, want = "/proc", "there is no such folder"
		}
		d.settings["report.deliver_dir"] = closed
		s := d.process()
		d.work(s)
		b := d.brought(s, crowd(2))
		d.until("the reason", func() bool {
			all, err := s.Deliveries(d.Context(), b.ID)
			d.must(err)
			return len(all) == 1 && all[0].DeliveredAt == nil && strings.HasPrefix(all[0].Waits, want)
		})
		if b.Counts[batch.Invited] != 2 {
			t.Errorf("invited: %v", b.Counts)
		}
	})
}

// Where another folder and another format are named before a delivery is made, it goes
// there, and nothing of it stays behind.
func TestDeliveredElsewhere(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		s := d.process()
		s.AtDelivery(func(step string) error {
			if step == "written" {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return nil
		})
		stop := d.work(s)
		b := d.brought(s, crowd(2))
		d.until("the first files", func() bool {
			all, err := s.Deliveries(d.Context(), b.ID)
			d.must(err)
			return all[0].Waits != ""
		})
		stop()
		before := d.out
		if got := d.listed(); len(got) != 2 {
			t.Fatalf("before: %q", got)
		}
		d.out = d.TempDir()
		d.settings["report.deliver_dir"], d.settings["report.deliver_format"] = d.out, "jsonl"
		d.must(d.process().Deliver(d.Context(), b.ID))
		if got := d.listed(); !slices.Equal(got, []string{"r-1-people.invited.jsonl", "r-1-people.jsonl", "r-1-people.manifest.json"}) {
			t.Errorf("delivered: %q", got)
		}
		if left, err := os.ReadDir(before); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}
