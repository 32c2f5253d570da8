package message

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// mailbox is a small SMTP server (RFC 5321) that keeps what it gets.
type mailbox struct {
	address string
	tls     *tls.Config // offered by STARTTLS; nil if it is not
	user    string      // "user password" that it asks for; none if empty
	refuses bool        // every recipient, and names them in its answer
	silent  bool        // it says nothing at all

	mu    sync.Mutex
	mails []string
	notes []string // what was said before the mails, without what is base64
}

func rootOf(server *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
}

// certificate is one for 127.0.0.1, signed by itself, and whom to trust for it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	return &tls.Config{Certificates: server.TLS.Certificates}, rootOf(server)
}

// serve has it listen until the test ends.
func (m *mailbox) serve(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.address = listener.Addr().String()
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			all.Go(func() { m.talk(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return m
}

// talk speaks to one client.
func (m *mailbox) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in, encrypted := bufio.NewReader(conn), false
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	if m.silent {
		_, _ = in.ReadString('\n') // until the client goes
		return
	}
	say("220 box ESMTP")
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		text = strings.TrimSpace(text)
		verb, rest, _ := strings.Cut(text, " ")
		m.note(strings.ToUpper(verb))
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-box")
			if m.tls != nil && !encrypted {
				say("250-STARTTLS")
			}
			if m.user != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			secure := tls.Server(conn, m.tls)
			if secure.Handshake() != nil {
				return
			}
			conn, in, encrypted = secure, bufio.NewReader(secure), true
		case "AUTH":
			given, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if strings.Trim(strings.ReplaceAll(string(given), "\x00", " "), " ") != m.user {
				say("535 5.7.8 %s is not known here", m.user)
				continue
			}
			say("235 welcome")
		case "RCPT":
			if m.refuses {
				say("550 5.1.1 %s is not known here", rest)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				text, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if strings.TrimRight(text, "\r\n") == "." {
					break
				}
				b.WriteString(strings.TrimPrefix(text, "."))
			}
			m.mu.Lock()
			m.mails = append(m.mails, b.String())
			m.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (m *mailbox) note(verb string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes = append(m.notes, verb)
}

func (m *mailbox) got() (mails []string, said string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails...), strings.Join(m.notes, " ")
}
