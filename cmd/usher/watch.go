package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/cmd/usher/process"
	"usher/config"
	"usher/schedule/folder"
)

// watchOptions are what 'usher watch' was asked for.
type watchOptions struct {
	dir                  string
	once, noWork, asJSON bool
	again                readingOptions
}

func newWatch(a *app) *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch DIR",
		Short: "Import the lists that are put into a folder, and invite",
		Long: `Takes each list that is put into DIR as soon as it is complete, imports it without
asking, and moves it to DIR/done or DIR/refused with what there is to say beside it.
Works on every running batch meanwhile, as 'usher work' does. Ctrl-C stops it.

A list is complete when it has not changed for --settle, or when there is a file
NAME.done beside it. With --once it takes what is there, waits until each list is
imported or refused, and ends: with status 3 if one was refused. Invitations that
are not sent by then, other workers send. It tells what happened, as 'usher.yaml'
says below notify:, before it ends.`,
		Args: exactArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			return a.watch(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "take what is there, and end")
	f.BoolVar(&o.noWork, "no-work", false, "only take the lists; others import and send")
	f.BoolVar(&o.asJSON, "json", false, "print each list that is done or refused as a line of JSON")
	a.setting(f, "settle", "folder.settle", "how long a list must not have changed (default 5s)")
	a.setting(f, "problems", "folder.problems", "what to do with a list that has rows with problems: refuse or leave_out")
	importFlags(a, f, &o.again)
	paceFlags(a, f)
	return cmd
}

func (a *app) watch(ctx context.Context, o watchOptions) error {
	process.UseMemory(ctx)
	reading, err := o.again.reading(a)
	if err != nil {
		return err
	}
	if reading.Columns.SaveAs != "" {
		return usagef("keep it with 'usher check --save-profile'", "'usher watch' keeps no profile")
	}
	s, _, err := a.open(ctx, opening{batch.Options{Command: "watch", Send: !o.noWork, Profiles: config.ProfileFolder(a.env)}, true})
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := folder.Open(s, folder.Options{Dir: o.dir, Reading: reading, Tell: a.tellFolder(o.asJSON)})
	if err != nil {
		return err
	}
	watch, take := f.WatchWorking, f.TakeWorking
	if o.noWork {
		watch, take = func(ctx context.Context) error { f.Watch(ctx); return nil }, f.Take
		defer a.watchDatabase(ctx, s)()
	} else if err := s.LockWork(ctx); err != nil {
		if errors.As(err, new(*batch.HeldError)) {
			err = batch.WithHint(err, "add --no-work: the other one works")
		}
		return err
	}
	if !o.once {
		if !o.noWork {
			a.telling(s).Begin()
		}
		fmt.Fprintf(a.stderr, "usher: %s is watched; Ctrl-C stops it\n", f.Dir())
		return watch(ctx)
	}
	if !o.noWork {
		own := a.telling(s).Own(ctx, true)
		defer a.lastWords(own)
		defer own.Begin(0)()
	}
	files, err := take(ctx)
	if err == nil && slices.ContainsFunc(files, func(file folder.File) bool { return file.State == folder.Refused || file.State == folder.Seen }) {
		return &exitStatus{code: exitProblems}
	}
	return err
}

// watchDatabase tells the log when the database goes away and when it is back, until end is
// called: a worker would do so.
func (a *app) watchDatabase(ctx context.Context, s *batch.Service) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { _ = s.WatchDatabase(ctx) }) // its end is ours
	return func() {
		cancel()
		watching.Wait()
	}
}

// tellFolder prints what happens to files of a folder.
func (a *app) tellFolder(asJSON bool) func(folder.Event) {
	return func(e folder.Event) {
		switch {
		case e.State == "" && e.Name == "":
			fmt.Fprintf(a.stderr, "usher: %s\n", e.Words)
		case e.State == "":
			fmt.Fprintf(a.stderr, "usher: %s: %s\n", e.Name, e.Words)
		case asJSON:
			_ = json.NewEncoder(a.stdout).Encode(e)
		default:
			fmt.Fprintf(a.stdout, "%s: %s: %s\n", e.Name, e.State, e.Words)
		}
		if e.Fix != "" {
			fmt.Fprintf(a.stderr, "usher: hint: %s\n", e.Fix)
		}
	}
}
