package config

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
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

// NotifyEvents are the events that a target can be told of.
var NotifyEvents = []string{"finished", "paused", "gate", "missed", "waiting", "refused"}

const notifySection = "notify"

var targetKeys = []string{"webhook", "email", "command", "on", "batches"}

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
