package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"usher/batch"
)

// messagesShown is how many messages a page lists.
const messagesShown = 50

// messagesPage is a page of what was told to whom.
type messagesPage struct {
	Targets  []targetView
	Messages []messageView
	Target   string // of those that are listed; empty for all
	State    string // likewise
	Later    bool   // it is not the first page
	Before   int64  // the page after this one is of older ones; 0 if there are none
	Workers  bool   // somebody works, so that messages are sent
}

// messageStates are those that messages can be looked for by.
var messageStates = []string{"waiting", "sent", "failed", "stopped"}

// States are those that can be chosen.
func (messagesPage) States() []string { return messageStates }

// Live reports whether it is the first page of all, which is watched.
func (p messagesPage) Live() bool { return p.Target == "" && p.State == "" && !p.Later }

// OlderPage is the address of the page after this one; empty if there is none.
func (p messagesPage) OlderPage() string {
	if p.Before == 0 {
		return ""
	}
	q := url.Values{"before": {strconv.FormatInt(p.Before, 10)}}
	if p.Target != "" {
		q.Set("way", p.Target)
	}
	if p.State != "" {
		q.Set("state", p.State)
	}
	return "/messages?" + q.Encode()
}

// targetView is a way in which people are told, and what was told last.
type targetView struct {
	batch.MessageTarget
	Last *messageView
}

// OnWords are what it is told of.
func (t targetView) OnWords() string { return strings.Join(t.On, ", ") }

// messageView is a message as pages show it.
type messageView struct{ batch.Message }

// Waits reports whether it is to be sent, or tried again.
func (m messageView) Waits() bool { return m.State == "waiting" }

// StateWords are its state and how often it was tried.
func (m messageView) StateWords() string {
	switch {
	case m.State == "waiting" && m.Tries == 0:
		return "to be sent"
	case m.State == "waiting":
		return "did not arrive, and is tried again"
	case m.State == "failed":
		return "did not arrive"
	case m.State == "stopped":
		return "stopped"
	}
	return "sent"
}

// Class is how its state is coloured.
func (m messageView) Class() string {
	switch {
	case m.State == "sent":
		return "invited"
	case m.State == "waiting" && m.Tries == 0:
		return ""
	case m.State == "waiting":
		return "unknown"
	}
	return "failed"
}

// messages lists who is told, and what was told.
func (h *Handler) messages(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	f := batch.MessageFilter{Target: r.FormValue("way"), State: r.FormValue("state"), Before: max(before, 0), Limit: messagesShown}
	p, err := h.messagesPageOf(r.Context(), f)
	if err != nil {
		return err
	}
	h.show(w, r, "messages", page{Title: "Messages", Section: "messages", Refresh: 15, Data: p})
	return nil
}

func (h *Handler) messagesPageOf(ctx context.Context, f batch.MessageFilter) (p messagesPage, err error) {
	if p.Targets, err = h.targetViews(ctx); err != nil {
		return p, err
	}
	if f.Target != "" && !slices.ContainsFunc(p.Targets, func(t targetView) bool { return t.Name == f.Target }) {
		f.Target = ""
	}
	if !slices.Contains(messageStates, f.State) {
		f.State = ""
	}
	p.Target, p.State, p.Later = f.Target, f.State, f.Before > 0
	f.Limit++
	all, err := h.svc.Messages(ctx, f)
	if err != nil {
		return p, err
	}
	if len(all) == f.Limit {
		all = all[:len(all)-1]
		p.Before = all[len(all)-1].ID
	}
	for _, m := range all {
		p.Messages = append(p.Messages, messageView{m})
	}
	workers, err := h.svc.Workers(ctx)
	p.Workers = len(workers) > 0
	return p, err
}

// targetViews are all ways, each with what was told last.
func (h *Handler) targetViews(ctx context.Context) (views []targetView, err error) {
	all, err := h.svc.MessageTargets(ctx)
	for _, t := range all {
		last, wrong := h.svc.Messages(ctx, batch.MessageFilter{Target: t.Name, Limit: 1})
		if wrong != nil {
			return nil, wrong
		}
		v := targetView{MessageTarget: t}
		if len(last) > 0 {
			v.Last = &messageView{last[0]}
		}
		views = append(views, v)
	}
	return views, err
}

func (h *Handler) messagesLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{page: "messages", operator: true})
}

// sendAgain has a message sent once more. Pressed twice, it is sent once more.
func (h *Handler) sendAgain(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "id")
	if err != nil {
		return err
	}
	seen := r.PostFormValue("seen")
	if seen == "" {
		return &batch.RequestError{Wrong: "It was not said how the message stood, so nothing was done", Fix: "Open the page of messages, and press the button there."}
	}
	again, err := h.svc.SendMessageAgain(r.Context(), visitorOf(r).actor(), id, seen)
	if err != nil {
		return err
	}
	return toMessages(w, r, again, "message-again", "message-was")
}

// testWay has somebody told that this is a test.
func (h *Handler) testWay(w http.ResponseWriter, r *http.Request) error {
	tested, err := h.svc.TestMessage(r.Context(), visitorOf(r).actor(), r.PostFormValue("way"))
	if err != nil {
		return err
	}
	return toMessages(w, r, tested, "message-test", "message-tested")
}

// toMessages leads back to the messages, and says whether something was done.
func toMessages(w http.ResponseWriter, r *http.Request, done bool, what, not string) error {
	if !done {
		what = not
	}
	http.Redirect(w, r, "/messages?done="+what, http.StatusSeeOther)
	return nil
}
