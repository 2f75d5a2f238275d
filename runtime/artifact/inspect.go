package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/weavster/weavster/runtime/bundle"
)

// Inspect reads an image's manifests, and no layer. What it says is what the
// publisher claims; Unpack holds that against the files.
func Inspect(index v1.ImageIndex) (Info, error) {
	read, err := examine(index, standard)
	if err != nil {
		return Info{}, err
	}
	return read.info, nil
}

// examined is an image whose manifests were checked.
type examined struct {
	info   Info
	layers []sealed // the same for every platform
}

// A sealed layer is one that the manifests name, and what they say of it.
type sealed struct {
	v1.Descriptor
	diffID v1.Hash
	flows  []string // none: the bundle's index and configuration
	image  v1.Image // to read it from
}

// examine reads an index and the manifests below it, trusting nothing but the
// index's digest. Platforms have to agree on everything but their names.
func examine(index v1.ImageIndex, l limits) (*examined, error) {
	digest, err := index.Digest()
	if err != nil {
		return nil, err
	}
	raw, err := index.RawManifest()
	if err != nil {
		return nil, err
	}
	top := v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest, Size: int64(len(raw))}
	var list v1.IndexManifest
	if err := document(raw, top, &list, l); err != nil {
		return nil, err
	}
	if err := checkList(&list, l); err != nil {
		return nil, err
	}
	out := &examined{info: Info{Digest: digest, Size: int64(len(raw))}}
	for i, d := range list.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			return nil, err
		}
		layers, err := out.manifest(image, d, list.Annotations, l)
		if err != nil {
			return nil, err
		}
		if i > 0 && !slices.EqualFunc(out.layers, layers, sealed.same) {
			return nil, refuse("the image for %s has other layers than that for %s: an artifact is one for all platforms", d.Platform, list.Manifests[0].Platform)
		}
		if i == 0 {
			out.layers = layers
		}
	}
	for _, layer := range out.layers {
		out.info.Size += layer.Size
		out.info.Flows = append(out.info.Flows, layer.flows...)
	}
	slices.Sort(out.info.Flows)
	if err := checkFlows(out.info.Flows, l); err != nil {
		return nil, err
	}
	return out, out.info.read(list.Annotations)
}

// checkFlows refuses what can't be flows. Folders are called by their names
// before anything is unpacked.
func checkFlows(names []string, l limits) error {
	if len(names) > l.files {
		return refuse("the artifact says that it has %d flows, and %d files are allowed", len(names), l.files)
	}
	for _, name := range names {
		if flow, ok := bundle.IsFile(bundle.ModulePath(name)); !ok || flow != name {
			return refuse("%.100q can't be a flow's name", name)
		}
	}
	return nil
}

func (s sealed) same(other sealed) bool {
	return s.Digest == other.Digest && s.Size == other.Size && s.diffID == other.diffID && slices.Equal(s.flows, other.flows)
}

func checkList(list *v1.IndexManifest, l limits) error {
	if kind := Kind(list.Annotations[AnnotationKind]); kind == Runtime || kind == Application {
		return refuse("this image (%s) is there to be run, and isn't an artifact of flows", kind)
	}
	if list.MediaType != types.OCIImageIndex {
		return refuse("the index says that it is %q, not an OCI image index", list.MediaType)
	}
	if n := len(list.Manifests); n < 1 || n > l.manifests {
		return refuse("the index has %d manifests, and 1 to %d are allowed", n, l.manifests)
	}
	platforms := map[string]bool{}
	for _, d := range list.Manifests {
		switch {
		case d.MediaType != types.OCIManifestSchema1:
			return refuse("the index has a %q, where only images belong: %s", d.MediaType, d.Digest)
		case d.Platform == nil:
			return refuse("the index has an image for no platform: %s", d.Digest)
		case platforms[d.Platform.String()]:
			return refuse("the index has two images for %s", d.Platform)
		}
		platforms[d.Platform.String()] = true
		if err := plain(d, l.document); err != nil {
			return err
		}
	}
	return nil
}

// plain refuses a descriptor whose content would come from elsewhere than its
// digest, or is too large.
func plain(d v1.Descriptor, limit int64) error {
	switch {
	case len(d.URLs) > 0:
		return refuse("%s is to be fetched from other places (\"urls\")", d.Digest)
	case len(d.Data) > 0:
		return refuse("%s is put into its own descriptor (\"data\")", d.Digest)
	case d.Digest.Algorithm != "sha256":
		return refuse("%s isn't a sha256", d.Digest)
	case d.Size < 0 || d.Size > limit:
		return refuse("%s has %d bytes, and %d are allowed", d.Digest, d.Size, limit)
	}
	return nil
}

