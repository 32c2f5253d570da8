package report

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lookStream looks at a stream of the process's own.
func (t *Target) lookStream(n int) (*Target, error) {
	if wrong := streamWrong(n); wrong != "" {
		return nil, t.wrong(wrong, "name a file")
	}
	t.fd = n
	return t, nil
}

// lookSpecial looks at what is neither a file nor a folder.
func (t *Target) lookSpecial(mode fs.FileMode) (*Target, error) {
	switch {
	case mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0:
		return nil, t.wrong("it is a disk", "name a file")
	case mode&fs.ModeSocket != 0:
		return nil, t.wrong("it is a socket, into which nothing can be written by its name", "name a file or a pipe")
	}
	return t, nil
}

// pipePoll is how often it is tried whether somebody reads from a pipe.
const pipePoll = 20 * time.Millisecond

// Open opens what is written into, and holds it open: a pipe for whose reader
// it waits, for as long as its patience lasts or ctx does. Streams are those of
// the process that somebody else writes to as well, by their number. There is
// nothing to do for a file.
func (t *Target) Open(ctx context.Context, streams map[int]io.Writer, patience time.Duration) (err error) {
	switch {
	case !t.Special() || t.out != nil:
		return nil
	case streams[t.fd] != nil:
		t.out = streams[t.fd]
		return nil
	case t.fd >= 0:
		t.file, err = openStream(t.fd, t.asked)
	default:
		t.file, err = openPatiently(ctx, t.Path, patience)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ENXIO):
		return t.wrong("nobody reads from it", "start its reader first, or name a file")
	case errors.Is(err, fs.ErrPermission):
		return t.wrong("usher may not write to it", "allow it, or name a file")
	case err != nil:
		return t.named(err)
	}
	t.out = t.file
	return nil
}

// openPatiently opens a device or a pipe, without making anything. A pipe that
// nobody reads answers ENXIO.
func openPatiently(ctx context.Context, path string, patience time.Duration) (*os.File, error) {
	tick := time.NewTicker(pipePoll)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; {
		file, err := os.OpenFile(path, os.O_WRONLY|openNow, 0)
		if !errors.Is(err, syscall.ENXIO) || !time.Now().Before(end) {
			return file, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// Close closes what Open opened.
func (t *Target) Close() {
	if t.file != nil {
		_ = t.file.Close() // what was written was looked at then
		t.file, t.out = nil, nil
	}
}

// writeInto writes into what is open. It gives up when ctx ends, also while
// nobody takes what is written.
func (t *Target) writeInto(ctx context.Context, write func(io.Writer) error) error {
	if t.out == nil {
		return t.wrong("it is not open", "name a file")
	}
	if t.file != nil {
		stop := context.AfterFunc(ctx, func() { _ = t.file.SetWriteDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	buffered := bufio.NewWriterSize(t.out, 64<<10)
	err := write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if t.file != nil {
		if closed := t.file.Close(); err == nil {
			err = closed
		}
		t.file, t.out = nil, nil
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return t.named(err)
}
