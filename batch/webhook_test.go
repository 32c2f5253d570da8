package batch_test

import (
	"encoding/json"
	"testing"

	"usher/upstream/sandbox"
)

// webhook is one that the provider sends.
func webhook(kind string, data map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "data": data})
	if err != nil {
		panic(err) // it is text
	}
	return text
}

func TestConfirmed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.returning()
		h.settings["web.webhook_secret"] = "whsec_secret"
		s := h.process()
		for signature, want := range map[string]bool{"whsec_secret": true, "": false, "whsec_secre": false, "whsec_secret ": false, "WHSEC_SECRET": false} {
			if s.IsProvider(signature) != want {
				h.Errorf("%q: is the provider %t, want %t", signature, !want, want)
			}
		}
		b := h.started(s, returners)
		h.work(s)
		h.finished(s, b.ID, 3)
		id := map[string]string{}
		for _, session := range h.api.Sessions() {
			id[session.ExternalID] = session.ID
		}
		told := func(body []byte) { h.must(s.Confirmed(h.Context(), body)) }
		// None of these is kept.
		told(nil)
		told([]byte(`{"type":"session.status.verified"`))
		told(webhook("session.status.approved", map[string]any{"id": id["R1"]}))
		told(webhook("session.status.verified", map[string]any{"id": "unknown"}))
		told(webhook("session.status.verified", map[string]any{"id": id["R1"], "session_id": id["R2"]})) // one of the two
		h.outcomeIs(s, 2, "/ after 0")
		h.outcomeIs(s, 3, "/ after 0")
		token, said := h.cameBack("R1", "abandoned")
		h.must(s.Returned(h.Context(), token, said))
		told(webhook("session.created", map[string]any{"id": id["R1"]}))
		told(webhook("session.status.submitted", map[string]any{"id": id["R1"]}))
		h.outcomeIs(s, 2, "abandoned/user_cancelled after 3")
		told(webhook("session.status.rejected", map[string]any{"id": "event-7", "session_id": id["R1"]}))
		told(webhook("session.status.rejected", map[string]any{"session": map[string]any{"id": id["R1"]}}))
		h.outcomeIs(s, 2, "confirmed/rejected after 4")
		told(webhook("session.status.verified", map[string]any{"idv_id": id["R1"]}))
		h.outcomeIs(s, 2, "confirmed/verified after 5")
		said.Set("status", "failed")
		h.must(s.Returned(h.Context(), token, said))
		h.outcomeIs(s, 2, "confirmed/verified after 6")
		if p, err := s.Person(h.Context(), 1, 2); err != nil || !p.Confirmed() {
			h.Errorf("the provider's word: %+v, %v", p, err)
		}
	})
}

// A webhook that comes while its person is in doubt, as the answer was lost, counts
// when a look-up finds the session, whichever process took it.
func TestConfirmedInDoubt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.returning()
		h.settings["lookup.after"], h.settings["lookup.again"] = "1h", "2h"
		h.api.SetFaults(sandbox.Faults{After5xx: 1})
		s := h.process()
		b := h.started(s, returners)
		h.work(s)
		h.until("all answers are lost", func() bool {
			return h.number("SELECT count(*) FROM applicants WHERE state = 'sending' AND error_code <> ''") == 3
		})
		took := h.process()
		for _, made := range h.api.Sessions() {
			if made.ExternalID == "R3" {
				continue
			}
			for _, kind := range []string{"session.created", "session.status.submitted", "session.status.verified", "session.status.verified"} {
				h.must(took.Confirmed(h.Context(), webhook(kind, map[string]any{"id": "event of " + made.ID, "session_id": made.ID})))
			}
		}
		h.must(took.Confirmed(h.Context(), webhook("session.status.rejected", map[string]any{"id": "nobody's"})))
		took.Close()
		h.outcomeIs(s, 2, "/ after 0")
		h.exec("UPDATE applicants SET lookup_at = sent_at")
		h.finished(s, b.ID, 3)
		h.outcomeIs(s, 2, "confirmed/verified after 3")
		h.outcomeIs(s, 3, "confirmed/verified after 3")
		h.outcomeIs(s, 4, "/ after 0")
		if n := h.number("SELECT count(*) FROM early_returns WHERE session_id NOT LIKE 'event%'"); n != 1 {
			h.Errorf("%d are kept of sessions that nobody has, want 1", n)
		}
	})
}

// Without a secret nobody is the provider, not even who sends none.
func TestNoWebhookSecret(t *testing.T) {
	t.Parallel()
	s := sqliteHouse(t).process()
	if s.TakesWebhooks() || s.IsProvider("") {
		t.Error("webhooks are taken without a secret")
	}
}
