// Package image makes Weavster's own images: the runtime alone, and the runtime
// with a project in it. README.md says what lies where in them.
package image

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/layer"
)

const (
	user = 65532 // what other images without a root call nonroot
	home = "/home/weavster"
	// program is where the image has the command line.
	program = "/weavster"
)

// Annotations of the runtime image beside those that every image of ours has.
const (
	annotationRevision = "org.opencontainers.image.revision"
	annotationLicenses = "org.opencontainers.image.licenses"
)

// Options are what a runtime image is made of.
type Options struct {
	// Programs are the command line's files, by architecture as Go calls it.
	Programs map[string]string
	// Facts is the file that says what they were built of and by, a
	// contract.Program; "" where nothing does.
	Facts string
	// Commit is that of the sources; "" where the build isn't told.
	Commit string
}

// New makes the runtime image. Its digest hangs on the programs, their
// facts, the commit and the certificates that this package was built with.
func New(o Options) (v1.ImageIndex, error) {
	base, err := baseLayer()
	if err != nil {
		return nil, err
	}
	annotations := map[string]string{
		artifact.AnnotationKind: string(artifact.Runtime), artifact.AnnotationTitle: "weavster", artifact.AnnotationVersion: contract.Version,
		annotationLicenses: "Apache-2.0",
	}
	if o.Commit != "" {
		annotations[annotationRevision] = o.Commit
	}
	shared := []v1.Layer{base}
	if o.Facts != "" {
		facts, err := factsLayer(o.Facts)
		if err != nil {
			return nil, err
		}
		shared = append(shared, facts)
	}
	var images []v1.Image
	for _, architecture := range slices.Sorted(maps.Keys(o.Programs)) {
		file := o.Programs[architecture]
		if err := checkProgram(file, architecture); err != nil {
			return nil, err
		}
		l, err := programLayer(file)
		if err != nil {
			return nil, err
		}
		image, err := runtimeImage(architecture, annotations, append(slices.Clone(shared), l)...)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return indexOf(images, annotations)
}

// epoch is when everything was made: bytes must not hang on when they were.
var epoch = v1.Time{Time: time.Unix(0, 0).UTC()}

func runtimeImage(architecture string, annotations map[string]string, layers ...v1.Layer) (v1.Image, error) {
	image, err := mutate.ConfigFile(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
		&v1.ConfigFile{
			Architecture: architecture, OS: "linux", Created: epoch,
			RootFS: v1.RootFS{Type: "layers"},
			Config: v1.Config{
				User:       fmt.Sprintf("%d:%d", user, user),
				Env:        []string{"PATH=/", "HOME=" + home},
				WorkingDir: home,
				Entrypoint: []string{program},
				Labels:     annotations,
			},
		})
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		image, err = mutate.Append(image, mutate.Addendum{Layer: l, MediaType: types.OCILayer, History: history("weavster's runtime")})
		if err != nil {
			return nil, err
		}
	}
	return image, nil
}

func history(by string) v1.History { return v1.History{Created: epoch, CreatedBy: by} }

// indexOf is the image for every platform.
func indexOf(images []v1.Image, annotations map[string]string) (v1.ImageIndex, error) {
	if len(images) == 0 {
		return nil, errors.New("an image is for at least one platform")
	}
	all := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, image := range images {
		config, err := image.ConfigFile()
		if err != nil {
			return nil, err
		}
		all = mutate.AppendManifests(all, mutate.IndexAddendum{
			Add:        mutate.Annotations(image, annotations).(v1.Image),
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: config.OS, Architecture: config.Architecture}},
		})
	}
	return mutate.Annotations(all, annotations).(v1.ImageIndex), nil
}

// baseLayer is everything but the program: it changes when certificates do.
func baseLayer() (v1.Layer, error) {
	certificates, err := certificates()
	if err != nil {
		return nil, err
	}
	line := fmt.Sprintf("weavster:x:%d:", user)
	return layer.New([]layer.File{
		{Name: "etc/group", Mode: 0o444, Open: text("root:x:0:\n" + line + "\n")},
		{Name: "etc/passwd", Mode: 0o444, Open: text(fmt.Sprintf("root:x:0:0:root:/:/\n%s%d:weavster:%s:/\n", line, user, home))},
		// Where Go looks first, and where operators put their own.
		{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o444, Open: text(certificates)},
		{Name: home[1:] + "/", Mode: 0o755, Owner: user},
		{Name: "tmp/", Mode: 0o777 | layer.Sticky},
	})
}
