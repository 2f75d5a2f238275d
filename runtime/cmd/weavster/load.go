package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
)

// refName is the annotation by which tools find one of several images in a
// layout folder.
const refName = "org.opencontainers.image.ref.name"

func newLoad(w *workspace) *cobra.Command {
	var flows []string
	var folder, archive string
	command := &cobra.Command{
		Use:   "load [IMAGE]…",
		Short: "Put the images of the project and its flows where container tools find them",
		Long: "Puts images into one OCI layout folder, each under its name, or into an archive for `docker load`.\n" +
			"IMAGE is a layout folder that was built; without one Bazel builds those of the project.",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			images, err := w.images(cmd, arguments)
			if err != nil {
				return err
			}
			names := localNames(images)
			if images, err = only(images, flows); err != nil {
				return err
			}
			to := folder
			if archive != "" {
				to, err = archive, saveArchive(archive, images, names)
			} else {
				err = loadLayout(folder, images, names)
			}
			if err != nil {
				return err
			}
			for _, image := range images {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is in %s\n", oneLine(names[image.Digest]), to)
			}
			return nil
		},
	}
	command.Flags().StringSliceVar(&flows, "flow", nil, "only the image of this `flow`; may be given several times")
	command.Flags().StringVar(&folder, "layout", "images", "the OCI layout `folder` to put them into")
	command.Flags().StringVar(&archive, "tarball", "", "write this `file` instead, for docker load, with the images for this machine's processor")
	command.MarkFlagsMutuallyExclusive("layout", "tarball")
	return command
}

// localNames are what images are called on a machine: shop:1.4.0, and
// shop/orders:1.4.0 for a flow.
func localNames(images []builtImage) map[v1.Hash]string {
	prefix, tag := "", "latest"
	for _, image := range images {
		if image.Kind != artifact.Flow {
			prefix = repositoryName(image.Name)
			if image.Version != "" {
				tag = image.Version
			}
		}
	}
	names := map[v1.Hash]string{}
	for _, image := range images {
		repository := prefix
		if image.Kind == artifact.Flow {
			repository = strings.TrimPrefix(prefix+"/"+repositoryName(image.Name), "/")
		}
		names[image.Digest] = repository + ":" + tag
	}
	return names
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// repositoryName is a name as registries take them: in lower case, and of
// letters and digits with single signs between them.
func repositoryName(text string) string {
	return strings.Trim(notInNames.ReplaceAllStringFunc(strings.ToLower(text), func(signs string) string {
		if signs == "." || signs == "_" {
			return signs
		}
		return "-"
	}), "-._")
}

func loadLayout(folder string, images []builtImage, names map[v1.Hash]string) error {
	if err := free(folder); err != nil {
		return err
	}
	path, err := ocilayout.FromPath(folder)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = ocilayout.Write(folder, empty.Index)
	}
	if err != nil {
		return err
	}
	for _, image := range images {
		ref := names[image.Digest]
		if err := path.ReplaceIndex(image.index, match.Name(ref), ocilayout.WithAnnotations(map[string]string{refName: ref})); err != nil {
			return err
		}
	}
	return nil
}

// saveArchive writes the form of `docker save`, which has one platform.
func saveArchive(file string, images []builtImage, names map[v1.Hash]string) error {
	tagged := map[name.Tag]v1.Image{}
	for _, image := range images {
		tag, err := name.NewTag(names[image.Digest])
		if err != nil {
			return fmt.Errorf("%s can't be an image's name for Docker: %w", names[image.Digest], err)
		}
		here := match.Platforms(v1.Platform{OS: "linux", Architecture: runtime.GOARCH})
		found, err := partial.FindImages(image.index, here)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("%s has no image for linux/%s", image.folder, runtime.GOARCH)
		}
		tagged[tag] = found[0]
	}
	return tarball.MultiWriteToFile(file, tagged)
}
