package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const notifySecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// loadNotify loads a file with the given text, and one named "secret" beside it.
func loadNotify(t *testing.T, text string) (*Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"usher.yaml": text, "secret": notifySecret + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(Options{Dir: dir, Env: home})
	return c, dir, err
}

func TestNotify(t *testing.T) {
	t.Parallel()
	c, dir, err := loadNotify(t, `
notify:
  hook:
    webhook: {url: https://hooks.example.com/T0/pass-word, secret_file: secret}
    on: finished
  mail:
    email:
      to: [hr@example.com, 'Ann Roe <ann@example.com>']
      from: usher@example.com
      server: smtp.example.com
      user: usher
      password: " pass-word "
      attach_report: yes
    on: [paused, gate]
    batches: hr-*
  old-mail:
    email: {to: hr@example.com, from: usher@example.com, server: "smtp.example.com:465"}
  program:
    command: [bin/tell, --loud]
  other:
    command: [logger]
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(c.Notify["hook"].Webhook.Key); len(got) != 24 {
		t.Errorf("the key has %d bytes", len(got))
	}
	c.Notify["hook"].Webhook.Key = nil
	want := map[string]Target{
		"hook": {Webhook: &Webhook{URL: "https://hooks.example.com/T0/pass-word"}, On: []string{"finished"}},
		"mail": {Email: &Email{To: []string{"hr@example.com", "Ann Roe <ann@example.com>"}, From: "usher@example.com", Server: "smtp.example.com:587",
			TLS: "starttls", User: "usher", Password: " pass-word ", AttachReport: true}, On: []string{"paused", "gate"}, Batches: "hr-*"},
		"old-mail": {Email: &Email{To: []string{"hr@example.com"}, From: "usher@example.com", Server: "smtp.example.com:465", TLS: "implicit"}, On: NotifyEvents},
		"program":  {Command: []string{filepath.Join(dir, "bin/tell"), "--loud"}, On: NotifyEvents},
		"other":    {Command: []string{"logger"}, On: NotifyEvents},
	}
	if diff := cmp.Diff(want, c.Notify); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, shown := range []any{c.Notify, *c.Notify["hook"].Webhook, *c.Notify["mail"].Email} {
			if text := fmt.Sprintf(verb, shown); strings.Contains(text, "pass-word") || strings.Contains(text, "@example.com") {
				t.Errorf("%s shows what it must not: %s", verb, text)
			}
		}
	}
}

func TestNotifyWrong(t *testing.T) {
	t.Parallel()
	const hook = "secret: " + notifySecret
	mail := func(more string) string {
		return "notify:\n  x:\n    email: {to: hr@example.com, from: usher@example.com, server: pass-word.example, " + more + "}\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"no section":      {"notify: 5", "notify (usher.yaml:1): is a section"},
		"no settings":     {"notify:\n  x:\n", "notify.x (usher.yaml:2): has no settings"},
		"bad name":        {"notify:\n  x y:\n    command: a\n", "notify (usher.yaml:2): the name of a target is not a plain word"},
		"twice":           {"notify:\n  x:\n    command: a\n  x:\n    command: a\n", "notify.x (usher.yaml:4): is given twice, the first time in line 2"},
		"no kind":         {"notify:\n  x:\n    on: gate\n", "notify.x (usher.yaml:2): does not say how it is told"},
		"two kinds":       {"notify:\n  x:\n    command: a\n    email: {}\n", "notify.x.command (usher.yaml:3): a target has only one"},
		"unknown setting": {"notify:\n  x:\n    comand: a\n    command: a\n", "notify.x (usher.yaml:3): comand is not a setting of this version; did you mean command?"},
		"unknown event":   {"notify:\n  x:\n    command: a\n    on: [finnished]\n", "notify.x.on (usher.yaml:4): finnished is not an event; did you mean finished?"},
		"pattern":         {"notify:\n  x:\n    command: a\n    batches: '[pass-word'\n", "notify.x.batches (usher.yaml:4): is not a pattern"},
		"command":         {"notify:\n  x:\n    command: {pass-word: a}\n", "notify.x.command (usher.yaml:3): is not a list"},
		"no program":      {"notify:\n  x:\n    command: ['']\n", "notify.x.command (usher.yaml:3): names no program"},
		"no url":          {"notify:\n  x:\n    webhook: {" + hook + "}\n", "notify.x.webhook.url (usher.yaml:3): is missing"},
		"plain url":       {"notify:\n  x:\n    webhook: {url: http://pass-word.example, " + hook + "}\n", "notify.x.webhook.url (usher.yaml:3): it is not encrypted; write https://…, or allow_private"},
		"user in url":     {"notify:\n  x:\n    webhook: {url: https://a:pass-word@host, " + hook + "}\n", "notify.x.webhook.url (usher.yaml:3): it has a name, a password or a #"},
		"no secret":       {"notify:\n  x:\n    webhook: {url: https://pass-word.example}\n", "notify.x.webhook.secret (usher.yaml:3): is missing"},
		"bare secret":     {"notify:\n  x:\n    webhook: {url: https://host, secret: pass-word}\n", "notify.x.webhook.secret (usher.yaml:3): it is not whsec_"},
		"short secret":    {"notify:\n  x:\n    webhook: {url: https://host, secret: whsec_cGFzcy13b3Jk}\n", "notify.x.webhook.secret (usher.yaml:3): it has 9 bytes"},
		"two secrets":     {"notify:\n  x:\n    webhook: {url: https://host, secret: pass-word, secret_file: secret}\n", "notify.x.webhook.secret_file (usher.yaml:3): the value is given both here"},
		"lost secret":     {"notify:\n  x:\n    webhook: {url: https://host, secret_file: nothing}\n", "notify.x.webhook.secret_file (usher.yaml:3): the file it names cannot be read"},
		"no mail":         {"notify:\n  x:\n    email: hr@pass-word.example\n", "notify.x.email (usher.yaml:3): is a section"},
		"to":              {"notify:\n  x:\n    email: {to: pass-word, from: usher@example.com, server: host}\n", "notify.x.email.to (usher.yaml:3): it has something that is no e-mail address"},
		"no from":         {"notify:\n  x:\n    email: {to: hr@example.com, server: host}\n", "notify.x.email.from (usher.yaml:3): is missing"},
		"no server":       {"notify:\n  x:\n    email: {to: hr@example.com, from: hr@example.com}\n", "notify.x.email.server (usher.yaml:3): is missing"},
		"tls":             {mail("tls: maybe"), "notify.x.email.tls (usher.yaml:3): \"maybe\" is not known here"},
		"no password":     {mail("user: a"), "notify.x.email.user (usher.yaml:3): has no password"},
		"no user":         {mail("password: pass-word"), "notify.x.email.password (usher.yaml:3): has no user"},
		"open password":   {mail("user: a, password: pass-word, tls: none"), "notify.x.email.tls (usher.yaml:3): a password is not sent unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := loadNotify(t, c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "pass-word") || !strings.Contains(err.Error(), "; ")) {
				t.Errorf("it shows a value, or no remedy: %v", err)
			}
		})
	}
}

// A program that is told something may run usher: what it is told is no setting.
func TestNotifyVariables(t *testing.T) {
	t.Parallel()
	env := slices.Clone(home)
	for _, name := range CommandVars {
		env = append(env, name+"=1")
	}
	if _, err := Load(Options{Dir: t.TempDir(), Env: env}); err != nil {
		t.Error(err)
	}
}
