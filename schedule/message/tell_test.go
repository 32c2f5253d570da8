package message

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// What happens to a batch and to the gate arrives, signed, with its numbers, and with
// nobody's name.
func TestTold(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	tellingOnBoth(t, nil, func(h *tellingHouse) {
		v := newReceiver(h.T)
		h.room.targets = map[string]config.Target{"hook": hook(h.T, v.URL)}
		h.work()
		ctx := h.Context()
		h.must(h.svc.CloseGate(ctx, tellingActor, "Ann Roe says stop"))
		id := h.batch("people.csv")
		h.must(h.svc.Pause(ctx, tellingActor, id))
		h.must(h.svc.Resume(ctx, tellingActor, id))
		if _, err := h.svc.OpenGate(ctx, tellingActor); err != nil {
			h.Fatal(err)
		}
		types := func() (all []string) {
			for _, p := range v.got() {
				var b body
				h.must(json.Unmarshal(p.body, &b))
				for range b.Data.Count {
					all = append(all, b.Type)
				}
			}
			slices.Sort(all)
			return all
		}
		h.until("all is told", func() bool { return len(types()) >= 4 })
		if got := strings.Join(types(), " "); got != "batch.finished batch.paused gate.changed gate.changed" {
			h.Errorf("told: %s", got)
		}
		h.until("it is written that all is sent", func() bool { return strings.Trim(strings.ReplaceAll(h.states(), "sent", ""), " ") == "" })
		for _, p := range v.got() {
			verify(h.T, p)
			for _, personal := range []string{"Ann", "ada", "Ada", "Lovelace", "519222"} {
				if strings.Contains(string(p.body), personal) {
					h.Errorf("%q is in %s", personal, p.body)
				}
			}
			if strings.Contains(string(p.body), "batch.finished") && !strings.Contains(string(p.body), `"words":"batch 1 (people.csv) is finished: 2 invited, 1 failed"`) {
				h.Errorf("finished: %s", p.body)
			}
		}
	})
	if len(v.got()) != 0 {
		t.Error("somebody who is no target was told")
	}
}

// Receivers that hang hold up nothing but what is told to them.
func TestNothingBlocksSending(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	targets := map[string]config.Target{}
	var all []*receiver
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		v := newReceiver(t)
		v.answers(hang)
		targets[name], all = hook(t, v.URL), append(all, v)
	}
	t.Cleanup(func() { close(release) })
	h := newTelling(t, targets)
	h.work()
	h.note(store.Event{What: store.EventMissed, Name: "nightly"})
	h.until("every place is taken by a receiver that hangs", func() bool {
		n := 0
		for _, v := range all {
			n += len(v.got())
		}
		return n >= workers
	})
	id := h.batch("people.csv")
	h.until("the batch is finished", func() bool {
		b, err := h.svc.Batch(h.Context(), id)
		h.must(err)
		return b.State == batch.Finished
	})
}

// A receiver that fails is tried again with the same id and the same words, until it
// takes the message, or for a day; then people can have it sent again.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	tellingOnBoth(t, nil, func(h *tellingHouse) {
		v := newReceiver(h.T)
		v.answers(status(503))
		h.room.targets = map[string]config.Target{"hook": hook(h.T, v.URL)}
		h.cfg.Notify = h.room.targets
		h.note(store.Event{What: store.EventRefused, Name: "drop", Reason: "no_heading"})
		h.work()
		h.until("it is tried three times", func() bool { return len(v.got()) >= 3 })
		first := v.got()[0]
		for _, p := range v.got() {
			if p.header.Get("webhook-id") != first.header.Get("webhook-id") || string(p.body) != string(first.body) {
				h.Errorf("tried again as another message: %s, %s", p.body, first.body)
			}
		}
		h.exec("UPDATE messages SET give_up_at = created_at")
		h.until("it is given up", func() bool { return h.states() == "failed" })
		if m := h.messages()[0]; m.Answer != "the receiver answered 503 Service Unavailable" || m.NextAt != nil || m.EndedAt == nil {
			h.Errorf("given up: %+v", m)
		}
		v.answers(nil)
		n := len(v.got())
		_, err := h.svc.SendMessageAgain(h.Context(), tellingActor, h.messages()[0].ID, "")
		h.must(err)
		h.until("it is sent", func() bool { return h.states() == "sent" })
		if got := v.got(); len(got) != n+1 || got[n].header.Get("webhook-id") != first.header.Get("webhook-id") {
			h.Errorf("%d posts, want one more than %d", len(got), n)
		}
		acts, err := h.svc.Acts(h.Context(), batch.ActFilter{})
		h.must(err)
		if acts[0].Act != "message again" || acts[0].Actor != "ann" {
			h.Errorf("the last act is %+v", acts[0])
		}
		if _, err := h.svc.SendMessageAgain(h.Context(), tellingActor, 999, ""); !errors.Is(err, batch.ErrNotFound) || batch.Hint(err) == "" {
			h.Errorf("a message that there is not: %v", err)
		}
	})
}

