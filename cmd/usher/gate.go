package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newGate(a *app) *cobra.Command {
	var why string
	show := func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		return a.withService(ctx, "gate", func(s *batch.Service) error {
			st, err := s.Standing(ctx)
			if err == nil {
				a.printAccount(st)
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
			return a.withService(cmd.Context(), "gate open", func(s *batch.Service) error { return a.openGate(cmd.Context(), s) })
		},
	}
	shut := &cobra.Command{
		Use: "close", Short: "Let no request through until the gate is opened by hand", Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withService(cmd.Context(), "gate close", func(s *batch.Service) error {
				if err := s.CloseGate(cmd.Context(), actor(), why); err != nil {
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

func (a *app) openGate(ctx context.Context, s *batch.Service) error {
	opened, err := s.OpenGate(ctx, actor())
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
