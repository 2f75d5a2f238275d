package image

import (
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/weavster/weavster/runtime/artifact"
)

// bundleFolder is where the layers of a project's image put its bundle.
const bundleFolder = "/"

// NewApplication makes an image of a runtime and a project, on the layers that
// both images have already: who has pulled one of them pulls only the other.
// Started without arguments it runs the project's flows.
func NewApplication(runtime, project v1.ImageIndex) (v1.ImageIndex, error) {
	said, err := projectAnnotations(project)
	if err != nil {
		return nil, err
	}
	var images []v1.Image
	manifest, err := runtime.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range manifest.Manifests {
		base, err := runtime.Image(d.Digest)
		if err != nil {
			return nil, err
		}
		layers, err := layersFor(project, d.Platform)
		if err != nil {
			return nil, err
		}
		image, err := applicationImage(base, layers, said)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return indexOf(images, said)
}

// projectAnnotations are the project's own, but for what kind of image it is:
// what reads artifacts must not take a runtime for a part of one.
func projectAnnotations(project v1.ImageIndex) (map[string]string, error) {
	manifest, err := project.IndexManifest()
	if err != nil {
		return nil, err
	}
	if kind := manifest.Annotations[artifact.AnnotationKind]; kind != string(artifact.Project) {
		return nil, fmt.Errorf("an application is made of a project's image, and this is one of kind %q", kind)
	}
	said := maps.Clone(manifest.Annotations)
	said[artifact.AnnotationKind] = string(artifact.Application)
	return said, nil
}

// layersFor are the project's layers on a platform, as its image has them.
func layersFor(project v1.ImageIndex, platform *v1.Platform) ([]mutate.Addendum, error) {
	manifest, err := project.IndexManifest()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(manifest.Manifests, func(d v1.Descriptor) bool {
		return d.Platform != nil && platform != nil && d.Platform.Equals(*platform)
	})
	if i < 0 {
		return nil, fmt.Errorf("the project's image has none for %s, which the runtime's has", platform)
	}
	image, err := project.Image(manifest.Manifests[i].Digest)
	if err != nil {
		return nil, err
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	described, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	var list []mutate.Addendum
	for i, l := range layers {
		d := described.Layers[i]
		list = append(list, mutate.Addendum{Layer: l, MediaType: d.MediaType, Annotations: d.Annotations, History: history("weavster package")})
	}
	return list, nil
}

func applicationImage(base v1.Image, layers []mutate.Addendum, labels map[string]string) (v1.Image, error) {
	image, err := mutate.Append(base, layers...)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Config.Cmd = []string{"run", "--bundle", bundleFolder}
	config.Config.Labels = labels
	return mutate.ConfigFile(image, config)
}