// document decodes a manifest or a config that has to be what its descriptor
// says. One with fields that only others know could mean two things.
func document(raw []byte, d v1.Descriptor, into any, l limits) error {
	sum := sha256.Sum256(raw)
	switch {
	case int64(len(raw)) > l.document:
		return refuse("%s has %d bytes, and %d are allowed", d.Digest, len(raw), l.document)
	case int64(len(raw)) != d.Size:
		return refuse("%s has %d bytes, and its descriptor says %d", d.Digest, len(raw), d.Size)
	case hex.EncodeToString(sum[:]) != d.Digest.Hex:
		return refuse("%s isn't what its digest says: its sha256 is %x", d.Digest, sum)
	}
	if err := CheckDocument(raw); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return refuse("%s is damaged: %v", d.Digest, err)
	}
	if _, err := decoder.Token(); err != io.EOF { // More takes a closing bracket for an end
		return refuse("%s goes on after its end", d.Digest)
	}
	return nil
}

// manifest reads one platform's manifest and config.
func (e *examined) manifest(image v1.Image, d v1.Descriptor, annotations map[string]string, l limits) ([]sealed, error) {
	raw, err := image.RawManifest()
	if err != nil {
		return nil, err
	}
	var m v1.Manifest
	if err := document(raw, d, &m, l); err != nil {
		return nil, err
	}
	switch n := len(m.Layers); {
	case m.MediaType != types.OCIManifestSchema1:
		return nil, refuse("the manifest %s says that it is %q", d.Digest, m.MediaType)
	case m.Config.MediaType != types.OCIConfigJSON:
		return nil, refuse("the manifest %s has a config of the type %q", d.Digest, m.Config.MediaType)
	case n < 1 || n > l.layers:
		return nil, refuse("the manifest %s has %d layers, and 1 to %d are allowed", d.Digest, n, l.layers)
	case !maps.Equal(m.Annotations, annotations):
		return nil, refuse("the manifest for %s has other annotations than the index", d.Platform)
	}
	if err := plain(m.Config, l.document); err != nil {
		return nil, err
	}
	config, size, err := readConfig(image, m.Config, d.Platform, l)
	if err != nil {
		return nil, err
	}
	if len(config.RootFS.DiffIDs) != len(m.Layers) {
		return nil, refuse("the manifest %s has %d layers, and its config %d", d.Digest, len(m.Layers), len(config.RootFS.DiffIDs))
	}
	e.info.Size += d.Size + size
	return sealedLayers(image, &m, config, l)
}

func readConfig(image v1.Image, d v1.Descriptor, platform *v1.Platform, l limits) (*v1.ConfigFile, int64, error) {
	raw, err := image.RawConfigFile()
	if err != nil {
		return nil, 0, err
	}
	var config v1.ConfigFile
	if err := document(raw, d, &config, l); err != nil {
		return nil, 0, err
	}
	if config.OS != platform.OS || config.Architecture != platform.Architecture {
		return nil, 0, refuse("the image for %s says that it is for %s/%s", platform, config.OS, config.Architecture)
	}
	return &config, d.Size, nil
}

func sealedLayers(image v1.Image, m *v1.Manifest, config *v1.ConfigFile, l limits) ([]sealed, error) {
	layers := make([]sealed, len(m.Layers))
	for i, d := range m.Layers {
		if d.MediaType != types.OCILayer {
			return nil, refuse("layer %d is a %q, not a gzipped tar archive", i+1, d.MediaType)
		}
		if err := plain(d, l.total); err != nil {
			return nil, err
		}
		layers[i] = sealed{Descriptor: d, diffID: config.RootFS.DiffIDs[i], image: image}
		list := d.Annotations[AnnotationFlows]
		if list == "" != (i == 0) {
			return nil, refuse("layer %d has the flows %q (%s): the first has none, and each other has some", i+1, list, AnnotationFlows)
		}
		if list != "" {
			layers[i].flows = strings.Split(list, ",")
		}
	}
	return layers, nil
}

// read takes what annotations say.
func (i *Info) read(annotations map[string]string) error {
	if format := annotations[AnnotationFormat]; format != strconv.Itoa(Format) {
		if format == "" {
			return refuse("this image isn't an artifact of weavster: it has no annotation %s", AnnotationFormat)
		}
		return refuse("the artifact has format %s, and this weavster reads format %d", format, Format)
	}
	i.Kind, i.Name = Kind(annotations[AnnotationKind]), annotations[AnnotationTitle]
	i.Description, i.Version, i.Compiler = annotations[AnnotationDescription], annotations[AnnotationVersion], annotations[AnnotationCompiler]
	var err error
	if i.ABI, err = strconv.Atoi(annotations[AnnotationABI]); err != nil {
		return refuse("the artifact's ABI is %q, which isn't a number", annotations[AnnotationABI])
	}
	switch {
	case i.Name == "":
		return refuse("the artifact has no name (%s)", AnnotationTitle)
	case i.Kind != Flow && i.Kind != Project:
		return refuse("the artifact is of the kind %q, which is neither %s nor %s", i.Kind, Flow, Project)
	case i.Kind == Flow && !slices.Equal(i.Flows, []string{i.Name}):
		return refuse("the artifact says that it is flow %q, and has %s", i.Name, strings.Join(i.Flows, ", "))
	case len(slices.Compact(slices.Clone(i.Flows))) != len(i.Flows):
		return refuse("the artifact has a flow twice: %s", strings.Join(i.Flows, ", "))
	}
	return nil
}
