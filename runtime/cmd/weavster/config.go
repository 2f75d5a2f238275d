package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newConfig(w *workspace) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Show the resolved configuration, or its digest",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(
		newConfigPrinter(w, "show", "Print what flows run with: the profile, the environment and variables applied, secrets left out",
			func(_ string, text []byte) string { return string(text) }),
		newConfigPrinter(w, "digest", "Print the digest of what flows run with, as `run` logs it and a trust policy pins it",
			func(digest string, _ []byte) string { return digest }),
	)
	return command
}

func newConfigPrinter(w *workspace, name, short string, show func(digest string, text []byte) string) *cobra.Command {
	var artifacts artifactFlags
	var chosen []string
	command := &cobra.Command{
		Use:   name + " [REFERENCE…]",
		Short: short,
		Long:  strings.Replace(short, "Print", "Prints", 1) + ".\nIt is about the flows that `run` would run with the same arguments: others' connectors don't count.",
		Args:  cobra.ArbitraryArgs,
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
			_, err = fmt.Fprintln(cmd.OutOrStdout(), show(digest, text))
			return err
		},
	}
	artifacts.add(command)
	command.Flags().StringSliceVar(&chosen, "flow", nil, "as if only this `flow` ran; may be given several times")
	return command
}
