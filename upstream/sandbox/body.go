package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// parseCreate reads and checks the body of a create. The error names the field, in
// the spelling that was used. It is stricter than the contract where the
// contract is silent: a blank optional field is a mistake worth hearing about.
func parseCreate(contentType string, raw []byte) (Session, error) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return Session{}, errors.New("header Content-Type must be application/json")
	}
	b := body{}
	if json.Unmarshal(raw, &b.fields) != nil || b.fields == nil {
		return Session{}, errors.New("body must be a JSON object")
	}
	s := Session{
		FirstName:       b.required("first_name", "firstName"),
		LastName:        b.required("last_name", "lastName"),
		Email:           b.required("email", "email"),
		Phone:           b.required("phone", "phone"),
		ExternalID:      b.text("external_id", "externalId"),
		SendEmailInvite: b.flag("send_email_invite", "sendEmailInvite"),
		SendPhoneInvite: b.flag("send_phone_invite", "sendPhoneInvite"),
		WorkflowID:      b.text("workflow_id", "workflowId"),
		RedirectURL:     b.text("redirect_url", "redirectUrl"),
	}
	if b.err != nil {
		return Session{}, b.err
	}
	return s, b.checkShapes(s)
}

// body reads fields one by one and remembers the first problem.
type body struct {
	fields map[string]json.RawMessage
	err    error
}

// pick finds a field under either spelling; camelCase wins, as the contract says.
// A null counts as not sent.
func (b *body) pick(snake, camel string) (raw json.RawMessage, name string) {
	for _, name := range []string{camel, snake} {
		if raw, ok := b.fields[name]; ok && string(raw) != "null" {
			return raw, name
		}
	}
	return nil, snake
}

func (b *body) problem(name, what string) {
	if b.err == nil {
		b.err = fmt.Errorf("%s %s", name, what)
	}
}

func (b *body) required(snake, camel string) string {
	if raw, name := b.pick(snake, camel); raw == nil {
		b.problem(name, "is required")
	}
	return b.text(snake, camel)
}

func (b *body) text(snake, camel string) string {
	raw, name := b.pick(snake, camel)
	if raw == nil {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		b.problem(name, "must be a string")
	} else if strings.TrimSpace(s) == "" {
		b.problem(name, "must not be blank")
	}
	return s
}

// flag is a boolean that is true when left out.
func (b *body) flag(snake, camel string) bool {
	raw, name := b.pick(snake, camel)
	v := true
	if raw != nil && json.Unmarshal(raw, &v) != nil {
		b.problem(name, "must be a boolean")
	}
	return v
}

// refusedDomain is for rehearsing refusals: people with an address in it are
// answered 400.
const refusedDomain = "@refused.example"

func (b *body) checkShapes(s Session) error {
	if !isEmail(s.Email) {
		b.problem("email", "must be an e-mail address")
	}
	if strings.HasSuffix(s.Email, refusedDomain) {
		b.problem("email", "belongs to nobody who can be invited")
	}
	if !e164.MatchString(s.Phone) {
		b.problem("phone", "must be in E.164 format, such as +15192223333")
	}
	if s.RedirectURL != "" && !isHTTPS(s.RedirectURL) {
		_, name := b.pick("redirect_url", "redirectUrl")
		b.problem(name, "must be a valid HTTPS URL")
	}
	return b.err
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != ""
}
