package upstream

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// longestWindow is the longest window of a policy that is read as a rate. A quota of an
// hour or a day may be used up at any speed.
const longestWindow = 10 * 60

// named keeps the rate that the API's answers name.
type named struct {
	mu   sync.Mutex
	rate float64
	news bool
}

// NamedRate is the rate, in requests a second, that the API named in an answer since this
// was last asked; not ok when none did.
func (c *Client) NamedRate() (rate float64, ok bool) {
	c.named.mu.Lock()
	defer c.named.mu.Unlock()
	ok, c.named.news = c.named.news, false
	return c.named.rate, ok
}

func (n *named) observe(h http.Header, now time.Time) {
	if rate, ok := namedRate(h, reference(h, now)); ok {
		n.mu.Lock()
		n.rate, n.news = rate, true
		n.mu.Unlock()
	}
}

// namedRate reads the rate that an answer's fields name: the lowest of the policies
// (draft-ietf-httpapi-ratelimit-headers), else what the first request of a window shows.
func namedRate(h http.Header, ref time.Time) (float64, bool) {
	for _, field := range []string{"RateLimit-Policy", "RateLimit-Limit", "X-RateLimit-Limit"} {
		policies, valid := parsePolicies(strings.Join(h.Values(field), ", "))
		if !valid {
			continue
		}
		if rate, ok := lowestRate(policies); ok {
			return rate, true
		}
	}
	if old, ok := parseDictionary(strings.Join(h.Values("RateLimit"), ", ")); ok {
		if reset, ok := resetWindow(old["reset"], ref); ok {
			return freshRate(old["limit"], old["remaining"], reset)
		}
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-"} {
		if reset, ok := resetWindow(h.Get(prefix+"Reset"), ref); ok {
			if rate, ok := freshRate(h.Get(prefix+"Limit"), h.Get(prefix+"Remaining"), reset); ok {
				return rate, true
			}
		}
	}
	return 0, false
}

// lowestRate is the lowest rate of policies of requests: q a window of w seconds, or,
// in drafts before the eighth, a number with w.
func lowestRate(policies []map[string]string) (lowest float64, ok bool) {
	for _, p := range policies {
		quota, known := whole(p["q"])
		if !known {
			quota, known = whole(p[itself])
		}
		window, stated := whole(p["w"])
		unit := p["qu"]
		if !known || !stated || quota < 1 || window < 1 || window > longestWindow || unit != "" && unit != `"requests"` {
			continue
		}
		if rate := float64(quota) / float64(window); !ok || rate < lowest {
			lowest, ok = rate, true
		}
	}
	return lowest, ok
}

// resetWindow is how long it is until the reset that a field of the older kinds tells. It
// is no wait, which must not be too short: it names a rate, which is kept to for as long as
// it is named and so must not be too low. A point in time is told to the second, which some
// round up, and so is the reference. A window of few seconds cannot be told from one twice as
// long, and names none.
func resetWindow(v string, ref time.Time) (time.Duration, bool) {
	wait, ok := resetWait(v, ref)
	if n, _ := whole(strings.TrimSpace(v)); n < epochSeconds {
		return wait, ok
	}
	window := wait - time.Second // which a wait has more
	return window, ok && window >= shortestTold
}

// shortestTold is the shortest window that a point in time tells well enough.
const shortestTold = 25 * time.Second

// freshRate is the rate of a limit whose window is not named, from an answer to the first
// request of one: what is left until the reset is then the whole window.
func freshRate(limit, remaining string, reset time.Duration) (float64, bool) {
	most, known := whole(strings.TrimSpace(limit))
	left, told := whole(strings.TrimSpace(remaining))
	if !known || !told || most < 2 || left < most-1 || left > most || reset < time.Second || reset > longestWindow*time.Second {
		return 0, false
	}
	return float64(most) / reset.Seconds(), true
}
