package artifact

import (
	"archive/tar"
	"errors"
	"io"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/codegen/contract"
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

// ProgramFacts is where an image that is run has the facts of its program's
// build, a contract.Program.
const ProgramFacts = "usr/share/weavster/build.json"

// maxProgramFacts is how much of facts is read in an image that is run.
const maxProgramFacts = 64 << 20

// ReadProgramFacts reads the facts of builds that an image which is run
// carries, by their paths: those of its program and of its flows, nil for a flow
// without. Like
// InspectProgram it is for images that were built here, or whose signer is
// trusted, and yet reads no more than facts may be long.
func ReadProgramFacts(index v1.ImageIndex) (map[string][]byte, error) {
	list, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	facts := map[string][]byte{}
	if len(list.Manifests) == 0 {
		return facts, nil
	}
	// Programs differ by platform, facts don't.
	image, err := index.Image(list.Manifests[0].Digest)
	if err != nil {
		return nil, err
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, l := range layers {
		if err := layerFacts(l, facts, &total); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

func layerFacts(l v1.Layer, facts map[string][]byte, total *int) (err error) {
	unpacked, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unpacked.Close()) }()
	for archive := tar.NewReader(unpacked); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if module, _ := path.Match("flows/*/flow.wasm", h.Name); module {
			if build := path.Join(path.Dir(h.Name), "build.json"); facts[build] == nil {
				facts[build] = nil // until they come
			}
		}
		if flows, _ := path.Match("flows/*/build.json", h.Name); !flows && h.Name != ProgramFacts {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(archive, contract.MaxBuildBytes+1))
		if err != nil {
			return err
		}
		if *total += len(text); *total > maxProgramFacts {
			return refuse("the image's facts are more than %d bytes", maxProgramFacts)
		}
		facts[h.Name] = text
	}
}
