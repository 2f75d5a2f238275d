package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/weavster/weavster/runtime/artifact"
)

// ErrWrongContent says that a registry, or a disk, gave other bytes than asked for.
var ErrWrongContent = errors.New("wrong content")

// ErrTooLarge says that an artifact is beyond a limit. It is said before
// anything of that size is fetched.
var ErrTooLarge = errors.New("too large")

// ErrNoArtifact says that something else lies there.
var ErrNoArtifact = errors.New("this isn't an artifact of weavster")

// Limits are what an artifact may cost. A zero is the default.
type Limits struct {
	Manifest int64 // bytes of an index, a manifest or an image's configuration: 4 MiB
	Images   int   // images of an index, one for each platform: 16
	Layers   int   // layers of an image: 4096
	Blob     int64 // bytes of a layer, compressed: 256 MiB
	Total    int64 // bytes of everything: 1 GiB
}

func (l Limits) orDefault() Limits {
	set(&l.Manifest, 4<<20)
	set(&l.Images, 16)
	set(&l.Layers, 4096)
	set(&l.Blob, 256<<20)
	set(&l.Total, 1<<30)
	return l
}

func set[N int | int64](field *N, value N) {
	if *field == 0 {
		*field = value
	}
}

// Pull fetches what a reference leads to, all of it, and checks it against
// its digests. Nothing is asked of the network where the reference has a
// digest and the cache has all of it.
func (c *Client) Pull(ctx context.Context, ref Reference) (v1.ImageIndex, error) {
	index, err := c.pull(ctx, ref)
	if err != nil {
		return nil, c.explain(ctx, ref, err)
	}
	return index, nil
}

func (c *Client) pull(ctx context.Context, ref Reference) (v1.ImageIndex, error) {
	from, err := c.Name(ref)
	if err != nil {
		return nil, err
	}
	index := &storedIndex{cache: c.cache, manifests: map[v1.Hash]*storedImage{}}
	if index.raw, err = c.fetchIndex(ctx, from, ref); err != nil {
		return nil, err
	}
	if index.digest, _, err = v1.SHA256(bytes.NewReader(index.raw)); err != nil {
		return nil, err
	}
	if index.manifest, err = c.limits.readIndex(index.raw); err != nil {
		return nil, err
	}
	for _, d := range index.manifest.Manifests {
		image, err := c.pullManifest(ctx, from.Context(), d)
		if err != nil {
			return nil, err
		}
		index.manifests[d.Digest] = image
	}
	blobs, err := c.limits.blobs(index)
	if err != nil {
		return nil, err
	}
	if err := c.pullBlobs(ctx, from.Context(), blobs); err != nil {
		return nil, err
	}
	return index, c.cache.Trim(CacheBytes)
}

// fetchIndex is the text of the index that a reference leads to.
func (c *Client) fetchIndex(ctx context.Context, from name.Reference, ref Reference) ([]byte, error) {
	if raw, ok := c.cached(ref); ok {
		return raw, nil
	}
	got, err := c.puller.Get(ctx, from)
	if err != nil {
		return nil, err
	}
	if got.MediaType != types.OCIImageIndex {
		return nil, fmt.Errorf("%w: it is a %s, and an artifact is an %s", ErrNoArtifact, clean(string(got.MediaType)), types.OCIImageIndex)
	}
	if ref.Digest != "" && got.Digest.String() != ref.Digest {
		return nil, fmt.Errorf("%w: %s was asked for, and the answer has the digest %s", ErrWrongContent, ref.Digest, got.Digest)
	}
	return got.Manifest, c.cache.Put(got.Digest, int64(len(got.Manifest)), bytes.NewReader(got.Manifest))
}

// cached is the index of a reference with a digest, if the cache has it.
func (c *Client) cached(ref Reference) ([]byte, bool) {
	digest, err := v1.NewHash(ref.Digest)
	if err != nil {
		return nil, false
	}
	// Its size isn't known: the file's own is, within the limit.
	info, err := os.Stat(c.cache.path(digest))
	if err != nil || info.Size() > c.limits.Manifest || !c.cache.Has(digest, info.Size()) {
		return nil, false
	}
	raw, err := c.cache.read(digest, info.Size())
	if err != nil {
		return nil, false
	}
	_, err = c.limits.readIndex(raw)
	return raw, err == nil
}

// readIndex holds an index against the limits and the form that artifacts have.
func (l Limits) readIndex(raw []byte) (*v1.IndexManifest, error) {
	if err := artifact.CheckDocument(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: its index is damaged: %w", ErrNoArtifact, err)
	case index.MediaType != types.OCIImageIndex || index.SchemaVersion != 2:
		return nil, fmt.Errorf("%w: its index calls itself %q", ErrNoArtifact, clean(string(index.MediaType)))
	case len(index.Manifests) == 0:
		return nil, fmt.Errorf("%w: its index is empty", ErrNoArtifact)
	case len(index.Manifests) > l.Images:
		return nil, fmt.Errorf("%w: the index has %d images, and %d are allowed", ErrTooLarge, len(index.Manifests), l.Images)
	}
	for _, d := range index.Manifests {
		if err := l.check(d, l.Manifest, types.OCIManifestSchema1); err != nil {
			return nil, err
		}
	}
	return index, nil
}

