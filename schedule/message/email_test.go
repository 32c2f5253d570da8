package message

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"usher/config"
	"usher/store"
)

// parts are the leaves of a mail, by type.
func parts(t *testing.T, kind string, encoding string, r io.Reader) map[string]string {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	if strings.HasPrefix(media, "multipart/") {
		for m := multipart.NewReader(r, params["boundary"]); ; {
			p, err := m.NextRawPart()
			if err != nil {
				return all
			}
			for name, text := range parts(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p) {
				all[name] = text
			}
		}
	}
	if encoding == "quoted-printable" {
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	all[media] = string(text)
	return all
}

// opened is a mail's header, with its subject decoded, and its parts.
func opened(t *testing.T, text string) (mail.Header, map[string]string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	m.Header["Subject"] = []string{subject}
	return m.Header, parts(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func mailTo(m *mailbox) config.Email {
	return config.Email{To: []string{"hr@example.com", "Ann Roe <ann@example.com>"}, From: "usher@example.com", Server: m.address, TLS: "starttls"}
}

func finishedLetter() letter {
	r := &Room{cfg: &config.Config{Web: config.Web{PublicURL: "https://usher.example.com"}}}
	return r.letter(store.Message{Key: "msg_1", What: store.EventFinished, Count: 1, Target: "hr", CreatedAt: time.Now()}, []store.Event{{What: store.EventFinished, Batch: 12,
		BatchName: "Überprüfung <b>\r\nBcc: eve@example.com", Numbers: map[string]int{"invited": 1412, "failed": 3}}})
}

func TestMail(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	box := (&mailbox{tls: secure, user: "usher pass-word"}).serve(t)
	e := mailTo(box)
	e.User, e.Password = "usher", "pass-word"
	r := &Room{times: times{mail: time.Minute}, roots: roots}
	a, err := r.mail(t.Context(), e, finishedLetter())
	if err != nil || !a.sent {
		t.Fatal(a, err)
	}
	mails, said := box.got()
	if len(mails) != 1 || !strings.Contains(said, "EHLO STARTTLS EHLO AUTH") {
		t.Fatalf("%d mails; it was said: %s", len(mails), said)
	}
	header, all := opened(t, mails[0])
	if got := header.Get("Subject"); !strings.HasPrefix(got, "usher: batch 12 (Überprüfung <b>") || !strings.HasSuffix(got, "is finished: 1,412 invited, 3 failed") {
		t.Errorf("subject: %q", got)
	}
	if header.Get("Bcc") != "" || header.Get("Message-ID") != "<msg_1@usher.invalid>" || header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("header: %v", header)
	}
	for kind, want := range map[string][]string{
		"text/plain": {"1,412 invited, 3 failed", "What to do: the report says why; 'usher retry 12' sends again", "https://usher.example.com/batches/12", "notify: hr"},
		"text/html":  {"1,412 invited, 3 failed", "&lt;b&gt;", `href="https://usher.example.com/batches/12"`},
	} {
		for _, words := range want {
			if !strings.Contains(all[kind], words) {
				t.Errorf("%q is not in the %s part:\n%s", words, kind, all[kind])
			}
		}
	}
	if len(all) != 2 {
		t.Errorf("it has %d parts", len(all))
	}
}

// What goes wrong is told without the server's words, which name people.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	for name, c := range map[string]struct {
		box  *mailbox
		want string
		tls  string
	}{
		"no TLS offered": {box: &mailbox{}, want: "the mail server offers no TLS; tls: none lets mails go unencrypted", tls: "starttls"},
		"not trusted":    {box: &mailbox{tls: secure}, want: "its certificate is not trusted, or is for another name", tls: "starttls"},
		"recipient":      {box: &mailbox{refuses: true}, want: "the mail server answered 550", tls: "none"},
		"password":       {box: &mailbox{tls: secure, user: "somebody else"}, want: "the mail server answered 535", tls: "starttls"},
		"silent":         {box: &mailbox{silent: true}, want: "there was no answer in time", tls: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := c.box.serve(t)
			e := mailTo(box)
			e.TLS = c.tls
			r := &Room{times: times{mail: time.Minute}, roots: roots}
			switch name {
			case "not trusted":
				r.roots = nil
			case "password":
				e.User, e.Password = "usher", "pass-word"
			case "silent":
				r.times.mail = 200 * time.Millisecond
			}
			a, err := r.mail(t.Context(), e, finishedLetter())
			if err != nil || a.sent || a.words != c.want {
				t.Errorf("got %+v, %v, want %q", a, err, c.want)
			}
			if mails, _ := box.got(); len(mails) != 0 {
				t.Error("a mail was sent all the same")
			}
		})
	}
}

// The results are attached only where the settings say so, and that is an act.
func TestMailAttached(t *testing.T) {
	t.Parallel()
	box := (&mailbox{}).serve(t)
	e := mailTo(box)
	e.TLS = "none"
	with := e
	with.AttachReport = true
	h := newTelling(t, map[string]config.Target{"plain": {Email: &e, On: []string{"finished"}}, "full": {Email: &with, On: []string{"finished"}}})
	h.work()
	h.batch("people.csv")
	h.until("both mails are there", func() bool { mails, _ := box.got(); return len(mails) == 2 })
	attached := 0
	mails, _ := box.got()
	for _, text := range mails {
		if _, all := opened(t, text); all["text/csv"] != "" {
			attached++
		} else if strings.Contains(text, "Lovelace") || strings.Contains(text, "ada@example.com") {
			t.Error("a mail without results has somebody's name")
		}
	}
	if attached != 1 {
		t.Errorf("%d mails have the results", attached)
	}
	if got := actsOf(h, "message"); got != 1 {
		t.Errorf("%d acts say that the results were handed out", got)
	}
}

func actsOf(h *tellingHouse, way string) (n int) {
	acts, err := h.room.st.Acts(context.Background(), store.ActFilter{})
	h.must(err)
	for _, a := range acts {
		if a.Actor.Way == way && a.What == store.ActReport && a.Actor.Name == "full" {
			n++
		}
	}
	return n
}
