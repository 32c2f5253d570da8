package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"usher/store"
)

// Rows 2 and 3 are being invited again. Whoever asks for 3 and 4 must not be told
// that they have their invitations: nobody would send to row 4.
func TestReinviteOfRowsOfWhomSomeAreUnderWay(t *testing.T) {
	t.Parallel()
	c := newClerk(t, sqliteDatabase(t))
	c.usher(t.Context(), exitDone, "run", "--yes", "--report", filepath.Join(c.dir, "r.csv"), c.people("people.csv", "ann", 3))
	err := c.store().InTx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Reinvite(t.Context(), 1, []int{2, 3})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, said := c.usher(t.Context(), exitError, "reinvite", "--yes", "1", "3", "4")
	for _, want := range []string{"row 3 of batch 1", "nothing was sent", "batch 2 sends to that person already", "leave row 3 out"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	if out, _ := c.usher(t.Context(), exitDone, "reinvite", "--yes", "1", "4"); !strings.Contains(out, "invited") {
		t.Errorf("row 4: %s", out)
	}
}

// What became of the second invitation is not known: a person settles that first.
func TestReinviteOfSomebodyUnknown(t *testing.T) {
	t.Parallel()
	c := newClerk(t, sqliteDatabase(t))
	c.usher(t.Context(), exitDone, "run", "--yes", "--report", filepath.Join(c.dir, "r.csv"), c.people("people.csv", "ann", 1))
	c.usher(t.Context(), exitDone, "reinvite", "--yes", "1", "2")
	if _, err := c.store().SQL().Exec(`UPDATE applicants SET state = 'unknown', session_id = '' WHERE batch_id = 2`); err != nil {
		t.Fatal(err)
	}
	if _, said := c.usher(t.Context(), exitError, "reinvite", "--yes", "1", "2"); !strings.Contains(said, "'usher resolve 2'") {
		t.Error(said)
	}
}

// Ctrl-C at the question of reinvite and retry ended with status 1, that of run
// with 130.
func TestInterruptedAtAQuestion(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never, _ := io.Pipe()
	a := &app{stdin: never, stderr: io.Discard}
	if a.ask(ctx, "Send?") {
		t.Fatal("an interrupted question was answered with yes")
	}
	var status *exitStatus
	if err := notSent(ctx, ""); !errors.As(err, &status) || status.code != exitInterrupted {
		t.Errorf("interrupted: %v", err)
	}
	var no *declined
	if err := notSent(t.Context(), ""); !errors.As(err, &no) {
		t.Errorf("answered with no: %v", err)
	}
}
