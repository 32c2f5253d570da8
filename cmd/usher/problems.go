package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// problemList is the file that --problems names. It appears whole, or not.
type problemList struct {
	path string
	file *os.File
}

// newProblemList makes room for it, or for nothing if it has no name. It must
// not take the place of the file that it is about.
func newProblemList(path, input string) (*problemList, error) {
	if path == "" {
		return nil, nil
	}
	if sameFile(path, input) {
		return nil, usagef("name another file with --problems", "the list of problems would replace %s itself", input)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".usher-problems.*") // mode 0600
	if err != nil {
		return nil, withHint(fmt.Errorf("the list of problems cannot be written to %s", path), "make the folder or name another with --problems")
	}
	return &problemList{path, file}, nil
}

// writer is nil if there is no list.
func (l *problemList) writer() io.Writer {
	if l == nil {
		return nil
	}
	return l.file
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// isWorkbook reports whether the list's name asks for an Excel workbook.
func (l *problemList) isWorkbook() bool {
	return l != nil && strings.EqualFold(filepath.Ext(l.path), ".xlsx")
}

// keep puts the list in its place. If it has letters beyond ASCII, a byte
// order mark goes before it, without which Excel takes them for others.
func (l *problemList) keep() error {
	if l == nil {
		return nil
	}
	if err := l.place(); err != nil {
		return fmt.Errorf("write %s: %w", l.path, err)
	}
	return nil
}

func (l *problemList) place() error {
	beyond, err := beyondASCII(l.file)
	if err != nil {
		return err
	}
	if !beyond || l.isWorkbook() {
		return os.Rename(l.file.Name(), l.path)
	}
	marked, err := newProblemList(l.path, "")
	if err != nil {
		return err
	}
	defer marked.discard()
	if _, err := marked.file.WriteString("\ufeff"); err != nil {
		return err
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(marked.file, l.file); err != nil {
		return err
	}
	return os.Rename(marked.file.Name(), l.path)
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

// discard removes what was not kept.
func (l *problemList) discard() {
	if l == nil {
		return
	}
	_ = l.file.Close()
	_ = os.Remove(l.file.Name()) // gone if it was kept
}
