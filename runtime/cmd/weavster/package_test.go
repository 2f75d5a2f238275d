package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/bundle"
)

// images are the layout folders of a project with one flow, as Bazel gives them.
func images(t *testing.T) []string {
	t.Helper()
	project := tiered(t, "v1", "Orders.")
	return []string{layout(t, bundle.Contents{Flows: project.Flows}), layout(t, project)}
}

// weavster runs a command line in a folder of its own.
func weavster(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	root := newRoot(newSignals(), t.TempDir())
	var out, errs strings.Builder
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestPackageCopiesImages(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	built := images(t)
	// Twice: the second time over the first.
	for range 2 {
		text, err := weavster(t, append([]string{"package", "--json", "--output", dist}, built...)...)
		if err != nil {
			t.Fatal(err)
		}
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
	text, err := weavster(t, append([]string{"package", "--flow", "orders", "--output", dist}, images(t)...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "NAME    DIGEST ") || !strings.HasPrefix(lines[1], "orders  sha256:") {
		t.Errorf("it printed\n%s", text)
	}
	if _, err := os.Stat(filepath.Join(dist, "project")); err == nil {
		t.Error("the project was copied, too")
	}
	_, err = weavster(t, append([]string{"package", "--flow", "order", "--output", dist}, images(t)...)...)
	if err == nil || err.Error() != `there is no flow "order"; did you mean "orders"?` {
		t.Errorf("got %v", err)
	}
}

// What lies in the way and isn't an image is the user's.
func TestPackageKeepsWhatIsNotItsOwn(t *testing.T) {
	dist := t.TempDir()
	writeFile(t, filepath.Join(dist, "project", "plan.txt"), "mine")
	_, err := weavster(t, append([]string{"package", "--output", dist}, images(t)...)...)
	if err == nil || !strings.Contains(err.Error(), "isn't an OCI layout folder: it isn't overwritten") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dist, "project", "plan.txt")); err != nil || string(text) != "mine" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestLoad(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	for range 2 { // a second time they are there already
		text, err := weavster(t, append([]string{"load", "--layout", folder}, images(t)...)...)
		if err != nil || text != "shop:1.0.0 is in "+folder+"\nshop/orders:1.0.0 is in "+folder+"\n" {
			t.Fatalf("it printed %s, %v", text, err)
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
	if _, err := weavster(t, append([]string{"load", "--tarball", file}, images(t)...)...); err != nil {
		t.Fatal(err)
	}
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
