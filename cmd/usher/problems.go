package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"usher/report"
	"usher/store"
)

// problemList is the file that --problems names. Until it is whole it is kept
// among the temporary files.
type problemList struct {
	asked   string
	target  *report.Target
	placing report.Placing
	file    *os.File
}

// newProblemList looks at where it is to go, or makes none if it has no name.
// It must not take the place of the file that it is about.
func (a *app) newProblemList(o checkOptions) (*problemList, error) {
	if o.problems == "" {
		return nil, nil
	}
	if ext := filepath.Ext(o.problems); !slices.Contains(listEndings, strings.ToLower(ext)) {
		return nil, usagef("name a file that ends in .csv or .xlsx", "the list of problems cannot go to %s: it is written as csv or xlsx, not as %q", o.problems, ext)
	}
	target, err := a.lookAt("list of problems", "--problems", o.problems, o.file)
	if err != nil {
		return nil, err
	}
	if o.json && target.Stdout() {
		return nil, usagef("leave --json out, or name a file with --problems", "the list of problems and the plan cannot both go to standard output")
	}
	file, err := os.CreateTemp("", "usher-problems-*") // mode 0600
	if err != nil {
		return nil, temporaryError(err)
	}
	_ = os.Remove(file.Name()) // it needs no name, where the system can do without
	return &problemList{o.problems, target, report.Placing{Policy: policyOf(o.force)}, file}, nil
}

// temporaryError is an error about the file in which the list is kept until it
// is whole.
func temporaryError(err error) error {
	return withHint(fmt.Errorf("the list of problems needs room in a folder for temporary files: %w", err),
		"set TMPDIR to a folder that can be written to and has room")
}

// listEndings are the endings of a list of problems.
var listEndings = []string{"", ".csv", ".txt", ".xlsx"}

// ready looks whether the list may be put in its place, and opens what is not
// a file. The store may be nil.
func (l *problemList) ready(ctx context.Context, a *app, st *store.Store) error {
	if l == nil {
		return nil
	}
	l.placing.Memory = memory(st)
	if err := l.target.Free(ctx, l.placing); err != nil {
		return err
	}
	return a.openTarget(ctx, "list of problems", l.target)
}

// writer is nil if there is no list.
func (l *problemList) writer() io.Writer {
	if l == nil {
		return nil
	}
	return l
}

// Write adds to the list.
func (l *problemList) Write(p []byte) (int, error) {
	n, err := l.file.Write(p)
	if err != nil {
		err = temporaryError(err)
	}
	return n, err
}

// isWorkbook reports whether the list's name asks for an Excel workbook.
func (l *problemList) isWorkbook() bool {
	return l != nil && strings.EqualFold(filepath.Ext(l.asked), ".xlsx")
}

func (l *problemList) isFile() bool { return l != nil && !l.target.Special() }

func (l *problemList) onStdout() bool { return l != nil && l.target.Stdout() }

// keep puts the list in its place. If it has letters beyond ASCII, a byte
// order mark goes before it, without which Excel takes them for others.
func (l *problemList) keep(ctx context.Context) error {
	if l == nil {
		return nil
	}
	beyond, err := beyondASCII(l.file)
	if err == nil {
		_, err = l.target.Place(ctx, l.placing, func(w io.Writer) error { return l.copy(w, beyond && !l.isWorkbook()) })
	}
	var taken *report.TakenError
	if err != nil && !errors.As(err, &taken) {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return err
}

func (l *problemList) copy(w io.Writer, marked bool) error {
	if marked {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, l.file)
	return err
}

func beyondASCII(file *os.File) (bool, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	in := bufio.NewReader(file)
	for {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil || c >= 0x80 {
			return err == nil, err
		}
	}
}

// discard lets go of what was not kept.
func (l *problemList) discard() {
	if l == nil {
		return
	}
	l.target.Close()
	_ = l.file.Close()
	_ = os.Remove(l.file.Name()) // gone already, where the system can do that
}
