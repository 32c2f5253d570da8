//go:build unix

package report

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// into looks, opens and writes.
func (d *desk) into(ctx context.Context, asked, text string, streams map[int]io.Writer) error {
	target, err := Look(asked)
	if err != nil {
		return err
	}
	if !target.Special() {
		d.Fatalf("%s is taken for a file", asked)
	}
	if err := target.Open(ctx, streams, 0); err != nil {
		return err
	}
	defer target.Close()
	_, err = target.Place(ctx, d.placing, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	return err
}

func TestDeviceIsWrittenIntoAndStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before, err := os.Stat("/dev/null")
	d.must(err)
	d.must(os.Symlink("/dev/null", d.path("nothing.csv")))
	for _, asked := range []string{"/dev/null", d.path("nothing.csv")} {
		d.must(d.into(t.Context(), asked, "text", nil))
		after, err := os.Lstat("/dev/null")
		d.must(err)
		if !os.SameFile(before, after) || after.Mode() != before.Mode() {
			t.Errorf("%s: /dev/null was %v and is %v", asked, before.Mode(), after.Mode())
		}
	}
}

func TestDeviceThatIsFull(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	d := newDesk(t)
	err := d.into(t.Context(), "/dev/full", "text", nil)
	d.wants("a full device", "no space left", err)
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "/dev/full: ") {
		t.Errorf("got %v", err)
	}
}

func TestOwnStreamsAreWrittenThrough(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(os.Symlink("/dev/stdout", d.path("out.csv")))
	for _, asked := range []string{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", d.path("out.csv")} {
		if strings.HasPrefix(asked, "/proc") {
			if _, err := os.Stat(asked); err != nil {
				continue
			}
		}
		var out strings.Builder
		d.must(d.into(t.Context(), asked, "text", map[int]io.Writer{1: &out}))
		if out.String() != "text" {
			t.Errorf("%s: got %q", asked, out.String())
		}
	}
}

// A stream that the process was not given is one of its own files: to write
// there could spoil its database.
func TestOwnFilesAreNoStreams(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file, err := os.Create(d.path("usher.db"))
	d.must(err)
	defer func() { _ = file.Close() }()
	_, err = lookFd(file)
	d.wants("a file of its own", "no such stream", err)
	_, err = Look("/dev/fd/99999")
	d.wants("a number too high", "no such stream", err)
}

func lookFd(file *os.File) (*Target, error) {
	t := &Target{asked: "/dev/fd/N", fd: -1}
	return t.lookStream(int(file.Fd()))
}

// A stream that appends goes on where it stands.
func TestStreamThatWasGivenIsWrittenInto(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.save("log", "before\n")
	file, err := os.OpenFile(d.path("log"), os.O_WRONLY|os.O_APPEND, 0)
	d.must(err)
	defer func() { _ = file.Close() }()
	given, err := syscall.Dup(int(file.Fd())) // one that survives an exec
	d.must(err)
	defer func() { _ = syscall.Close(given) }()
	target, err := (&Target{asked: "/dev/fd/N", fd: -1}).lookStream(given)
	d.must(err)
	d.must(target.Open(t.Context(), nil, 0))
	_, err = target.Place(t.Context(), d.placing, func(w io.Writer) error {
		_, err := io.WriteString(w, "text\n")
		return err
	})
	d.must(err)
	d.has(map[string]string{"log": "before\ntext\n"})
}

func TestPipeThatSomebodyReads(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(syscall.Mkfifo(d.path("pipe"), 0o600))
	text := strings.Repeat("more than a pipe holds\n", 20_000)
	read := make(chan string)
	go func() {
		got, _ := os.ReadFile(d.path("pipe"))
		read <- string(got)
	}()
	target, err := Look(d.path("pipe"))
	d.must(err)
	d.must(target.Open(t.Context(), nil, time.Hour)) // the reader comes in between
	_, err = target.Place(t.Context(), d.placing, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	d.must(err)
	if got := <-read; got != text {
		t.Errorf("got %d bytes of %d", len(got), len(text))
	}
	if info, err := os.Lstat(d.path("pipe")); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("it is a pipe no more: %v, %v", info, err)
	}
}

func TestPipeThatNobodyReads(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(syscall.Mkfifo(d.path("pipe"), 0o600))
	d.wants("a pipe", "nobody reads from it", d.into(t.Context(), d.path("pipe"), "text", nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	target, err := Look(d.path("pipe"))
	d.must(err)
	if err := target.Open(ctx, nil, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Somebody holds the pipe open and takes nothing: Ctrl-C ends the writing.
func TestPipeThatIsFull(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(syscall.Mkfifo(d.path("pipe"), 0o600))
	reader, err := os.OpenFile(d.path("pipe"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	d.must(err)
	defer func() { _ = reader.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	target, err := Look(d.path("pipe"))
	d.must(err)
	d.must(target.Open(ctx, nil, 0))
	_, err = target.Place(ctx, d.placing, func(w io.Writer) error {
		cancel()
		_, err := io.WriteString(w, strings.Repeat("x", 1<<20))
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSocketIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	short, err := os.MkdirTemp("", "usher-socket-*") // a socket's path may not be long
	d.must(err)
	defer func() { _ = os.RemoveAll(short) }()
	listener, err := net.Listen("unix", short+"/s")
	d.must(err)
	defer func() { _ = listener.Close() }()
	_, err = Look(short + "/s")
	d.wants("a socket", "it is a socket", err)
}
