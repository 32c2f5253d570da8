package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestPassing(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"57P01": true, "57P03": true, "40P01": true, "40001": true, "53300": true, "53100": true, "25006": true, "08006": true,
		"57014": true, "55P03": true, "58030": true, "25P03": true,
		"5": true, "6": true, "261": true, "13": true, "266": true, "15": true, // SQLite: busy, locked, busy in recovery, full, input or output, protocol
		"22001": false, "23514": false, "42P01": false, "42501": false, "28P01": false, "28000": false, "3D000": false, "3F000": false, "57P04": false, "XX001": false,
		"scan": false, "1": false, "19": false, "8": false, "26": false, "11": false, "14": false,
		codeRefused: true, codeTimeout: true, codeCut: true, codeHost: true, codeUnreachable: true,
		codeTLS: false, codeCertificate: false, codeStranger: false, codeAddress: false, codeEncoding: false, codeFile: false, codeDenied: false,
	} {
		err := &DatabaseError{Code: code}
		if got := err.Passing(); got != want {
			t.Errorf("%s: %t, want %t", code, got, want)
		}
		if got := Passing(fmt.Errorf("settle: %w", err)); got != want {
			t.Errorf("%s, wrapped: %t, want %t", code, got, want)
		}
	}
}

func TestPassingOfDriversErrors(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for what, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":                 {nil, false},
		"reset":                   {reset, true},
		"reset, wrapped":          {fmt.Errorf("begin: %w", reset), true},
		"half an answer":          {io.ErrUnexpectedEOF, true},
		"closed by the driver":    {pgconn.ErrConnClosed, true},
		"a statement's time":      {fmt.Errorf("claim: %w", context.DeadlineExceeded), true},
		"told to stop":            {fmt.Errorf("claim: %w", context.Canceled), false},
		"restarting":              {&pgconn.PgError{Code: "57P01"}, true},
		"no rights":               {&pgconn.PgError{Code: "42501"}, false},
		"no row":                  {pgx.ErrNoRows, false},
		"a row twice":             {ErrExists, false},
		"a newer schema":          {&SchemaError{Have: 2, Want: 1}, false},
		"something else entirely": {errors.New("something else"), false},
	} {
		if got := Passing(c.err); got != c.want {
			t.Errorf("%s: %t, want %t", what, got, c.want)
		}
	}
}
