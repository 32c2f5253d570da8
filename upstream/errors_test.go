package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// secrets must not be in the text of any error.
var secrets = []string{
	person.FirstName, person.LastName, person.Email, person.Phone, person.ExternalID,
	"external_id=", testKey, "https://verify.test/s1", "hunter2",
}

// TestErrorsTellNothing makes every kind of failure quote what it can, and looks
// at the texts.
func TestErrorsTellNothing(t *testing.T) {
	t.Parallel()
	echo := strings.Join(secrets, " ") + ` {"session_url":"https://verify.test/s1"}`
	leaky := &url.Error{Op: "Post", URL: "https://x.test/?external_id=secret-ref", Err: errors.New(echo)}
	for name, c := range map[string]*Client{
		"status":       answering(t, 400, "text/plain", echo),
		"json status":  answering(t, 422, "application/json", `{"error":{"message":"secret@example.com","code":"SecretFirst"}}`),
		"not JSON":     answering(t, 200, "text/plain", echo),
		"no id":        answering(t, 200, "application/json", `{"session_url":"https://verify.test/s1","externalId":"secret-ref"}`),
		"not HTTP":     newClient(t, serveWire(t, say(echo+"\r\n")).url),
		"bad header":   newClient(t, serveWire(t, say("HTTP/1.1 200 OK\r\n"+echo+"\r\n\r\n")).url),
		"bad status":   newClient(t, serveWire(t, say("HTTP/1.1 "+echo+"\r\n\r\n")).url),
		"cut":          newClient(t, serveWire(t, say("")).url),
		"refused":      newClient(t, "http://127.0.0.1:1"),
		"leaky":        newClient(t, "http://x.test", func(c *Config) { c.Transport = failing{leaky} }),
		"leaky proxy":  proxied(t, errors.New(`invalid proxy address "http://me:hunter2@proxy"`)),
		"proxy refuse": proxied(t, &net.OpError{Op: "proxyconnect", Err: errors.New("hunter2")}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, createErr := c.CreateSession(t.Context(), person)
			_, listErr := c.SessionsByExternalID(t.Context(), person.ExternalID)
			for _, err := range []error{createErr, listErr} {
				if err == nil {
					t.Fatal("no error")
				}
				for e := err; e != nil; e = errors.Unwrap(e) {
					noSecrets(t, fmt.Sprintf("%v %+v %s %q", e, e, e, e))
				}
			}
		})
	}
}

func noSecrets(t *testing.T, text string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is in %q", s, text)
		}
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func proxied(t *testing.T, err error) *Client {
	t.Helper()
	c := newClient(t, "http://x.test")
	c.transport.(*http.Transport).Proxy = func(*http.Request) (*url.URL, error) { return nil, err }
	return c
}

func TestTransportErrorTexts(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]TransportError{
		"no address found for h":                                                     {Kind: KindResolve},
		"no connection to h: connection refused":                                     {Kind: KindConnect, detail: "connection refused"},
		"no secure connection to h":                                                  {Kind: KindTLS},
		"the deadline passed before anything was sent to h":                          {Kind: KindTimeout, Timeout: true},
		"no answer from h in time; the request may have been received":               {Kind: KindTimeout, Timeout: true, Sent: true},
		"the connection to h broke; the request may have been received":              {Kind: KindCut, Sent: true},
		"the connection to h broke":                                                  {Kind: KindCut},
		"the request to h was given up":                                              {Kind: KindCancelled},
		"the request to h was given up; the request may have been received":          {Kind: KindCancelled, Sent: true},
		"the connection to h broke: broken pipe; the request may have been received": {Kind: KindCut, Sent: true, detail: "broken pipe"},
	} {
		e.host = "h"
		if e.Error() != want {
			t.Errorf("%+v says %q, want %q", e, e.Error(), want)
		}
	}
	if got := (&TransportError{Kind: KindConnect}).Error(); got != "no connection to the API" {
		t.Errorf("without a host: %q", got)
	}
}

// TestProxyThatRefuses: the request was never given to the proxy.
func TestProxyThatRefuses(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say("HTTP/1.1 407 hunter2\r\nContent-Length: 0\r\n\r\n"))
	c := newClient(t, "https://api.usher.invalid")
	proxy, err := url.Parse(srv.url)
	if err != nil {
		t.Fatal(err)
	}
	c.transport.(*http.Transport).Proxy = http.ProxyURL(proxy)
	e := failedCreate(t, t.Context(), c)
	if e.Sent || e.Kind != KindConnect {
		t.Errorf("error %+v, want unsent and connect", e)
	}
	noSecrets(t, e.Error())
}

// TestRequestThroughProxyTunnel: TLS inside of CONNECT counts what is written too.
func TestRequestThroughProxyTunnel(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, func(conn net.Conn, _ int) bool {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		return false
	})
	proxy, err := url.Parse(srv.url)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "https://api.usher.invalid")
	c.transport.(*http.Transport).Proxy = http.ProxyURL(proxy)
	if e := failedCreate(t, context.Background(), c); e.Sent || e.Kind != KindTLS {
		t.Errorf("error %+v, want unsent and tls", e)
	}
}
