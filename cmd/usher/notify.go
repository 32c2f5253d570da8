package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/schedule/message"
)

func newNotify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "Say who is told what happens, what they were told, and try it",
		Long: `usher tells people and programs what happens, as usher.yaml says below notify: by
webhooks, mails, or by running a program. These commands show whom, what became of
each message, and try it. A process that works ('usher work', 'usher serve', 'usher
watch') sends; 'usher run' and 'usher reinvite' tell what they caused before they end.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newNotifyList(a), newNotifyTest(a), newNotifyLog(a), newNotifyAgain(a))
	return cmd
}

// telling is what tells people what happens.
func (a *app) telling(s *batch.Service) *message.Room {
	return message.New(s, message.Options{Env: a.env, Version: version})
}

// lastWords tells what a command caused that works by itself, and ends.
func (a *app) lastWords(o *message.Own) {
	words := o.End(func() {
		fmt.Fprintln(a.stderr, "usher: telling what happened; Ctrl-C leaves that to a process that works")
	})
	if words != "" {
		fmt.Fprintln(a.stderr, "usher: "+words)
	}
}

func newNotifyList(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List who is told, and of what", Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withService(cmd.Context(), "notify list", func(s *batch.Service) error {
				all, err := a.telling(s).Targets(cmd.Context())
				switch {
				case err != nil:
					return err
				case asJSON:
					return writeJSON(a.stdout, all)
				case len(all) == 0:
					fmt.Fprintln(a.stderr, "usher: nobody is told anything: the settings have no target below notify:")
					return nil
				}
				t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "NAME\tHOW\tWHERE\tON\tBATCHES")
				for _, target := range all {
					how, batches := target.Kind, target.Batches
					if target.Stopped {
						how += " (stopped: it answered 410)"
					}
					if batches == "" {
						batches = "all"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", target.Name, how, target.Where, strings.Join(target.On, ", "), batches)
				}
				return t.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newNotifyTest(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "test NAME", Short: "Tell a target that this is a test, now", Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withService(cmd.Context(), "notify test", func(s *batch.Service) error {
				words, err := a.telling(s).Test(cmd.Context(), actor(), args[0])
				if err == nil {
					fmt.Fprintf(a.stdout, "%s was told: %s.\n", args[0], words)
				}
				return err
			})
		},
	}
}

func newNotifyLog(a *app) *cobra.Command {
	var f batch.MessageFilter
	var asJSON bool
	cmd := &cobra.Command{
		Use: "log [NAME]", Short: "List what was told, the newest first, and what came of it", Args: argsError(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.Limit < 1 {
				return usagef("usage: "+cmd.UseLine(), "--limit %d shows nothing", f.Limit)
			}
			if len(args) > 0 {
				f.Target = args[0]
			}
			return a.withService(cmd.Context(), "notify log", func(s *batch.Service) error { return a.notifyLog(cmd.Context(), s, f, asJSON) })
		},
	}
	cmd.Flags().IntVar(&f.Limit, "limit", actsShown, "how many are shown")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) notifyLog(ctx context.Context, s *batch.Service, f batch.MessageFilter, asJSON bool) error {
	all, err := s.Messages(ctx, f)
	switch {
	case err != nil:
		return err
	case asJSON:
		return writeJSON(a.stdout, all)
	case len(all) == 0:
		fmt.Fprintln(a.stderr, "usher: nobody was told anything yet")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tWHEN\tTARGET\tEVENT\tBATCHES\tSTATE\tTRIES\tANSWER")
	for _, m := range all {
		state := m.State
		if m.NextAt != nil && m.Tries > 0 {
			state += " until " + localTime(m.NextAt)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", m.ID, localTime(m.CreatedAt), m.Target, m.EventWords(),
			strings.Trim(fmt.Sprint(m.Batches), "[]"), state, m.Tries, m.Answer)
	}
	return t.Flush()
}

func newNotifyAgain(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "send-again ID", Short: "Send a message once more", Args: exactArgs("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return usagef("'usher notify log' lists them", "%q is no number of a message", args[0])
			}
			return a.withService(cmd.Context(), "notify send-again", func(s *batch.Service) error {
				if _, err := s.SendMessageAgain(cmd.Context(), actor(), id, ""); err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "Message %d is sent again by a process that works; 'usher notify log' shows what comes of it.\n", id)
				return nil
			})
		},
	}
}
