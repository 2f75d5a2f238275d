package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
)

// claiming is an image whose manifests say something else of it.
func claiming(t *testing.T, index v1.ImageIndex, annotations map[string]string) v1.ImageIndex {
	t.Helper()
	list, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	said := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, d := range list.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		said = mutate.AppendManifests(said, mutate.IndexAddendum{
			Add: mutate.Annotations(image, annotations).(v1.Image), Descriptor: v1.Descriptor{Platform: d.Platform},
		})
	}
	for name, value := range annotations {
		list.Annotations[name] = value
	}
	return mutate.Annotations(said, list.Annotations).(v1.ImageIndex)
}

// Who signs says what is in the image, and not what it says of itself.
func TestAnImageThatLiesIsNotSigned(t *testing.T) {
	index, err := artifact.ReadLayout(factImages(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "image")
	lying := claiming(t, index, map[string]string{artifact.AnnotationCompiler: "another"})
	if err := artifact.WriteLayout(folder, lying); err != nil {
		t.Fatal(err)
	}
	image, err := openImage(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(signing.PasswordVariable, "secret")
	keys := filepath.Join(t.TempDir(), "release")
	if a := weavster(t, "key", "generate", "--output", keys); a.code != 0 {
		t.Fatal(a.err)
	}
	key, err := signing.LoadSigner(t.Context(), keys+".key", signing.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := key.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	store := signing.Layout(folder)
	var refusal *artifact.Refusal
	if err := (&artifactSigner{key: key, warn: io.Discard}).sign(t.Context(), store, image, ""); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	if _, err := signing.Signatures(t.Context(), store, image.Digest, []*signing.Verifier{verifier}); !errors.Is(err, signing.ErrUnsigned) {
		t.Errorf("it is signed: %v", err)
	}
}

// A layout folder with a bundle's files in it is a layout folder.
func TestALayoutIsNoBundle(t *testing.T) {
	away(t)
	contents := tiered(t, "gold", "One")
	folder := layout(t, contents)
	if err := os.CopyFS(folder, os.DirFS(written(t, contents))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "samples.jsonl", "v\n")
	a := weavster(t, "diff", folder, folder, "--messages", "samples.jsonl")
	if a.code != 2 || !strings.Contains(a.err, "nothing says whom to trust") {
		t.Errorf("what nobody vouches for was run: %+v", a)
	}
}

// What strangers write moves no cursor.
func TestErrorsMoveNoCursor(t *testing.T) {
	var out strings.Builder
	report(&out, errors.New("it says \x1b[2Jtrusted\u202e\u009b"))
	if want := `weavster: it says \x1b[2Jtrusted\u202e\u009b` + "\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
