package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/contract"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "weavster %s%s, module contract %d, %s, %s/%s\n",
				contract.Version, revision(), contract.ABIVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// commit is that of the sources; Bazel's linker sets it where a build is
// stamped.
var commit string

// revision is the commit, where the build recorded one: Bazel's in commit,
// Go's own in the build's settings.
func revision() string {
	found := commit
	if info, ok := debug.ReadBuildInfo(); ok && found == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				found = s.Value
			}
		}
	}
	if found == "" {
		return ""
	}
	// A tree with changes isn't the commit, however short the name is cut.
	hash, rest, _ := strings.Cut(found, "-")
	if rest != "" {
		rest = "-" + rest
	}
	return " (" + hash[:min(12, len(hash))] + rest + ")"
}
