package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A program is told by its environment, gets nothing that is ours, and no shell reads
// the name of a batch.
func TestCommand(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out")
	r := &Room{times: times{command: time.Minute}, o: Options{Env: []string{"PATH=" + os.Getenv("PATH"), "USHER_UPSTREAM_API_KEY=key-of-ours", "PGPASSWORD=word"}}}
	l := finishedLetter()
	l.events[0].BatchName = "$(touch " + file + ".no)"
	if a := r.run(t.Context(), []string{"sh", "-c", `env -0 > "$1"; echo noise`, "sh", file}, l); !a.sent {
		t.Fatal(a)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, set := range strings.Split(string(text), "\x00") {
		name, value, _ := strings.Cut(set, "=")
		got[name] = value
	}
	for name, want := range map[string]string{"USHER_EVENT": "finished", "USHER_BATCH": "12", "USHER_BATCHES": "12", "USHER_EVENTS": "1", "USHER_MESSAGE": "msg_1",
		"USHER_UPSTREAM_API_KEY": "", "PGPASSWORD": ""} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	var b body
	if err := json.Unmarshal([]byte(got["USHER_FACTS"]), &b); err != nil || b.Type != "batch.finished" || b.Data.Events[0].Numbers["invited"] != 1412 {
		t.Errorf("facts: %v, %+v", err, b)
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	l := finishedLetter()
	for name, c := range map[string]struct {
		command []string
		want    string
	}{
		"status":    {[]string{"sh", "-c", "exit 7"}, "the program ended with exit status 7"},
		"signal":    {[]string{"sh", "-c", "kill -9 $$"}, "the program was ended by a signal"},
		"not there": {[]string{"no-such-program-of-usher"}, "the program is not there"},
		"no file":   {[]string{"/no/such/program"}, "the program is not there"},
		"no right":  {[]string{"/dev/null"}, "the program may not be run by this user"},
		"hangs":     {[]string{"sh", "-c", "sleep 600 & sleep 600"}, "the program was not done in time, and was ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Room{times: times{command: time.Minute}}
			if name == "hangs" {
				r.times.command = 300 * time.Millisecond
			}
			if a := r.run(t.Context(), c.command, l); a.sent || a.words != c.want {
				t.Errorf("got %+v, want %q", a, c.want)
			}
		})
	}
}
