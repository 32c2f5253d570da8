package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/term"

	"usher/batch"
)

const passwordFileHelp = "file whose first line is the password; - is standard input"

// password reads a new password from the first line of a file, or of standard
// input. A person at a terminal is asked twice.
func (a *app) password(ctx context.Context, file string) (string, error) {
	from := a.stdin
	if file == "" && terminal(from) {
		return a.askPassword(ctx, int(from.(*os.File).Fd()))
	}
	if file != "" && file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", passwordError(err)
		}
		defer f.Close()
		from = f
	}
	line, err := bufio.NewReader(io.LimitReader(from, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", passwordError(err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// passwordError leaves the file's name out, which may be the password itself, put
// into the wrong place.
func passwordError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return batch.WithHint(fmt.Errorf("the password cannot be read: %w", err), "--password-file names a "+passwordFileHelp)
}

// askPassword asks twice, and does not show what is typed. Who interrupts it gets
// the terminal back as it was.
func (a *app) askPassword(ctx context.Context, fd int) (string, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return "", passwordError(err)
	}
	answered := make(chan error, 1)
	var typed [2][]byte
	go func() {
		for i, ask := range []string{"New password: ", "Once more: "} {
			fmt.Fprint(a.stderr, ask)
			if typed[i], err = term.ReadPassword(fd); err != nil {
				answered <- passwordError(err)
				return
			}
			fmt.Fprintln(a.stderr)
		}
		answered <- nil
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(a.stderr)
		return "", ctx.Err()
	case err := <-answered:
		if err == nil && string(typed[0]) != string(typed[1]) {
			err = batch.WithHint(errors.New("the two passwords are not the same; nothing was changed"), "run the command again")
		}
		return string(typed[0]), err
	}
}