// check holds a descriptor against what may be behind it, before that is fetched.
func (l Limits) check(d v1.Descriptor, limit int64, allowed ...types.MediaType) error {
	if err := checkHash(d.Digest); err != nil {
		return fmt.Errorf("%w: %w", ErrNoArtifact, err)
	}
	known := false
	for _, one := range allowed {
		known = known || d.MediaType == one
	}
	switch {
	case !known:
		return fmt.Errorf("%w: %s is a %q", ErrNoArtifact, d.Digest, clean(string(d.MediaType)))
	case len(d.URLs) > 0:
		return fmt.Errorf("%w: %s is said to lie at another place", ErrNoArtifact, d.Digest)
	case d.Size < 0 || d.Size > limit:
		return fmt.Errorf("%w: %s is said to have %d bytes, and %d are allowed", ErrTooLarge, d.Digest, d.Size, limit)
	}
	return nil
}

// pullManifest is an image's manifest, from the cache or the registry.
func (c *Client) pullManifest(ctx context.Context, from name.Repository, d v1.Descriptor) (*storedImage, error) {
	image := &storedImage{cache: c.cache}
	var err error
	if c.cache.Has(d.Digest, d.Size) {
		image.raw, err = c.cache.read(d.Digest, d.Size)
	} else {
		image.raw, err = c.fetchManifest(ctx, from, d)
	}
	if err != nil {
		return nil, err
	}
	if err := artifact.CheckDocument(image.raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if image.manifest, err = v1.ParseManifest(bytes.NewReader(image.raw)); err != nil {
		return nil, fmt.Errorf("%w: the manifest %s is damaged: %w", ErrNoArtifact, d.Digest, err)
	}
	return image, c.limits.checkManifest(d.Digest, image.manifest)
}

func (c *Client) fetchManifest(ctx context.Context, from name.Repository, d v1.Descriptor) ([]byte, error) {
	got, err := c.puller.Get(ctx, from.Digest(d.Digest.String()))
	if err != nil {
		return nil, err
	}
	if got.MediaType != d.MediaType {
		return nil, fmt.Errorf("%w: %s was announced as a %s and came as a %q", ErrWrongContent, d.Digest, d.MediaType, clean(string(got.MediaType)))
	}
	return got.Manifest, c.cache.Put(d.Digest, d.Size, bytes.NewReader(got.Manifest))
}

func (l Limits) checkManifest(digest v1.Hash, m *v1.Manifest) error {
	switch {
	case m.MediaType != types.OCIManifestSchema1 || m.SchemaVersion != 2:
		return fmt.Errorf("%w: the manifest %s calls itself %q", ErrNoArtifact, digest, clean(string(m.MediaType)))
	case len(m.Layers) > l.Layers:
		return fmt.Errorf("%w: the image %s has %d layers, and %d are allowed", ErrTooLarge, digest, len(m.Layers), l.Layers)
	}
	if err := l.check(m.Config, l.Manifest, types.OCIConfigJSON); err != nil {
		return err
	}
	for _, d := range m.Layers {
		if err := l.check(d, l.Blob, types.OCILayer); err != nil {
			return err
		}
	}
	return nil
}

// blobs are the layers and configurations of an index's images, each once.
func (l Limits) blobs(index *storedIndex) ([]v1.Descriptor, error) {
	var blobs []v1.Descriptor
	var total int64
	sizes := map[v1.Hash]int64{}
	for _, image := range index.manifests {
		total += int64(len(image.raw))
		for _, d := range image.blobs() {
			size, known := sizes[d.Digest]
			if known && size != d.Size {
				return nil, fmt.Errorf("%w: %s is said to have %d bytes here and %d there", ErrNoArtifact, d.Digest, size, d.Size)
			}
			if !known {
				sizes[d.Digest] = d.Size
				blobs = append(blobs, d)
				total += d.Size
			}
		}
	}
	if total > l.Total {
		return nil, fmt.Errorf("%w: the artifact has %d bytes in all, and %d are allowed", ErrTooLarge, total, l.Total)
	}
	return blobs, nil
}

func (c *Client) pullBlobs(ctx context.Context, from name.Repository, blobs []v1.Descriptor) error {
	status := &transfer{report: c.report}
	status.blobs.Store(int64(len(blobs)))
	for _, d := range blobs {
		status.total.Add(d.Size)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for _, d := range blobs {
		group.Go(func() error {
			if c.cache.Has(d.Digest, d.Size) {
				status.skip(d.Size)
				return nil
			}
			if err := c.pullBlob(ctx, from, d, status); err != nil {
				return err
			}
			status.finish()
			return nil
		})
	}
	return group.Wait()
}

// pullBlob starts a blob anew where the connection broke.
func (c *Client) pullBlob(ctx context.Context, from name.Repository, d v1.Descriptor, status *transfer) error {
	return again(ctx, func() error {
		layer, err := c.puller.Layer(ctx, from.Digest(d.Digest.String()))
		if err != nil {
			return err
		}
		in, err := layer.Compressed()
		if err != nil {
			return err
		}
		defer in.Close()
		var seen int64
		err = c.cache.Put(d.Digest, d.Size, &counter{in, func(n int64) {
			seen += n
			status.move(n)
		}})
		if err != nil {
			status.move(-seen)
		}
		return err
	})
}
