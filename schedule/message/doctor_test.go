package message

import (
	"strings"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// examined is what the doctor finds of messages, in the eyes of a process that does not
// work.
func (h *tellingHouse) examined() string {
	h.Helper()
	svc, err := batch.Open(h.Context(), h.cfg, batch.Options{Command: "doctor", Look: true})
	h.must(err)
	defer svc.Close()
	r := New(svc, Options{})
	r.targets = h.room.targets
	var lines strings.Builder
	for _, f := range r.Examine(h.Context()) {
		if f.Err == nil {
			lines.WriteString(f.What + ": " + f.Note + "\n")
			continue
		}
		lines.WriteString("!" + f.What + ": " + f.Err.Error() + " (" + f.Hint + ")\n")
	}
	return lines.String()
}

func TestDoctorOfMessages(t *testing.T) {
	t.Parallel()
	tellingOnBoth(t, nil, func(h *tellingHouse) {
		if got := h.examined(); got != "" {
			h.Errorf("nobody is to be told: %s", got)
		}
		v := newReceiver(h.T)
		h.room.targets = map[string]config.Target{"hook": hook(h.T, v.URL), "other": {Command: []string{"true"}, On: []string{"gate"}}}
		h.cfg.Notify = h.room.targets
		const fine = "notify: told are hook, other; 'usher notify test NAME' tries one\n"
		if got := h.examined(); got != fine {
			h.Errorf("nothing is wrong: %s", got)
		}
		h.note(store.Event{What: store.EventMissed, Name: "nightly", Reason: "missed"})
		if got := h.examined(); got != fine {
			h.Errorf("it happened just now: %s", got)
		}
		if h.room.st.Pgx() != nil {
			h.exec("UPDATE events SET at = at - interval '1 hour'")
		} else {
			h.exec("UPDATE events SET at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-3600 seconds')")
		}
		if got := h.examined(); !strings.Contains(got, "!notify: 1 thing that happened is not told, as no process works (start 'usher work'") {
			h.Errorf("nobody works: %s", got)
		}
		ids := func() (ids []int64) {
			events, err := h.room.st.UntoldEvents(h.Context(), h.room.account, 10)
			h.must(err)
			ids, err = h.room.tellOf(h.Context(), events, true)
			h.must(err)
			return ids
		}()
		for answer, want := range map[int]string{
			500: "!notify hook: its last message has not arrived after 1 try: the receiver answered 500 Internal Server Error (mend notify.hook in the settings, ",
			410: "!notify hook: it answered 410 and is told nothing more (change its address in the settings, ",
		} {
			v.answers(status(answer))
			_, err := h.svc.SendMessageAgain(h.Context(), tellingActor, ids[0], "")
			h.must(err)
			_, err = h.room.send(h.Context(), ids[0])
			h.must(err)
			if got := h.examined(); !strings.Contains(got, want) || strings.Contains(got, v.URL) {
				h.Errorf("%d: %s", answer, got)
			}
			v.answers(nil)
			_, err = h.svc.SendMessageAgain(h.Context(), tellingActor, ids[0], "")
			h.must(err)
			_, err = h.room.send(h.Context(), ids[0])
			h.must(err)
			if got := h.examined(); got != fine {
				h.Errorf("it arrived: %s", got)
			}
		}
		h.exec("UPDATE messages SET state = 'failed', answer = 'nothing listens there'")
		if got := h.examined(); !strings.Contains(got, "!notify hook: its last message did not arrive: nothing listens there (") ||
			!strings.Contains(got, "'usher notify send-again 1'") {
			h.Errorf("it is given up: %s", got)
		}
	})
}
