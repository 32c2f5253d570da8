package web

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"usher/batch"
)

func TestPeople(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1/people"), http.StatusOK, "Ada Lovelace", "Alan Turing", "All 6", "invited 2", "left out 2", "failed 1", "duplicate 1")
	invited := o.get(uli, "/batches/1/people?state=invited")
	o.has(invited, http.StatusOK, "Ada", "Grace")
	o.hasNot(invited, "Alan")
	o.has(o.get(uli, "/batches/1/people?state=none"), http.StatusOK, "Alan")
	found := o.post(uli, "/batches/1/people", "who", "hopper")
	o.has(found, http.StatusOK, "Grace", `value="hopper"`)
	o.hasNot(found, "Alan", "https://")
	o.has(o.post(uli, "/batches/1/people", "who", "hopper", "state", "failed"), http.StatusOK, "Nobody who is failed is like")
	// What is looked for is never taken from an address.
	o.has(o.get(uli, "/batches/1/people?who=hopper"), http.StatusOK, "Alan")
}

// Pages go on, and back, and lose nobody.
func TestPeoplePages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	text := listed
	for i := range 120 {
		text += fmt.Sprintf("Ann,Number%d,ann%d@mail.example,+1519333%04d,N-%d,\n", i, i, i, i)
	}
	id := o.bring(filepath.Join(t.TempDir(), "many.csv"), text, false)
	path := fmt.Sprintf("/batches/%d/people", id)
	for query, want := range map[string][3]string{
		"":                         {"Number0<", "after=51", "before="},
		"?after=51":                {"Number50<", "after=101", ""},
		"?after=101":               {"Number119<", "before=102", "after="},
		"?before=102":              {"Number99<", "before=52", ""},
		"?before=52":               {"Number0<", "after=51", "before="},
		"?state=queued&before=102": {"Number99<", "before=52&amp;state=queued", ""},
	} {
		a := o.get(uli, path+query)
		o.has(a, http.StatusOK, want[0], want[1])
		if want[2] != "" {
			o.hasNot(a, want[2])
		}
		if n := strings.Count(a.text, `<tr><td class="num">`); n != 50 && query != "?after=101" || query == "?after=101" && n != 20 {
			t.Errorf("%q: %d people", query, n)
		}
	}
}

// Somebody's page has all that was tried, and the link only for who asks for it.
func TestPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	p, err := o.svc.Person(t.Context(), 1, 2)
	if err != nil || p.SessionURL == "" {
		t.Fatal(p, err)
	}
	ada := o.get(uli, "/batches/1/people/2")
	o.has(ada, http.StatusOK, "Ada", "Lovelace", "EMP-1", "note", "first", "The provider made a session.", p.SessionID, "Show the link")
	for _, path := range append(every, "/batches/1/people/2") {
		o.hasNot(o.get(uli, path), p.SessionURL)
	}
	o.has(o.post(uli, "/batches/1/people/2/link"), http.StatusOK, p.SessionURL, "data-copy")
	if did := o.did(1); did != "uli session url 2" {
		t.Errorf("recorded: %s", did)
	}
	o.has(o.get(uli, "/batches/1/acts"), http.StatusOK, "looked at somebody&#39;s link", "row numbers 2")
	o.has(o.post(uli, "/batches/1/people/3/link"), http.StatusBadRequest, "has no link")
	o.has(o.get(uli, "/batches/1/people/3"), http.StatusOK, "The provider refused this person.", "HTTP 4")
	o.has(o.get(uli, "/batches/1/people/7"), http.StatusOK, "The same person is in", `href="/batches/1/people/2"`)
	o.has(o.get(uli, "/batches/1/people/99"), http.StatusNotFound)
	o.has(o.get(uli, "/batches/1/people/99999999999"), http.StatusNotFound)
}

func TestReinvite(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1/people/2/reinvite"), http.StatusOK, "1 invitation · 1 token", "Send 1 invitation")
	a := o.post(uli, "/batches/1/people/2/reinvite")
	o.has(o.leadsTo(uli, a, "/batches/2?done=reinvited"), http.StatusOK, "A new invitation is on its way", "invited people again")
	o.leadsTo(uli, o.post(uli, "/batches/1/people/2/reinvite"), "/batches/2?done=reinviting")
	o.has(o.post(olga, "/batches/1/people/3/reinvite"), http.StatusConflict, "is failed, so it cannot be invited again", "Send again to those who failed")
	if did := o.did(1); did != "uli reinvite 2" {
		t.Errorf("recorded: %s", did)
	}
}

// Those whose outcome is unknown are settled by what a person found out.
func TestUnknown(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get(uli, "/batches/1/unknown"), http.StatusOK, "There is nobody")
	o.becomes(2, batch.Unknown, "several_sessions", "The API has 2 sessions.")
	o.becomes(4, batch.Unknown, "lookup_impossible", "")
	o.has(o.get(uli, "/batches/1/unknown"), http.StatusOK, "Of 2 people", "Ada", "Grace", "The API has 2 sessions.", `name="row" value="4"`)
	o.has(o.get(uli, "/batches/1/people/2"), http.StatusOK, "Looked up 2 times", "They were not invited", "The API has 2 sessions.")
	o.has(o.post(uli, "/batches/1/unknown", "became", "invited"), http.StatusBadRequest, "Nobody was chosen")
	o.has(o.post(uli, "/batches/1/unknown", "row", "2"), http.StatusBadRequest, "Say whether they were invited")
	o.has(o.post(uli, "/batches/1/unknown", "row", "2", "row", "3", "became", "invited"), http.StatusConflict, "is not unknown; nothing was changed")
	page := o.leadsTo(uli, o.post(uli, "/batches/1/unknown", "row", "2", "session", "s-1", "became", "invited"), "/batches/1/unknown?done=invited")
	o.has(page, http.StatusOK, "Of 1 person", "It is noted that they were invited")
	o.leadsTo(uli, o.post(uli, "/batches/1/unknown", "row", "4", "became", "not-invited"), "/batches/1?done=not-invited")
	ada, _ := o.svc.Person(t.Context(), 1, 2)
	grace, _ := o.svc.Person(t.Context(), 1, 4)
	if ada.State != batch.Invited || ada.SessionID != "s-1" || grace.State != batch.Failed {
		t.Errorf("Ada is %s with %q, Grace %s", ada.State, ada.SessionID, grace.State)
	}
	if did := o.did(2); did != "uli resolve 4; uli resolve 2" {
		t.Errorf("recorded: %s", did)
	}
}

// "Was Ann invited?" is answered plainly, for own batches or for all.
func TestFind(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	for _, who := range []string{"ada@mail.example", "ADA@mail.example", "+1 519 222 0001", "EMP-1", "Lovelace", "ada love"} {
		o.has(o.post(olga, "/find", "who", who), http.StatusOK, "Ada Lovelace", "<strong>was invited</strong>", "in batch 1", "was not invited again")
		o.has(o.post(uli, "/find", "who", who), http.StatusOK, "was invited")
		a := o.post(udo, "/find", "who", who)
		o.has(a, http.StatusOK, "is in a batch of yours", "ask an operator")
		o.hasNot(a, "was invited", "/people/2")
	}
	p, err := o.svc.Person(t.Context(), 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	o.has(o.post(olga, "/find", "who", p.SessionID), http.StatusOK, "Grace Hopper")
	o.has(o.post(olga, "/find", "who", "Zachary"), http.StatusOK, "is in any batch")
	asked := o.get(olga, "/find?who=Lovelace")
	o.has(asked, http.StatusOK, "Was somebody invited?")
	o.hasNot(asked, "Lovelace")
}
