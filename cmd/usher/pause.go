package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"usher/store"
)

func newPause(a *app) *cobra.Command {
	return a.batchCommand("pause BATCH", "Stop sending for a batch, until it is resumed",
		func(ctx context.Context, o opened, b store.Batch) error {
			if err := o.control.Pause(ctx, actor(), b.ID); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "Batch %d is paused. 'usher resume %d' sets it going again.\n", b.ID, b.ID)
			return nil
		})
}

func newResume(a *app) *cobra.Command {
	return a.batchCommand("resume BATCH", "Set a paused batch going again",
		func(ctx context.Context, o opened, b store.Batch) error {
			if err := o.control.Resume(ctx, actor(), b.ID); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "Batch %d is running.\n", b.ID)
			return nil
		})
}

func newCancel(a *app) *cobra.Command {
	return a.batchCommand("cancel BATCH", "Give up on those of a batch who have not been sent to",
		func(ctx context.Context, o opened, b store.Batch) error {
			n, err := o.control.Cancel(ctx, actor(), b.ID)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "Batch %d is cancelled: %s will not be sent to.\n", b.ID, counted(n, "person", "people"))
			if b, err = o.st.Batch(ctx, b.ID); err != nil {
				return err
			}
			return a.filing(o.st).write(ctx, b)
		})
}

// stateHint adds where the state of a batch is shown that stands in the way.
func stateHint(err error, b store.Batch) error {
	var state *store.StateError
	if errors.As(err, &state) {
		return withHint(err, fmt.Sprintf("'usher status %d' shows it", b.ID))
	}
	return err
}

// batchCommand makes a command that does one thing to one batch.
func (a *app) batchCommand(use, short string, do func(ctx context.Context, o opened, b store.Batch) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactArgs("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onBatch(cmd.Context(), args[0], func(o opened, b store.Batch) error {
				return stateHint(do(cmd.Context(), o, b), b)
			})
		},
	}
}
