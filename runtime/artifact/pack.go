package artifact

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/weavster/weavster/runtime/artifact/layer"
	"github.com/weavster/weavster/runtime/bundle"
)

// Pack makes the image of a bundle. Its digest hangs on the names and bytes
// of the contents alone. An image's flow layers are those of any other image
// with the same flows.
func Pack(c bundle.Contents) (v1.ImageIndex, error) {
	files, err := c.Files()
	if err != nil {
		return nil, err
	}
	if err := count(files); err != nil {
		return nil, fmt.Errorf("the bundle can't be an image: %w", err)
	}
	said, err := describe(slices.Sorted(maps.Keys(c.Flows)), c.HasProject(), reader(files))
	if err != nil {
		return nil, err
	}
	layers, err := layersOf(files, said.Flows)
	if err != nil {
		return nil, err
	}
	return index(said, layers)
}

// count holds the files to what Unpack will accept.
func count(files []bundle.File) error {
	t := newTally(standard)
	var wrong []error
	for _, f := range files {
		size := int64(len(f.Text))
		if f.From != "" {
			info, err := os.Stat(f.From)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			size = info.Size()
		}
		_, err := t.add(f.Name, size)
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// reader gives the bytes of one of the files.
func reader(files []bundle.File) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		i := slices.IndexFunc(files, func(f bundle.File) bool { return f.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no %s", name)
		}
		in, err := files[i].Open()
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return io.ReadAll(in)
	}
}

// layersOf are the layer of what isn't a flow's, and those of the flows.
func layersOf(files []bundle.File, flows []string) ([]mutate.Addendum, error) {
	by := map[string][]bundle.File{}
	for _, f := range files {
		by[f.Flow] = append(by[f.Flow], f)
	}
	base, err := layer.New(readable(by[""]))
	if err != nil {
		return nil, err
	}
	layers := []mutate.Addendum{addendum(base, "")}
	for names := range slices.Chunk(flows, max(1, (len(flows)+flowLayers-1)/flowLayers)) {
		var group []bundle.File
		for _, name := range names {
			group = append(group, by[name]...)
		}
		l, err := layer.New(readable(group))
		if err != nil {
			return nil, err
		}
		layers = append(layers, addendum(l, strings.Join(names, ",")))
	}
	return layers, nil
}

// readable are files as nobody changes them.
func readable(files []bundle.File) []layer.File {
	list := make([]layer.File, len(files))
	for i, f := range files {
		list[i] = layer.File{Name: f.Name, Mode: 0o444, Open: f.Open}
	}
	return list
}

// epoch is when everything was made: bytes must not hang on when they were.
var epoch = v1.Time{Time: time.Unix(0, 0).UTC()}

func addendum(l v1.Layer, flows string) mutate.Addendum {
	return mutate.Addendum{
		Layer: l, MediaType: types.OCILayer, Annotations: map[string]string{AnnotationFlows: flows},
		History: v1.History{Created: epoch, CreatedBy: "weavster package"},
	}
}

// index is the image for every platform. They share all layers.
func index(said Info, layers []mutate.Addendum) (v1.ImageIndex, error) {
	annotations := said.annotations()
	all := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, platform := range platforms {
		config := &v1.ConfigFile{
			Architecture: platform.Architecture, OS: platform.OS, Created: epoch,
			Config: v1.Config{Entrypoint: []string{said.entrypoint()}},
			RootFS: v1.RootFS{Type: "layers"},
		}
		image, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), config)
		if err != nil {
			return nil, err
		}
		if image, err = mutate.Append(image, layers...); err != nil {
			return nil, err
		}
		all = mutate.AppendManifests(all, mutate.IndexAddendum{
			Add:        mutate.Annotations(image, annotations).(v1.Image),
			Descriptor: v1.Descriptor{Platform: &platform},
		})
	}
	return mutate.Annotations(all, annotations).(v1.ImageIndex), nil
}

// entrypoint isn't run: the file that an image is about, for those that want
// an image to name one.
func (i Info) entrypoint() string {
	if i.Kind == Flow {
		return "/" + bundle.ModulePath(i.Name)
	}
	return "/" + bundle.IndexFile
}

func (i Info) annotations() map[string]string {
	annotations := map[string]string{
		AnnotationKind: string(i.Kind), AnnotationTitle: i.Name,
		AnnotationFormat: strconv.Itoa(Format), AnnotationABI: strconv.Itoa(i.ABI), AnnotationCompiler: i.Compiler,
	}
	for name, value := range map[string]string{AnnotationDescription: i.Description, AnnotationVersion: i.Version} {
		if value != "" {
			annotations[name] = value
		}
	}
	return annotations
}
