package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newGate(a *app) *cobra.Command {
	var why string
	show := func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		return a.withStore(ctx, func(o opened) error {
			s, err := o.status(ctx, nil)
			if err == nil {
				a.printAccount(s)
			}
			return err
		})
	}
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Show, open or close the gate: whether the API may be called",
		Args:  argsError(cobra.NoArgs),
		RunE:  show,
	}
	open := &cobra.Command{
		Use: "open", Short: "Let requests through again, at once", Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(o opened) error { return a.openGate(cmd.Context(), o) })
		},
	}
	shut := &cobra.Command{
		Use: "close", Short: "Let no request through until the gate is opened by hand", Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(o opened) error {
				if err := o.control.CloseGate(cmd.Context(), actor(), o.account, why); err != nil {
					return err
				}
				fmt.Fprintln(a.stdout, "The gate is closed. Nothing is sent until 'usher gate open'.")
				return nil
			})
		},
	}
	shut.Flags().StringVar(&why, "why", "", "the reason, for others to read")
	cmd.AddCommand(open, shut)
	return cmd
}

func (a *app) openGate(ctx context.Context, o opened) error {
	opened, err := o.control.OpenGate(ctx, actor(), o.account)
	if err != nil {
		return err
	}
	if opened {
		fmt.Fprintln(a.stdout, "The gate is open.")
	} else {
		fmt.Fprintln(a.stdout, "The gate was open already.")
	}
	return nil
}
