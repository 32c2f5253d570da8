package batch_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/store/storetest"
)

// invite is a whole program: it imports a list into the database that the settings
// name, works it, pauses and resumes it, sends again to those who failed, and
// writes the report.
func invite(ctx context.Context, cfg *config.Config, rehearsal *batch.Rehearsal, list string, out io.Writer) (batch.Batch, error) {
	s, err := batch.Open(ctx, cfg, batch.Options{Command: "example", Send: true, Rehearsal: rehearsal})
	if err != nil {
		return batch.Batch{}, err
	}
	defer s.Close()
	me := batch.Actor{Name: "example", Role: "program", Way: batch.WayProgram}
	p, err := s.Import(ctx, me, batch.Feed{File: list}, batch.ImportOptions{})
	if err != nil {
		return batch.Batch{}, err
	}
	defer p.Discard()
	if p.Ask != nil {
		fmt.Printf("sending %d invitations takes until %s\n", p.Ask.Invitations, p.Ask.Cost.Finish)
	}
	id := p.Batch.ID
	for _, act := range []func() error{
		func() error { return p.Start(ctx) },
		func() error { return s.Pause(ctx, me, id) },
		func() error { return s.Resume(ctx, me, id) },
		func() error { return s.RunToEnd(ctx, id, batch.RunOptions{}) },
		func() error { _, err := s.Retry(ctx, me, id); return err },
		func() error { return s.RunToEnd(ctx, id, batch.RunOptions{}) },
		func() error { return s.Report(ctx, me, id, "csv", out) },
	} {
		if err := act(); err != nil {
			return batch.Batch{}, err
		}
	}
	return s.Batch(ctx, id)
}

const people = `first_name,last_name,email,phone
Ada,Lovelace,ada@example.com,+15192220001
Alan,Turing,alan@refused.example,+15192220002
Grace,Hopper,grace@example.com,+15192220003
`

// rehearse runs the program against a sandbox, on a database of the test's.
func rehearse(ctx context.Context, dir, database string) (batch.Batch, string, error) {
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		return batch.Batch{}, "", err
	}
	settings := rehearsal.Settings()
	settings["database"], settings["report.dir"] = database, dir
	cfg, err := config.Load(config.Options{Flags: settings})
	if err != nil {
		return batch.Batch{}, "", err
	}
	list := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(list, []byte(people), 0o600); err != nil {
		return batch.Batch{}, "", err
	}
	var report strings.Builder
	b, err := invite(ctx, cfg, rehearsal, list, &report)
	return b, report.String(), err
}

func Example() {
	dir, err := os.MkdirTemp("", "usher-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	b, report, err := rehearse(context.Background(), dir, "sqlite:"+filepath.Join(dir, "usher.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %d invited, %d failed, run %d\n", b.State, b.Counts[batch.Invited], b.Counts[batch.Failed], b.Run)
	fmt.Println(strings.Count(report, "\n"), "lines")
	// Output:
	// finished: 2 invited, 1 failed, run 2
	// 4 lines
}

// The same program runs on PostgreSQL.
func TestExampleOnPostgres(t *testing.T) {
	t.Parallel()
	database := storetest.Postgres(t)
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Upgrade(t.Context(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	b, report, err := rehearse(t.Context(), t.TempDir(), database)
	if err != nil || b.State != batch.Finished || b.Counts[batch.Invited] != 2 || b.Counts[batch.Failed] != 1 || b.Run != 2 {
		t.Errorf("%+v, %v", b, err)
	}
	if n := strings.Count(report, "\n"); n != 4 {
		t.Errorf("%d lines: %s", n, report)
	}
}
