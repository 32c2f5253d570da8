package upstream

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Webhook{
		`{"type":"session.created","data":{"id":"s1"}}`:                                           {"created", []string{"s1"}},
		`{"type":"session.status.submitted","data":{"session_id":" s1 "}}`:                        {"submitted", []string{"s1"}},
		`{"type":"session.status.verified","data":{"idv_id":"s1","status":"PENDING"}}`:            {"verified", []string{"s1"}},
		`{"type":"session.status.rejected","data":{"sessionId":7}}`:                               {"rejected", []string{"7"}},
		`{"type":"session.status.failed","data":{"session":{"id":"s1"},"new":[1]},"more":{}}`:     {"failed", []string{"s1"}},
		`{"type":"session.status.verified","data":{"session":"s1"}}`:                              {"verified", []string{"s1"}},
		`{"type":"session.status.verified","data":{"id":"event-1","session_id":"s1"}}`:            {"verified", []string{"event-1", "s1"}},
		`{"type":"session.status.verified","data":{"id":"s1","session_id":"s1","idv_id":"s1"}}`:   {"verified", []string{"s1"}},
		"\ufeff" + `{"type":"session.status.verified","data":{"id":"s1"}}`:                        {"verified", []string{"s1"}},
		`{"type":"session.status.verified","data":{"id":"a\u0000b","session_id":"s1"}}`:           {"verified", []string{"s1"}},
		`{"type":"session.status.verified","data":{"id":"` + strings.Repeat("x", maxID+1) + `"}}`: {},
		`{"type":"session.status.verified","data":{}}`:                                            {},
		`{"type":"session.status.verified","data":null}`:                                          {},
		`{"type":"session.status.verified","data":[{"id":"s1"}]}`:                                 {},
		`{"type":"session.status.verified","id":"s1"}`:                                            {},
		`{"type":"session.status.approved","data":{"id":"s1"}}`:                                   {},
		`{"type":"SESSION.CREATED","data":{"id":"s1"}}`:                                           {},
		`{"type":["session.created"],"data":{"id":"s1"}}`:                                         {},
		`{"data":{"id":"s1"}}`: {},
		`[]`:                   {}, ``: {}, `null`: {}, `"session.created"`: {}, `{`: {}, strings.Repeat(`{"data":`, 20_000): {},
	} {
		got, ok := ParseWebhook([]byte(body))
		if ok != (want.Event != "") || ok && cmp.Diff(want, got) != "" {
			t.Errorf("%.100s: %t, %+v, want %+v", body, ok, got, want)
		}
	}
}

func FuzzParseWebhook(f *testing.F) {
	f.Add([]byte(`{"type":"session.status.verified","data":{"id":"s1","session":{"id":2}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w, ok := ParseWebhook(body)
		if ok && (w.Event == "" || len(w.Sessions) == 0) {
			t.Errorf("%q is %+v", body, w)
		}
		for _, id := range w.Sessions {
			if id == "" || len(id) > maxID {
				t.Errorf("%q names %q", body, id)
			}
		}
	})
}
