package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/bundle"
)

// An openedArtifact is the bundle of one, wherever it came from.
type openedArtifact struct {
	bundle *bundle.Bundle
	info   *artifact.Info // nil: it is no image
	folder string         // to remove; "" for none
}

func (o *openedArtifact) close() error {
	if o.folder == "" {
		return nil
	}
	return os.RemoveAll(o.folder)
}

func (o *openedArtifact) flow(name string) *bundle.Flow {
	for _, f := range o.bundle.Flows {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// openArtifact gives the bundle of a reference: of an image, in a folder of its
// own. A bundle that the user has built is as it is. Images aren't run unless
// they are trusted.
func (f *artifactFlags) openArtifact(ctx context.Context, w *workspace, text string, run bool) (o *openedArtifact, err error) {
	b, err := bundle.Open(text)
	if err == nil {
		return &openedArtifact{bundle: b}, nil
	}
	ref, invalid := registry.Parse(text)
	switch {
	case invalid != nil:
		return nil, invalid
	case !ref.Remote() && !errors.Is(err, bundle.ErrNoBundle):
		return nil, err
	}
	source := &artifactSource{}
	if source.client, err = f.connection.client(newTransferLine(os.Stderr).report); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.client.Close()) }()
	if run && !f.trusted.unsigned {
		folder, err := w.folder()
		if err != nil {
			return nil, err
		}
		if source.judge, err = f.trusted.judge(ctx, folder); err != nil {
			return nil, fmt.Errorf("--messages run the modules of %s: %w", text, err)
		}
	}
	found, err := source.obtain(ctx, text)
	if err != nil {
		return nil, err
	}
	return unpacked(found.index)
}

// unpacked is the bundle in an image.
func unpacked(index v1.ImageIndex) (*openedArtifact, error) {
	folder, err := os.MkdirTemp("", "weavster-artifact-")
	if err != nil {
		return nil, err
	}
	o := &openedArtifact{folder: folder}
	info, err := artifact.Unpack(index, filepath.Join(folder, "bundle"))
	if err == nil {
		o.info = &info
		o.bundle, err = bundle.Open(filepath.Join(folder, "bundle"))
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}
