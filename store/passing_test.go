package store

import "testing"

func TestPassing(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"57P01": true, "57P03": true, "40P01": true, "40001": true, "53300": true, "25006": true, "08006": true,
		"5": true, "6": true, "261": true, "13": true, // SQLite: busy, locked, busy in recovery, full
		"22001": false, "23514": false, "42P01": false, "scan": false, "1": false, "19": false,
	} {
		if got := (&DatabaseError{Code: code}).Passing(); got != want {
			t.Errorf("%s: %t, want %t", code, got, want)
		}
	}
}
