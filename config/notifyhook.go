package config

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// Webhook is an address that takes messages signed by Standard Webhooks.
type Webhook struct {
	URL string // may hold a secret of its own
	// Key signs the messages.
	Key []byte
	// AllowPrivate lets the address be one of this machine or of a private network.
	AllowPrivate bool
}

var webhookKeys = []string{"url", "url" + fileSuffix, "secret", "secret" + fileSuffix, "allow_private"}

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

// String shows nothing of a webhook, whose address may be a secret too.
func (w Webhook) String() string { return "a webhook" }

// GoString is String.
func (w Webhook) GoString() string { return w.String() }
