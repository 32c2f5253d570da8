package upstream

import (
	"net/http"
	"strings"
	"time"
)

// quotaWait reads the wait from the first kind of rate limit field that says
// nothing remains and when that ends. Remaining above 0 promises nothing.
func quotaWait(h http.Header, ref time.Time) (time.Duration, bool) {
	if wait, ok := draftWait(strings.Join(h.Values("RateLimit"), ", ")); ok {
		return wait, true
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-"} {
		left, known := whole(strings.TrimSpace(h.Get(prefix + "Remaining")))
		if !known || left != 0 {
			continue
		}
		if wait, ok := resetWait(h.Get(prefix+"Reset"), ref); ok {
			return wait, true
		}
	}
	return 0, false
}

// draftWait reads the RateLimit field of draft-ietf-httpapi-ratelimit-headers: a
// list of policies with r (remaining) and t (seconds until reset), of which the
// longest exhausted one counts. Drafts before the eighth had one policy, written
// "limit=100, remaining=0, reset=30".
func draftWait(field string) (wait time.Duration, ok bool) {
	policies, valid := parsePolicies(field)
	if !valid {
		if old, isOld := parseDictionary(field); isOld {
			policies = []map[string]string{{"r": old["remaining"], "t": old["reset"]}}
		}
	}
	for _, p := range policies {
		left, known := whole(p["r"])
		reset, stated := whole(p["t"])
		if !known || left != 0 || !stated {
			continue
		}
		if w, believed := believedSeconds(reset); believed && (!ok || w > wait) {
			wait, ok = w, true
		}
	}
	return wait, ok
}

func parseDictionary(s string) (map[string]string, bool) {
	out := map[string]string{}
	for member := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(member), "=")
		if !ok {
			return nil, false
		}
		out[key] = value
	}
	return out, true
}

// parsePolicies reads a structured field list (RFC 9651) of strings or tokens with
// parameters, and returns the parameters of each, with its own value as [itself]. As the RFC wants, a field with
// any mistake is not used at all.
func parsePolicies(s string) ([]map[string]string, bool) {
	var out []map[string]string
	sc := &scanner{rest: strings.TrimSpace(s)}
	for {
		own, ok := sc.value()
		if !ok {
			return nil, false
		}
		params, ok := sc.params()
		if !ok {
			return nil, false
		}
		params[itself] = own
		out = append(out, params)
		sc.blanks()
		if sc.rest == "" {
			return out, true
		}
		if !sc.take(',') {
			return nil, false
		}
		sc.blanks()
	}
}

// itself is where the value that has parameters stands among them: no key is empty.
const itself = ""

// scanner reads a structured field from its front.
type scanner struct{ rest string }

func (s *scanner) blanks() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *scanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// params reads ";key=value" as often as it comes; a key without value is true.
func (s *scanner) params() (map[string]string, bool) {
	out := map[string]string{}
	for s.take(';') {
		s.blanks()
		key := s.span(isKeyChar)
		if key == "" {
			return nil, false
		}
		out[key] = "?1"
		if s.take('=') {
			value, ok := s.value()
			if !ok {
				return nil, false
			}
			out[key] = value
		}
	}
	return out, true
}

// value reads a bare item. A string is returned in its quotes and bytes in their
// colons (a policy's pk may be such); the other kinds hold no delimiter.
func (s *scanner) value() (string, bool) {
	switch {
	case strings.HasPrefix(s.rest, `"`):
		return s.quoted()
	case strings.HasPrefix(s.rest, ":"):
		return s.bytes()
	}
	v := s.span(isBareChar)
	return v, v != ""
}

func (s *scanner) quoted() (string, bool) {
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			v := s.rest[:i+1]
			s.rest = s.rest[i+1:]
			return v, true
		}
	}
	return "", false
}

func (s *scanner) bytes() (string, bool) {
	end := strings.IndexByte(s.rest[1:], ':') + 2
	if end < 2 || strings.ContainsAny(s.rest[:end], " \t\",;") {
		return "", false
	}
	v := s.rest[:end]
	s.rest = s.rest[end:]
	return v, true
}

func (s *scanner) span(in func(byte) bool) string {
	n := 0
	for n < len(s.rest) && in(s.rest[n]) {
		n++
	}
	v := s.rest[:n]
	s.rest = s.rest[n:]
	return v
}

func isKeyChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_-.*", c) >= 0
}

func isBareChar(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`",;=()`, c) < 0
}
