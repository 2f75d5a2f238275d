package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/bundle"
)

// artifactSources are where artifacts are looked for, and whether they may be
// run.
type artifactSources struct {
	plainHTTP bool
	authority string
	unsigned  bool
}

func (s *artifactSources) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&s.plainHTTP, "plain-http", false, "speak http to registries, not https")
	flags.StringVar(&s.authority, "ca", "", "a `file` of certificates that registries are trusted by, beside the system's")
	flags.BoolVar(&s.unsigned, "insecure-unsigned", false, "with --messages: run modules of images although nobody vouches for them")
}

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

// open gives the bundle of a reference: of an image, in a folder of its own. A
// bundle that the user has built is as it is. Images aren't run unless they
// are trusted.
func (s *artifactSources) open(ctx context.Context, text string, run bool) (*openedArtifact, error) {
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
	case run && !s.unsigned:
		return nil, fmt.Errorf("%s is an image, and --messages run its modules: they are not run unless somebody vouches for them; "+
			"compare without messages, or, if you know where the image is from, add --insecure-unsigned", text)
	}
	index, err := s.fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	return unpacked(index)
}

// fetch gives an image, of a registry or a layout folder.
func (s *artifactSources) fetch(ctx context.Context, ref registry.Reference) (index v1.ImageIndex, err error) {
	if !ref.Remote() {
		if index, err = artifact.ReadLayout(ref.Folder); err != nil {
			return nil, err
		}
		digest, err := index.Digest()
		if err == nil && ref.Digest != "" && ref.Digest != digest.String() {
			err = fmt.Errorf("%s has the digest %s", ref, digest)
		}
		return index, err
	}
	cache, err := registry.CacheFolder()
	if err != nil {
		return nil, err
	}
	client, err := registry.New(registry.Options{PlainHTTP: s.plainHTTP, CAFile: s.authority, Cache: cache})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return client.Pull(ctx, ref)
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