// Who answers 410 is told nothing more until the settings change.
func TestGone(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	v.answers(status(410))
	targets := map[string]config.Target{"hook": hook(t, v.URL)}
	h := newTelling(t, targets)
	h.work()
	missed := store.Event{What: store.EventMissed, Name: "nightly"}
	h.note(missed)
	h.until("it is stopped", func() bool { return h.states() == "stopped" })
	h.note(missed)
	h.until("the second is stopped too", func() bool { return h.states() == "stopped stopped" })
	if n := len(v.got()); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	list, err := h.room.Targets(t.Context())
	h.must(err)
	if len(list) != 1 || !list[0].Stopped || strings.Contains(list[0].Where, "/") {
		t.Errorf("targets: %+v", list)
	}
	v.answers(nil)
	changed := &Room{svc: h.svc, st: h.room.st, account: h.room.account, cfg: h.cfg, log: h.room.log, times: h.room.times,
		targets: map[string]config.Target{"hook": hook(t, v.URL+"/new")}}
	if words, err := changed.Test(t.Context(), tellingActor, "hook"); err != nil || words != "the receiver answered 200 OK" {
		t.Fatal(words, err)
	}
	h.note(missed)
	h.until("it is told again", func() bool { return h.states() == "stopped stopped sent sent" })
}

// Many events of one kind are one message; those of another kind, or that a target did
// not ask for, are not in it.
func TestMany(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	some := hook(t, v.URL)
	some.On, some.Batches = []string{"refused"}, "hr-*"
	h := newTelling(t, map[string]config.Target{"hook": some})
	for range 150 {
		h.note(store.Event{What: store.EventRefused, Name: "hr-drop"})
	}
	h.note(store.Event{What: store.EventRefused, Name: "sales"})
	h.note(store.Event{What: store.EventMissed, Name: "hr-nightly"})
	h.work()
	h.until("it is told", func() bool { return h.states() == "sent" })
	var b body
	h.must(json.Unmarshal(v.got()[0].body, &b))
	if b.Data.Count != 150 || len(b.Data.Events) != named || b.Data.Words != "150 files were refused" || b.Type != "file.refused" {
		t.Errorf("told: %d events, %d named: %s", b.Data.Count, len(b.Data.Events), b.Data.Words)
	}
	if left, err := h.room.st.UntoldEvents(t.Context(), h.room.account, 10); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if m := h.messages()[0]; m.EventWords() != "150 refused" {
		t.Errorf("in the log: %s", m.EventWords())
	}
}

// Several processes make one message of an event.
func TestTwoProcessesTellOnce(t *testing.T) {
	t.Parallel()
	tellingOnBoth(t, map[string]config.Target{"hook": {Command: []string{"true"}, On: config.NotifyEvents}}, func(h *tellingHouse) {
		for _, what := range store.EventNames {
			h.note(store.Event{What: what, Name: "nightly"})
		}
		errs := make(chan error, 4)
		for range cap(errs) {
			_, r := h.process()
			go func() { errs <- r.tellOnce(h.Context()) }()
		}
		for range cap(errs) {
			h.must(<-errs)
		}
		if got := len(h.messages()); got != len(store.EventNames) {
			h.Errorf("%d messages of %d events", got, len(store.EventNames))
		}
		h.work()
		h.until("all are sent", func() bool { return h.states() == strings.TrimSpace(strings.Repeat("sent ", len(store.EventNames))) })
	})
}

// When events are told: soon, but many in a row not each by itself.
func TestDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := &Room{times: usual}
	made := func(n int, ago time.Duration) (all []store.Telling) {
		for i := range n {
			all = append(all, store.Telling{What: store.EventGate, Target: "a", At: now.Add(-ago - time.Duration(i)*time.Minute)},
				store.Telling{What: store.EventGate, Target: "b", At: now.Add(-ago - time.Duration(i)*time.Minute)})
		}
		return all
	}
	for name, c := range map[string]struct {
		age  time.Duration
		n    int
		made []store.Telling
		want bool
	}{
		"just now":              {time.Second, 1, nil, false},
		"a moment ago":          {3 * time.Second, 1, nil, true},
		"soon after another":    {3 * time.Second, 1, made(1, 30*time.Second), false},
		"later":                 {3 * time.Second, 1, made(1, 2*time.Minute), true},
		"after many":            {3 * time.Second, 1, made(5, 2*time.Minute), false},
		"after many, and later": {3 * time.Second, 1, made(5, 16*time.Minute), true},
		"of another kind":       {3 * time.Second, 1, []store.Telling{{What: store.EventPaused, At: now}}, true},
		"very many":             {0, tellMost, made(5, 0), true},
		"a clock set back":      {-time.Hour, 1, made(1, -time.Hour), true},
	} {
		same := slices.Repeat([]store.Event{{What: store.EventGate, At: now.Add(-c.age)}}, c.n)
		if got := r.due(same, c.made, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// It is tried more and more seldom, and not beyond two hours.
func TestBackoff(t *testing.T) {
	t.Parallel()
	last := time.Duration(0)
	total := time.Duration(0)
	for n := 1; n <= 17; n++ {
		d := backoff(n)
		if n < 8 && d <= last || d > 132*time.Minute || d < 20*time.Second {
			t.Errorf("after try %d it waits %s, before that %s", n, d, last)
		}
		last, total = d, total+d
	}
	if total < 16*time.Hour {
		t.Errorf("17 tries take %s", total)
	}
}
