package artifact

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
)

// put writes a file and gives its path.
func put(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// flow is a flow of some size, on disk.
func flow(t testing.TB, folder, name string) bundle.FlowFiles {
	t.Helper()
	manifest, err := json.Marshal(contract.Manifest{
		ABI: contract.ABIVersion, Compiler: "weavster 1.0.0", Flow: name, File: "flows/" + name + ".yaml", Description: "Orders, " + name + ".",
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(file, text string) string { return put(t, folder, name+"/"+file, text) }
	return bundle.FlowFiles{
		Module: at("m", "\x00asm"+strings.Repeat(name, 1000)), Manifest: at("j", string(manifest)), Source: at("y", "input: file.in\n"),
		IR: at("i", "let x\n"), Lineage: at("l", "{}\n"), Build: at("b", "{}\n"),
		Sources: map[string]string{"tables/countries.csv": at("c", "id,name\n"), "tables/größe.csv": at("g", "cm\n")},
	}
}

func shop(t testing.TB) bundle.Contents {
	t.Helper()
	folder := t.TempDir()
	return bundle.Contents{
		Package: "shop",
		Config: map[string]string{
			"weavster.yaml":        put(t, folder, "w", "name: shop\nversion: 1.4.0\n"),
			"connectors/file.yaml": put(t, folder, "c", "in: {type: file}\n"),
		},
		Data:  map[string]string{"data/customers.csv": put(t, folder, "d", "id,name\n")},
		Flows: map[string]bundle.FlowFiles{"orders": flow(t, folder, "orders"), "returns": flow(t, folder, "returns")},
	}
}

func alone(t testing.TB, name string) bundle.Contents {
	t.Helper()
	return bundle.Contents{Flows: map[string]bundle.FlowFiles{name: flow(t, t.TempDir(), name)}}
}

func pack(t testing.TB, c bundle.Contents) v1.ImageIndex {
	t.Helper()
	index, err := Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// tree is every file below a folder, with its text.
func tree(t testing.TB, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAnImageIsTheBundle(t *testing.T) {
	for name, c := range map[string]bundle.Contents{"project": shop(t), "flow": alone(t, "orders")} {
		want := filepath.Join(t.TempDir(), "written")
		if err := bundle.Write(want, c); err != nil {
			t.Fatal(err)
		}
		layout := filepath.Join(t.TempDir(), "layout")
		index := pack(t, c)
		if err := validate.Index(index); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := WriteLayout(layout, index); err != nil {
			t.Fatal(err)
		}
		read, err := ReadLayout(layout)
		if err != nil {
			t.Fatal(err)
		}
		got := filepath.Join(t.TempDir(), "unpacked")
		if _, err := Unpack(read, got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tree(t, want), tree(t, got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		opened, err := bundle.Open(got)
		if err != nil {
			t.Fatal(err)
		}
		if opened.HasProject() != (name == "project") || opened.Flows[0].IR == "" || len(opened.Flows[0].Sources) != 2 {
			t.Errorf("%s: got %+v", name, opened.Flows[0])
		}
	}
}

func TestWhatAnImageSays(t *testing.T) {
	info, err := Inspect(pack(t, shop(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := Info{
		Kind: Project, Name: "shop", Version: "1.4.0", ABI: contract.ABIVersion, Compiler: "weavster 1.0.0",
		Flows: []string{"orders", "returns"}, Digest: info.Digest, Size: info.Size,
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
	if info, err = Inspect(pack(t, alone(t, "orders"))); err != nil {
		t.Fatal(err)
	}
	want = Info{
		Kind: Flow, Name: "orders", Description: "Orders, orders.", ABI: contract.ABIVersion, Compiler: "weavster 1.0.0",
		Flows: []string{"orders"}, Digest: info.Digest, Size: info.Size,
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
}

func layers(t *testing.T, index v1.ImageIndex) []string {
	t.Helper()
	e, err := examine(index, standard)
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, l := range e.layers {
		digests = append(digests, l.Digest.String())
	}
	return digests
}

// A registry stores a layer once: a project's push brings nothing that its
// flows' haven't brought but the configuration.
func TestImagesShareTheLayersOfFlows(t *testing.T) {
	project, one := layers(t, pack(t, shop(t))), layers(t, pack(t, alone(t, "orders")))
	if len(project) != 3 || len(one) != 2 || !slices.Contains(project, one[1]) {
		t.Errorf("the project has %v, the flow %v", project, one)
	}
}
