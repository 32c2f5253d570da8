package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher/store"
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
			return a.withStore(ctx, func(o opened) error { return a.find(ctx, o, strings.Join(args, " "), asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// mostFound is how many people are shown.
const mostFound = 100

// foundShape is somebody who was found, in JSON. The shape is part of the
// interface.
type foundShape struct {
	Batch      int64      `json:"batch"`
	BatchName  string     `json:"batch_name"`
	Row        int        `json:"row"`
	State      string     `json:"state"`
	ExternalID string     `json:"external_id"`
	FirstName  string     `json:"first_name"`
	LastName   string     `json:"last_name"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
	SessionID  string     `json:"session_id"`
	SessionURL string     `json:"session_url"`
	ErrorCode  string     `json:"error_code"`
	Error      string     `json:"error"`
	SentAt     *time.Time `json:"sent_at"`
	SettledAt  *time.Time `json:"settled_at"`
}

func (a *app) find(ctx context.Context, o opened, who string, asJSON bool) error {
	found, err := o.st.Find(ctx, who, mostFound+1)
	if err != nil {
		return err
	}
	more := len(found) > mostFound
	found = found[:min(len(found), mostFound)]
	if asJSON {
		return writeJSON(a.stdout, foundShapes(found))
	}
	if len(found) == 0 {
		fmt.Fprintln(a.stdout, "Nobody was found: no batch of this database has anybody like that.")
		fmt.Fprintf(a.stderr, "usher: hint: it looked in %s; who was invited from another database is not known here\n", o.cfg.Redacted()["database"])
		return nil
	}
	for i := range found {
		a.printFound(&found[i])
	}
	if more {
		fmt.Fprintf(a.stderr, "usher: only the newest %d are shown; say more about the person\n", mostFound)
	}
	return nil
}

func foundShapes(found []store.Found) []foundShape {
	shapes := make([]foundShape, len(found))
	for i, f := range found {
		shapes[i] = foundShape{f.Batch, f.BatchName, f.Row, string(f.State), f.ExternalID, f.FirstName, f.LastName, f.Email, f.Phone,
			f.SessionID, f.SessionURL, f.ErrorCode, f.Error, timeOrNull(f.SentAt), timeOrNull(f.SettledAt)}
	}
	return shapes
}

func (a *app) printFound(f *store.Found) {
	who := strings.Join(strings.Fields(f.FirstName+" "+f.LastName), " ")
	fmt.Fprintf(a.stdout, "%s, %s, %s%s\n", who, f.Email, f.Phone, givenID(f.ExternalID))
	fmt.Fprintf(a.stdout, "  batch %d (%s), row %d: %s%s\n", f.Batch, f.BatchName, f.Row, stateNames[f.State], when(f))
	if f.Error != "" {
		fmt.Fprintf(a.stdout, "  %s\n", f.Error)
	}
	switch {
	case f.SessionURL != "":
		fmt.Fprintf(a.stdout, "  session %s: %s\n", f.SessionID, f.SessionURL)
	case f.SessionID != "":
		fmt.Fprintf(a.stdout, "  session %s\n", f.SessionID)
	}
	if f.State == store.Duplicate && f.Holder.Batch > 0 {
		fmt.Fprintf(a.stdout, "  the invitation is in batch %d, row %d\n", f.Holder.Batch, f.Holder.Row)
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
func when(f *store.Found) string {
	at := f.SentAt
	if at.IsZero() {
		at = f.SettledAt
	}
	if at.IsZero() {
		return ""
	}
	return ", " + at.Local().Format(time.DateTime)
}
