package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newPause(a *app) *cobra.Command {
	return a.steering("pause BATCH", "Stop sending for a batch, until it is resumed",
		func(ctx context.Context, s *batch.Service, id int64) (string, error) {
			return fmt.Sprintf("Batch %d is paused. 'usher resume %d' sets it going again.\n", id, id), s.Pause(ctx, actor(), id)
		})
}

func newResume(a *app) *cobra.Command {
	return a.steering("resume BATCH", "Set a batch going again that is paused, or quiet",
		func(ctx context.Context, s *batch.Service, id int64) (string, error) {
			words, err := s.GoOn(ctx, actor(), id)
			return words + "\n", err
		})
}

func newCancel(a *app) *cobra.Command {
	var yes bool
	cmd := a.steering("cancel BATCH", "Give up on those of a batch who have not been sent to",
		func(ctx context.Context, s *batch.Service, id int64) (string, error) {
			if err := a.agreeToCancel(ctx, s, id, yes || !terminal(a.stdin)); err != nil {
				return "", err
			}
			n, err := s.Cancel(ctx, actor(), id)
			if err != nil {
				return "", err
			}
			b, err := s.Batch(ctx, id)
			b.Report = relative(b.Report)
			return b.GivenUpWords(n) + "\n", err
		})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "cancel without asking")
	return cmd
}

// agreeToCancel asks whether a batch is to be given up.
func (a *app) agreeToCancel(ctx context.Context, s *batch.Service, id int64, yes bool) error {
	if yes {
		return nil
	}
	b, err := s.PlanCancel(ctx, id)
	switch {
	case err != nil || a.ask(ctx, "%s", b.GiveUpWords()):
		return err
	case ctx.Err() != nil:
		return &exitStatus{code: exitInterrupted, words: "interrupted; nothing was cancelled"}
	}
	return &declined{"nothing was cancelled", fmt.Sprintf("batch %d goes on as it was; 'usher pause %d' stops it for a while", id, id)}
}

// steering makes a command that does one thing to one batch, and says that it is
// done.
func (a *app) steering(use, short string, do func(ctx context.Context, s *batch.Service, id int64) (string, error)) *cobra.Command {
	command, _, _ := strings.Cut(use, " ")
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactArgs("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onBatch(cmd.Context(), command, args[0], func(s *batch.Service, id int64) error {
				words, err := do(cmd.Context(), s, id)
				if err != nil {
					return err
				}
				if asJSON {
					b, err := s.Batch(cmd.Context(), id)
					if err != nil {
						return err
					}
					return writeJSON(a.stdout, b)
				}
				fmt.Fprint(a.stdout, words)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the batch as JSON")
	return cmd
}
