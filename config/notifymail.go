package config

import (
	"net"
	"net/mail"
	"strconv"
	"strings"
)

// Email is who gets mails, from whom, and which server takes them.
type Email struct {
	To     []string
	From   string
	Server string // host and port
	TLS    string // starttls, implicit or none
	// User and Password may be empty.
	User, Password string
	// AttachReport puts the results of a batch, which are personal data, into the mail that says it is finished.
	AttachReport bool
}

var emailKeys = []string{"to", "from", "server", "tls", "user", "password", "password" + fileSuffix, "attach_report"}

func (b *block) email() *Email {
	e, ok := b.below("email", "to:, from: and server:", emailKeys)
	if !ok {
		return nil
	}
	m := &Email{To: e.list("to"), From: e.text("from"), User: e.text("user"), Password: e.secret("password"), AttachReport: e.yes("attach_report")}
	if len(m.To) == 0 {
		e.report("to", wrong("write one address, or several as [one, another]", "is missing"))
	}
	for _, to := range m.To {
		e.address("to", to)
	}
	e.address("from", m.From)
	m.Server = parsed(e, "server", "", mailServer)
	m.TLS = parsed(e, "tls", mailTLS(m.Server), choice("starttls", "implicit", "none"))
	passwordBad := e.bad["password"] || e.bad["password"+fileSuffix]
	switch {
	case m.User != "" && m.Password == "" && !passwordBad:
		e.report("user", wrong("add password or password_file, or take user out", "has no password"))
	case m.User == "" && m.Password != "":
		e.report("password", wrong("add user", "has no user"))
	case m.User != "" && m.TLS == "none":
		e.report("tls", wrong("use starttls or implicit, or take user and password out", "a password is not sent unencrypted"))
	}
	return m
}

// address checks an address of a mail, without showing it.
func (b *block) address(key, given string) {
	a, err := mail.ParseAddress(given)
	switch {
	case given == "":
		b.report(key, wrong("write an address such as usher@example.com", "is missing"))
	case err != nil || strings.ContainsAny(a.Address, "\r\n"):
		b.report(key, wrong("write it as usher@example.com, or 'Name <usher@example.com>'", "it has something that is no e-mail address"))
	}
}

// mailServer reads a host and its port, which is that of mail clients if it is left out.
func mailServer(given string) (string, error) {
	const remedy = "write the host, or host:port, such as smtp.example.com:587"
	if given == "" {
		return "", wrong(remedy, "is missing")
	}
	host, port, err := net.SplitHostPort(given)
	if err != nil {
		host, port = strings.Trim(given, "[]"), "587"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, "/@ \t") {
		return "", wrong(remedy, "it is not a host and a port")
	}
	return net.JoinHostPort(host, port), nil
}

// mailTLS is what a mail server is spoken to with by default: 465 is the port of TLS from the start.
func mailTLS(server string) string {
	if strings.HasSuffix(server, ":465") {
		return "implicit"
	}
	return "starttls"
}

// String shows nothing of who is mailed.
func (e Email) String() string { return "an e-mail" }

// GoString is String.
func (e Email) GoString() string { return e.String() }
