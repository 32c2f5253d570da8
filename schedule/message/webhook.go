package message

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"usher/config"
)

// answerMost is how much of an answer is read, in bytes. Nothing in it counts.
const answerMost = 16 << 10

// post sends a letter to a webhook.
func (r *Room) post(ctx context.Context, w config.Webhook, l letter) answer {
	ctx, cancel := context.WithTimeout(ctx, r.times.webhook)
	defer cancel()
	text, now := l.json(), time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(text))
	if err != nil {
		return answer{words: "the address in the settings is not right"}
	}
	req.GetBody = nil // or Go's transport may send it again by itself
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "usher/"+r.o.Version)
	req.Header.Set("webhook-id", l.Key)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("webhook-signature", signature(w.Key, l.Key, now, text))
	client := r.client(w)
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return answer{words: reachWords(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, answerMost)
	return answered(resp.StatusCode)
}

// signature signs a message as version 1 of Standard Webhooks says.
func signature(key []byte, id string, at time.Time, text []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(text)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// answered says what a status means.
func answered(status int) answer {
	a := answer{words: fmt.Sprintf("the receiver answered %d %s", status, http.StatusText(status))}
	switch {
	case status >= 200 && status < 300:
		a.sent = true
	case status == http.StatusGone:
		a.stop = true
	case status >= 300 && status < 400:
		a.words += "; redirects are not followed: write the new address into the settings"
	}
	return a
}

// client reaches one webhook. It follows nothing, asks no proxy, which would look the
// address up by itself, and looks at the address once more when it connects.
func (r *Room) client(w config.Webhook) *http.Client {
	dialer := &net.Dialer{Timeout: r.times.webhook}
	if !w.AllowPrivate {
		dialer.ControlContext = onlyPublic
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: r.roots},
			ForceAttemptHTTP2: true, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
