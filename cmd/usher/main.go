// Command usher invites people to verify their identity, in bulk. Each command
// has a file of its own: flags, then options, then one call of package batch, whose
// answer it prints. This package alone reads the configuration, and owns prompts,
// words on a terminal, progress bars and exit statuses. It must not know how
// anything is stored, queued or sent.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"usher/batch"
	"usher/cmd/usher/process"
	"usher/config"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals()...)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	go process.UseProcessors(ctx)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(closed(os.Stdout, os.Stderr, code))
}

// stopSignals are those that end the work gracefully. A terminal that goes away
// is one, unless the process was told not to mind (nohup).
func stopSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// Exit statuses, as scripts know them.
const (
	exitDone        = 0
	exitError       = 1
	exitUsage       = 2
	exitProblems    = 3 // finished, but rows were rejected, failed or unknown
	exitGate        = 4 // stopped while waiting for the gate
	exitInterrupted = 130
)

// exitStatus is an error that ends the program with a status and, where words
// is set, says so.
type exitStatus struct {
	code  int
	words string
	hint  string
}

func (e *exitStatus) Error() string { return e.words }

// run runs one command line and returns the exit status.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if _, file := stderr.(*os.File); !file {
		stderr = &oneByOne{w: stderr} // the log and the progress both write to it
	}
	out := &printed{w: stdout}
	a := &app{env: env, stdin: stdin, stdout: out, stderr: stderr}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	return a.finish(root.ExecuteContext(ctx), out)
}

// oneByOne lets one goroutine write at a time, which the system does for files.
type oneByOne struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneByOne) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

// report tells a person of an error and returns the exit status it stands for.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	if no := (*declined)(nil); errors.As(err, &no) {
		fmt.Fprintf(a.stderr, "usher: %s\n", no.words)
		a.hint(no.hint)
		return exitDone
	}
	code, words, hint := explain(err)
	if words != "" {
		fmt.Fprintf(a.stderr, "usher: error: %s\n", words)
	}
	doubted := (*doubtedError)(nil)
	if errors.As(err, &doubted) {
		if len(doubted.doubts.All) > 1 {
			hint = "say what is meant of all that is in doubt, listed below"
		}
		defer doubted.tell(a)
	}
	a.hint(hint)
	return code
}

// explain finds the status, the sentence and the next step of an error.
func explain(err error) (code int, words, hint string) {
	var status *exitStatus
	var usage *usageError
	var request *batch.RequestError
	var option *batch.OptionError
	var stopped *batch.InterruptedError
	var waited *batch.WaitError
	var settings *config.Error
	hint = batch.Hint(err)
	switch {
	case errors.As(err, &status):
		return status.code, status.words, status.hint
	case errors.As(err, &usage):
		return exitUsage, usage.Error(), usage.hint
	case errors.As(err, &request):
		return exitUsage, request.Error(), request.Fix
	case errors.As(err, &option):
		return exitUsage, option.Error(), option.Hint()
	case errors.As(err, &stopped):
		return exitInterrupted, stopped.Error(), hint
	case errors.Is(err, context.Canceled):
		return exitInterrupted, "interrupted", "everything is kept; run the same command again to go on"
	case errors.As(err, &waited):
		return exitGate, waited.Error(), hint
	case errors.As(err, &settings) && settings.OfFlags():
		return exitUsage, err.Error(), hint
	}
	return exitError, err.Error(), hint
}
