package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
)

func newPull(w *workspace) *cobra.Command {
	var from artifactFlags
	var output string
	var asJSON bool
	command := &cobra.Command{
		Use:   "pull REFERENCE",
		Short: "Fetch an artifact from a registry, if it is trusted",
		Long: "Fetches what REFERENCE (oci://host/repository:tag, or with @sha256:… behind it) leads to into the cache, once it is known who signed it.\n" +
			"With --output it is written to a layout folder, signatures and attestations included, which every command takes in place of a reference.",
		Example: "  weavster pull oci://registry.example/shop/orders:1.4.0 --key release.pub\n  weavster pull oci://registry.example/shop:1.4.0 --trust-policy trust-policy.yaml --output shop.oci",
		Args:    oneArgument,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			folder, err := w.folder()
			if err != nil {
				return err
			}
			source, err := from.trusted.source(cmd.Context(), &from.connection, folder)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, source.client.Close()) }()
			found, err := source.obtain(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := found.sound(); err != nil {
				return err
			}
			if found.verdict == nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "weavster: NOBODY HAS VOUCHED FOR %s: --insecure-unsigned takes whatever lies there\n", found.reference)
			}
			pulled := pulledImage{Info: found.info, Reference: found.reference.Pinned(found.info.Digest.String()).String(), Trusted: found.verdict != nil}
			if output != "" {
				if pulled.Path, err = output, found.save(cmd.Context(), output); err != nil {
					return err
				}
			}
			return pulled.print(cmd, asJSON)
		},
	}
	from.add(command)
	command.Flags().StringVar(&output, "output", "", "write it to this `folder` too; a layout folder that is there is replaced")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// A pulledImage is one that is here now.
type pulledImage struct {
	artifact.Info
	Reference string `json:"reference"` // with the digest
	Trusted   bool   `json:"trusted"`   // false: nobody was asked
	Path      string `json:"path,omitempty"`
}

func (p pulledImage) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), p)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", p.Reference)
	if err == nil && p.Path != "" {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s is in %s\n", p.Kind, oneLine(p.Name), p.Path)
	}
	return err
}

// save writes the artifact to a layout folder, whole or not at all, with what
// was signed of it.
func (o *obtained) save(ctx context.Context, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	private, err := os.MkdirTemp(filepath.Dir(to), "."+filepath.Base(to)+".*")
	if err != nil {
		return err
	}
	err = artifact.WriteLayout(private, o.index)
	if err == nil {
		err = signing.Copy(ctx, o.store, signing.Layout(private), o.info.Digest)
	}
	if err == nil {
		err = os.Chmod(private, 0o755)
	}
	if err == nil {
		err = replace(private, to)
	}
	return errors.Join(err, os.RemoveAll(private))
}
