package upstream

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreateSessionAnswers(t *testing.T) {
	t.Parallel()
	links := `[{"rel":"self","href":"https://x.test/1"}]`
	for _, tt := range []struct {
		name, body string
		status     int
		want       Session
		reason     string
	}{
		{"as documented", `{"id":"s1","session_url":"https://x.test/s1?redirect_url=https%3A%2F%2Fe.com","externalId":"secret-ref","links":` + links + `}`, 200,
			Session{ID: "s1", URL: "https://x.test/s1?redirect_url=https%3A%2F%2Fe.com", ExternalID: "secret-ref", Links: json.RawMessage(links)}, ""},
		{"201", `{"id":"s1","session_url":"https://x.test/s1"}`, 201, Session{ID: "s1", URL: "https://x.test/s1"}, ""},
		{"idv_id, sessionUrl", `{"idv_id":"s2","sessionUrl":"https://x.test/s2","status":"PENDING"}`, 200,
			Session{ID: "s2", URL: "https://x.test/s2", Status: "PENDING"}, ""},
		{"id before idv_id", `{"idv_id":"no","id":"yes"}`, 200, Session{ID: "yes"}, ""},
		{"blank id, then idv_id", `{"id":" ","idv_id":"s3"}`, 200, Session{ID: "s3"}, ""},
		{"numeric id", `{"id":12345678901234567890}`, 200, Session{ID: "12345678901234567890"}, ""},
		{"no URL", `{"id":"s1"}`, 200, Session{ID: "s1"}, ""},
		{"URL of another kind", `{"id":"s1","session_url":"javascript:alert(1)"}`, 200, Session{ID: "s1"}, ""},
		{"relative URL", `{"id":"s1","session_url":"/s1"}`, 200, Session{ID: "s1"}, ""},
		{"odd extras", `{"id":"s1","session_url":7,"links":"none","status":{},"created_at":true}`, 200, Session{ID: "s1"}, ""},
		{"BOM", "\ufeff" + `{"id":"s1"}`, 200, Session{ID: "s1"}, ""},
		{"reference in capitals", `{"id":"s1","externalId":"SECRET-REF"}`, 200, Session{ID: "s1", ExternalID: "SECRET-REF"}, ""},
		{"another reference", `{"id":"s1","externalId":"somebody-else"}`, 200, Session{}, ReasonNotOurs},
		{"no id", `{"session_url":"https://x.test/s1"}`, 200, Session{}, ReasonNoID},
		{"null id", `{"id":null}`, 200, Session{}, ReasonNoID},
		{"object id", `{"id":{}}`, 200, Session{}, ReasonNoID},
		{"fractional id", `{"id":1.5}`, 200, Session{}, ReasonNoID},
		{"id with a NUL", `{"id":"a\u0000b"}`, 200, Session{}, ReasonNoID},
		{"endless id", `{"id":"` + strings.Repeat("x", 300) + `"}`, 200, Session{}, ReasonNoID},
		{"array", `[{"id":"s1"}]`, 200, Session{}, ReasonNotJSON},
		{"null", `null`, 200, Session{}, ReasonNotJSON},
		{"page", `<html>`, 200, Session{}, ReasonNotJSON},
		{"half", `{"id":"s1"`, 200, Session{}, ReasonNotJSON},
		{"two", `{"id":"s1"}{"id":"s2"}`, 200, Session{}, ReasonNotJSON},
		{"empty", ``, 200, Session{}, ReasonNotJSON},
		{"too large", `{"id":"s1","x":"` + strings.Repeat("x", maxAnswer) + `"}`, 200, Session{}, ReasonTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := answering(t, tt.status, "application/json", tt.body).CreateSession(t.Context(), person)
			if tt.reason != "" {
				if e := as[*AnswerError](t, err); e.Reason != tt.reason || e.Status != tt.status {
					t.Errorf("error %+v, want reason %q", e, tt.reason)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoContentIsInDoubt(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	_, err := c.CreateSession(t.Context(), person)
	if e := as[*AnswerError](t, err); e.Status != 204 {
		t.Errorf("error %+v, want status 204", e)
	}
}

func TestLinksThatCannotBeStored(t *testing.T) {
	t.Parallel()
	for name, links := range map[string]string{
		"NUL":       `["a\u0000b"]`,
		"very long": `["` + strings.Repeat("x", maxLinks) + `"]`,
		"no UTF-8":  "[\"\xff\"]",
		"object":    `{}`,
	} {
		f, ok := parseObject([]byte(`{"id":"s1","links":` + links + `}`))
		if !ok {
			t.Fatalf("%s: not an object", name)
		}
		if s, ok := f.session(); !ok || s.Links != nil {
			t.Errorf("%s: kept %.40q, ok %t", name, s.Links, ok)
		}
	}
}

func TestSessionReadBack(t *testing.T) {
	t.Parallel()
	want := Session{ID: "s1", URL: "https://x.test/s1", ExternalID: "r", Status: "VOIDED",
		CreatedAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	record := `{"id":"s1","external_id":"r","status":"VOIDED","session_url":"https://x.test/s1","created_at":"2026-03-01T11:00:00+01:00"}`
	for name, body := range map[string]string{
		"bare": record, "session": `{"session":` + record + `}`, "data": `{"data":` + record + `}`,
	} {
		got, err := answering(t, 200, "application/json", body).Session(t.Context(), "s1")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for body, reason := range map[string]string{
		`{"id":"other"}`: ReasonNotOurs, `{}`: ReasonNoID, `[]`: ReasonNotJSON, `{"session":{}}`: ReasonNoID,
	} {
		_, err := answering(t, 200, "application/json", body).Session(t.Context(), "s1")
		if e := as[*AnswerError](t, err); e.Reason != reason {
			t.Errorf("%s: %v, want %q", body, e, reason)
		}
	}
}

func TestCreationTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for body, want := range map[string]time.Time{
		`{"created_at":"2026-03-01T10:00:00Z"}`:                    at,
		`{"createdAt":"2026-03-01T12:00:00+02:00"}`:                at,
		`{"created":"2026-03-01T10:00:00"}`:                        at,
		`{"created_at":"2026-03-01T10:00:00.250"}`:                 at.Add(250 * time.Millisecond),
		`{"created_at":"2026-03-01 10:00:00"}`:                     at,
		`{"created_at":"2026-03-01T12:00+02:00"}`:                  at,
		`{"created_at":"2026-03-01T10:00"}`:                        at,
		`{"created_at":"2026-03-01 12:00:00 +0200"}`:               at,
		`{"created_at":"2026-03-01"}`:                              at.Add(-10 * time.Hour),
		`{"created_at":"Sun, 01 Mar 2026 10:00:00 GMT"}`:           at,
		`{"created_at":1772359200}`:                                at,
		`{"created_at":1772359200250}`:                             at.Add(250 * time.Millisecond),
		`{"created_at":"1772359200"}`:                              at,
		`{"created_at":1772359200.25}`:                             at.Add(250 * time.Millisecond),
		`{"created_at":"soon","createdAt":"2026-03-01T10:00:00Z"}`: at,
		`{"created_at":null}`:                                      {},
		`{"created_at":0}`:                                         {},
		`{"created_at":-5}`:                                        {},
		`{"created_at":"0001-01-01T00:00:00Z"}`:                    {},
		`{"created_at":1e300}`:                                     {},
		`{"created_at":"NaN"}`:                                     {},
		`{"created_at":{"seconds":1772359200}}`:                    {},
		`{}`:                                                       {},
	} {
		f, ok := parseObject([]byte(body))
		if !ok {
			t.Fatalf("not an object: %s", body)
		}
		if got := f.created(); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", body, got, want)
		}
	}
}

func FuzzCreated(f *testing.F) {
	for _, seed := range []string{`{"id":"s1","session_url":"https://x.test","links":[]}`, `{"idv_id":7}`, `{"id":"\u0000"}`, `[]`, "\ufeff{}"} {
		f.Add([]byte(seed), "ref")
	}
	f.Fuzz(func(t *testing.T, body []byte, ref string) {
		s, err := created(answer{200, body}, ref)
		if err == nil && (s.ID == "" || s.ID != clean(s.ID) || len(s.ID) > maxID) {
			t.Errorf("unusable id %q accepted", s.ID)
		}
		if err == nil && s.URL != "" && !strings.HasPrefix(strings.ToLower(s.URL), "http") {
			t.Errorf("URL %q accepted", s.URL)
		}
		if err == nil && s.Links != nil && !json.Valid(s.Links) {
			t.Errorf("links %q are not JSON", s.Links)
		}
		if err != nil && len(body) > 40 && strings.Contains(err.Error(), string(body)) {
			t.Errorf("error quotes the answer: %v", err)
		}
		_, _ = one(answer{200, body}, ref)
		_, _ = parsePage(answer{200, body}, ref)
	})
}
