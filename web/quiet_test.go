package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A batch that becomes quiet says so to everybody who watches, on its page and in the
// list, and until when. Who may, has it go on.
func TestQuiet(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	watched, list := o.watch(vera, "/batches/1/live"), o.watch(vera, "/batches/live")
	o.hasNot(o.get(uli, "/batches/1"), "quiet until", "/end-quiet")
	o.has(o.post(uli, "/batches/1/end-quiet"), http.StatusConflict, "is running, so it cannot be resumed")
	now := time.Now().UTC()
	until := now.Truncate(24*time.Hour).AddDate(0, 0, 2).Add(7 * time.Hour)
	form := "2006-01-02T15:04:05.000Z"
	o.exec(`UPDATE batches SET quiet = '{"holidays":"2001-01-01","zone":"UTC"}', quiet_since = ?, quiet_from = ?, quiet_until = ?`,
		now.Add(-time.Hour).Format(form), now.Add(-time.Minute).Format(form), until.Format(form))
	words := "quiet until " + until.Format("Mon 15:04") + " (UTC)"
	if e := watched.until("This batch is " + words); !strings.Contains(e.Live, "Nobody is working") {
		t.Error("it is quiet, and does not say that nobody is there to go on afterwards")
	}
	list.until(words)
	o.has(o.get(vera, "/batches/1"), http.StatusOK, words)
	o.hasNot(o.get(vera, "/batches/1"), "/end-quiet")
	o.has(o.post(vera, "/batches/1/end-quiet"), http.StatusForbidden)
	o.has(o.get(uli, "/batches"), http.StatusOK, words)
	o.has(o.get(uli, "/batches/1"), http.StatusOK, words, "it goes on by itself", `action="/batches/1/end-quiet"`)
	page := o.leadsTo(uli, o.post(uli, "/batches/1/end-quiet"), "/batches/1?done=quiet-ended")
	o.has(page, http.StatusOK, "The batch goes on.", "ended its quiet time", "Nobody is working")
	o.hasNot(page, "quiet until", `action="/batches/1/end-quiet"`)
	watched.until("Nobody is working")
	if did := o.did(2); did != "uli end quiet; uli import" {
		t.Errorf("recorded: %s", did)
	}
}
