package artifact

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Kinds of images that are run rather than read: Weavster itself, and Weavster
// with a project. They are pushed and signed like artifacts and aren't any, so
// Inspect and Unpack refuse them.
const (
	Runtime     Kind = "runtime"
	Application Kind = "application"
)

// InspectProgram reads what an image that is run says of itself, where it is
// one. It is for images that were built here: unlike Inspect it takes their
// word for everything.
func InspectProgram(index v1.ImageIndex) (info Info, ok bool, err error) {
	list, err := index.IndexManifest()
	if err != nil {
		return Info{}, false, err
	}
	info = Info{
		Kind: Kind(list.Annotations[AnnotationKind]), Name: list.Annotations[AnnotationTitle],
		Description: list.Annotations[AnnotationDescription], Version: list.Annotations[AnnotationVersion],
	}
	if info.Kind != Runtime && info.Kind != Application {
		return Info{}, false, nil
	}
	if info.Digest, err = index.Digest(); err != nil {
		return Info{}, false, err
	}
	if info.Size, err = sizeOf(index, list); err != nil {
		return Info{}, false, err
	}
	return info, true, nil
}

// sizeOf is that of all there is to transfer; what platforms share counts once.
func sizeOf(index v1.ImageIndex, list *v1.IndexManifest) (int64, error) {
	blobs := map[v1.Hash]int64{}
	total, err := index.Size()
	if err != nil {
		return 0, err
	}
	for _, d := range list.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			return 0, err
		}
		manifest, err := image.Manifest()
		if err != nil {
			return 0, err
		}
		for _, blob := range append(manifest.Layers, manifest.Config, d) {
			blobs[blob.Digest] = blob.Size
		}
	}
	for _, size := range blobs {
		total += size
	}
	return total, nil
}
