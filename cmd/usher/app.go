package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"golang.org/x/term"

	"usher/batch"
	"usher/config"
)

// app is what every command shares: the streams, the settings, and how to open
// what they name.
type app struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
	configFile     string
	settings       map[string][]*pflag.Flag // key path -> its flag in each command
	toldWhere      bool                     // that the database is the one in this folder
	logLine        *zap.Logger              // where what is told goes instead of standard error; usually nil
}

// setting adds a flag that sets a configuration key.
func (a *app) setting(flags *pflag.FlagSet, name, path, help string) {
	if a.settings == nil {
		a.settings = map[string][]*pflag.Flag{}
	}
	flags.String(name, "", help)
	a.settings[path] = append(a.settings[path], flags.Lookup(name))
}

// given reports whether a flag sets a configuration key.
func (a *app) given(path string) bool {
	return slices.ContainsFunc(a.settings[path], func(f *pflag.Flag) bool { return f.Changed })
}

// config loads the settings; over are values that stand above the flags.
func (a *app) config(over map[string]string) (*config.Config, error) {
	set, names := map[string]string{}, map[string]string{}
	for path, flags := range a.settings {
		for _, f := range flags {
			names[path] = "--" + f.Name
			if f.Changed {
				set[path] = f.Value.String()
			}
		}
	}
	for path, v := range over {
		set[path] = v
	}
	cfg, err := config.Load(config.Options{File: a.configFile, Env: a.env, Flags: set, FlagNames: names})
	if err != nil {
		return nil, batch.WithHint(fmt.Errorf("the settings are not right:\n%w", err), "'usher doctor' shows every setting and where it comes from")
	}
	a.tellDatabaseHere(cfg)
	return cfg, nil
}

// logger writes to stderr at the configured level. On a terminal a warning is
// what people want to see; details go to those who ask for them.
func (a *app) logger(cfg *config.Config, quiet bool) *zap.Logger {
	log := batch.NewLogger(cfg, overBar(a.stderr), quiet)
	if a.stderr == os.Stderr { // it is this process's own, and not a test's
		batch.TakeStandardLog(log)
	}
	return log
}

// terminal reports whether a stream is one that a person looks at.
func terminal(stream any) bool {
	if p, ok := stream.(*printed); ok {
		stream = p.w
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// open opens what a command needs.
func (a *app) open(ctx context.Context, o opening) (s *batch.Service, cfg *config.Config, err error) {
	var over map[string]string
	if o.Rehearsal != nil {
		over = o.Rehearsal.Settings()
	}
	if cfg, err = a.config(over); err != nil {
		if o.Rehearsal != nil {
			o.Rehearsal.Close()
		}
		return nil, nil, err
	}
	o.Version, o.Tell = version, a.teller(nil)
	if o.Send || o.logs {
		o.Log = a.logger(cfg, !o.logs)
	}
	if o.logs {
		a.logLine = o.Log
	}
	s, err = batch.Open(ctx, cfg, o.Options)
	return s, cfg, err
}

// withService opens the database for a command that looks or decides, and sends
// nothing. A status is wanted soon: what keeps it waiting is told instead.
func (a *app) withService(ctx context.Context, command string, do func(s *batch.Service) error) error {
	o := batch.Options{Command: command}
	if command == "status" {
		o.LockWait = 8 * time.Second
	}
	s, _, err := a.open(ctx, opening{Options: o})
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

// onBatch does something with the batch that an argument names.
func (a *app) onBatch(ctx context.Context, command, arg string, do func(s *batch.Service, id int64) error) error {
	id, err := batchNumber(arg, "'usher batches' lists them")
	if err != nil {
		return err
	}
	return a.withService(ctx, command, func(s *batch.Service) error { return do(s, id) })
}

func batchNumber(arg, hint string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || id < 1 {
		return 0, usagef(hint, "%q is no batch number", arg)
	}
	return id, nil
}

// opening is what a command opens.
type opening struct {
	batch.Options
	logs bool // what is logged is what people want to see, not only trouble
}

// actor is who runs this command: the system's user by name, or by number where
// that has none, as in some containers.
func actor() batch.Actor {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return batch.Actor{Name: name, Role: "system user", Way: batch.WayCommandLine}
}
