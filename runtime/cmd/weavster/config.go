package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newConfig(w *workspace) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Show what the project resolves to, or the digest of what flows run with",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newConfigShow(w), newConfigDigest(w))
	return command
}

func newConfigDigest(w *workspace) *cobra.Command {
	var artifacts artifactFlags
	var chosen []string
	var asText bool
	command := &cobra.Command{
		Use:   "digest [REFERENCE…]",
		Short: "Print the digest of what flows run with, as `run` logs it and a trust policy pins it",
		Long: "Prints the digest of what flows run with, as `run` logs it and a trust policy pins it; with --text, what it is the digest of.\n" +
			"It is about the flows that `run` would run with the same arguments: others' connectors don't count.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			o, err := w.openAny(ctx, &artifacts, args)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, o.close(ctx)) }()
			flows, err := choose(o.bundle.Flows, chosen)
			if err != nil {
				return err
			}
			p, err := o.load(ctx)
			if err != nil {
				return err
			}
			if _, err := resolve(ctx, p, flows); err != nil {
				return p.RedactError(err)
			}
			digest, text, err := o.configuration(ctx, flows)
			if err != nil {
				return err
			}
			if asText {
				digest = string(text)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), digest)
			return err
		},
	}
	artifacts.add(command)
	command.Flags().BoolVar(&asText, "text", false, "print what it is the digest of: JSON without secrets")
	command.Flags().StringSliceVar(&chosen, "flow", nil, "as if only this `flow` ran; may be given several times")
	return command
}
