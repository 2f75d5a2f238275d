package signing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// Layout is an OCI layout folder. Signatures lie in it as `cosign save` would
// put them, so that `cosign verify --local-image` and `cosign load` find those
// of the first signed image. Which image each list belongs to is said by an
// annotation more, since cosign's format has room for one image alone.
func Layout(folder string) Store { return layoutStore(folder) }

type layoutStore string

const (
	kindAnnotation    = "kind"
	imageAnnotation   = "dev.cosignproject.cosign/image"
	indexAnnotation   = "dev.cosignproject.cosign/imageIndex"
	subjectAnnotation = "io.weavster.signs"
	titleAnnotation   = "org.opencontainers.image.title"
	indexFile         = "index.json"
)

func (s layoutStore) String() string { return string(s) }

// index is the folder's index.json.
func (s layoutStore) index() (*v1.IndexManifest, error) {
	path := filepath.Join(string(s), indexFile)
	raw, err := readFile(path, maxManifest)
	if err != nil {
		return nil, err
	}
	if bytes.Count(raw, []byte(",")) > maxCommas {
		return nil, fmt.Errorf("%s says too little at such length: %w", path, ErrTooMuch)
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("%s can't be read: %w: %w", path, err, ErrMalformed)
	}
	return &index, nil
}

// readFile reads a file that may be anyone's: links and devices aren't followed
// far enough to wait for, and no more is read than the limit.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: %w", path, ErrMalformed)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than %d: %w", path, info.Size(), limit, ErrTooMuch)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

func (s layoutStore) blobPath(digest v1.Hash) string {
	return filepath.Join(string(s), "blobs", digest.Algorithm, digest.Hex)
}

func (s layoutStore) blob(_ context.Context, digest v1.Hash) (io.ReadCloser, error) {
	path := s.blobPath(digest)
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: %w", path, ErrMalformed)
	}
	return os.Open(path)
}

func (s layoutStore) manifest(_ context.Context, digest v1.Hash, k kind) ([]byte, error) {
	index, err := s.index()
	if err != nil {
		return nil, err
	}
	for _, descriptor := range index.Manifests {
		if !lists(descriptor, digest, k) {
			continue
		}
		raw, err := readFile(s.blobPath(descriptor.Digest), maxManifest)
		if err != nil {
			return nil, err
		}
		if got, _, err := v1.SHA256(bytes.NewReader(raw)); err != nil || got != descriptor.Digest {
			return nil, fmt.Errorf("%s has other content than its name says: %w", s.blobPath(descriptor.Digest), ErrMalformed)
		}
		return raw, nil
	}
	return nil, nil
}

// lists says whether a descriptor is of the list that belongs to a digest.
// Lists that cosign wrote don't say; they belong to the one image there is,
// and what they sign is checked anyway.
func lists(descriptor v1.Descriptor, digest v1.Hash, k kind) bool {
	subject, said := descriptor.Annotations[subjectAnnotation]
	return descriptor.Annotations[kindAnnotation] == k.annotation && (!said || subject == digest.String())
}

// reference is the image's title: a folder has no name that means anything
// elsewhere.
func (s layoutStore) reference(digest v1.Hash) (string, error) {
	raw, err := readFile(s.blobPath(digest), maxManifest)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s holds no image %s", s, digest)
	}
	if err != nil {
		return "", err
	}
	var image struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal(raw, &image); err != nil {
		return "", fmt.Errorf("%s of %s can't be read: %w: %w", digest, s, err, ErrMalformed)
	}
	return image.Annotations[titleAnnotation], nil
}

func (s layoutStore) write(_ context.Context, digest v1.Hash, k kind, list v1.Image) error {
	index, err := s.index()
	if err != nil {
		return err
	}
	if err := layout.Path(s).WriteImage(list); err != nil {
		return fmt.Errorf("writing the %s of %s to %s: %w", k.one, digest, s, err)
	}
	descriptor, err := partial.Descriptor(list)
	if err != nil {
		return err
	}
	descriptor.Annotations = map[string]string{kindAnnotation: k.annotation, subjectAnnotation: digest.String()}
	if index.Manifests, err = withList(index.Manifests, digest, k, *descriptor); err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return s.writeIndex(index)
}

// withList puts a list right behind the image it belongs to, in place of the
// one that is there, and marks the image as cosign does: what cosign takes is
// the first image so marked, and the first list.
func withList(manifests []v1.Descriptor, digest v1.Hash, k kind, list v1.Descriptor) ([]v1.Descriptor, error) {
	var all []v1.Descriptor
	found := false
	for _, descriptor := range manifests {
		switch {
		case lists(descriptor, digest, k):
			continue
		case descriptor.Digest == digest && !found:
			found = true
			all = append(all, marked(descriptor), list)
		default:
			all = append(all, descriptor)
		}
	}
	if !found {
		return nil, fmt.Errorf("index.json names no image %s", digest)
	}
	return all, nil
}

func marked(image v1.Descriptor) v1.Descriptor {
	annotations := map[string]string{}
	for key, value := range image.Annotations {
		annotations[key] = value
	}
	annotations[kindAnnotation] = imageAnnotation
	if image.MediaType.IsIndex() {
		annotations[kindAnnotation] = indexAnnotation
	}
	image.Annotations = annotations
	return image
}

// writeIndex replaces index.json at once: a folder that is read meanwhile has
// the old one or the new one.
func (s layoutStore) writeIndex(index *v1.IndexManifest) (err error) {
	raw, err := json.MarshalIndent(index, "", "   ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(string(s), indexFile+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(string(s), indexFile))
}
