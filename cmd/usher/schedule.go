package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/schedule"
	"usher/schedule/folder"
)

func newSchedule(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Say which lists are invited by themselves, and when",
		Long: `Schedules fetch a list at set times and invite its people. They are written in
usher.yaml, below schedules:, and count once they are applied:

  schedules:
    nightly:
      cron: "30 2 * * *"
      zone: Europe/Berlin
      source: hr

'usher work' and 'usher serve' keep them. Without either, have cron or systemd start
'usher run --yes --source hr': docs/operating.md has the lines to copy.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newScheduleList(a), newScheduleShow(a), newScheduleNext(a), newScheduleApply(a), newScheduleRun(a),
		a.steerSchedule("pause NAME", "Have a schedule do nothing until it is resumed", "is paused: nothing is due until 'usher schedule resume %[1]s'.", (*schedule.Service).Pause),
		a.steerSchedule("resume NAME", "Have a paused schedule go on", "goes on. What would have been due meanwhile is not made up for.", (*schedule.Service).Resume))
	return cmd
}

// withSchedules opens the database for a command on schedules.
func (a *app) withSchedules(ctx context.Context, command string, do func(s *schedule.Service) error) error {
	return a.withService(ctx, "schedule "+command, func(s *batch.Service) error { return do(schedule.New(s)) })
}

// workingSchedules are the schedules of a process that works, which takes files from
// folders too.
func workingSchedules(s *batch.Service) *schedule.Service {
	all := schedule.New(s)
	all.Folders = folder.ForSchedules(s)
	return all
}

// steerSchedule makes a command that changes the schedule its argument names. done has
// its name for %[1]s.
func (a *app) steerSchedule(use, short, done string, do func(s *schedule.Service, ctx context.Context, by batch.Actor, name string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSchedules(cmd.Context(), cmd.Name(), func(s *schedule.Service) error {
				if err := do(s, cmd.Context(), actor(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.stdout, "%[1]s "+done+"\n", args[0])
				return err
			})
		},
	}
}

func newScheduleList(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the schedules with their next and last time",
		Args:  argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSchedules(cmd.Context(), "list", func(s *schedule.Service) error {
				all, err := s.Schedules(cmd.Context())
				switch {
				case err != nil:
					return err
				case asJSON:
					return writeJSON(a.stdout, all)
				case len(all) == 0:
					fmt.Fprintln(a.stderr, "usher: there are no schedules yet; write them below schedules: in usher.yaml, and run 'usher schedule apply'")
					return nil
				}
				t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "NAME\tCRON\tZONE\tNEXT\tLAST\tWHAT BECAME OF IT")
				for _, one := range all {
					next := "paused"
					switch {
					case one.Wrong != "":
						next = "cannot be used"
					case one.Next != nil:
						next = zoned(*one.Next)
					}
					last, what := "", ""
					if one.Last != nil {
						last, what = zoned(one.Last.At), occurrenceWords(*one.Last)
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", one.Name, one.Settings["cron"], one.Settings["zone"], next, last, what)
				}
				return t.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// zoned is a time with its offset, as the clock on the wall of its zone shows it.
func zoned(t time.Time) string { return t.Format("Mon 2006-01-02 15:04 -07:00") }

// occurrenceWords say what became of an occurrence.
func occurrenceWords(o schedule.Occurrence) string {
	words := o.State
	switch {
	case o.State == "asks":
		words = "waits for a yes"
	case len(o.Batches) > 1:
		words = fmt.Sprintf("%s: %s of %s invited", batchesWords(o.Batches), batch.Thousands(o.Counts[batch.Invited]), batch.Thousands(o.Counts.Total()))
	case o.Batch > 0 && o.Counts != nil && (o.Why == "" || len(o.Batches) > 0):
		words = fmt.Sprintf("batch %d: %s of %s invited", o.Batch, batch.Thousands(o.Counts[batch.Invited]), batch.Thousands(o.Counts.Total()))
	}
	if why := o.WhyWords(); why != "" {
		words += ": " + why
	}
	return words
}

// batchesWords name batches.
func batchesWords(ids []int64) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = strconv.FormatInt(id, 10)
	}
	return "batches " + strings.Join(all, ", ")
}

func newScheduleShow(a *app) *cobra.Command {
	var asJSON bool
	var last int
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Say how a schedule stands, and what became of its last times",
		Args:  exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSchedules(cmd.Context(), "show", func(s *schedule.Service) error {
				one, err := s.Schedule(cmd.Context(), args[0], max(last, 1))
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(a.stdout, one)
				}
				return a.showSchedule(one)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVarP(&last, "last", "n", 10, "how many of the last times are shown")
	return cmd
}

func (a *app) showSchedule(one schedule.Schedule) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Schedule:\t%s (from %s)\n", one.Name, map[string]string{"file": "usher.yaml", "page": "a page"}[one.Origin])
	for _, key := range schedule.Keys() {
		if text := one.Settings[key]; text != "" {
			fmt.Fprintf(t, "%s:\t%s\n", key, text)
		}
	}
	switch {
	case one.PausedAt != nil:
		fmt.Fprintf(t, "Paused:\tsince %s, by %s; 'usher schedule resume %s' has it go on\n", localTime(one.PausedAt), one.PausedBy, one.Name)
	case one.Wrong != "":
		fmt.Fprintf(t, "Next:\tnever: %s\n", strings.ReplaceAll(one.Wrong, "\n", " "))
	case one.Next != nil:
		fmt.Fprintf(t, "Next:\t%s\n", zoned(*one.Next))
	}
	for i, o := range one.Occurrences {
		head := ""
		if i == 0 {
			head = "Last:"
		}
		fmt.Fprintf(t, "%s\t%s  %s\n", head, zoned(o.At), occurrenceWords(o))
		for _, f := range o.Files {
			fmt.Fprintf(t, "\t    %s: %s: %s\n", f.Name, f.State, f.Words)
		}
	}
	return t.Flush()
}

func newScheduleNext(a *app) *cobra.Command {
	var asJSON bool
	var n int
	var from string
	cmd := &cobra.Command{
		Use:   "next NAME",
		Short: "Say when a schedule is due next",
		Args:  exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const most = 10_000
			if n < 1 || n > most {
				return usagef(fmt.Sprintf("write a number from 1 to %d", most), "-n %d shows no times", n)
			}
			return a.withSchedules(cmd.Context(), "next", func(s *schedule.Service) error {
				start, err := startAt(cmd.Context(), s, args[0], from)
				if err != nil {
					return err
				}
				all, applied, err := s.Next(cmd.Context(), args[0], start, n)
				if err != nil {
					return err
				}
				if !applied {
					fmt.Fprintln(a.stderr, "usher: this schedule stands in usher.yaml only; 'usher schedule apply' makes it count")
				}
				type due struct {
					At    string `json:"at"`
					Local string `json:"local"`
				}
				times := make([]due, len(all))
				for i, o := range all {
					times[i] = due{o.At.Format(time.RFC3339), o.Local}
				}
				if asJSON {
					return writeJSON(a.stdout, times)
				}
				for _, o := range all {
					fmt.Fprintln(a.stdout, zoned(o.At))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVarP(&n, "number", "n", 5, "how many times are shown")
	cmd.Flags().StringVar(&from, "from", "", "the first moment that counts, such as 2026-03-28T00:00:00+01:00, or 2026-03-28 in the schedule's zone")
	return cmd
}

// startAt understands --from.
func startAt(ctx context.Context, s *schedule.Service, name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	zone, err := s.Zone(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("write it as 2026-03-28T00:00:00+01:00, or as 2026-03-28 or 2026-03-28T09:30 in the schedule's zone", "--from %q is no time", text)
}

func newScheduleApply(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make what usher.yaml says of schedules count",
		Long: `Shows what would change, and makes the schedules of usher.yaml count after a yes.
Schedules that were made on a page stay as they are.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withSchedules(ctx, "apply", func(s *schedule.Service) error {
				plan, err := s.Plan(ctx)
				if err != nil {
					return err
				}
				if len(plan) == 0 {
					fmt.Fprintln(a.stdout, "The schedules are as usher.yaml says; nothing was changed.")
					return nil
				}
				a.showPlan(plan)
				if !yes && !terminal(a.stdin) {
					return usagef("say --yes if this is what you want", "nothing was changed: this has people invited by themselves, and nobody is at the terminal to be asked")
				}
				if !yes && !a.ask(ctx, "Have these changes count?") {
					return batch.WithHint(errors.New("nothing was changed"), "run the command again to be asked again")
				}
				if err := s.Apply(ctx, actor(), plan); err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "%s. 'usher schedule list' tells when they are due.\n", batch.Counted(len(plan), "schedule was changed", "schedules were changed"))
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// showPlan says what applying would change.
func (a *app) showPlan(plan []schedule.Difference) {
	for _, d := range plan {
		fmt.Fprintf(a.stdout, "%s %s\n", d.What, d.Name)
		for _, c := range d.Changes {
			switch {
			case c.Was == "":
				fmt.Fprintf(a.stdout, "    %s: %s\n", c.Key, c.Is)
			case c.Is == "":
				fmt.Fprintf(a.stdout, "    %s: %s -> (left out)\n", c.Key, c.Was)
			default:
				fmt.Fprintf(a.stdout, "    %s: %s -> %s\n", c.Key, c.Was, c.Is)
			}
		}
	}
}

func newScheduleRun(a *app) *cobra.Command {
	var yes, no bool
	cmd := &cobra.Command{
		Use:   "run NAME",
		Short: "Have a schedule be due now, or answer one that waits for a yes",
		Long: `Makes the schedule due now: a worker fetches the list and invites its people, by
the schedule's rules. If one of its times waits for a yes, that one is answered.`,
		Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, name := cmd.Context(), args[0]
			if !no {
				if err := mustAsk(yes || terminal(a.stdin), "say --yes, or --no to leave out what waits for a yes"); err != nil {
					return err
				}
			}
			return a.withSchedules(ctx, "run", func(s *schedule.Service) error {
				waiting, err := s.Asking(ctx, name)
				if err != nil {
					return err
				}
				if no {
					return a.declineOccurrence(ctx, s, name, waiting)
				}
				return a.runSchedule(ctx, s, name, waiting, yes)
			})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&no, "no", false, "leave out the time that waits for a yes")
	cmd.MarkFlagsMutuallyExclusive("yes", "no")
	return cmd
}

func (a *app) declineOccurrence(ctx context.Context, s *schedule.Service, name string, waiting *schedule.Occurrence) error {
	if waiting == nil {
		return batch.WithHint(fmt.Errorf("nothing of the schedule %s waits for a yes", name), "'usher schedule show "+name+"' tells how it stands")
	}
	if err := s.Decline(ctx, actor(), name, waiting.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s of %s is left out.\n", zoned(waiting.At), name)
	return nil
}

func (a *app) runSchedule(ctx context.Context, s *schedule.Service, name string, waiting *schedule.Occurrence, yes bool) error {
	question := fmt.Sprintf("Have %s be due now, and invite whoever is in its list?", name)
	if waiting != nil {
		question = fmt.Sprintf("%s of %s waits: %s. Do it now?", zoned(waiting.At), name, waiting.WhyWords())
	}
	if !yes && !a.ask(ctx, "%s", question) {
		return notSent(ctx, "run the command again to be asked again")
	}
	if waiting != nil {
		if err := s.Agree(ctx, actor(), name, waiting.ID, waiting.People); err != nil {
			return err
		}
	} else if _, err := s.Run(ctx, actor(), name); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s is due. A worker does it; 'usher schedule show %s' tells what becomes of it.\n", name, name)
	return nil
}
