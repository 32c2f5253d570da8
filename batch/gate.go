package batch

import (
	"context"
	"time"

	"usher/store"
)

func gateOf(g store.Gate) Gate {
	return Gate{g.Open(), g.Reason, g.Detail, gateWords(g), gateHint(g), timeOrNull(g.ClosedAt), timeOrNull(g.Until)}
}

// Times say since when a closed gate is closed, and until when if that is known; empty
// if it is open. How a time is written is the caller's.
func (g Gate) Times(write func(*time.Time) string) string {
	switch {
	case g.Open || g.ClosedAt == nil:
		return ""
	case g.Until == nil || g.Reason == store.GateByPerson || g.Until.Before(time.Now()):
		return "since " + write(g.ClosedAt)
	}
	return "since " + write(g.ClosedAt) + ", until " + write(g.Until)
}

// Gate is whether the API may be called now.
func (s *Service) Gate(ctx context.Context) (Gate, error) {
	g, err := s.st.Gate(ctx, s.account)
	return gateOf(g), err
}

// OpenGate lets requests through again, whatever closed the gate, and reports
// whether it was closed.
func (s *Service) OpenGate(ctx context.Context, by Actor) (opened bool, err error) {
	return s.control.OpenGate(ctx, by, s.account)
}

// CloseGate lets no request through until a person opens the gate. Why is for
// others to read, and may be empty.
func (s *Service) CloseGate(ctx context.Context, by Actor, why string) error {
	return s.control.CloseGate(ctx, by, s.account, cleanText(why))
}

// reasonWords say for what the gate is closed.
var reasonWords = map[string]string{
	store.GateRateLimited:     "the API limits the rate",
	store.GateDailyLimit:      "the day's requests are used up",
	store.GateDayUsedUp:       "the API's requests of the day seem to be used up",
	store.GateUnreachable:     "the API cannot be reached",
	store.GateUpstreamDown:    "the API is in trouble",
	store.GateMisconfigured:   "the API's address seems to be wrong",
	store.GatePaymentRequired: "the tokens have run out (402)",
	store.GateUnauthorized:    "the API does not accept the key",
	store.GateByPerson:        "closed by a person",
}

// ClosedWords say for what the gate was closed, and what a person can do about it.
func ClosedWords(reason string) (words, hint string) {
	return reasonWords[reason], gateHint(store.Gate{Reason: reason})
}

// gateWords says why the gate is closed and what happens next.
func gateWords(g store.Gate) string {
	if g.Open() {
		return "open"
	}
	words := reasonWords[g.Reason]
	switch {
	case g.ByPerson:
		return words
	case g.Timed():
		return words + ", goes on " + in(g.Wait())
	}
	return words + ", tries again " + in(g.Wait())
}

// gateHint is what a person can do about a closed gate.
func gateHint(g store.Gate) string {
	switch g.Reason {
	case "":
		return ""
	case store.GatePaymentRequired:
		return "top up the tokens; 'usher gate open' then goes on at once"
	case store.GateUnauthorized:
		return "check the API key (a sandbox key of the provider may not create sessions); 'usher gate open' tries at once"
	case store.GateUnreachable:
		return "check upstream.base_url and the network; 'usher gate open' tries at once"
	case store.GateRateLimited:
		return "it goes on by itself, more slowly; if it comes often, set upstream.rate to what the API allows. 'usher gate open' goes on at once"
	case store.GateDailyLimit:
		return "it goes on by itself when the day is over (upstream.day_zone), and lost answers are looked up meanwhile; set upstream.daily to what the API allows a day. 'usher gate open' tries at once"
	case store.GateDayUsedUp:
		return "it goes on by itself when the day is over, and is tried seldom until then; set upstream.daily to what the API allows a day, and upstream.day_zone to the zone of its midnight. 'usher gate open' tries at once"
	case store.GateUpstreamDown:
		return "it goes on by itself when the API answers again, and lost answers are looked up; 'usher gate open' tries at once"
	case store.GateMisconfigured:
		return "check upstream.base_url; 'usher gate open' tries at once"
	}
	return "'usher gate open' goes on at once; 'usher acts' says who closed it"
}

func in(d time.Duration) string {
	if d <= time.Second {
		return "now"
	}
	return "in " + d.Round(time.Second).String()
}
