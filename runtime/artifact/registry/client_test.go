package registry

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	servers "github.com/weavster/weavster/tests/registry"
)

// index is an artifact of the form that ours have: layers that the images of
// two platforms share.
func index(t testing.TB, layers ...string) v1.ImageIndex {
	t.Helper()
	result := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, processor := range []string{"amd64", "arm64"} {
		image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		image, err := mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: processor, RootFS: v1.RootFS{Type: "layers"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range layers {
			if image, err = mutate.Append(image, mutate.Addendum{Layer: static.NewLayer([]byte(text), types.OCILayer)}); err != nil {
				t.Fatal(err)
			}
		}
		result = mutate.AppendManifests(result, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: processor}}})
	}
	return result
}

func newClient(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func reference(t testing.TB, format string, args ...any) Reference {
	t.Helper()
	ref, err := Parse(fmt.Sprintf(format, args...))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func digestOf(t testing.TB, index v1.ImageIndex) string {
	t.Helper()
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// layers are the texts of an index's layers, by platform.
func layers(t testing.TB, index v1.ImageIndex) map[string][]string {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, d := range manifest.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		list, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, layer := range list {
			in, err := layer.Compressed()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			found[d.Platform.String()] = append(found[d.Platform.String()], string(text))
		}
	}
	return found
}

func TestPushAndPull(t *testing.T) {
	for kind, o := range map[string]servers.Options{
		"plain":     {},
		"TLS":       {TLS: true},
		"passwords": {TLS: true, BasicAuth: true},
		"tokens":    {Token: true},
	} {
		t.Run(kind, func(t *testing.T) {
			s := servers.Start(t, o)
			s.Login(t, servers.Password)
			cache := t.TempDir()
			c := newClient(t, Options{CAFile: s.CAFile, Cache: cache})
			to := reference(t, "oci://%s/shop", s.Host)
			artifact := index(t, "configuration", "orders", "returns")
			pushed, err := c.Push(t.Context(), Upload{Index: artifact, To: to, Tags: []string{"1.4.0", "1"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := pushed[0]; got.Uploaded != 5 || got.Mounted != 0 || got.Present != 0 || got.Reference.Digest != digestOf(t, artifact) {
				t.Errorf("the first push: %+v", got)
			}
			for _, tag := range []string{"1.4.0", "1"} {
				d, err := c.Resolve(t.Context(), to.Tagged(tag))
				if err != nil || d.Digest.String() != digestOf(t, artifact) {
					t.Errorf("tag %s leads to %v, %v", tag, d.Digest, err)
				}
			}
			pulled, err := c.Pull(t.Context(), to.Tagged("1"))
			if err != nil {
				t.Fatal(err)
			}
			if got := layers(t, pulled)["linux/arm64"]; strings.Join(got, ",") != "configuration,orders,returns" {
				t.Errorf("pulled %v", got)
			}
			if files, err := filepath.Glob(filepath.Join(cache, "sha256", "*")); err != nil || len(files) != 8 {
				t.Errorf("the cache has %d blobs, %v", len(files), err)
			}
			if info, err := os.Stat(filepath.Join(cache, "sha256")); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the cache is %v, %v", info.Mode(), err)
			}
		})
	}
}

// What go-containerregistry asks of an index holds for those that were pulled.
func TestPulledIndexIsValid(t *testing.T) {
	s := servers.Start(t, servers.Options{})
	c := newClient(t, Options{})
	to := reference(t, "oci://%s/a/b", s.Host)
	if _, err := c.Push(t.Context(), Upload{Index: index(t, "x"), To: to, Tags: []string{"1"}}); err != nil {
		t.Fatal(err)
	}
	pulled, err := c.Pull(t.Context(), to.Tagged("1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(pulled, validate.Fast); err != nil {
		t.Error(err)
	}
}

func files(t testing.TB, folder, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
