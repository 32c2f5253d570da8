package schedule

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"usher/batch"
	"usher/store"
)

// errNothingNew means that there is no other list than the one that was imported.
var errNothingNew = errors.New("there is nothing new")

// list brings the list of a schedule as an upload. The tag names the version of a file
// that was fetched, if its server tells.
func (s *Service) list(ctx context.Context, by batch.Actor, sch store.Schedule, spec *Spec) (u batch.Upload, etag string, err error) {
	if spec.Source != "" {
		u, err = s.svc.NewSourceUpload(ctx, by, spec.Source)
		return u, "", err
	}
	address := spec.URL
	if spec.URLFile != "" {
		if address, err = readAddress(spec.URLFile); err != nil {
			return u, "", err
		}
	}
	return s.fetch(ctx, by, address, sch.ETag)
}

// readAddress reads an address from a file, in which it alone stands.
func readAddress(file string) (string, error) {
	const most = 8 << 10
	f, err := os.Open(file)
	if err != nil {
		return "", batch.WithHint(errors.New("the file that url_file names cannot be read"), "make it one that this user may read")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", batch.WithHint(errors.New("the file that url_file names cannot be read"), "make it one that this user may read")
	}
	address := strings.TrimSpace(string(text))
	if err := checkURL(address); err != nil {
		return "", batch.WithHint(fmt.Errorf("the address in the file that url_file names: %w", err), batch.Hint(err))
	}
	return address, nil
}

const (
	// fetchTimeout is for all of a file.
	fetchTimeout = 10 * time.Minute
	// answerTimeout is for the beginning of an answer.
	answerTimeout = time.Minute
	redirectsMost = 5
)

// fetcher gets files. It goes on to another address only where that is as safe.
var fetcher = &http.Client{
	Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: answerTimeout, TLSHandshakeTimeout: answerTimeout, ForceAttemptHTTP2: true},
	CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > redirectsMost {
			return errors.New("the server sends from one address to the next without an end")
		}
		if err := checkURL(r.URL.String()); err != nil {
			return errors.New("the server sends on to an address that is not https")
		}
		if loopback(r.URL.Hostname()) && !loopback(via[0].URL.Hostname()) {
			return errors.New("the server sends on to an address of this machine")
		}
		return nil
	},
}

// fetch brings a file from a server, unless it is the version that was imported
// last. No error has the address in it, which may be a secret.
func (s *Service) fetch(ctx context.Context, by batch.Actor, address, etag string) (u batch.Upload, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return u, "", batch.WithHint(errors.New("the address of the list is none"), urlFix)
	}
	r.Header.Set("Accept", "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*")
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	const fix = "look whether the address opens in a browser on that machine"
	answer, err := fetcher.Do(r)
	if err != nil {
		return u, "", batch.WithHint(fmt.Errorf("the list could not be fetched: %w", plain(err)), fix)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotModified && etag != "":
		return u, "", errNothingNew
	case answer.StatusCode != http.StatusOK:
		return u, "", batch.WithHint(fmt.Errorf("the list could not be fetched: the server answered with status %d", answer.StatusCode), fix)
	}
	name := path.Base(answer.Request.URL.Path)
	if name == "/" || name == "." {
		name = "list"
	}
	body := &whole{r: answer.Body}
	u, err = s.svc.ReceiveUpload(ctx, by, name, body, s.Config.Web.UploadLimit)
	if body.err != nil {
		return u, "", batch.WithHint(errors.New("the list did not arrive whole"), fix)
	}
	return u, answer.Header.Get("ETag"), err
}

// whole reads a body, and remembers that it was cut off.
type whole struct {
	r   io.Reader
	err error
}

// Read implements [io.Reader].
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// plain is why a request failed, without its address.
func plain(err error) error {
	var timeout net.Error
	var dns *net.DNSError
	var connection *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the server did not answer in time")
	case errors.As(err, &dns):
		return errors.New("its host is not known")
	case errors.As(err, &certificate):
		return errors.New("the server's certificate is not one to be trusted")
	case errors.As(err, &connection):
		return errors.New("there is no connection to the server")
	}
	return errors.New("the server could not be talked to")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
