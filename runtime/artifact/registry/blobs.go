package registry

import (
	"fmt"
	"io"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// blobsOf are the images of an index, and all of their layers and
// configurations, each once.
func blobsOf(index v1.ImageIndex) (map[v1.Hash]v1.Image, map[v1.Hash]v1.Layer, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, nil, err
	}
	images, blobs := map[v1.Hash]v1.Image{}, map[v1.Hash]v1.Layer{}
	for _, d := range manifest.Manifests {
		if !d.MediaType.IsImage() {
			return nil, nil, fmt.Errorf("%w: it holds a %s", ErrNoArtifact, d.MediaType)
		}
		image, err := index.Image(d.Digest)
		if err != nil {
			return nil, nil, err
		}
		images[d.Digest] = image
		layers, err := image.Layers()
		if err != nil {
			return nil, nil, err
		}
		config, err := partial.ConfigLayer(image)
		if err != nil {
			return nil, nil, err
		}
		for _, layer := range append(layers, config) {
			digest, err := layer.Digest()
			if err != nil {
				return nil, nil, err
			}
			blobs[digest] = layer
		}
	}
	return images, blobs, nil
}

// sent is a layer that tells how much of it was read. What is read again,
// since the first attempt failed, counts once.
type sent struct {
	v1.Layer
	status *transfer
	seen   atomic.Int64
}

func (s *sent) Compressed() (io.ReadCloser, error) {
	s.status.move(-s.seen.Swap(0))
	in, err := s.Layer.Compressed()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&counter{in, func(n int64) {
		s.seen.Add(n)
		s.status.move(n)
	}}, in}, nil
}

// settle says that the layer is where it should be, sent or not.
func (s *sent) settle(size int64) {
	s.status.skip(size - s.seen.Swap(size))
}

// inner has another name, since a field ImageIndex would hide the method.
type inner = v1.ImageIndex

var _ v1.ImageIndex = (*mounting)(nil)

// mounting is an index whose layers say in which other repository of the
// registry they lie.
type mounting struct {
	inner
	target *target
	homes  map[v1.Hash]*target
}

func (m *mounting) Image(h v1.Hash) (v1.Image, error) {
	return &mountingImage{m.target.images[h], m}, nil
}

type mountingImage struct {
	v1.Image
	index *mounting
}

func (m *mountingImage) Layers() ([]v1.Layer, error) {
	layers, err := m.Image.Layers()
	if err != nil {
		return nil, err
	}
	mounted := make([]v1.Layer, len(layers))
	for i, layer := range layers {
		if mounted[i], err = m.index.at(layer); err != nil {
			return nil, err
		}
	}
	return mounted, nil
}

// ConfigLayer is what go-containerregistry looks for before it makes one of its own.
func (m *mountingImage) ConfigLayer() (v1.Layer, error) {
	layer, err := partial.ConfigLayer(m.Image)
	if err != nil {
		return nil, err
	}
	return m.index.at(layer)
}

func (m *mounting) at(layer v1.Layer) (v1.Layer, error) {
	digest, err := layer.Digest()
	if err != nil {
		return nil, err
	}
	home := m.homes[digest]
	if home == m.target || home.repository.Registry != m.target.repository.Registry {
		return layer, nil
	}
	return &remote.MountableLayer{Layer: layer, Reference: home.repository.Digest(digest.String())}, nil
}
