package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/artifact"
)

// A builtImage is an artifact that Bazel has built, as a layout folder.
type builtImage struct {
	artifact.Info
	folder string
	index  v1.ImageIndex
}

// images are those that a command is about, the project's first: the layout
// folders that are its arguments, or what Bazel builds of the project.
func (w *workspace) images(cmd *cobra.Command, arguments []string) ([]builtImage, error) {
	var folders []string
	for _, folder := range arguments {
		folders = append(folders, fromStart(w.started, folder))
	}
	if len(folders) == 0 {
		b, err := w.build(cmd)
		if err != nil {
			return nil, err
		}
		if folders, err = b.images(cmd.Context()); err != nil {
			return nil, err
		}
	}
	images := make([]builtImage, len(folders))
	for i, folder := range folders {
		var err error
		if images[i], err = openImage(folder); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(images, func(a, b builtImage) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(b.Kind), string(a.Kind)) // project, flow
		}
		return strings.Compare(a.Name, b.Name)
	})
	return images, nil
}

// readLayout finds the image in a folder, or says where one may have been meant.
func readLayout(folder string) (v1.ImageIndex, error) {
	index, err := artifact.ReadLayout(folder)
	if err == nil || isFile(filepath.Join(folder, "index.json")) {
		return index, err
	}
	if isBundle(folder) {
		return nil, fmt.Errorf("%w; it is a bundle, which `weavster run --bundle` takes", err)
	}
	for _, packaged := range []string{"project/index.json", "flows/*/index.json"} {
		if found, _ := filepath.Glob(filepath.Join(folder, packaged)); len(found) > 0 {
			return nil, fmt.Errorf("%w; %s is one", err, filepath.Dir(found[0]))
		}
	}
	return nil, err
}

func openImage(folder string) (builtImage, error) {
	index, err := readLayout(folder)
	if err != nil {
		return builtImage{}, err
	}
	info, isProgram, err := artifact.InspectProgram(index)
	if err == nil && !isProgram {
		info, err = artifact.Inspect(index)
	}
	if err != nil {
		return builtImage{}, fmt.Errorf("%s: %w", folder, err)
	}
	return builtImage{info, folder, index}, nil
}

// only leaves out what isn't one of the flows; where none is named, nothing.
func only(images []builtImage, flows []string) ([]builtImage, error) {
	if len(flows) == 0 {
		return images, nil
	}
	var chosen []builtImage
	var names []string
	for _, image := range images {
		if image.Kind == artifact.Flow {
			names = append(names, image.Name)
			if slices.Contains(flows, image.Name) {
				chosen = append(chosen, image)
			}
		}
	}
	for _, flow := range flows {
		if !slices.Contains(names, flow) {
			hint := "there is " + strings.Join(names, ", ")
			if len(names) == 0 {
				hint = "the images that were given are of none"
			}
			if near, ok := source.Nearest(flow, names); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, usageError{fmt.Errorf("there is no flow %q; %s", flow, hint)}
		}
	}
	return chosen, nil
}

// images builds the project's images, and gives their folders.
func (b *build) images(ctx context.Context) ([]string, error) {
	label := "//" + strings.TrimPrefix(b.project, ".") + ":images"
	if err := b.run(ctx, b.errs, "build", label); err != nil {
		return nil, err
	}
	var list strings.Builder
	if err := b.run(ctx, &list, "cquery", "--output=files", "--ui_event_filters=-info", "--noshow_progress", label); err != nil {
		return nil, err
	}
	// Bazel names them from here, through the link that it keeps in the workspace.
	var root strings.Builder
	if err := b.run(ctx, &root, "info", "--ui_event_filters=-info", "--noshow_progress", "execution_root"); err != nil {
		return nil, err
	}
	var folders []string
	for name := range strings.Lines(list.String()) {
		folders = append(folders, filepath.Join(strings.TrimSpace(root.String()), strings.TrimSpace(name)))
	}
	if len(folders) == 0 {
		return nil, errors.New("Bazel built no images")
	}
	return folders, nil
}
