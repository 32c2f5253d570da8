package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/config"
)

func newProfiles(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List how lists are read that --save-profile kept",
		Args:  argsError(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			folder := config.ProfileFolder(a.env)
			all := batch.Profiles(folder)
			switch {
			case asJSON:
				return writeJSON(a.stdout, all)
			case len(all) == 0:
				fmt.Fprintln(a.stderr, "usher: there are no profiles yet; 'usher check FILE --map … --save-profile NAME' makes one")
				return nil
			}
			return a.printProfiles(folder, all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) printProfiles(folder string, all []batch.Profile) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROFILE\tCOLUMNS\tNAME ORDER\tREGION\tSHEET\tWORKFLOW")
	for _, p := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, batch.OneLine(cmp.Or(p.Wrong, strings.Join(p.ColumnWords(), " ")), 200), p.NameOrder, p.Region, batch.OneLine(p.Sheet, 40), p.WorkflowID)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(a.stderr, "usher: they are in "+folder)
	return nil
}
