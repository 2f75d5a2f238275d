package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/docs/schemas"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of a kind of file, for editors",
		Long:  "Print the JSON Schema of a kind of file, for editors. Without a kind, list them.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, kind := range schemas.Kinds {
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-12s %-18s %s\n", kind.Name, kind.Files, kind.Doc); err != nil {
						return err
					}
				}
				return nil
			}
			kind := schemas.Find(args[0])
			if kind == nil {
				if near, found := source.Nearest(args[0], schemas.Names()); found {
					return usageError{fmt.Errorf("there is no kind of file %q; did you mean %q?", args[0], near)}
				}
				return usageError{fmt.Errorf("there is no kind of file %q; schema without a kind lists them", args[0])}
			}
			_, err := cmd.OutOrStdout().Write(kind.JSON())
			return err
		},
	}
}
