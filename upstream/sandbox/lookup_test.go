package sandbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type listed struct {
	Sessions []map[string]any `json:"sessions"`
	Next     *string          `json:"next_token"`
}

func list(t *testing.T, s *Server, query url.Values) listed {
	t.Helper()
	w := call(s, "GET", "/v1/sessions?"+query.Encode(), "")
	var out listed
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%v: %d %s", query, w.Code, w.Body)
	}
	return out
}

// walk reads all pages and returns the ids and the number of pages.
func walk(t *testing.T, s *Server, query url.Values, between func()) (ids []string, pages int) {
	t.Helper()
	for {
		page := list(t, s, query)
		pages++
		for _, row := range page.Sessions {
			ids = append(ids, row["id"].(string))
		}
		if page.Next == nil {
			return ids, pages
		}
		query.Set("next_token", *page.Next)
		between()
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	want := map[string][]string{}
	for i := range 25 {
		ref := "r" + strconv.Itoa(i%2)
		id := decode(t, create(s, map[string]any{"external_id": ref}))["id"].(string)
		want[ref] = append(want[ref], id)
		want[""] = append(want[""], id)
	}
	for _, tt := range []struct{ limit, ref, pages string }{
		{"5", "r0", "3"}, {"13", "r0", "1"}, {"1", "r1", "12"}, {"500", "r1", "1"}, {"", "r1", "1"}, {"10", "", "3"},
	} {
		q := url.Values{"limit": {tt.limit}}
		if tt.ref != "" {
			q.Set("external_id", tt.ref)
		}
		got, pages := walk(t, s, q, func() {})
		if diff := cmp.Diff(want[tt.ref], got); diff != "" || strconv.Itoa(pages) != tt.pages {
			t.Errorf("%+v: %d pages (-want +got):\n%s", tt, pages, diff)
		}
	}
	if page := list(t, s, url.Values{"external_id": {"nobody"}}); len(page.Sessions) != 0 || page.Sessions == nil {
		t.Errorf("nobody's: %+v, want an empty array", page)
	}
}

func TestListShiftsNothing(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	for range 6 {
		create(s, map[string]any{"external_id": "r"})
	}
	got, _ := walk(t, s, url.Values{"external_id": {"r"}, "limit": {"4"}}, func() {
		create(s, map[string]any{"external_id": "other"})
		create(s, map[string]any{"external_id": "r"})
	})
	seen := map[string]bool{}
	for _, id := range got {
		seen[id] = true
	}
	if len(got) != 7 || len(seen) != 7 {
		t.Errorf("%d ids, %d different, want 7", len(got), len(seen))
	}
}

func TestListRows(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1, Now: newClock().Now})
	id := decode(t, create(s, map[string]any{"external_id": "r", "workflow_id": "w"}))["id"]
	row := map[string]any{"id": id, "external_id": "r", "workflow_id": "w", "status": "PENDING",
		"created_at": "2026-03-01T23:00:00Z", "updated_at": "2026-03-01T23:00:00Z"}
	if diff := cmp.Diff([]map[string]any{row}, list(t, s, url.Values{"external_id": {"r"}}).Sessions); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	one := decode(t, call(s, "GET", fmt.Sprint("/v1/sessions/", id), ""))
	row["session_url"] = s.Sessions()[0].URL
	if diff := cmp.Diff(row, one); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
}

func TestLookUpRefusals(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	for target, want := range map[string]int{
		"/v1/sessions?limit=0": 400, "/v1/sessions?limit=501": 400, "/v1/sessions?limit=x": 400,
		"/v1/sessions?next_token=!": 400, "/v1/sessions?next_token=cA": 400, "/v1/sessions?next_token=cC01": 400,
		"/v1/sessions/none": 404, "/v1/workflows/missing-1": 404, "/v1/workflows/wf": 200,
	} {
		if w := call(s, "GET", target, ""); w.Code != want {
			t.Errorf("%s: %d %s, want %d", target, w.Code, w.Body, want)
		}
	}
	known := New(Options{Workflows: []string{"missing-but-known"}})
	for id, want := range map[string]int{"missing-but-known": 200, "wf": 404} {
		if w := call(known, "GET", "/v1/workflows/"+id, ""); w.Code != want {
			t.Errorf("workflow %s: %d, want %d", id, w.Code, want)
		}
	}
}

func TestNoListAndNoURL(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1, NoList: true, NoSessionURL: true})
	id := decode(t, create(s, nil))["id"]
	if w := call(s, "GET", "/v1/sessions", ""); w.Code != 404 {
		t.Errorf("list: %d, want 404", w.Code)
	}
	one := decode(t, call(s, "GET", fmt.Sprint("/v1/sessions/", id), ""))
	if one["id"] != id || one["session_url"] != nil {
		t.Errorf("one: %v, want it without URL", one)
	}
}
