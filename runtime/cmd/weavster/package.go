package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
)

func newPackage(w *workspace) *cobra.Command {
	var flows []string
	var output string
	var asJSON bool
	var sign *signFlags
	command := &cobra.Command{
		Use:   "package [IMAGE]…",
		Short: "Copy the images of the project and its flows to a folder",
		Long: "Copies images as OCI layout folders: the project's to project, and those of flows to flows/NAME.\n" +
			"IMAGE is a layout folder that was built; without one Bazel builds those of the project. With --sign, signatures lie in the folders.",
		RunE: func(cmd *cobra.Command, folders []string) error {
			signer, err := sign.signer(cmd)
			if err != nil {
				return err
			}
			images, err := w.images(cmd, folders)
			if err != nil {
				return err
			}
			version := versionOf(images)
			if images, err = only(images, flows); err != nil {
				return err
			}
			packaged := make([]packagedImage, len(images))
			for i, image := range images {
				if packaged[i], err = image.copyTo(cmd.Context(), output, version, signer); err != nil {
					return err
				}
			}
			return printPackaged(cmd.OutOrStdout(), packaged, asJSON)
		},
	}
	command.Flags().StringSliceVar(&flows, "flow", nil, "only the image of this `flow`; may be given several times")
	command.Flags().StringVar(&output, "output", "dist", "the `folder` to copy to; images that are there are replaced")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	sign = addSignFlags(command, w)
	return command
}

// A packagedImage is one that was copied.
type packagedImage struct {
	artifact.Info
	Path   string `json:"path"`
	Signed bool   `json:"signed"`
}

// copyTo puts the image into its place below a folder, whole and signed or not
// at all.
func (i builtImage) copyTo(ctx context.Context, folder, version string, signer *artifactSigner) (packagedImage, error) {
	to := filepath.Join(folder, string(i.Kind))
	if i.Kind == artifact.Flow {
		to = filepath.Join(folder, "flows", i.Name)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return packagedImage{}, err
	}
	private, err := os.MkdirTemp(filepath.Dir(to), "."+filepath.Base(to)+".*")
	if err != nil {
		return packagedImage{}, err
	}
	err = artifact.WriteLayout(private, i.index)
	if err == nil && signer != nil {
		err = signer.sign(ctx, signing.Layout(private), i, version)
	}
	if err == nil {
		err = os.Chmod(private, 0o755)
	}
	if err == nil {
		err = replace(private, to)
	}
	return packagedImage{i.Info, to, signer != nil}, errors.Join(err, os.RemoveAll(private))
}

// replace puts a folder into the place of a layout folder, or of nothing. What
// else lies there isn't ours to remove.
func replace(from, to string) error {
	if err := free(to); err != nil {
		return err
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// free says whether a place is one for a layout folder: there is one, or nothing.
func free(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || len(entries) > 0 && !isFile(filepath.Join(folder, "oci-layout")) {
		return fmt.Errorf("%s is there, and isn't an OCI layout folder: it isn't overwritten", folder)
	}
	return nil
}

func printPackaged(out io.Writer, images []packagedImage, asJSON bool) error {
	if asJSON {
		return printJSON(out, images)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tDIGEST\tSIZE\tPATH")
	for _, image := range images {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", oneLine(image.Name), image.Digest, bytesText(image.Size), image.Path)
	}
	return table.Flush()
}

// bytesText is a size as people read it.
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1000/1000)
}
