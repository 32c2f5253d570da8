package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// soakFleet are the processes of a soak. Whoever dies is started again.
type soakFleet struct {
	t     *testing.T
	exe   string
	dir   string
	env   []string
	log   *os.File      // what they say
	meant time.Duration // how long a command is tried by somebody who means it
	procs []*soakProcess
}

// soakProcess is the process in one place; another follows when it ends.
type soakProcess struct {
	f       *soakFleet
	args    []string
	mu      sync.Mutex
	running *os.Process
	stopped bool
	over    chan struct{}
}

func newSoakFleet(t *testing.T, api, dsn string, lasts time.Duration) *soakFleet {
	f := &soakFleet{t: t, exe: buildUsher(t), dir: t.TempDir(), meant: 90*time.Second + lasts}
	others := func(v string) bool { return strings.HasPrefix(v, "USHER_") } // settings of whoever runs the test
	f.env = append(slices.DeleteFunc(os.Environ(), others), "HOME="+f.dir, "USHER_DATABASE="+dsn, "USHER_UPSTREAM_BASE_URL="+api, "USHER_UPSTREAM_API_KEY=soak",
		"USHER_UPSTREAM_RATE=60", fmt.Sprint("USHER_UPSTREAM_DAILY=", soakDaily), fmt.Sprint("USHER_UPSTREAM_DAY_LENGTH=", soakDay), "USHER_UPSTREAM_DAY_RESERVE=10%",
		fmt.Sprint("USHER_PACE_SHORT_WAIT=", soakShortWait), fmt.Sprint("USHER_BREAKER_CANARY=", soakCanary), "USHER_UPSTREAM_TIMEOUT=2s", "USHER_LOOKUP_AFTER=1s", "USHER_LOOKUP_AGAIN=4s",
		"USHER_GATE_PROBE_FIRST=500ms", "USHER_GATE_PROBE_MAX=1s", "USHER_WORK_CONCURRENCY=8", "USHER_WORK_STOP_TIMEOUT=5s")
	log, err := os.Create(filepath.Join(f.dir, "soak.log"))
	if err != nil {
		t.Fatal(err)
	}
	f.log = log
	t.Cleanup(func() { _ = log.Close() })
	return f
}

// keep runs a command, again and again, until the fleet is stopped.
func (f *soakFleet) keep(args ...string) {
	p := &soakProcess{f: f, args: args, over: make(chan struct{})}
	f.procs = append(f.procs, p)
	go p.keep()
}

func (p *soakProcess) keep() {
	defer close(p.over)
	for {
		cmd := p.f.command(p.args...)
		cmd.Stdout, cmd.Stderr = p.f.log, p.f.log
		p.mu.Lock()
		if p.stopped {
			p.mu.Unlock()
			return
		}
		err := cmd.Start()
		p.running = cmd.Process
		p.mu.Unlock()
		if err != nil {
			p.f.t.Errorf("start %v: %v", p.args, err)
			return
		}
		_ = cmd.Wait() // it was killed, or gave up as a service would that is started again
		time.Sleep(200 * time.Millisecond)
	}
}

// signal sends a signal to the process that is there, if any.
func (p *soakProcess) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		_ = p.running.Signal(s)
	}
}

func (f *soakFleet) stop() {
	for _, p := range f.procs {
		p.mu.Lock()
		p.stopped = true
		p.mu.Unlock()
		p.signal(syscall.SIGCONT)
		p.signal(syscall.SIGTERM)
	}
	for _, p := range f.procs {
		select {
		case <-p.over:
		case <-time.After(90 * time.Second):
			f.t.Errorf("%v does not stop", p.args)
			p.signal(syscall.SIGKILL)
			<-p.over
		}
	}
}

func (f *soakFleet) command(args ...string) *exec.Cmd {
	cmd := exec.Command(f.exe, args...)
	cmd.Dir, cmd.Env = f.dir, f.env
	return cmd
}

// do runs a command until it succeeds, as somebody does who means it, and returns what
// it says. One that is told of as having happened already has succeeded.
func (f *soakFleet) do(already string, args ...string) string {
	var said string
	for until := time.Now().Add(f.meant); time.Now().Before(until); time.Sleep(300 * time.Millisecond) {
		var errs bytes.Buffer
		cmd := f.command(args...)
		cmd.Stderr = &errs
		out, err := cmd.Output()
		said = errs.String()
		if err == nil || already != "" && strings.Contains(said, already) {
			return string(out)
		}
		fmt.Fprintf(f.log, "usher %v: %v: %s", args, err, said)
	}
	f.t.Errorf("usher %v does not succeed: %s", args, said)
	return ""
}

// tail is the end of what the processes said.
func (f *soakFleet) tail() string {
	text, _ := os.ReadFile(f.log.Name())
	lines := strings.SplitAfter(string(text), "\n")
	return strings.Join(lines[max(0, len(lines)-80):], "")
}
