package message

import (
	"context"
	"slices"
	"strings"
	"time"

	"usher/store"
)

// End tells what is left, within half a minute and once each, unless ctx has ended. It
// returns a sentence about what was not told, which is empty when all was. What takes
// longer than a moment calls slow, once.
func (o *Own) End(slow func()) (words string) {
	defer o.cancel()
	if o.idle {
		return ""
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(o.ctx, o.times.last)
	defer cancel()
	for ctx.Err() == nil {
		busy, err := o.step(ctx, true)
		if err == nil && !busy {
			break
		}
		if slow != nil && time.Since(began) > o.times.last/15 {
			slow()
			slow = nil
		}
		pause(ctx, min(o.times.look, 100*time.Millisecond))
	}
	o.cancel()
	o.sending.Wait() // what is broken off ends at once
	return o.left()
}

// left says what is not told yet.
func (o *Own) left() string {
	const later = "; a process that works tells it ('usher work'), and 'usher notify log' shows what comes of it"
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), writeTime)
	defer cancel()
	events, err := o.untold(ctx)
	var open []store.Message
	if err == nil {
		open, err = o.open(ctx)
	}
	var whom []string
	for _, m := range open {
		words := m.Target
		if m.Answer != "" {
			words += " (" + m.Answer + ")"
		}
		if !slices.Contains(whom, words) {
			whom = append(whom, words)
		}
	}
	switch {
	case err != nil:
		return "it is not known whether everybody was told what happened" + later
	case len(whom) > 0:
		return "not told yet what happened: " + strings.Join(whom, ", ") + later
	case len(events) > 0:
		return "what happened is not told yet" + later
	}
	return ""
}
