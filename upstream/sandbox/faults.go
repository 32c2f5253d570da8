package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// defaultSlow is longer than the client's usual timeout.
const defaultSlow = 45 * time.Second

// Faults are how often a create goes wrong: probabilities from 0 to 1, of which
// at most one applies to a request, so that together they must not exceed 1. The
// same seed and order of requests give the same faults. Only requests that would
// have succeeded are hit.
type Faults struct {
	Before5xx float64 `json:"before_5xx"` // 503, nothing created
	After5xx  float64 `json:"after_5xx"`  // 500, but the session exists
	Cut       float64 `json:"cut"`        // connection cut, the session exists
	CutBefore float64 `json:"cut_before"` // connection cut, nothing created
	Slow      float64 `json:"slow"`       // created, answered after SlowFor
	Garbage   float64 `json:"garbage"`    // created, answered 200 with something else
	NoURL     float64 `json:"no_url"`     // created, answered without session_url

	Seed    uint64        `json:"seed"`
	SlowFor time.Duration `json:"-"` // 0 is 45 s; in JSON slow_for, such as "2s"
}

// Validate says which probability is impossible.
func (f Faults) Validate() error {
	sum := 0.0
	for name, p := range map[string]float64{
		"before_5xx": f.Before5xx, "after_5xx": f.After5xx, "cut": f.Cut, "cut_before": f.CutBefore,
		"slow": f.Slow, "garbage": f.Garbage, "no_url": f.NoURL,
	} {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("%s must be from 0 to 1", name)
		}
		sum += p
	}
	if sum > 1.000001 {
		return errors.New("the probabilities together must not exceed 1")
	}
	if f.SlowFor < 0 {
		return errors.New("slow_for must not be negative")
	}
	return nil
}

type plainFaults Faults

type faultsJSON struct {
	plainFaults
	SlowFor string `json:"slow_for,omitempty"`
}

// MarshalJSON writes slow_for as people write durations.
func (f Faults) MarshalJSON() ([]byte, error) {
	out := faultsJSON{plainFaults: plainFaults(f)}
	if f.SlowFor != 0 {
		out.SlowFor = f.SlowFor.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes; what is left out is 0.
func (f *Faults) UnmarshalJSON(b []byte) error {
	var in faultsJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*f = Faults(in.plainFaults)
	if in.SlowFor == "" {
		return nil
	}
	d, err := time.ParseDuration(in.SlowFor)
	if err != nil {
		return errors.New("slow_for must be a duration such as 2s")
	}
	f.SlowFor = d
	return nil
}

type fault int

const (
	faultNone fault = iota
	faultBefore5xx
	faultCutBefore
	faultAfter5xx
	faultCut
	faultSlow
	faultGarbage
	faultNoURL
)

// pick chooses the fault of a request by a number from 0 to 1.
func (f Faults) pick(u float64) fault {
	for _, c := range []struct {
		fault fault
		p     float64
	}{
		{faultBefore5xx, f.Before5xx}, {faultCutBefore, f.CutBefore}, {faultAfter5xx, f.After5xx},
		{faultCut, f.Cut}, {faultSlow, f.Slow}, {faultGarbage, f.Garbage}, {faultNoURL, f.NoURL},
	} {
		if u < c.p {
			return c.fault
		}
		u -= c.p
	}
	return faultNone
}

// before is the answer of a fault that strikes before anything is created.
func (f fault) before() (reply, bool) {
	switch f {
	case faultBefore5xx:
		return refuse(http.StatusServiceUnavailable, "service unavailable"), true
	case faultCutBefore:
		return reply{cut: true}, true
	default:
		return reply{}, false
	}
}

// after spoils the answer to a create that has happened.
func (f fault) after(answer createAnswer, slowFor time.Duration) reply {
	switch f {
	case faultAfter5xx:
		return refuse(http.StatusInternalServerError, "internal error")
	case faultCut:
		return reply{cut: true}
	case faultGarbage:
		return reply{status: http.StatusOK, contentType: "text/html", body: []byte("<html><title>One moment</title>")}
	case faultNoURL:
		answer.URL = ""
	}
	out := encode(http.StatusOK, answer)
	if f == faultSlow {
		out.delay = slowFor
		if out.delay == 0 {
			out.delay = defaultSlow
		}
	}
	return out
}
