package message

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"

	"github.com/wneessen/go-mail"
)

// reachWords say why something could not be told, without the address, which may be a
// secret, and without the words of the other side, which may name somebody.
func reachWords(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var code *textproto.Error
	var sending *mail.SendError
	var network net.Error
	switch {
	case strings.Contains(err.Error(), "does not support STARTTLS"): // the library has no better sign
		return "the mail server offers no TLS; tls: none lets mails go unencrypted"
	case errors.Is(err, errPrivate):
		return "its address is on this machine or a private network; allow_private: true lets it be"
	case errors.As(err, &code):
		return fmt.Sprintf("the mail server answered %d", code.Code)
	case errors.As(err, &certificate):
		return "its certificate is not trusted, or is for another name"
	case errors.As(err, &record), errors.As(err, &alert):
		return "the two sides do not agree on TLS"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "there was no answer in time"
	case errors.As(err, &name):
		return "the name of its host is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was cut"
	case errors.As(err, &sending) && sending.ErrorCode() > 0:
		return fmt.Sprintf("the mail server answered %d", sending.ErrorCode())
	}
	return "it could not be reached"
}
