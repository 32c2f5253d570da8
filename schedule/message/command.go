package message

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"time"

	"usher/config"
)

// passed are the variables of this process that a program gets. All others stay here:
// usher's key is among them, and whoever started usher may have put more there.
var passed = []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "PATHEXT", "COMSPEC"}

// run tells a letter by running a program. What that prints is not read. No shell is
// asked, and what it is told is in its environment alone, so that no name of a batch can
// be an option or a command.
func (r *Room) run(ctx context.Context, command []string, l letter) answer {
	if len(command) == 0 {
		return answer{words: "the settings name no program"}
	}
	ctx, cancel := context.WithTimeout(ctx, r.times.command)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(inherited(r.o.Env), facts(l)...)
	cmd.WaitDelay = time.Second
	alone(cmd)
	err := cmd.Run()
	var status *exec.ExitError
	switch {
	case err == nil:
		return answer{words: "the program ended with exit status 0", sent: true}
	case ctx.Err() != nil:
		return answer{words: "the program was not done in time, and was ended"}
	case errors.As(err, &status) && status.ExitCode() >= 0:
		return answer{words: fmt.Sprintf("the program ended with exit status %d", status.ExitCode())}
	case errors.As(err, &status):
		return answer{words: "the program was ended by a signal"}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return answer{words: "the program is not there"}
	case errors.Is(err, fs.ErrPermission):
		return answer{words: "the program may not be run by this user"}
	}
	return answer{words: "the program could not be run"}
}

// inherited are the variables of an environment that a program gets.
func inherited(env []string) (some []string) {
	for _, set := range env {
		if name, _, _ := strings.Cut(set, "="); slices.Contains(passed, strings.ToUpper(name)) {
			some = append(some, set)
		}
	}
	return some
}

// factsMost is how many events a program finds in USHER_FACTS, the last ones: Linux
// takes no variable of more than 128 KiB.
const factsMost = 20

// facts are what happened, as [config.CommandVars].
func facts(l letter) []string {
	few := l
	few.events = l.events[max(0, len(l.events)-factsMost):]
	var name, reason, last string
	var all []string
	for _, e := range l.events {
		name, reason = e.Name, e.Reason
	}
	for _, id := range l.batches() {
		last = decimal(id)
		all = append(all, last)
	}
	values := []string{string(l.What), fmt.Sprint(l.Count), last, strings.Join(all, " "), name, reason, l.subject, l.Key, string(few.json())}
	for i, v := range config.CommandVars {
		values[i] = v + "=" + values[i]
	}
	return values
}
