package artifact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const layoutIndex = "index.json"

// WriteLayout writes an image as an OCI layout folder, which is empty or isn't
// there yet. Its index.json has the image's one descriptor, so that tools need
// no tag to find it.
func WriteLayout(folder string, index v1.ImageIndex) error {
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s: %w, and isn't empty", folder, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendIndex(index)
}

// ReadLayout finds the image in an OCI layout folder. Signatures and
// attestations may lie beside it, as cosign saves them. Nothing is read but
// what says what is there; Inspect and Unpack check it.
func ReadLayout(folder string) (v1.ImageIndex, error) {
	text, err := readAtMost(filepath.Join(folder, layoutIndex), standard.document)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s isn't an OCI layout folder: it has no %s", folder, layoutIndex)
	} else if err != nil {
		return nil, err
	}
	var list v1.IndexManifest
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, refuse("%s is damaged: %v", filepath.Join(folder, layoutIndex), err)
	}
	var found []v1.Descriptor
	for _, d := range list.Manifests {
		if d.MediaType == types.OCIImageIndex {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		return nil, refuse("%s has %d images for several platforms, and an artifact is one", folder, len(found))
	}
	if err := checkBlobs(folder, found[0]); err != nil {
		return nil, err
	}
	path, err := layout.FromPath(folder)
	if err != nil {
		return nil, err
	}
	all, err := path.ImageIndex()
	if err != nil {
		return nil, err
	}
	return all.ImageIndex(found[0].Digest)
}

// checkBlobs refuses documents that are too large to be read as a whole, and
// what isn't a file at all: the layout's reader opens and reads without a look.
func checkBlobs(folder string, d v1.Descriptor) error {
	text, err := readAtMost(blobPath(folder, d.Digest), standard.document)
	if err != nil {
		return err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(text, &index); err != nil {
		return refuse("the index %s is damaged: %v", d.Digest, err)
	}
	for _, m := range index.Manifests[:min(len(index.Manifests), standard.manifests+1)] {
		text, err := readAtMost(blobPath(folder, m.Digest), standard.document)
		if err != nil {
			return err
		}
		var manifest v1.Manifest
		if err := json.Unmarshal(text, &manifest); err != nil {
			return refuse("the manifest %s is damaged: %v", m.Digest, err)
		}
		if _, err := readAtMost(blobPath(folder, manifest.Config.Digest), standard.document); err != nil {
			return err
		}
		for _, l := range manifest.Layers[:min(len(manifest.Layers), standard.layers+1)] {
			if err := regular(blobPath(folder, l.Digest), standard.total); err != nil {
				return err
			}
		}
	}
	return nil
}

func blobPath(folder string, digest v1.Hash) string {
	return filepath.Join(folder, "blobs", digest.Algorithm, digest.Hex)
}

// readAtMost reads a document, which is a regular file up to a size.
func readAtMost(name string, limit int64) ([]byte, error) {
	if err := regular(name, limit); err != nil {
		return nil, err
	}
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, limit))
	return text, errors.Join(err, CheckDocument(text))
}

// regular refuses what isn't a file of at most a size: opening a pipe would
// wait for whoever writes into it, and a device has no end. Links are
// followed, as Bazel's outputs are links.
func regular(name string, limit int64) error {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return refuse("%s isn't a regular file", name)
	case info.Size() > limit:
		return refuse("%s has %d bytes, and %d are allowed", name, info.Size(), limit)
	}
	return nil
}
