package message

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"usher/config"
	"usher/store"
)

func keyOf(t *testing.T, secret string) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// verify checks a post by the reference library.
func verify(t *testing.T, p post) {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(tellingSecret)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Verify(p.body, p.header); err != nil {
		t.Errorf("%v: %v", err, p.header)
	}
	if w.Verify(append(p.body, ' '), p.header) == nil {
		t.Error("another body has the same signature")
	}
}

// The example of the specification.
func TestSignature(t *testing.T) {
	t.Parallel()
	got := signature(keyOf(t, tellingSecret), "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a receiver does is told in our words, and never in its own.
func TestPost(t *testing.T) {
	t.Parallel()
	other := newReceiver(t)
	hanging := make(chan struct{})
	t.Cleanup(func() { close(hanging) })
	l := letter{Message: store.Message{Key: "msg_1", What: store.EventTest, CreatedAt: time.Now()}, subject: "a test"}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   answer
	}{
		"taken":    {status(204), answer{words: "the receiver answered 204 No Content", sent: true}},
		"redirect": {http.RedirectHandler(other.URL, http.StatusTemporaryRedirect).ServeHTTP, answer{words: "the receiver answered 307 Temporary Redirect; redirects are not followed: write the new address into the settings"}},
		"gone":     {status(410), answer{words: "the receiver answered 410 Gone", stop: true}},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			for _, err := io.WriteString(w, "ann@example.com "); err == nil; _, err = io.WriteString(w, "ann@example.com ") {
			}
		}, answer{words: "the receiver answered 500 Internal Server Error"}},
		"hangs": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-hanging:
			case <-r.Context().Done():
			}
		}, answer{words: "there was no answer in time"}},
		"cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, answer{words: "the connection was cut"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newReceiver(t)
			v.answers(c.answer)
			r := &Room{times: times{webhook: time.Minute}}
			if name == "hangs" {
				r.times.webhook = 200 * time.Millisecond
			}
			if got := r.post(t.Context(), *hook(t, v.URL).Webhook, l); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got := v.got(); len(got) != 1 {
				t.Errorf("it was asked %d times", len(got))
			} else {
				verify(t, got[0])
			}
			if got := other.got(); len(got) != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

// An address that is not the Internet's is refused when it is connected to, whatever
// its name is.
func TestPrivateAddress(t *testing.T) {
	t.Parallel()
	v := newReceiver(t)
	l := letter{Message: store.Message{Key: "msg_1", What: store.EventTest}}
	r := &Room{times: times{webhook: time.Minute}}
	for _, url := range []string{v.URL, strings.Replace(v.URL, "127.0.0.1", "localhost", 1), strings.Replace(v.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		got := r.post(t.Context(), config.Webhook{URL: url, Key: keyOf(t, tellingSecret)}, l)
		if got.sent || !strings.Contains(got.words, "allow_private") || strings.Contains(got.words, "127") {
			t.Errorf("%+v", got)
		}
	}
	if len(v.got()) != 0 {
		t.Error("it was asked")
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1111]:443": true, "127.0.0.1:80": false, "10.1.2.3:80": false, "172.31.0.1:80": false, "192.168.0.1:80": false,
		"169.254.169.254:80": false, "100.64.0.1:80": false, "0.0.0.0:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false,
		"[::1]:80": false, "[::]:80": false, "[fe80::1]:80": false, "[fe80::1%eth0]:80": false, "[fd00::1]:80": false, "[::ffff:10.0.0.1]:80": false,
		"[64:ff9b::a00:1]:80": false, "[2002:a00:1::]:80": false, "nonsense": false,
	} {
		if got := onlyPublic(context.Background(), "tcp", address, nil) == nil; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// A certificate that nobody vouches for is not taken, and one that the room trusts is.
func TestPostTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(status(200))
	t.Cleanup(server.Close)
	l := letter{Message: store.Message{Key: "msg_1", What: store.EventTest}}
	r := &Room{times: times{webhook: time.Minute}}
	if got := r.post(t.Context(), *hook(t, server.URL).Webhook, l); got.sent || !strings.Contains(got.words, "certificate") {
		t.Errorf("%+v", got)
	}
	r.roots = rootOf(server)
	if got := r.post(t.Context(), *hook(t, server.URL).Webhook, l); !got.sent {
		t.Errorf("%+v", got)
	}
}
