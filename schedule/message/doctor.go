package message

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// Examine looks whether those who are to be told are told. It tells nobody anything,
// and shows no address.
func (r *Room) Examine(ctx context.Context) []batch.Finding {
	if len(r.targets) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(r.targets))
	found := []batch.Finding{{What: "notify", Note: "told are " + strings.Join(names, ", ") + "; 'usher notify test NAME' tries one"}}
	if r.st == nil {
		return found
	}
	problems, err := r.problems(ctx, names)
	if err != nil {
		problems = append(problems, batch.Problem("notify", err))
	}
	return append(found, problems...)
}

func (r *Room) problems(ctx context.Context, names []string) (found []batch.Finding, err error) {
	stopped, err := r.st.StoppedTargets(ctx, r.account)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if batch.TargetStopped(stopped, name, r.targets[name]) {
			found = append(found, wrong(name, "it answered 410 and is told nothing more", "change its address in the settings, or try it with 'usher notify test "+name+"'"))
			continue
		}
		last, err := r.st.Messages(ctx, r.account, store.MessageFilter{Target: name, Limit: 1})
		if err != nil {
			return found, err
		}
		for _, m := range last {
			if words := missing(m); words != "" {
				found = append(found, wrong(name, words, "mend notify."+name+" in the settings, try it with 'usher notify test "+name+"', and 'usher notify send-again "+decimal(m.ID)+"'"))
			}
		}
	}
	waits, err := r.waits(ctx)
	if err == nil && waits > 0 {
		found = append(found, batch.Finding{What: "notify", Err: errors.New(batch.Counted(waits, "thing that happened is", "things that happened are") + " not told, as no process works"),
			Hint: "start 'usher work' or 'usher serve'; 'usher notify log' shows what was told"})
	}
	return found, err
}

func wrong(name, words, hint string) batch.Finding {
	return batch.Finding{What: "notify " + name, Err: errors.New(words), Hint: hint}
}

// missing says that a message did not arrive, or is empty.
func missing(m store.Message) string {
	switch {
	case m.State == store.MessageFailed:
		return "its last message did not arrive: " + m.Answer
	case m.State == store.MessageWaiting && m.Answer != "":
		return fmt.Sprintf("its last message has not arrived after %s: %s", batch.Counted(m.Tries, "try", "tries"), m.Answer)
	}
	return ""
}

// soon is how long something may wait that is told by a process that works.
const soon = time.Minute

// waits is how many things wait to be told for longer than that, while nobody tells any.
func (r *Room) waits(ctx context.Context) (n int, err error) {
	if works, err := r.svc.AnyWorks(ctx, "work", "serve", "watch"); err != nil || works {
		return 0, err
	}
	now, err := r.st.Now(ctx)
	if err != nil {
		return 0, err
	}
	events, err := r.st.UntoldEvents(ctx, r.account, 2*tellMost)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if now.Sub(e.At) > soon && now.Sub(e.At) < stale && slices.ContainsFunc(slices.Collect(maps.Values(r.targets)), func(t config.Target) bool { return wants(t, e) }) {
			n++
		}
	}
	due, err := r.st.DueMessages(ctx, r.account)
	return n + len(due), err
}
