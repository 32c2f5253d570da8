package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/batch"
)

// brings is a connection on which a form with a file is sent by hand.
type brings struct {
	*site
	net.Conn
	in *bufio.Reader
}

// bring begins to send a form, whose length is not told.
func (s *site) bring(session string) *brings {
	s.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = c.Close() })
	b := &brings{s, c, bufio.NewReader(c)}
	b.write("POST /new HTTP/1.1\r\nHost: " + s.Listener.Addr().String() + "\r\nCookie: usher=" + session +
		"\r\nContent-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n")
	return b
}

func (b *brings) write(text string) {
	b.Helper()
	if _, err := io.WriteString(b.Conn, text); err != nil {
		b.Fatal(err)
	}
}

func (b *brings) piece(text string) { b.write(fmt.Sprintf("%x\r\n%s\r\n", len(text), text)) }

func (b *brings) answer() (status int, text string) {
	b.Helper()
	res, err := http.ReadResponse(b.in, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return res.StatusCode, string(all)
}

// nothingKept checks that nothing of a file is left.
func (b *brings) nothingKept() {
	b.Helper()
	if all, err := b.svc.Uploads(b.Context(), ""); err != nil || len(all) != 0 {
		b.Errorf("kept: %+v, %v", all, err)
	}
}

const (
	aFile   = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\nfirst_name,email\nAnn,ann@example.com\n"
	formEnd = "\r\n--B--\r\n"
)

// What does not come whole, or is too much, is answered in words, and nothing of it
// is kept.
func TestFileRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 3_000_000})
	s.add("ann", batch.Uploader)
	session := s.session(s.in("ann"))
	for name, c := range map[string]struct{ form, says string }{
		"no file":        {"--B\r\nContent-Disposition: form-data; name=\"revision\"\r\n\r\n7" + formEnd, "No file was chosen"},
		"without an end": {aFile, "did not arrive whole"},
		"two files":      {aFile + "\r\n" + aFile + formEnd, "Several files were sent at once"},
		"too large":      {aFile + strings.Repeat("Ann,ann@example.com\n", 500_000) + formEnd, "larger than 3 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.bring(session)
			b.piece(c.form) // all of it is taken, as a browser listens only then
			b.write("0\r\n\r\n")
			if status, text := b.answer(); status != http.StatusBadRequest || !strings.Contains(text, c.says) {
				t.Errorf("got %d:\n%s", status, text)
			}
			b.nothingKept()
		})
	}
}

// Who has signed out meanwhile is told so, and not cut off while the file is sent.
func TestFileOfNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 30_000_000})
	b := s.bring("of-nobody")
	b.piece(aFile + strings.Repeat("Ann,ann@example.com\n", 500_000) + formEnd)
	b.write("0\r\n\r\n")
	if status, text := b.answer(); status != http.StatusUnauthorized || !strings.Contains(text, "not signed in any more") {
		t.Errorf("got %d:\n%s", status, text)
	}
	b.nothingKept()
}

// A file that stops coming is given up, and so is one that still comes in when the
// server stops. A small form that stops coming holds nothing up either.
func TestFileBreaksOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 3_000_000})
	s.h.stalled.Store(int64(300 * time.Millisecond))
	s.add("ann", batch.Uploader)
	session := s.session(s.in("ann"))
	b := s.bring(session)
	b.piece(aFile)
	if status, text := b.answer(); status != http.StatusBadRequest || !strings.Contains(text, "did not arrive whole") {
		t.Errorf("got %d:\n%s", status, text)
	}
	b.nothingKept()

	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nname="); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if all, err := io.ReadAll(c); err != nil || strings.Contains(string(all), "200 OK") {
		t.Errorf("a form that stopped coming: %q, %v", all, err)
	}

	s.h.stalled.Store(int64(time.Minute))
	b = s.bring(session)
	b.piece(aFile)
	for len(s.uploads()) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.h.End()
	if status, text := b.answer(); status != http.StatusServiceUnavailable || !strings.Contains(text, "being stopped") {
		t.Errorf("got %d:\n%s", status, text)
	}
	b.nothingKept()
}

// A list whose sender may be gone does not go on by itself, and can be discarded.
func TestFileComesIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 3_000_000})
	s.add("ann", batch.Uploader)
	c := s.in("ann")
	b := s.bring(s.session(c))
	b.piece(aFile + strings.Repeat("Ann,ann@example.com\n", 100_000))
	for all := s.uploads(); len(all) == 0 || all[0].Size == 0; all = s.uploads() {
		time.Sleep(time.Millisecond)
	}
	if text := s.send(c, http.MethodGet, "/new", nil).text; !strings.Contains(text, "Not all there yet") {
		t.Errorf("the list of those that wait:\n%s", text)
	}
	page := "/uploads/" + s.uploads()[0].ID
	text := s.send(c, http.MethodGet, page, nil).text
	for _, says := range []string{"Received so far: 1 MB", "keep that one open", "/discard"} {
		if !strings.Contains(text, says) {
			t.Errorf("its page does not say %q:\n%s", says, text)
		}
	}
	if strings.Contains(text, "goes on by itself") {
		t.Errorf("its page says that it goes on by itself:\n%s", text)
	}
	s.send(c, http.MethodPost, page+"/discard", nil)
	b.piece(formEnd)
	b.write("0\r\n\r\n")
	if status, text := b.answer(); status != http.StatusNotFound || !strings.Contains(text, "did not arrive whole") {
		t.Errorf("who sent it is told %d:\n%s", status, text)
	}
	b.nothingKept()
}

func (s *site) uploads() []batch.Upload {
	s.Helper()
	all, err := s.svc.Uploads(s.Context(), "")
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func TestPasteTooMuch(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 3_000_000})
	s.add("ann", batch.Uploader)
	a := s.send(s.in("ann"), http.MethodPost, "/new/paste", map[string][]string{"cells": {strings.Repeat("a\tb\n", pasteMost/4)}})
	if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.text, "too much to paste") {
		t.Errorf("got %d:\n%s", a.StatusCode, a.text)
	}
}
