package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"usher/batch"
)

// printed is standard output. It remembers the first error: what was to be
// printed and could not be is an error, whichever command printed it and
// whether it looked or not.
type printed struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.w.Write(b)
	if p.err == nil {
		p.err = err
	}
	return n, err
}

// failed is the first error, if there was one.
func (p *printed) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// finish tells of an error, and of what could not be printed, and returns the
// exit status.
func (a *app) finish(err error, out *printed) int {
	lost := out.failed()
	if lost != nil && errors.Is(err, lost) {
		err = nil // it is the same one
	}
	return unprinted(a, lost, a.report(err))
}

// unprinted is the exit status of a command that ended with another one, and
// whose output was lost.
func unprinted(a *app, lost error, code int) int {
	if lost == nil {
		return code
	}
	told := a.report(printError(lost))
	if code == exitUsage || code == exitInterrupted {
		return code
	}
	return told
}

func printError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return batch.WithHint(fmt.Errorf("what was to be printed could not be written to standard output: %w", err),
		"what was done is done; only its output is lost")
}

// closed closes standard output, which may tell only then that something was
// lost, and returns the exit status.
func closed(stdout io.Closer, stderr io.Writer, code int) int {
	err := stdout.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return unprinted(&app{stderr: stderr}, err, code)
}
