// Package upstream is the client of the identity-verification API: it sends one
// request, reads one answer, and says in typed errors what is known about both.
//
// It never repeats a request, never waits, and decides nothing: what an answer
// means for an applicant or for the fleet is the business of package jobs. It
// must not know about jobs, the store or configuration files. Nothing it prints
// holds an applicant's data, a session URL or the API key.
package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultBaseURL is where the provider's API is.
const DefaultBaseURL = "https://api.deepidv.com"

const (
	defaultTimeout       = 30 * time.Second
	defaultConcurrency   = 10
	defaultRetryAfterCap = 10 * time.Minute
	defaultUserAgent     = "usher"
)

// ErrNoKey is returned by New when no API key is given.
var ErrNoKey = errors.New("no API key")

// Config says which API to call and how. The zero value of every field but
// APIKey has a sensible meaning.
type Config struct {
	// BaseURL is the API's address, with a path prefix if it has one; empty is
	// DefaultBaseURL.
	BaseURL string
	// APIKey goes out as x-api-key; it is required.
	APIKey string
	// Timeout is the deadline of a request whose context has none; 0 is 30 s.
	Timeout time.Duration
	// Concurrency is how many requests run at once, which sizes the pool of idle
	// connections; it does not limit anything. 0 is 10.
	Concurrency int
	// UserAgent names the program; empty is "usher".
	UserAgent string
	// RetryAfterCap is the longest wait believed; 0 is 10 minutes.
	RetryAfterCap time.Duration
	// Transport replaces the client's own. With a foreign transport a request
	// that got a connection always counts as sent.
	Transport http.RoundTripper
	// Now is the clock that dates are compared with; nil is time.Now.
	Now func() time.Time
	// Observe is told of each request when it is over; it may be nil.
	Observe func(Exchange)
}

// Client calls the API. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	key       atomic.Pointer[apiKey]
	userAgent string
	timeout   time.Duration
	waitCap   time.Duration
	transport http.RoundTripper
	now       func() time.Time
	observe   func(Exchange)
	skew      skew
	named     named
}

// New checks the configuration and makes a client. It calls nobody.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(orDefault(cfg.BaseURL, DefaultBaseURL))
	if err != nil {
		return nil, fmt.Errorf("upstream base URL: %w", err)
	}
	key, err := checkKey(cfg.APIKey)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:      base,
		userAgent: orDefault(cfg.UserAgent, defaultUserAgent),
		timeout:   orDefault(max(cfg.Timeout, 0), defaultTimeout),
		waitCap:   orDefault(max(cfg.RetryAfterCap, 0), defaultRetryAfterCap),
		transport: cfg.Transport,
		now:       cfg.Now,
		observe:   cfg.Observe,
	}
	c.key.Store(&apiKey{key, 0})
	if c.transport == nil {
		c.transport = newTransport(orDefault(max(cfg.Concurrency, 0), defaultConcurrency))
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// apiKey is a key, and which of the client's keys it is, counted from 0.
type apiKey struct {
	value  string
	number int
}

// SetKey makes the requests that begin from now on carry another key, and
// returns its number; see [StatusError.Key].
func (c *Client) SetKey(key string) (number int, err error) {
	if key, err = checkKey(key); err != nil {
		return 0, err
	}
	for {
		old := c.key.Load()
		if old.value == key {
			return old.number, nil
		}
		if c.key.CompareAndSwap(old, &apiKey{key, old.number + 1}) {
			return old.number + 1, nil
		}
	}
}

// Key is the number of the key that requests carry now.
func (c *Client) Key() int { return c.key.Load().number }

// orDefault is v, or the default when v is its zero value.
func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// parseBase reads the base URL. Its errors do not quote the address, which a
// mistaken paste may have put a secret into.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("must begin with https:// (or http:// for a sandbox)")
	case u.Hostname() == "":
		return nil, errors.New("names no host")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must not have a query or a fragment")
	}
	if u.Path == "" {
		u.Path = "/" // JoinPath makes a relative path of an empty one
	}
	return u, nil
}

// checkKey refuses keys that cannot go into a header. The blanks that come with
// a key read from a file are taken off.
func checkKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" {
		return "", ErrNoKey
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] >= 0x7f {
			return "", errors.New("the API key holds a character that cannot be sent in a header")
		}
	}
	return key, nil
}
