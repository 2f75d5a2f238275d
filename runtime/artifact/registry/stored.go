package registry

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// storedIndex is an index whose images' blobs are in a cache.
type storedIndex struct {
	cache     *Cache
	digest    v1.Hash
	raw       []byte
	manifest  *v1.IndexManifest
	manifests map[v1.Hash]*storedImage
}

func (s *storedIndex) MediaType() (types.MediaType, error)       { return types.OCIImageIndex, nil }
func (s *storedIndex) Digest() (v1.Hash, error)                  { return s.digest, nil }
func (s *storedIndex) Size() (int64, error)                      { return int64(len(s.raw)), nil }
func (s *storedIndex) RawManifest() ([]byte, error)              { return s.raw, nil }
func (s *storedIndex) IndexManifest() (*v1.IndexManifest, error) { return s.manifest.DeepCopy(), nil }
func (s *storedIndex) ImageIndex(h v1.Hash) (v1.ImageIndex, error) {
	return nil, fmt.Errorf("%s holds images, and no index %s", s.digest, h)
}

func (s *storedIndex) Image(h v1.Hash) (v1.Image, error) {
	core, ok := s.manifests[h]
	if !ok {
		return nil, fmt.Errorf("%s has no image %s", s.digest, h)
	}
	return partial.CompressedToImage(core)
}

// storedImage is an image whose blobs are in a cache.
type storedImage struct {
	cache    *Cache
	raw      []byte
	manifest *v1.Manifest
}

func (s *storedImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (s *storedImage) RawManifest() ([]byte, error)        { return s.raw, nil }
func (s *storedImage) Manifest() (*v1.Manifest, error) {
	return v1.ParseManifest(bytes.NewReader(s.raw))
}
func (s *storedImage) RawConfigFile() ([]byte, error) {
	return s.cache.read(s.manifest.Config.Digest, s.manifest.Config.Size)
}

func (s *storedImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range s.blobs() {
		if d.Digest == h {
			return storedLayer{s.cache, d}, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", h)
}

func (s *storedImage) blobs() []v1.Descriptor {
	return slices.Concat(s.manifest.Layers, []v1.Descriptor{s.manifest.Config})
}

type storedLayer struct {
	cache      *Cache
	descriptor v1.Descriptor
}

func (s storedLayer) Digest() (v1.Hash, error)            { return s.descriptor.Digest, nil }
func (s storedLayer) Size() (int64, error)                { return s.descriptor.Size, nil }
func (s storedLayer) MediaType() (types.MediaType, error) { return s.descriptor.MediaType, nil }
func (s storedLayer) Descriptor() (*v1.Descriptor, error) { return &s.descriptor, nil }
func (s storedLayer) Compressed() (io.ReadCloser, error) {
	return s.cache.Open(s.descriptor.Digest, s.descriptor.Size)
}
