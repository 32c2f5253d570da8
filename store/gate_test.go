package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The wait of the step-th time in a row, in these tests.
func waitOf(step int) time.Duration { return time.Duration(step) * time.Minute }

var (
	gateNow   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	gateSince = gateNow.Add(-time.Hour)
)

// closedGate is closed for a cause since an hour, in generation 7, until a
// minute from now.
func closedGate(reason string, step int) Gate {
	return Gate{Account: 1, Generation: 7, Reason: reason, Detail: "was", ClosedAt: gateSince, Until: gateNow.Add(time.Minute),
		Step: step, Now: gateNow}
}

func closedUntil(reason string, until time.Time) Gate {
	g := closedGate(reason, 1)
	g.Until = until
	return g
}

func openGate(step int) Gate { return Gate{Account: 1, Generation: 7, Step: step, Now: gateNow} }

func TestGateClosed(t *testing.T) {
	t.Parallel()
	person := closedGate(GateByPerson, 0)
	person.ByPerson = true
	probed := closedGate(GatePaymentRequired, 2)
	probed.ProbeBy, probed.ProbeUntil = "w", gateNow.Add(time.Second)

	for _, c := range []struct {
		name    string
		gate    Gate
		closing Closing
		want    Gate // the zero Gate: no change
	}{
		{"a person's gate, this generation", person, Closing{Generation: 7, Reason: GateUnauthorized, Told: true}, Gate{}},
		{"a person's gate, the one before", person, Closing{Generation: 6, Reason: GateUnauthorized, Told: true}, Gate{}},

		{"an open gate", openGate(0), Closing{Generation: 7, Reason: GateUnauthorized}, Gate{Account: 1, Generation: 8,
			Reason: GateUnauthorized, Detail: "now", ClosedAt: gateNow, Until: gateNow.Add(time.Minute), Step: 1, Now: gateNow}},
		{"an open gate, limited in a row", openGate(3), Closing{Generation: 7, Reason: GateRateLimited}, Gate{Account: 1, Generation: 8,
			Reason: GateRateLimited, Detail: "now", ClosedAt: gateNow, Until: gateNow.Add(4 * time.Minute), Step: 4, Now: gateNow}},
		{"an open gate, another cause after limits", openGate(3), Closing{Generation: 7, Reason: GatePaymentRequired}, Gate{Account: 1,
			Generation: 8, Reason: GatePaymentRequired, Detail: "now", ClosedAt: gateNow, Until: gateNow.Add(time.Minute), Step: 1, Now: gateNow}},

		{"a probe, the same cause", probed, Closing{Generation: 7, Reason: GatePaymentRequired}, Gate{Account: 1, Generation: 8,
			Reason: GatePaymentRequired, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(3 * time.Minute), Step: 3, Now: gateNow}},
		{"a probe, a stronger cause", probed, Closing{Generation: 7, Reason: GateUnauthorized}, Gate{Account: 1, Generation: 8,
			Reason: GateUnauthorized, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(time.Minute), Step: 1, Now: gateNow}},
		{"a probe, a weaker cause", probed, Closing{Generation: 7, Reason: GateUnreachable}, Gate{Account: 1, Generation: 8,
			Reason: GateUnreachable, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(time.Minute), Step: 1, Now: gateNow}},
		{"a probe, limited", probed, Closing{Generation: 7, Reason: GateRateLimited, Told: true}, Gate{Account: 1, Generation: 8,
			Reason: GatePaymentRequired, Detail: "was", ClosedAt: gateSince, Until: gateNow.Add(2 * time.Minute), Step: 2, Now: gateNow}},

		{"an open gate, an older answer", openGate(1), Closing{Generation: 6, Reason: GateUnauthorized}, Gate{}},
		{"an open gate, an older limit", openGate(1), Closing{Generation: 6, Reason: GateRateLimited}, Gate{}},
		{"an open gate, an older answer that names a time", openGate(1), Closing{Generation: 6, Reason: GateUpstreamDown, Told: true}, Gate{}},
		{"an open gate, an older limit that names a time", openGate(2), Closing{Generation: 2, Reason: GateRateLimited, Told: true},
			Gate{Account: 1, Generation: 8, Reason: GateRateLimited, Detail: "now", ClosedAt: gateNow, Until: gateNow.Add(2 * time.Minute),
				Step: 2, Now: gateNow}},

		{"an older answer, a stronger cause", closedGate(GateRateLimited, 4), Closing{Generation: 6, Reason: GatePaymentRequired},
			Gate{Account: 1, Generation: 7, Reason: GatePaymentRequired, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(time.Minute),
				Step: 1, Now: gateNow}},
		{"a much older answer, a stronger cause", closedGate(GateRateLimited, 4), Closing{Generation: 5, Reason: GatePaymentRequired}, Gate{}},
		{"an older answer, a weaker cause", closedGate(GatePaymentRequired, 1), Closing{Generation: 6, Reason: GateRateLimited, Told: true}, Gate{}},
		{"an older answer, a stronger cause that would end sooner", closedUntil(GateRateLimited, gateNow.Add(5*time.Minute)),
			Closing{Generation: 6, Reason: GatePaymentRequired},
			Gate{Account: 1, Generation: 7, Reason: GatePaymentRequired, Detail: "now", ClosedAt: gateSince,
				Until: gateNow.Add(5 * time.Minute), Step: 1, Now: gateNow}},
		{"an older answer, a weaker cause that names a later time", closedGate(GatePaymentRequired, 2),
			Closing{Generation: 6, Reason: GateRateLimited, Told: true},
			Gate{Account: 1, Generation: 7, Reason: GatePaymentRequired, Detail: "was", ClosedAt: gateSince,
				Until: gateNow.Add(2 * time.Minute), Step: 2, Now: gateNow}},
		{"an older answer, the same cause, later", closedGate(GateRateLimited, 2), Closing{Generation: 6, Reason: GateRateLimited, Told: true},
			Gate{Account: 1, Generation: 7, Reason: GateRateLimited, Detail: "was", ClosedAt: gateSince, Until: gateNow.Add(2 * time.Minute),
				Step: 2, Now: gateNow}},
		{"an older answer, the same cause, sooner", closedGate(GateRateLimited, 0), Closing{Generation: 6, Reason: GateRateLimited, Told: true}, Gate{}},
		{"an older answer, the same cause, no time named", closedGate(GateRateLimited, 2), Closing{Generation: 6, Reason: GateRateLimited}, Gate{}},
		{"an older answer, as strong a cause", closedGate(GateUnreachable, 2), Closing{Generation: 6, Reason: GateUpstreamDown, Told: true},
			Gate{Account: 1, Generation: 7, Reason: GateUnreachable, Detail: "was", ClosedAt: gateSince, Until: gateNow.Add(2 * time.Minute),
				Step: 2, Now: gateNow}},
		{"our own count of the day, while the API is down", closedGate(GateUpstreamDown, 2),
			Closing{Generation: 6, Reason: GateDailyLimit, Told: true}, Gate{}},
		{"our own count of the day, after a limit", closedGate(GateRateLimited, 1), Closing{Generation: 6, Reason: GateDailyLimit, Told: true},
			Gate{Account: 1, Generation: 7, Reason: GateDailyLimit, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(time.Minute),
				Step: 1, Now: gateNow}},
		{"an API that is down, after our own count of the day", closedUntil(GateDailyLimit, gateNow.Add(9*time.Hour)),
			Closing{Generation: 6, Reason: GateUpstreamDown},
			Gate{Account: 1, Generation: 7, Reason: GateUpstreamDown, Detail: "now", ClosedAt: gateSince, Until: gateNow.Add(time.Minute),
				Step: 1, Now: gateNow}},
	} {
		c.closing.Detail, c.closing.Wait = "now", waitOf
		got, changed := c.gate.closed(c.closing)
		if want := c.want != (Gate{}); changed != want {
			t.Errorf("%s: changed %t, want %t", c.name, changed, want)
		}
		if diff := cmp.Diff(c.want, got); changed && diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestGateStrength(t *testing.T) {
	t.Parallel()
	inOrder := []string{"", GateRateLimited, GateDailyLimit, GateUnreachable, GateMisconfigured, GatePaymentRequired,
		GateUnauthorized, GateByPerson}
	for i, reason := range inOrder[1:] {
		if weaker := inOrder[i]; GateStrength(reason) <= GateStrength(weaker) {
			t.Errorf("%q is not stronger than %q", reason, weaker)
		}
	}
	if GateStrength(GateUnreachable) != GateStrength(GateUpstreamDown) {
		t.Error("an API that cannot be reached and one that is down differ in strength")
	}
}
