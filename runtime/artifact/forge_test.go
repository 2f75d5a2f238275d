package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A forgery is an artifact that can be made wrong in each of its parts, while
// all others fit together as in a right one.
type forgery struct {
	base, flow  []tar.Header // each with its text in `texts`
	texts       map[string]string
	annotations map[string]string
	layerFlows  []string
	archive     func(layer int, plain []byte) []byte      // on the tar archive, before its diffID is taken
	packed      func(layer int, compressed []byte) []byte // on the gzip stream, before its digest is taken
	layer       func(layer int, d *v1.Descriptor)
	manifest    func(architecture string, m *v1.Manifest)
	config      func(architecture string, c *v1.ConfigFile)
	index       func(m *v1.IndexManifest)
	blob        func(digest v1.Hash, text []byte) []byte // what is served in its place
	rawIndex    func(text []byte) []byte
	rawManifest func(text []byte) []byte
	platforms   []v1.Platform
	served      map[v1.Hash][]byte
	top         v1.Hash
}

func file(name string, size int) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(size), Mode: 0o444}
}

// forge is a flow's artifact with nothing wrong.
func forge(t testing.TB) *forgery {
	t.Helper()
	f := &forgery{texts: map[string]string{}, layerFlows: []string{"", "orders"}, platforms: platforms}
	contents := alone(t, "orders")
	files, err := contents.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range files {
		in, err := one.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		f.add(one.Flow == "", one.Name, string(text))
	}
	said, err := describe([]string{"orders"}, false, reader(files))
	if err != nil {
		t.Fatal(err)
	}
	f.annotations = said.annotations()
	return f
}

func (f *forgery) add(base bool, name, text string) {
	f.texts[name] = text
	if base {
		f.base = append(f.base, file(name, len(text)))
	} else {
		f.flow = append(f.flow, file(name, len(text)))
	}
}

// entry adds a header as it is, without a text.
func (f *forgery) entry(h tar.Header) { f.flow = append(f.flow, h) }

func digestOf(text []byte) v1.Hash {
	sum := sha256.Sum256(text)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func (f *forgery) keep(text []byte) (v1.Hash, int64) {
	digest := digestOf(text)
	served := text
	if f.blob != nil {
		served = f.blob(digest, text)
	}
	f.served[digest] = served
	return digest, int64(len(text))
}

func tarOf(t testing.TB, headers []tar.Header, texts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if text := texts[h.Name]; h.Typeflag == tar.TypeReg && int64(len(text)) == h.Size {
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = w.Close() // which fails where the last header promises more than there is
	return out.Bytes()
}

func gzipOf(t testing.TB, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (f *forgery) layers(t testing.TB) (descriptors []v1.Descriptor, diffIDs []v1.Hash) {
	for i, headers := range [][]tar.Header{f.base, f.flow} {
		plain := tarOf(t, headers, f.texts)
		if f.archive != nil {
			plain = f.archive(i, plain)
		}
		compressed := gzipOf(t, plain)
		if f.packed != nil {
			compressed = f.packed(i, compressed)
		}
		digest, size := f.keep(compressed)
		d := v1.Descriptor{MediaType: types.OCILayer, Digest: digest, Size: size, Annotations: map[string]string{AnnotationFlows: f.layerFlows[i]}}
		if f.layer != nil {
			f.layer(i, &d)
		}
		descriptors, diffIDs = append(descriptors, d), append(diffIDs, digestOf(plain))
	}
	return descriptors, diffIDs
}

// build puts the image together.
func (f *forgery) build(t testing.TB) v1.ImageIndex {
	t.Helper()
	f.served = map[v1.Hash][]byte{}
	layers, diffIDs := f.layers(t)
	list := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Annotations: f.annotations}
	for _, platform := range f.platforms {
		config := v1.ConfigFile{OS: platform.OS, Architecture: platform.Architecture, RootFS: v1.RootFS{Type: "layers", DiffIDs: diffIDs}}
		if f.config != nil {
			f.config(platform.Architecture, &config)
		}
		digest, size := f.keep(encode(t, config))
		m := v1.Manifest{
			SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Annotations: maps.Clone(f.annotations),
			Config: v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: digest, Size: size}, Layers: append([]v1.Descriptor{}, layers...),
		}
		if f.manifest != nil {
			f.manifest(platform.Architecture, &m)
		}
		raw := encode(t, m)
		if f.rawManifest != nil {
			raw = f.rawManifest(raw)
		}
		digest, size = f.keep(raw)
		list.Manifests = append(list.Manifests, v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: digest, Size: size, Platform: &platform})
	}
	if f.index != nil {
		f.index(&list)
	}
	raw := encode(t, list)
	if f.rawIndex != nil {
		raw = f.rawIndex(raw)
	}
	f.top, _ = f.keep(raw)
	return forged{f, f.top}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// forged serves what a forgery has, and checks nothing, as the reader of a
// layout folder doesn't.
type forged struct {
	*forgery
	digest v1.Hash
}

func (f forged) raw() ([]byte, error) {
	if text, ok := f.served[f.digest]; ok {
		return text, nil
	}
	return nil, fmt.Errorf("no blob %s", f.digest)
}

func (f forged) MediaType() (types.MediaType, error)         { return types.OCIImageIndex, nil }
func (f forged) Digest() (v1.Hash, error)                    { return f.digest, nil }
func (f forged) Size() (int64, error)                        { text, err := f.raw(); return int64(len(text)), err }
func (f forged) RawManifest() ([]byte, error)                { return f.raw() }
func (f forged) ImageIndex(h v1.Hash) (v1.ImageIndex, error) { return forged{f.forgery, h}, nil }

func (f forged) IndexManifest() (*v1.IndexManifest, error) {
	text, err := f.raw()
	if err != nil {
		return nil, err
	}
	return v1.ParseIndexManifest(bytes.NewReader(text))
}

func (f forged) Image(h v1.Hash) (v1.Image, error) {
	return partial.CompressedToImage(forgedImage{forged{f.forgery, h}})
}

type forgedImage struct{ forged }

func (f forgedImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

func (f forgedImage) RawConfigFile() ([]byte, error) {
	text, err := f.raw()
	if err != nil {
		return nil, err
	}
	m, err := v1.ParseManifest(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return f.served[m.Config.Digest], nil
}

func (f forgedImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	return forgedLayer{forged{f.forgery, h}}, nil
}

type forgedLayer struct{ forged }

func (f forgedLayer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }

func (f forgedLayer) Compressed() (io.ReadCloser, error) {
	text, err := f.raw()
	return io.NopCloser(bytes.NewReader(text)), err
}

// replace changes a text in a JSON document.
func replace(old, with string) func([]byte) []byte {
	return func(text []byte) []byte { return []byte(strings.Replace(string(text), old, with, 1)) }
}
