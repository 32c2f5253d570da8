package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	// maxAnswer is the largest body of a success that is read: a page of 500
	// sessions is well under it.
	maxAnswer = 1 << 20
	// maxRefusal is how much is read of the body of any other answer.
	maxRefusal = 64 << 10
	// maxDrain is how much more is thrown away to keep a connection.
	maxDrain = 256 << 10
)

// request is what do sends.
type request struct {
	name   string // of what is asked for; see [Exchange]
	method string
	url    *url.URL
	body   []byte // nil for none
}

// answer is a success whose body came whole.
type answer struct {
	status int
	body   []byte
}

// do sends one request, once, and reads its answer. Every non-2xx answer is a
// *StatusError, no answer a *TransportError, an incomplete one an *AnswerError.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	t := &trace{}
	t.deadline, _ = ctx.Deadline()
	t.may, _ = ctx.Value(onlyIf{}).(func() bool)
	started := c.now()
	answered := 0
	defer func() { c.tell(r.name, answered, t, started) }()

	// RoundTrip rather than http.Client.Do: it follows no redirect, not even to
	// the point of parsing where it leads, and wraps no URL into its errors.
	key := c.key.Load()
	resp, err := c.transport.RoundTrip(c.httpRequest(t.into(ctx), r, key))
	if err != nil {
		return answer{}, c.failure(ctx, t, err)
	}
	defer resp.Body.Close()
	if !t.wrote() && !t.seal() {
		// Nothing was written, and now nothing will be: this is no answer to it.
		return answer{}, c.failure(ctx, t, errSealed)
	}
	answered = resp.StatusCode
	c.skew.observe(resp.Header, started, c.now())
	if !cached(resp.Header) {
		c.named.observe(resp.Header, c.now())
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return answer{}, c.statusError(resp, key)
	}
	if cached(resp.Header) {
		return answer{}, &AnswerError{Status: resp.StatusCode, Reason: ReasonCached}
	}
	return readAnswer(ctx, resp)
}

// bound gives the context a deadline if it has none.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.timeout)
}

// httpRequest builds the request. Nothing in it allows the transport to repeat
// it: no GetBody, no idempotency header, and POST is not repeatable by itself.
func (c *Client) httpRequest(ctx context.Context, r request, key *apiKey) *http.Request {
	req := (&http.Request{
		Method: r.method,
		URL:    r.url,
		Host:   r.url.Host,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"X-Api-Key":       {key.value},
			"Content-Type":    {"application/json"},
			"Accept":          {"application/json"},
			"Accept-Encoding": {"identity"}, // to say nothing is to allow any (RFC 9110, section 12.5.3)
			"Cache-Control":   {"no-cache"},
			"User-Agent":      {c.userAgent},
		},
	}).WithContext(ctx)
	if r.body != nil {
		req.Body = io.NopCloser(bytes.NewReader(r.body))
		req.ContentLength = int64(len(r.body))
	}
	req.GetBody = nil
	return req
}

// endpoint is the URL of a path under the base; each segment is escaped.
func (c *Client) endpoint(query url.Values, segments ...string) *url.URL {
	escaped := make([]string, len(segments))
	for i, s := range segments {
		escaped[i] = url.PathEscape(s)
	}
	u := c.base.JoinPath(escaped...)
	u.RawQuery = query.Encode()
	return u
}

// cached says whether a cache on the way made up an answer of one that it had
// kept (RFC 9111, section 5.1): then it is not about this request, and says
// nothing of what is there now.
func cached(h http.Header) bool {
	age, ok := whole(h.Get("Age"))
	return ok && age > 0
}

// readAnswer reads the whole body of a success.
func readAnswer(ctx context.Context, resp *http.Response) (answer, error) {
	body, err := content(resp, maxAnswer+1)
	switch {
	case len(body) > maxAnswer:
		return answer{}, &AnswerError{Status: resp.StatusCode, Reason: ReasonTooLarge}
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return answer{}, &AnswerError{Status: resp.StatusCode, Reason: ReasonTooSlow}
	case err != nil:
		return answer{}, &AnswerError{Status: resp.StatusCode, Reason: ReasonTruncated}
	}
	return answer{status: resp.StatusCode, body: body}, nil
}

// content reads the first bytes of an answer's body, which some proxies compress though
// nobody asked for it.
func content(resp *http.Response, most int64) ([]byte, error) {
	body := io.Reader(resp.Body)
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = unzipped
	}
	return io.ReadAll(io.LimitReader(body, most))
}

// statusError makes the error of an answer that is not a success. Its body is
// read as far as it comes; the status alone says what matters.
func (c *Client) statusError(resp *http.Response, key *apiKey) *StatusError {
	e := &StatusError{Status: resp.StatusCode, Key: key.number}
	if resp.StatusCode >= 200 { // the "body" of a 101 is the bare connection
		body, _ := content(resp, maxRefusal)
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxDrain))
		e.Code, e.Message = parseRefusal(body, resp.Header.Get("Content-Type"), key.value)
	}
	now := c.now()
	e.RetryAfter, e.HasRetryAfter = retryAfter(resp.StatusCode, resp.Header, now, c.skew.lost(resp.Header, now), c.waitCap)
	return e
}
