package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
)

// The page of a batch says where its results were delivered, or why not yet and what to
// do, in the words of 'usher status', to those who may see its people.
func TestTelltaleDeliveries(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "results")
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: map[string]string{
		"database": sqliteAt(t), "upstream.base_url": provider(t, plainRefusal), "upstream.api_key": "test", "upstream.rate": "0", "report.deliver_dir": out,
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Report.Dir = t.TempDir()
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(svc, Options{Version: "test", UploadLimit: 1 << 20, Idle: time.Hour, Absolute: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	h.identify = func(r *http.Request) (visitor, error) { return visitors[r.Header.Get("As")], nil }
	o := &desk{T: t, svc: svc, h: h, url: serveAndWork(t, h, svc).URL}
	o.open(cfg.Database)
	id := o.bring(filepath.Join(t.TempDir(), "list.csv"), listed+"Ada,Lovelace,ada@mail.example,+15192220001,EMP-1,first\n", false)
	words := func() string {
		st, err := svc.StandingOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Deliveries) == 0 {
			return ""
		}
		return st.Deliveries[0].Words()
	}
	o.until("it is said why it is not delivered", func() bool { return strings.HasPrefix(words(), "not delivered yet: ") })
	said := strings.TrimPrefix(words(), "n")
	page := o.get(uli, "/batches/1")
	o.has(page, http.StatusOK, "Results that were delivered", "It is tried again by itself", strings.ReplaceAll(said, "'", "&#39;"))
	watched := o.watch(uli, "/batches/1/live")
	before := watched.until("Invited").Now
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	o.until("it is delivered", func() bool {
		o.exec("UPDATE river_job SET scheduled_at = '2001-01-01 00:00:00', state = 'available' WHERE kind = 'errand' AND state = 'scheduled'")
		return strings.HasPrefix(words(), "delivered as ")
	})
	for e := watched.until(""); e.Now == before; e = watched.until("") {
	}
	o.has(o.get(uli, "/batches/1"), http.StatusOK, strings.TrimPrefix(words(), "d"), out, "All of its files have names that begin so")
	for _, name := range []string{vera, udo} {
		o.hasNot(o.get(name, "/batches/1"), "Results that were delivered", out)
	}
}
