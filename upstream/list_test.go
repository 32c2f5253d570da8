package upstream

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pages starts a server that answers each look-up by its token, and records the
// queries.
func pages(t *testing.T, byToken map[string]string) (*Client, *[]url.Values) {
	t.Helper()
	var queries []url.Values
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Query())
		_, _ = io.WriteString(w, byToken[r.URL.Query().Get("next_token")])
	})
	return c, &queries
}

func ids(sessions []Session) []string {
	var out []string
	for _, s := range sessions {
		out = append(out, s.ID)
	}
	return out
}

func TestListReadsEveryPage(t *testing.T) {
	t.Parallel()
	c, queries := pages(t, map[string]string{
		"":        `{"sessions":[{"id":"a","external_id":"r&1"}],"next_token":"t=1 &"}`,
		"t=1 &":   `{"sessions":[],"next_token":"t2"}`,
		"t2":      `{"data":[{"id":"b","externalId":"r&1"},{"idv_id":3,"external_id":"R&1"}],"nextToken":42}`,
		"42":      `{"sessions":[],"next_token":null}`,
		"no page": ``,
	})
	got, err := c.SessionsByExternalID(t.Context(), "r&1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "3"}, ids(got)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	want := []url.Values{
		{"external_id": {"r&1"}, "limit": {"500"}},
		{"external_id": {"r&1"}, "limit": {"500"}, "next_token": {"t=1 &"}},
		{"external_id": {"r&1"}, "limit": {"500"}, "next_token": {"t2"}},
		{"external_id": {"r&1"}, "limit": {"500"}, "next_token": {"42"}},
	}
	if diff := cmp.Diff(want, *queries); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

func TestListLeavesOutOtherReferences(t *testing.T) {
	t.Parallel()
	c, _ := pages(t, map[string]string{"": `{"sessions":[
		{"id":"a","external_id":"r1"},{"id":"b","external_id":"r10"},{"id":"c","external_id":"x"}]}`})
	got, err := c.SessionsByExternalID(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a"}, ids(got)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// A cache on the way that answered every look-up as the first one made it look
// as if nobody else had been invited.
func TestListOfAnotherReferenceIsNoAnswer(t *testing.T) {
	t.Parallel()
	c, _ := pages(t, map[string]string{
		"":  `{"sessions":[{"id":"a","external_id":"r2"}],"next_token":"t"}`,
		"t": `{"sessions":[{"id":"b","external_id":"R2"}]}`})
	got, err := c.SessionsByExternalID(t.Context(), "r1")
	if e := as[*AnswerError](t, err); e.Reason != ReasonNotAsked || got != nil {
		t.Errorf("%v and %v", got, e)
	}
	c, _ = pages(t, map[string]string{"": `{"sessions":[{"id":"a","external_id":"r2"},{"id":"b","external_id":"r3"}]}`})
	if got, err := c.SessionsByExternalID(t.Context(), "r1"); err != nil || got != nil {
		t.Errorf("an API without a filter: %v, %v", got, err)
	}
}

func TestListIsAllOrNothing(t *testing.T) {
	t.Parallel()
	first := `{"sessions":[{"id":"a","external_id":"r"}],"next_token":"t1"}`
	for _, tt := range []struct {
		name, second, reason string
	}{
		{"repeating token", first, ReasonTokenRepeats},
		{"not JSON", `oops`, ReasonNotJSON},
		{"no list", `{"items":[]}`, ReasonNoList},
		{"a list that is null", `{"sessions":null,"next_token":null}`, ReasonNoList},
		{"list of something else", `{"sessions":["a"]}`, ReasonNoList},
		{"row without id", `{"sessions":[{"external_id":"r"}]}`, ReasonNoID},
		{"row without reference", `{"sessions":[{"id":"a"}]}`, ReasonNoReference},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := pages(t, map[string]string{"": first, "t1": tt.second})
			got, err := c.SessionsByExternalID(t.Context(), "r")
			if e := as[*AnswerError](t, err); e.Reason != tt.reason || got != nil {
				t.Errorf("%v and %v, want nothing and %q", got, e, tt.reason)
			}
		})
	}
}

// A list whose next page could not be asked for was taken for whole, so that
// people of whom it told further on were invited five times.
func TestListThatGoesOnInAnotherWayIsNotWhole(t *testing.T) {
	t.Parallel()
	for _, more := range []string{`"next_token":{"a":1}`, `"next_token":true`, `"next_token":["t"]`, `"nextToken":1.5`,
		`"next_token":"` + strings.Repeat("t", maxToken+1) + `"`, `"next_cursor":"c"`, `"next":"/v1/sessions?page=2"`,
		`"has_more":true,"next_token":null`, `"hasMore":true`} {
		c, _ := pages(t, map[string]string{"": `{"sessions":[],` + more + `}`})
		_, err := c.SessionsByExternalID(t.Context(), "r")
		if e := as[*AnswerError](t, err); e.Reason != ReasonNoNext {
			t.Errorf("%.40s: %v", more, e)
		}
	}
	for _, end := range []string{`"next_token":null`, `"next_token":""`, `"next_token":" "`, `"nextToken":false`,
		`"has_more":false`, `"next":null`, `"next_token":{}`, `"next_token":[ ]`, `"total":0`} {
		c, _ := pages(t, map[string]string{"": `{"sessions":[],` + end + `}`})
		if _, err := c.SessionsByExternalID(t.Context(), "r"); err != nil {
			t.Errorf("%s: %v", end, err)
		}
	}
}

func TestListRefusedOnALaterPage(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("next_token") {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{"sessions":[],"next_token":"t"}`)
	})
	_, err := c.SessionsByExternalID(t.Context(), "r")
	if e := as[*StatusError](t, err); e.Status != 429 || e.RetryAfter.Seconds() != 7 {
		t.Errorf("error %+v, want 429 with 7s", e)
	}
}

func TestListStopsWithoutEnd(t *testing.T) {
	t.Parallel()
	n := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = fmt.Fprintf(w, `{"sessions":[],"next_token":"t%d"}`, n)
	})
	_, err := c.SessionsByExternalID(t.Context(), "r")
	if e := as[*AnswerError](t, err); e.Reason != ReasonTooManyPages || n != maxPages {
		t.Errorf("%v after %d pages", e, n)
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	var got sent
	c := serve(t, record(&got))
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got.Method != "GET" || !strings.Contains(got.URI, "limit=1") || !strings.Contains(got.URI, "external_id=") {
		t.Errorf("ping sent %+v", got)
	}
	if err := answering(t, 200, "text/html", "<p>fine").Ping(t.Context()); err != nil {
		t.Errorf("2xx of another kind: %v", err)
	}
	err := answering(t, 401, "application/json", `{"message":"no"}`).Ping(t.Context())
	if e := as[*StatusError](t, err); e.Status != 401 {
		t.Errorf("error %v, want 401", e)
	}
}
