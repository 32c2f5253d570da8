package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"usher/batch"
)

// bar shows how far a long operation is: a line that is drawn again on a
// terminal, and a line now and then otherwise.
type bar struct {
	w        io.Writer
	terminal bool
	drawn    bool
	last     time.Time
	start    time.Time
	first    int // settled when the work began
	said     string
}

// quietFor is how often a line is written where nobody watches.
const quietFor = 5 * time.Second

func newBar(w io.Writer) *bar { return &bar{w: w, terminal: terminal(w), first: -1} }

// clear takes the line away.
func (b *bar) clear() {
	if b != nil && b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.drawn = false
	}
}

// overBar is a stream whose lines take the place of a bar that is drawn on it.
// The bar is drawn again below them.
func overBar(w io.Writer) io.Writer {
	if !terminal(w) {
		return w
	}
	return writerFunc(func(p []byte) (int, error) {
		if _, err := w.Write(append([]byte("\r\x1b[K"), p...)); err != nil {
			return 0, err
		}
		return len(p), nil
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (b *bar) show(line string, now bool) {
	if b.terminal {
		if width, _, err := term.GetSize(int(b.w.(*os.File).Fd())); err == nil && width > 0 {
			line = cutRunes(line, width-1)
		}
		fmt.Fprint(b.w, "\r\x1b[K"+line)
		b.drawn = true
		return
	}
	if !now && time.Since(b.last) < quietFor || line == b.said {
		return
	}
	b.last, b.said = time.Now(), line
	fmt.Fprintln(b.w, "usher: "+line)
}

func cutRunes(s string, n int) string {
	r := []rune(s)
	return string(r[:min(len(r), n)])
}

// importing shows the progress of an import.
func (b *bar) importing(p batch.Progress) {
	line := fmt.Sprintf("importing: %s", batch.Counted(p.Rows, "row", "rows"))
	if p.Total > 0 {
		line = fmt.Sprintf("importing %s %3d%%  %s", meter(p.Bytes, p.Total), 100*p.Bytes/p.Total, batch.Counted(p.Rows, "row", "rows"))
	}
	b.show(line, false)
}

// checking shows the progress of a check.
func (b *bar) checking(p batch.Progress) {
	if p.Total > 0 && p.Bytes < p.Total {
		b.show(fmt.Sprintf("checking %s %3d%%  %s", meter(p.Bytes, p.Total), 100*p.Bytes/p.Total, batch.Counted(p.Rows, "row", "rows")), false)
	}
}

// working shows the progress of the work on a batch.
func (b *bar) working(w batch.Working) {
	c := w.Counts
	all := c.Total() - c[batch.Rejected] - c[batch.Duplicate]
	settled := all - c.Open()
	if b.first < 0 {
		b.first, b.start = settled, time.Now()
	}
	line := fmt.Sprintf("%s %3d%%  %s of %s invited", meter(int64(settled), int64(all)), percent(settled, all),
		batch.Thousands(c[batch.Invited]), batch.Thousands(all))
	for _, s := range []batch.State{batch.Failed, batch.Unknown, batch.Cancelled} {
		if c[s] > 0 {
			line += fmt.Sprintf(" · %s %s", batch.Thousands(c[s]), s)
		}
	}
	switch {
	case w.Last:
	case w.Waiting() != "":
		line += " · waiting: " + w.Waiting()
		b.first = -1 // the speed is that of sending
	case c[batch.Queued] == 0 && c[batch.Sending] > 0:
		line += fmt.Sprintf(" · %s being sent or checked", batch.Thousands(c[batch.Sending]))
	case w.Done != "":
		line += " · " + w.Done
	default:
		line += b.speed(settled, c.Open())
	}
	b.show(line, w.Last)
}

func (b *bar) speed(settled, open int) string {
	elapsed := time.Since(b.start)
	done := settled - b.first
	if done < 5 || elapsed < time.Second {
		return ""
	}
	rate := float64(done) / elapsed.Seconds()
	left := time.Duration(float64(open) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf(" · %.1f/s · %s left", rate, left)
}

// meter draws a part of a whole.
func meter(part, whole int64) string {
	const width = 20
	n := int64(width)
	if whole > 0 {
		n = min(width, width*part/whole)
	}
	return "[" + strings.Repeat("#", int(n)) + strings.Repeat("-", int(width-n)) + "]"
}

func percent(part, whole int) int {
	if whole == 0 {
		return 100
	}
	return 100 * part / whole
}
