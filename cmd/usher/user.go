package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newUser(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Say who may sign in to the pages, and as what",
		Long: `Adds, changes, removes and lists those who may sign in to the pages. A viewer
sees numbers and states and nothing personal, an uploader also uploads lists and
sees the people and reports of own batches, an operator may do everything.

  usher user add ann --role operator

The password is asked for, or read from the first line of standard input or of
the file that --password-file names. It is never part of the command line.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUserAdd(a), newUserPassword(a), newUserList(a),
		a.onUser("role NAME ROLE", "Give a user another role: viewer, uploader or operator", func(ctx context.Context, s *batch.Service, args []string) (string, error) {
			u, err := s.SetRole(ctx, actor(), args[0], batch.Role(args[1]))
			return fmt.Sprintf("%s is %s from now on.", u.Name, u.Role), err
		}),
		a.onUser("signout NAME", "Sign a user out everywhere", func(ctx context.Context, s *batch.Service, args []string) (string, error) {
			u, err := s.SignOutUser(ctx, actor(), args[0])
			return u.Name + " is signed out everywhere.", err
		}),
		a.onUser("remove NAME", "Remove a user, who is signed out by that", func(ctx context.Context, s *batch.Service, args []string) (string, error) {
			return args[0] + " was removed.", s.RemoveUser(ctx, actor(), args[0])
		}))
	return cmd
}

// onUser makes a command on the user that its first argument names. What do
// returns is printed.
func (a *app) onUser(use, short string, do func(ctx context.Context, s *batch.Service, args []string) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactArgs(strings.Fields(use)[1:]...),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withService(cmd.Context(), "user "+cmd.Name(), func(s *batch.Service) error {
				words, err := do(cmd.Context(), s, args)
				if err == nil {
					_, err = fmt.Fprintln(a.stdout, words)
				}
				return err
			})
		},
	}
}

func newUserAdd(a *app) *cobra.Command {
	var n batch.NewUser
	var role, file string
	cmd := a.onUser("add NAME", "Add somebody who may sign in", func(ctx context.Context, s *batch.Service, args []string) (_ string, err error) {
		n.Name = args[0]
		if n.Role, err = batch.ParseRole(role); err != nil {
			return "", err
		}
		if n.NoPassword && file != "" {
			return "", usagef("who comes by a proxy needs none", "--no-password and --password-file do not go together")
		}
		if !n.NoPassword {
			if n.Password, err = a.password(ctx, file); err != nil {
				return "", err
			}
		}
		u, err := s.AddUser(ctx, actor(), n)
		return fmt.Sprintf("%s may sign in as %s.", u.Name, u.Role), err
	})
	cmd.Flags().StringVar(&role, "role", "", "viewer, uploader or operator")
	cmd.Flags().StringVar(&file, "password-file", "", passwordFileHelp)
	cmd.Flags().BoolVar(&n.NoPassword, "no-password", false, "comes by a proxy only (web.trust_header)")
	return cmd
}

func newUserPassword(a *app) *cobra.Command {
	var file string
	cmd := a.onUser("password NAME", "Give a user another password, and sign the user out everywhere", func(ctx context.Context, s *batch.Service, args []string) (string, error) {
		u, err := s.UserByName(ctx, args[0])
		if err != nil {
			return "", err
		}
		password, err := a.password(ctx, file)
		if err != nil {
			return "", err
		}
		_, err = s.SetPassword(ctx, actor(), args[0], password)
		return u.Name + " has another password, and is signed out everywhere.", err
	})
	cmd.Flags().StringVar(&file, "password-file", "", passwordFileHelp)
	return cmd
}

func newUserList(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List those who may sign in",
		Args:  argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withService(cmd.Context(), "user list", func(s *batch.Service) error { return a.users(cmd.Context(), s, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) users(ctx context.Context, s *batch.Service, asJSON bool) error {
	all, err := s.Users(ctx)
	switch {
	case err != nil:
		return err
	case asJSON:
		return writeJSON(a.stdout, all)
	case len(all) == 0:
		fmt.Fprintln(a.stderr, "usher: there are no users yet; 'usher user add NAME --role operator' adds one")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tROLE\tSIGNS IN BY\tADDED\tCHANGED")
	for _, u := range all {
		by := map[bool]string{true: "password", false: "proxy only"}[u.Password]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, by, localTime(u.CreatedAt), localTime(u.ChangedAt))
	}
	return t.Flush()
}
