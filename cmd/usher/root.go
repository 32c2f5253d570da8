package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"usher/batch"
)

// usageError is a command line that cannot be understood.
type usageError struct {
	error
	hint string
}

func (e *usageError) Unwrap() error { return e.error }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "usher",
		Short: "Invite people to verify their identity, in bulk",
		Long: `usher takes a list of applicants, checks every row, creates one verification
session per person at the pace the API allows, and hands back a results report.

  usher run --sandbox applicants.csv    rehearse: no key, no cost, nobody contacted
  usher check applicants.csv            see what is wrong with a file
  usher run applicants.csv              the whole job
  usher schedule --help                 every night: a schedule, cron or systemd
  usher status                          why nobody is invited, and what to do`,
		Args:          argsError(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Version = versionWords()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err, "see '" + cmd.CommandPath() + " --help'"}
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "settings file (default usher.yaml, if there is one)")
	a.setting(flags, "database", "database", "sqlite:PATH or postgres://…")
	a.setting(flags, "log-level", "log.level", "debug, info, warn or error")
	group(root, "Invite:", newRun(a), newCheck(a), newImport(a), newWork(a), newReport(a), newProfiles(a))
	group(root, "Every night, or when a list comes:", newSchedule(a), newWatch(a), newNotify(a))
	group(root, "See what happens:", newStatus(a), newBatches(a), newFind(a), newActs(a), newServe(a), newUser(a))
	group(root, "Put right:", newPause(a), newResume(a), newCancel(a), newRetry(a), newResolve(a), newReinvite(a), newGate(a))
	group(root, "Set up:", newDoctor(a), newMigrate(a), newSandbox(a), newVersion(a))
	return root
}

// group adds commands that stand together in the help.
func group(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = title
	}
	root.AddCommand(commands...)
}

// argsError makes a wrong number of arguments a usage error.
func argsError(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		switch {
		case err == nil:
			return nil
		case cmd.HasSubCommands():
			return usagef(meant(cmd, args[0]), "there is no command '%s %s'", cmd.CommandPath(), args[0])
		}
		return &usageError{err, "usage: " + cmd.UseLine()}
	}
}

// meant says which command somebody may have meant.
func meant(cmd *cobra.Command, given string) string {
	cmd.SuggestionsMinimumDistance = 2 // letters that are otherwise
	like := cmd.SuggestionsFor(given)
	if len(like) == 0 {
		return "'" + cmd.CommandPath() + " --help' lists the commands"
	}
	for i, name := range like {
		like[i] = "'" + cmd.CommandPath() + " " + name + "'"
	}
	return "did you mean " + strings.Join(like, " or ") + "?"
}

// exactArgs wants these arguments, named as in the help.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usagef("usage: "+cmd.UseLine(), "%s takes %s, and got %d %s", cmd.CommandPath(),
			strings.Join(names, " and "), len(args), batch.Plural(len(args), "argument", "arguments"))
	}
}
