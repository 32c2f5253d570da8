package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBothSpellings(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	snake := map[string]any{"external_id": "s", "send_email_invite": false, "send_phone_invite": false,
		"workflow_id": "ws", "redirect_url": "https://s.test"}
	camel := map[string]any{"first_name": nil, "last_name": nil, "firstName": "Grace", "lastName": "Hopper",
		"externalId": "c", "sendEmailInvite": true, "sendPhoneInvite": true, "workflowId": "wc", "redirectUrl": "https://c.test"}
	both := maps.Clone(snake)
	maps.Copy(both, camel)
	both["first_name"], both["last_name"] = "Ada", "Lovelace"
	for _, changes := range []map[string]any{snake, camel, both} {
		if w := create(s, changes); w.Code != 200 {
			t.Fatalf("%v: %d %s", changes, w.Code, w.Body)
		}
	}
	type essence struct {
		First, Last, Ref, Workflow, Redirect string
		Email, Phone                         bool
	}
	var got []essence
	for _, m := range s.Sessions() {
		got = append(got, essence{m.FirstName, m.LastName, m.ExternalID, m.WorkflowID, m.RedirectURL, m.SendEmailInvite, m.SendPhoneInvite})
	}
	wins := essence{"Grace", "Hopper", "c", "wc", "https://c.test", true, true}
	want := []essence{{"Ada", "Lovelace", "s", "ws", "https://s.test", false, false}, wins, wins}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("understood (-want +got):\n%s", diff)
	}
}

func TestInvalidBodies(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	for _, tt := range []struct {
		changes map[string]any
		want    string
	}{
		{map[string]any{"first_name": nil}, "first_name is required"},
		{map[string]any{"last_name": nil}, "last_name is required"},
		{map[string]any{"email": nil}, "email is required"},
		{map[string]any{"phone": nil}, "phone is required"},
		{map[string]any{"first_name": " "}, "first_name must not be blank"},
		{map[string]any{"first_name": 7}, "first_name must be a string"},
		{map[string]any{"firstName": ""}, "firstName must not be blank"},
		{map[string]any{"email": "ada"}, "email must be an e-mail address"},
		{map[string]any{"email": "ada@localhost"}, "email must be an e-mail address"},
		{map[string]any{"email": "Ada <ada@example.com>"}, "email must be an e-mail address"},
		{map[string]any{"phone": "5192223333"}, "phone must be in E.164 format"},
		{map[string]any{"phone": "+0192223333"}, "phone must be in E.164 format"},
		{map[string]any{"phone": "+1 519 222 3333"}, "phone must be in E.164 format"},
		{map[string]any{"phone": "+1234567890123456"}, "phone must be in E.164 format"},
		{map[string]any{"phone": 15192223333}, "phone must be a string"},
		{map[string]any{"external_id": 5}, "external_id must be a string"},
		{map[string]any{"externalId": ""}, "externalId must not be blank"},
		{map[string]any{"send_email_invite": "yes"}, "send_email_invite must be a boolean"},
		{map[string]any{"sendPhoneInvite": 1}, "sendPhoneInvite must be a boolean"},
		{map[string]any{"workflow_id": []string{}}, "workflow_id must be a string"},
		{map[string]any{"redirect_url": "http://e.com"}, "redirect_url must be a valid HTTPS URL"},
		{map[string]any{"redirectUrl": "https://"}, "redirectUrl must be a valid HTTPS URL"},
		{map[string]any{"redirect_url": "e.com"}, "redirect_url must be a valid HTTPS URL"},
	} {
		w := create(s, tt.changes)
		if w.Code != 400 || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%v: %d %s, want 400 with %q", tt.changes, w.Code, w.Body, tt.want)
		}
	}
	for _, body := range []string{"", "[]", "null", "{", `"x"`, person(nil) + "x"} {
		if w := call(s, "POST", "/v1/sessions", body); w.Code != 400 || !strings.Contains(w.Body.String(), "JSON object") {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		w := call(s, "POST", "/v1/sessions", person(nil), func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if w.Code != 400 || !strings.Contains(w.Body.String(), "Content-Type") {
			t.Errorf("type %q: %d %s", kind, w.Code, w.Body)
		}
	}
	if n := len(s.Sessions()); n != 0 {
		t.Errorf("%d sessions made of invalid bodies", n)
	}
}

func TestAcceptedBodies(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	for _, changes := range []map[string]any{
		{"first_name": "Zoë", "last_name": "李"}, {"email": "o'neil+tag@sub.example.co.uk"}, {"unknown": 5},
		{"external_id": json.RawMessage("null"), "send_email_invite": json.RawMessage("null")},
	} {
		if w := create(s, changes); w.Code != 200 {
			t.Errorf("%v: %d %s", changes, w.Code, w.Body)
		}
	}
	w := call(s, "POST", "/v1/sessions", person(nil), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	})
	if w.Code != 200 {
		t.Errorf("with a charset: %d %s", w.Code, w.Body)
	}
}

func FuzzParseCreate(f *testing.F) {
	f.Add("application/json", []byte(person(nil)))
	f.Add("application/json; charset=utf-8", []byte(person(map[string]any{"redirectUrl": "https://e.com"})))
	f.Add("", []byte(`{"email":"a@b.c"}`))
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		s, err := parseCreate(kind, raw)
		if err == nil && (strings.TrimSpace(s.FirstName) == "" || !e164.MatchString(s.Phone) || !strings.Contains(s.Email, "@")) {
			t.Errorf("accepted %+v", s)
		}
	})
}
