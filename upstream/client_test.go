package upstream

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewChecksConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, base, key, want string
	}{
		{"default base", "", "k", ""},
		{"prefix", "https://example.com/api/", "k", ""},
		{"key with blanks around it", "", " k\n", ""},
		{"no key", "", "", "no API key"},
		{"blank key", "", " \t", "no API key"},
		{"key with a line break", "", "k\nx-evil: 1", "cannot be sent in a header"},
		{"key in another script", "", "ключ", "cannot be sent in a header"},
		{"no scheme", "api.deepidv.com", "k", "must begin with https://"},
		{"another scheme", "ftp://example.com", "k", "must begin with https://"},
		{"no host", "https:///v1", "k", "names no host"},
		{"only a port", "https://:8080", "k", "names no host"},
		{"password", "https://me:hunter2@example.com", "k", "user name or password"},
		{"query", "https://example.com?key=hunter2", "k", "query"},
		{"fragment", "https://example.com#hunter2", "k", "fragment"},
		{"not a URL", "https://hunter2:%zz", "k", "not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := New(Config{BaseURL: tt.base, APIKey: tt.key})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one about %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("error quotes a secret: %v", err)
			}
		})
	}
	if _, err := New(Config{}); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a key: %v, want ErrNoKey", err)
	}
}

// sent is what a server saw of a request.
type sent struct {
	Method, URI, Key, ContentType, Agent string
	Idempotency                          bool
	Length                               int64
	Body                                 map[string]any
}

func record(into *sent) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		*into = sent{
			Method: r.Method, URI: r.RequestURI, Key: r.Header.Get("x-api-key"),
			ContentType: r.Header.Get("Content-Type"), Agent: r.Header.Get("User-Agent"),
			Idempotency: r.Header.Get("Idempotency-Key") != "" || r.Header.Get("X-Idempotency-Key") != "",
			Length:      r.ContentLength,
		}
		_ = json.Unmarshal(raw, &into.Body)
		_, _ = io.WriteString(w, `{"id":"s1","session_url":"https://x.test/s1"}`)
	}
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	var got sent
	c := serve(t, record(&got))
	if _, err := c.CreateSession(t.Context(), SessionRequest{
		FirstName: "Zoë", LastName: "O'Neil", Email: "z@example.com", Phone: "+15192223333",
	}); err != nil {
		t.Fatal(err)
	}
	want := sent{
		Method: "POST", URI: "/v1/sessions", Key: testKey, ContentType: "application/json", Agent: "usher",
		Length: got.Length,
		Body: map[string]any{
			"first_name": "Zoë", "last_name": "O'Neil", "email": "z@example.com", "phone": "+15192223333",
			"send_email_invite": false, "send_phone_invite": false,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if got.Length <= 0 {
		t.Errorf("Content-Length %d, want the body's length", got.Length)
	}
}

func TestRequestOptionalFields(t *testing.T) {
	t.Parallel()
	var got sent
	c := serve(t, record(&got))
	r := person
	r.SendPhoneInvite, r.WorkflowID, r.RedirectURL = true, "wf", "https://example.com/?a=1&b=<2>"
	if _, err := c.CreateSession(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"first_name": "SecretFirst", "last_name": "SecretLast", "email": "secret@example.com",
		"phone": "+15192223333", "external_id": "secret-ref", "send_email_invite": true,
		"send_phone_invite": true, "workflow_id": "wf", "redirect_url": "https://example.com/?a=1&b=<2>",
	}
	if diff := cmp.Diff(want, got.Body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestPathsAreEscaped(t *testing.T) {
	t.Parallel()
	var got sent
	c := serve(t, record(&got))
	for id, uri := range map[string]string{
		"plain":     "/v1/workflows/plain",
		"a/b":       "/v1/workflows/a%2Fb",
		"a?b#c d":   "/v1/workflows/a%3Fb%23c%20d",
		"../x":      "/v1/workflows/..%2Fx",
		"100%":      "/v1/workflows/100%25",
		"é":         "/v1/workflows/%C3%A9",
		"...":       "/v1/workflows/...",
		"%2e%2e":    "/v1/workflows/%252e%252e",
		"s-1_2~3.4": "/v1/workflows/s-1_2~3.4",
	} {
		if err := c.CheckWorkflow(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if got.URI != uri {
			t.Errorf("%q went to %s, want %s", id, got.URI, uri)
		}
	}
	got = sent{}
	for _, id := range []string{"", ".", ".."} {
		if err := c.CheckWorkflow(t.Context(), id); err == nil {
			t.Errorf("workflow %q: no error", id)
		}
		if _, err := c.Session(t.Context(), id); err == nil {
			t.Errorf("session %q: no error", id)
		}
	}
	if got.Method != "" {
		t.Errorf("a request was sent for an id that is no path segment: %+v", got)
	}
}

func TestBasePathPrefix(t *testing.T) {
	t.Parallel()
	var got sent
	c := serve(t, record(&got))
	prefixed := newClient(t, c.base.String()+"/proxy/idv/")
	if err := prefixed.CheckWorkflow(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	if got.URI != "/proxy/idv/v1/workflows/w" {
		t.Errorf("went to %s", got.URI)
	}
}

// TestProxyFromEnvironment runs itself again with HTTP_PROXY set, since Go reads
// the variable once per process.
func TestProxyFromEnvironment(t *testing.T) {
	t.Parallel()
	if os.Getenv("USHER_TEST_PROXY") != "" {
		if err := newClient(t, "http://api.usher.invalid").Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		return
	}
	var got sent
	proxy := serve(t, record(&got))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyFromEnvironment$")
	cmd.Env = append(os.Environ(), "USHER_TEST_PROXY=1", "HTTP_PROXY="+proxy.base.String(), "NO_PROXY=", "no_proxy=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.HasPrefix(got.URI, "http://api.usher.invalid/v1/sessions?") {
		t.Errorf("the proxy saw %q", got.URI)
	}
}
