package main

import (
	"context"
	"io"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// longest is how long a command in a test may take on a machine that is very busy.
const longest = 4 * time.Minute

// inTime runs a command, and returns its exit status. One that hangs is interrupted, and it
// is told where it stood.
func inTime(ctx context.Context, t *testing.T, args, env []string, stdout, stderr io.Writer) int {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, env, strings.NewReader(""), stdout, stderr) }()
	for range 2 {
		select {
		case c := <-code:
			return c
		case <-time.After(longest):
			var at strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&at, 1)
			t.Errorf("usher %s does not end within %s:\n%s", strings.Join(args, " "), longest, at.String())
			cancel()
		}
	}
	return -1 // it cannot even be interrupted
}
