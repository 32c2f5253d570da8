package message

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/wneessen/go-mail"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// attachMost is how many bytes of results a mail has at most, as most servers take no
// more. Mails grow by a third on their way.
const attachMost = 10 << 20

// mail sends a letter as a mail. An error is one of the database.
func (r *Room) mail(ctx context.Context, e config.Email, l letter) (answer, error) {
	var reports []attachment
	note := ""
	if e.AttachReport && l.What == store.EventFinished {
		var err error
		if reports, note, err = r.reports(ctx, l); err != nil {
			return answer{}, err
		}
	}
	msg, err := compose(e, l, note)
	if err != nil {
		return answer{words: "the addresses in the settings are not right"}, nil
	}
	for _, a := range reports {
		if err := msg.AttachReader(a.name, bytes.NewReader(a.text), mail.WithFileContentType("text/csv; charset=utf-8")); err != nil {
			return answer{words: "the results could not be attached"}, nil
		}
	}
	client, err := r.mailClient(e)
	if err != nil {
		return answer{words: "the mail server in the settings is not right"}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.times.mail)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() { // the end of the talk may fail after that
		return answer{words: reachWords(err)}, nil
	}
	return answer{words: "the mail server took it", sent: true}, nil
}

// compose writes the mail of a letter.
func compose(e config.Email, l letter, note string) (*mail.Msg, error) {
	plain, html, err := l.mailText(note)
	if err != nil {
		return nil, err
	}
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(e.From), msg.To(e.To...)); err != nil {
		return nil, err
	}
	msg.Subject("usher: " + l.subject)
	msg.SetMessageIDWithValue(l.Key + "@usher.invalid") // the same however often it is tried
	msg.SetDateWithValue(l.CreatedAt)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, plain)
	msg.AddAlternativeString(mail.TypeTextHTML, html)
	return msg, nil
}

// mailClient speaks to the mail server. A password is sent over TLS only.
func (r *Room) mailClient(e config.Email) (*mail.Client, error) {
	host, port, err := net.SplitHostPort(e.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(r.times.mail),
		mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: r.roots, MinVersion: tls.VersionTLS12})}
	switch e.TLS {
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "implicit":
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.User), mail.WithPassword(e.Password))
	}
	return mail.NewClient(host, options...)
}

// attachment is a file of a mail.
type attachment struct {
	name string
	text []byte
}

// errTooMuch means that results are too large for a mail.
var errTooMuch = errors.New("too large for a mail")

// bounded takes so many bytes, and no more.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errTooMuch
	}
	return b.Buffer.Write(p)
}

// reports are the results of the batches of a letter, which is recorded as an act of its
// target; note says which are too large.
func (r *Room) reports(ctx context.Context, l letter) (all []attachment, note string, err error) {
	by := batch.Actor{Name: l.Target, Role: "target of messages", Way: batch.WayMessage}
	left := attachMost
	for _, id := range l.batches() {
		text := &bounded{left: left}
		err := r.svc.Report(ctx, by, id, "csv", text)
		switch {
		case errors.Is(err, errTooMuch):
			note += fmt.Sprintf("The results of batch %d are too large for this mail; 'usher report %d' writes them. ", id, id)
		case errors.Is(err, batch.ErrNotFound):
		case err != nil:
			return nil, "", err
		default:
			left -= text.Len()
			all = append(all, attachment{fmt.Sprintf("batch-%d.results.csv", id), text.Bytes()})
		}
	}
	return all, note, nil
}
