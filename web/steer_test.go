package web

import (
	"net/http"
	"strings"
	"testing"

	"usher/batch"
)

// What somebody does to a batch is done, told on the next page, and recorded.
func TestSteer(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	o.has(o.get(uli, "/batches/1"), http.StatusOK, "Nobody is working", `action="/batches/1/pause"`)
	page := o.leadsTo(uli, o.post(uli, "/batches/1/pause"), "/batches/1?done=paused")
	o.has(page, http.StatusOK, "The batch is paused.", "A person paused it", "It was <bdi>uli</bdi>. Since", `action="/batches/1/resume"`)
	o.hasNot(page, `action="/batches/1/pause"`)
	o.has(o.post(uli, "/batches/1/pause"), http.StatusConflict, "is paused, so it cannot be paused")
	o.has(o.leadsTo(olga, o.post(olga, "/batches/1/resume"), "/batches/1?done=resumed"), http.StatusOK, "The batch goes on.")
	o.has(o.get(uli, "/batches/1/cancel"), http.StatusOK, "3 people who still wait will not be invited")
	o.has(o.leadsTo(uli, o.post(uli, "/batches/1/cancel"), "/batches/1?done=cancelled"), http.StatusOK, "The batch is cancelled.", "cancelled it")
	o.has(o.get(uli, "/batches/1/cancel"), http.StatusOK, "nothing to cancel")
	if did := o.did(9); did != "uli cancel; olga resume; uli pause; uli import" {
		t.Errorf("recorded: %s", did)
	}
	o.hasNot(o.get(uli, "/batches/1?done=%3Cb%3EPay+here"), "Pay here", `class="done"`)
}

// Nobody is sent to again who was not agreed to.
func TestRetry(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1/retry"), http.StatusOK, "1 invitation · 1 token", `name="agreed" value="1"`)
	o.has(o.post(uli, "/batches/1/retry", "agreed", "0"), http.StatusOK, "more people than you agreed to", `name="agreed" value="1"`)
	o.has(o.post(uli, "/batches/1/retry"), http.StatusOK, `name="agreed" value="1"`)
	if did := o.did(1); !strings.HasPrefix(did, "uli import") {
		t.Errorf("recorded: %s", did)
	}
	o.has(o.leadsTo(uli, o.post(uli, "/batches/1/retry", "agreed", "1"), "/batches/1?done=retried"), http.StatusOK, "sent to again", "Runs")
	o.leadsTo(uli, o.post(uli, "/batches/1/retry", "agreed", "1"), "/batches/1?done=nobody")
	if did := o.did(1); did != "uli retry" {
		t.Errorf("recorded: %s", did)
	}
}

// The banner is on every page while sending has stopped, with a button for operators.
func TestGate(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	o.has(o.get(olga, "/batches/1"), http.StatusOK, `action="/gate/close"`)
	o.hasNot(o.get(uli, "/batches/1"), `action="/gate/close"`)
	page := o.leadsTo(olga, o.post(olga, "/gate/close", "why", script, "batch", "1"), "/batches/1?done=gate-closed")
	o.has(page, http.StatusOK, "Sending was stopped by a person", "&lt;script&gt;", `action="/gate/open"`, `name="batch" value="1"`)
	for _, path := range []string{"/batches", "/batches/1/people", "/find", "/nowhere"} {
		a := o.get(uli, path)
		o.has(a, a.StatusCode, "Sending was stopped by a person", "Ask an operator")
		o.hasNot(a, `action="/gate/open"`, "<script>alert")
	}
	o.leadsTo(olga, o.post(olga, "/gate/open", "batch", "https://elsewhere.example"), "/batches?done=gate-open")
	o.leadsTo(olga, o.post(olga, "/gate/open"), "/batches?done=gate-was")
	if did := o.did(2); did != "olga gate open; olga gate close" {
		t.Errorf("recorded: %s", did)
	}
}

// Each reason has words of its own, which speak of no commands.
func TestReasonsHaveWords(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{batch.GateRateLimited, batch.GateDailyLimit, batch.GateUnreachable, batch.GateUpstreamDown,
		batch.GateMisconfigured, batch.GatePaymentRequired, batch.GateUnauthorized, batch.GateByPerson} {
		a := gateAdviceOf(batch.Gate{Reason: reason})
		if a.Title == "Sending has stopped" || a.Words == "" || a.Do == "" || strings.Contains(a.Words+a.Do, "'usher") {
			t.Errorf("%s: %+v", reason, a)
		}
	}
	for _, reason := range []string{batch.PausedByPerson, batch.PausedWorkflowNotFound, batch.PausedSameRefusal} {
		if a := pauseAdviceOf(batch.Batch{PauseReason: reason}, false); a.Words == "" || a.Do == "" {
			t.Errorf("%s: %+v", reason, a)
		}
	}
	words := "\"a--b\" is no name. Or put a prefix before them (such as --reference-prefix acme-), or choose to invite both (--allow-duplicates)."
	if said := pageWords(words); said != "\"a--b\" is no name. Or put a prefix before them, or choose to invite both." {
		t.Errorf("said %q", said)
	}
}

// The rest of a batch becomes a list that can be corrected.
func TestRest(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1/rest"), http.StatusOK, "3 rows were not invited", "Make a list of 3 rows")
	a := o.post(uli, "/batches/1/rest")
	id, found := strings.CutPrefix(a.Header.Get("Location"), "/uploads/")
	if a.StatusCode != http.StatusSeeOther || !found {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	u, err := o.svc.Upload(t.Context(), id)
	if err != nil || u.Owner != uli || u.State != batch.UploadReady {
		t.Errorf("the list: %+v, %v", u, err)
	}
	running := newOffice(t, false)
	running.has(running.post(uli, "/batches/1/rest"), http.StatusBadRequest, "is not over")
}
