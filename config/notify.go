package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Target is somebody, or something, that is told what happens. One of Webhook, Email and Command is set.
type Target struct {
	Webhook *Webhook
	Email   *Email
	// Command is a program and its arguments. No shell reads them.
	Command []string
	// On are the events that it is told of; see [NotifyEvents].
	On []string
	// Batches is a pattern of [path.Match] for the names of the batches, schedules and folders that it is told of;
	// empty for all of them.
	Batches string
}

// Webhook is an address that takes messages signed by Standard Webhooks.
type Webhook struct {
	URL string // may hold a secret of its own
	// Key signs the messages.
	Key []byte
	// AllowPrivate lets the address be one of this machine or of a private network.
	AllowPrivate bool
}

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

// NotifyEvents are the events that a target can be told of.
var NotifyEvents = []string{"finished", "paused", "gate", "missed", "waiting", "refused"}

const notifySection = "notify"

var (
	targetKeys  = []string{"webhook", "email", "command", "on", "batches"}
	webhookKeys = []string{"url", "url" + fileSuffix, "secret", "secret" + fileSuffix, "allow_private"}
	emailKeys   = []string{"to", "from", "server", "tls", "user", "password", "password" + fileSuffix, "attach_report"}
)

// readNotify reads the section "notify".
func (r *fileReader) readNotify(line int, n *yaml.Node) {
	r.named.notify = map[string]Target{}
	r.namedBlocks(notifySection, "a target", "webhook:, email: or command:", line, n, targetKeys, func(name string, b *block) {
		r.named.notify[name] = b.target()
	})
}

// target reads one target.
func (b *block) target() (t Target) {
	var kinds []string
	for _, kind := range targetKeys[:3] {
		if b.has(kind) {
			kinds = append(kinds, kind)
		}
	}
	switch {
	case len(kinds) == 0:
		b.report("", wrong("write webhook:, email: or command: below it", "does not say how it is told"))
	case len(kinds) > 1:
		b.report(kinds[1], wrong("give each a name of its own", "a target has only one of webhook, email and command"))
	case b.bad[kinds[0]]:
	case kinds[0] == "webhook":
		t.Webhook = b.webhook()
	case kinds[0] == "email":
		t.Email = b.email()
	default:
		t.Command = b.command()
	}
	t.On = b.events()
	t.Batches = b.text("batches")
	if _, err := path.Match(t.Batches, ""); err != nil {
		b.report("batches", wrong("write a name in which * stands for anything, such as 'hr-*'", "is not a pattern"))
	}
	return t
}

// events are those that are named, or all.
func (b *block) events() []string {
	on := b.list("on")
	for _, event := range on {
		if !slices.Contains(NotifyEvents, event) {
			f := unknownSetting(event, NotifyEvents)
			b.report("on", &flaw{strings.Replace(f.what, "a setting of this version", "an event", 1), f.remedy + " (" + strings.Join(NotifyEvents, ", ") + ")"})
		}
	}
	if len(on) == 0 {
		return NotifyEvents
	}
	return on
}

// command reads a program and its arguments. One that is named by a path is found from where the settings are.
func (b *block) command() []string {
	args := b.list("command")
	if len(args) == 0 || args[0] == "" {
		b.report("command", wrong("write it as [program, argument, another]", "names no program"))
		return nil
	}
	if strings.ContainsRune(args[0], filepath.Separator) {
		args[0] = in(b.file.dir, args[0])
	}
	return args
}

func (b *block) webhook() *Webhook {
	w, ok := b.below("webhook", "url: and secret:", webhookKeys)
	if !ok {
		return nil
	}
	hook := &Webhook{URL: w.secret("url"), AllowPrivate: w.yes("allow_private")}
	if secret := w.secret("secret"); !w.bad["secret"] && !w.bad["secret"+fileSuffix] {
		var err error
		if hook.Key, err = signingKey(secret); err != nil {
			w.fail("secret", err)
		}
	}
	if w.bad["url"] || w.bad["url"+fileSuffix] {
		return hook
	}
	if err := hookAddress(hook.URL, hook.AllowPrivate); err != nil {
		w.fail("url", err)
	}
	return hook
}

// signingKey reads a secret of Standard Webhooks: 24 to 64 bytes, in base64.
func signingKey(secret string) ([]byte, error) {
	const remedy = `make one with 'echo "whsec_$(openssl rand -base64 32)"', and give it to the receiver too`
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	switch {
	case secret == "":
		return nil, wrong(remedy, "is missing")
	case err != nil || !strings.HasPrefix(secret, "whsec_"):
		return nil, wrong(remedy, "it is not whsec_ and base64 after that")
	case len(key) < 24 || len(key) > 64:
		return nil, wrong(remedy, "it has %d bytes, and not 24 to 64", len(key))
	}
	return key, nil
}

// hookAddress checks the address of a webhook. Only on private networks may it be unencrypted.
func hookAddress(given string, private bool) error {
	u, err := url.Parse(given)
	switch {
	case given == "":
		return wrong("write the https address that takes the messages, or name a file that holds it with url_file", "is missing")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return wrong("write it as https://HOST/PATH", "it is not a web address")
	case u.User != nil || u.Fragment != "":
		return wrong("leave out what is before the @, and the # with what follows", "it has a name, a password or a # in it")
	case u.Scheme == "http" && !private:
		return wrong("write https://…, or allow_private: true if it is on a private network", "it is not encrypted")
	}
	return nil
}

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

// Kind is how a target is told: webhook, email or command.
func (t Target) Kind() string {
	switch {
	case t.Webhook != nil:
		return "webhook"
	case t.Email != nil:
		return "email"
	}
	return "command"
}

// String shows a target without its addresses and secrets.
func (t Target) String() string { return fmt.Sprintf("%s on %s", t.Kind(), strings.Join(t.On, ", ")) }

// GoString is String: %#v must not show them either.
func (t Target) GoString() string { return t.String() }

// String shows nothing of a webhook, whose address may be a secret too.
func (w Webhook) String() string { return "a webhook" }

// GoString is String.
func (w Webhook) GoString() string { return w.String() }

// String shows nothing of who is mailed.
func (e Email) String() string { return "an e-mail" }

// GoString is String.
func (e Email) GoString() string { return e.String() }
