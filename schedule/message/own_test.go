package message

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// runOwn runs a batch to its end as 'usher run' does, and returns what is left to tell.
func (h *tellingHouse) runOwn(ctx context.Context, id int64) string {
	h.Helper()
	own := h.room.Own(ctx, false)
	end := own.Begin(id)
	err := h.svc.RunToEnd(h.Context(), id, batch.RunOptions{})
	end()
	h.must(err)
	return own.End(nil)
}

// ownTypes are the types of what a receiver was told.
func ownTypes(t *testing.T, v *receiver) (all []string) {
	t.Helper()
	for _, p := range v.got() {
		var b body
		if err := json.Unmarshal(p.body, &b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Type)
	}
	return all
}

// A process that works for its own batch tells what became of that, once, and leaves
// what others caused to them.
func TestOwnIsTold(t *testing.T) {
	t.Parallel()
	tellingOnBoth(t, nil, func(h *tellingHouse) {
		v := newReceiver(h.T)
		h.room.targets = map[string]config.Target{"hook": hook(h.T, v.URL)}
		h.note(store.Event{What: store.EventPaused, Batch: 99, Reason: "by_person"})
		h.note(store.Event{What: store.EventGate, Reason: "by_person"})
		if words := h.runOwn(h.Context(), h.batch("own.csv")); words != "" {
			h.Errorf("left: %s", words)
		}
		if got := strings.Join(ownTypes(h.T, v), " "); got != "batch.finished" {
			h.Errorf("told: %s", got)
		}
		if h.states() != "sent" {
			h.Errorf("messages: %s", h.states())
		}
		h.work() // who works for all tells the rest, and nothing twice
		h.until("the rest is told", func() bool { return h.states() == "sent sent sent" })
		if got := ownTypes(h.T, v); len(got) != 3 {
			h.Errorf("told: %s", got)
		}
	})
}

// A receiver that fails is tried once; that is said, and a process that works tells it.
func TestOwnOfAReceiverThatFails(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	v.answers(status(http.StatusInternalServerError))
	h := newTelling(t, map[string]config.Target{"hook": hook(t, v.URL)})
	h.room.times.wait = func(int) time.Duration { return time.Hour }
	words := h.runOwn(h.Context(), h.batch("own.csv"))
	for _, want := range []string{"hook (the receiver answered 500", "'usher work'", "'usher notify log'"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q lacks %q", words, want)
		}
	}
	if strings.Contains(words, v.URL) {
		t.Errorf("an address is in %q", words)
	}
	if n := len(v.got()); n != 1 || h.states() != "waiting" {
		t.Fatalf("tried %d times, %s", n, h.states())
	}
	v.answers(nil)
	h.exec("UPDATE messages SET next_at = created_at")
	h.work()
	h.until("it is told", func() bool { return h.states() == "sent" })
}

// A receiver that hangs holds up the end for as long as is granted, and is told later
// what it did not answer. Ctrl-C ends the wait at once.
func TestOwnOfAReceiverThatHangs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last      time.Duration
		interrupt bool
	}{"granted": {5 * time.Second, false}, "interrupted": {time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			v := newReceiver(t)
			v.answers(func(_ http.ResponseWriter, r *http.Request) {
				if c.interrupt {
					interrupt()
				}
				<-r.Context().Done()
			})
			h := newTelling(t, map[string]config.Target{"hook": hook(t, v.URL)})
			h.room.times.last = c.last
			if words := h.runOwn(ctx, h.batch("own.csv")); !strings.HasPrefix(words, "not told yet what happened: hook;") {
				t.Errorf("left: %q", words)
			}
			all := h.messages()
			if len(all) != 1 || all[0].State != "waiting" || all[0].Tries != 0 {
				t.Fatalf("messages: %+v", all)
			}
			v.answers(nil)
			h.work()
			h.until("it is told", func() bool { return h.states() == "sent" })
			if got := v.got(); got[0].header.Get("webhook-id") != got[len(got)-1].header.Get("webhook-id") {
				t.Error("it was told as another message")
			}
		})
	}
}

// A gate that closes while a process waits is told then, not only when it is over.
func TestOwnGateIsToldMeanwhile(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	h := newTelling(t, map[string]config.Target{"hook": hook(t, v.URL)})
	id := h.batch("own.csv")
	h.must(h.svc.CloseGate(h.Context(), tellingActor, ""))
	h.exec("DELETE FROM events")
	done := make(chan string, 1)
	own := h.room.Own(h.Context(), false)
	end := own.Begin(id)
	go func() {
		if err := h.svc.RunToEnd(h.Context(), id, batch.RunOptions{}); err != nil {
			t.Error(err)
		}
		end()
		done <- own.End(nil)
	}()
	h.note(store.Event{What: store.EventGate, Reason: "payment_required"})
	h.until("it is told that the gate is closed", func() bool { return h.states() == "sent" })
	_, err := h.svc.OpenGate(h.Context(), tellingActor)
	h.must(err)
	if words := <-done; words != "" {
		t.Errorf("left: %s", words)
	}
	if got := ownTypes(t, v); got[len(got)-1] != "batch.finished" && got[len(got)-2] != "batch.finished" {
		t.Errorf("told: %s", got)
	}
}

// Who has nobody to tell decides nothing: a process with other settings does.
func TestOwnLeavesWhatItTellsNobody(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	for name, targets := range map[string]map[string]config.Target{
		"nobody": nil,
		"others": {"hook": {Webhook: hook(t, v.URL).Webhook, On: []string{"refused"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTelling(t, targets)
			if words := h.runOwn(h.Context(), h.batch("own.csv")); words != "" {
				t.Errorf("left: %s", words)
			}
			events, err := h.room.st.UntoldEvents(h.Context(), h.room.account, 10)
			h.must(err)
			if len(events) != 1 || len(h.messages()) > 0 {
				t.Errorf("untold: %+v, messages: %+v", events, h.messages())
			}
		})
	}
}
