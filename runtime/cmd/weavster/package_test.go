package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/runtime/bundle"
)

// images are the layout folders of a project with one flow, as Bazel gives them.
func images(t *testing.T) []string {
	t.Helper()
	project := tiered(t, "v1", "Orders.")
	return []string{layout(t, bundle.Contents{Flows: project.Flows}), layout(t, project)}
}

func succeed(t *testing.T, args ...string) string {
	t.Helper()
	a := weavster(t, args...)
	if a.code != 0 {
		t.Fatalf("exit %d: %s", a.code, a.err)
	}
	return a.out
}

func TestPackageCopiesImages(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	built := images(t)
	// Twice: the second time over the first.
	for range 2 {
		text := succeed(t, append([]string{"package", "--json", "--output", dist}, built...)...)
		var printed []packagedImage
		if err := json.Unmarshal([]byte(text), &printed); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, image := range printed {
			index, err := artifact.ReadLayout(image.Path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := artifact.Inspect(index)
			if err != nil || info.Digest != image.Digest || image.Signed {
				t.Errorf("%s is %+v, %v", image.Path, info, err)
			}
			name, _ := filepath.Rel(dist, image.Path)
			got = append(got, string(info.Kind)+" "+info.Name+" "+name)
		}
		if diff := cmp.Diff([]string{"project shop project", "flow orders flows/orders"}, got); diff != "" {
			t.Error(diff)
		}
	}
	entries, err := fs.Glob(os.DirFS(dist), "*")
	if err != nil || len(entries) != 2 {
		t.Errorf("%s has %q, %v", dist, entries, err)
	}
}

func TestPackageOfOneFlow(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	text := succeed(t, append([]string{"package", "--flow", "orders", "--output", dist}, images(t)...)...)
	lines := strings.Split(text, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "NAME    DIGEST ") || !strings.HasPrefix(lines[1], "orders  sha256:") {
		t.Errorf("it printed\n%s", text)
	}
	if _, err := os.Stat(filepath.Join(dist, "project")); err == nil {
		t.Error("the project was copied, too")
	}
	a := weavster(t, append([]string{"package", "--flow", "order", "--output", dist}, images(t)...)...)
	if a.code != exitUsage || !strings.Contains(a.err, `there is no flow "order"; did you mean "orders"?`) {
		t.Errorf("got %d, %s", a.code, a.err)
	}
}

// A signed image is signed for what it is, and says what it was built of.
func TestPackageSigns(t *testing.T) {
	t.Setenv(signing.PasswordVariable, "secret")
	folder := t.TempDir()
	dist, key := filepath.Join(folder, "dist"), filepath.Join(folder, "release")
	succeed(t, "key", "generate", "--output", key)
	project := tiered(t, "v1", "Orders.")
	flow := project.Flows["orders"]
	build := contract.Build{Schema: contract.BuildSchema, Weavster: "1.0.0", Flow: "orders", Target: "//flows:orders"}
	facts, err := build.JSON()
	if err != nil {
		t.Fatal(err)
	}
	flow.Build = filepath.Join(folder, "build.json")
	writeFile(t, flow.Build, string(facts))
	project.Flows["orders"] = flow
	succeed(t, "package", "--sign", "--key", key+".key", "--output", dist, layout(t, project), layout(t, bundle.Contents{Flows: project.Flows}))

	verifier, err := signing.LoadVerifier(t.Context(), key+".pub", signing.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]string{
		"project": {"project": "shop", "version": "1.0.0"}, "flows/orders": {"flow": "orders", "version": "1.0.0"},
	} {
		image, err := openImage(filepath.Join(dist, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		signatures, err := signing.Signatures(t.Context(), signing.Layout(image.folder), image.Digest, []*signing.Verifier{verifier})
		if err != nil || len(signatures) != 1 || !maps.Equal(signatures[0].Annotations, want) {
			t.Errorf("%s has %+v, %v", name, signatures, err)
		}
		for _, predicate := range []string{statement.PredicateSLSA, statement.PredicateSPDX} {
			if found, err := signing.Attestations(t.Context(), signing.Layout(image.folder), image.Digest, []*signing.Verifier{verifier}, predicate); err != nil || len(found) != 1 {
				t.Errorf("%s has %d of %s, %v", name, len(found), predicate, err)
			}
		}
	}
}

// What lies in the way and isn't an image is the user's.
func TestPackageKeepsWhatIsNotItsOwn(t *testing.T) {
	dist := t.TempDir()
	writeFile(t, filepath.Join(dist, "project", "plan.txt"), "mine")
	a := weavster(t, append([]string{"package", "--output", dist}, images(t)...)...)
	if a.code != exitFailed || !strings.Contains(a.err, "isn't an OCI layout folder: it isn't overwritten") {
		t.Errorf("got %d, %s", a.code, a.err)
	}
	if text, err := os.ReadFile(filepath.Join(dist, "project", "plan.txt")); err != nil || string(text) != "mine" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestLoad(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	for range 2 { // a second time they are there already
		text := succeed(t, append([]string{"load", "--layout", folder}, images(t)...)...)
		if text != "shop:1.0.0 is in "+folder+"\nshop/orders:1.0.0 is in "+folder+"\n" {
			t.Errorf("it printed %s", text)
		}
	}
	var list struct {
		Manifests []struct{ Annotations map[string]string }
	}
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range list.Manifests {
		names = append(names, m.Annotations[refName])
	}
	if diff := cmp.Diff([]string{"shop:1.0.0", "shop/orders:1.0.0"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestLoadAsATarball(t *testing.T) {
	file := filepath.Join(t.TempDir(), "images.tar")
	succeed(t, append([]string{"load", "--tarball", file}, images(t)...)...)
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(file) })
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, d := range manifest {
		tags = append(tags, d.RepoTags...)
	}
	if len(tags) != 2 {
		t.Errorf("it has %q", tags)
	}
}

func TestRepositoryNames(t *testing.T) {
	for name, want := range map[string]string{"orders": "orders", "Big Orders!": "big-orders", "a__b..c": "a-b-c", "a.b_c": "a.b_c", "größe": "gr-e"} {
		if got := repositoryName(name); got != want {
			t.Errorf("%q is %q, and not %q", name, got, want)
		}
	}
}
