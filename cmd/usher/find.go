package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newFind(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "find WHO",
		Short: "Say whether somebody was invited, where and when, and with which link",
		Long: `Looks in every batch for a person: by e-mail address, phone number (its last
digits are enough), external id, session id, or name.

  usher find ann@example.com
  usher find 07911 123456
  usher find Ann Lee

It shows the link that was made for each. A link can be sent on by hand; a new
one is made by 'usher reinvite'.`,
		Args: argsError(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withService(ctx, "find", func(s *batch.Service) error { return a.find(ctx, s, strings.Join(args, " "), asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) find(ctx context.Context, s *batch.Service, who string, asJSON bool) error {
	found, more, err := s.Find(ctx, who)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, found)
	}
	if len(found) == 0 {
		fmt.Fprintln(a.stdout, "Nobody was found: no batch of this database has anybody like that.")
		fmt.Fprintf(a.stderr, "usher: hint: it looked in %s; who was invited from another database is not known here\n", s.Database())
		return nil
	}
	for i := range found {
		a.printFound(&found[i])
	}
	if more {
		fmt.Fprintf(a.stderr, "usher: only the newest %d are shown; say more about the person\n", batch.MostFound)
	}
	return nil
}

func (a *app) printFound(f *batch.Person) {
	who := strings.Join(strings.Fields(f.FirstName+" "+f.LastName), " ")
	fmt.Fprintf(a.stdout, "%s, %s, %s%s\n", who, f.Email, f.Phone, givenID(f.ExternalID))
	fmt.Fprintf(a.stdout, "  batch %d (%s), row %d: %s%s\n", f.Batch, f.BatchName, f.Row, f.StateWords(), when(f))
	if f.Error != "" {
		fmt.Fprintf(a.stdout, "  %s\n", f.Error)
	}
	switch {
	case f.SessionURL != "":
		fmt.Fprintf(a.stdout, "  session %s: %s\n", f.SessionID, f.SessionURL)
	case f.SessionID != "":
		fmt.Fprintf(a.stdout, "  session %s\n", f.SessionID)
	}
	if f.State == batch.Duplicate && f.HolderBatch > 0 {
		fmt.Fprintf(a.stdout, "  the invitation is in batch %d, row %d\n", f.HolderBatch, f.HolderRow)
	}
}

// givenID shows the external id of a list. One that usher made up tells nobody
// anything.
func givenID(id string) string {
	if id == "" || strings.HasPrefix(id, "usher-") {
		return ""
	}
	return ", " + id
}

// when says when something was sent, or else settled.
func when(f *batch.Person) string {
	at := f.SentAt
	if at == nil {
		at = f.SettledAt
	}
	if at == nil {
		return ""
	}
	return ", " + localTime(at)
}
