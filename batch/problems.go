package batch

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

// ProblemList is a file that takes the rows which a check rejects. Until it is
// whole it is kept among the temporary files.
type ProblemList struct {
	asked   string
	target  *report.Target
	placing report.Placing
	file    listFile
}

// NewProblemList makes a list for a target, which was asked for by this name. A
// file that is not usher's is replaced only by force.
func NewProblemList(asked string, target *report.Target, force bool) (*ProblemList, error) {
	if err := CheckListName(asked); err != nil {
		return nil, err
	}
	file, err := newListFile()
	if err != nil {
		return nil, err
	}
	return &ProblemList{asked, target, report.Placing{Policy: policyOf(force)}, file}, nil
}

// CheckListName refuses a name for a list of problems that asks for a format which
// there is not.
func CheckListName(asked string) error {
	if ext := filepath.Ext(asked); !slices.Contains(listEndings, strings.ToLower(ext)) {
		return requestError("name a file that ends in .csv or .xlsx", "the list of problems cannot go to %s: it is written as csv or xlsx, not as %q", asked, ext)
	}
	return nil
}

// temporaryError is an error about the file in which the list is kept until it
// is whole.
func temporaryError(err error) error {
	return WithHint(fmt.Errorf("the list of problems needs room in a folder for temporary files: %w", err),
		"set TMPDIR to a folder that can be written to and has room")
}

// listEndings are the endings of a list of problems.
var listEndings = []string{"", ".csv", ".txt", ".xlsx"}

// ready looks whether the list may be put in its place. The store may be nil.
func (l *ProblemList) ready(ctx context.Context, st *store.Store) error {
	if l == nil {
		return nil
	}
	l.placing.Memory = memory(st)
	return l.target.Free(ctx, l.placing)
}

// writer is nil if there is no list.
func (l *ProblemList) writer() io.Writer {
	if l == nil {
		return nil
	}
	return l.file
}

// isWorkbook reports whether the list's name asks for an Excel workbook.
func (l *ProblemList) isWorkbook() bool {
	return l != nil && strings.EqualFold(filepath.Ext(l.asked), ".xlsx")
}

// keep puts the list in its place.
func (l *ProblemList) keep(ctx context.Context) error {
	if l == nil {
		return nil
	}
	_, err := l.target.Place(ctx, l.placing, func(w io.Writer) error { return l.file.writeTo(w, !l.isWorkbook()) })
	var taken *report.TakenError
	if err != nil && !errors.As(err, &taken) {
		return fmt.Errorf("write the list of problems: %w", err)
	}
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

// Discard lets go of what was not kept.
func (l *ProblemList) Discard() {
	if l == nil {
		return
	}
	l.file.discard()
}
