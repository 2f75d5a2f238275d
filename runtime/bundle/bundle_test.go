package bundle

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

// inputs are files on disk, as a build hands them over.
func inputs(t *testing.T) Contents {
	t.Helper()
	folder := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	manifest := func(name string, abi int) string {
		text, err := json.Marshal(contract.Manifest{ABI: abi, Flow: name, File: "shop/flows/" + name + ".yaml"})
		if err != nil {
			t.Fatal(err)
		}
		return put(name+".json", string(text))
	}
	return Contents{
		Package: "shop",
		Config: map[string]string{
			"weavster.yaml": put("w", "name: shop\n"), "connectors/file.yaml": put("c", "in: {type: file}\n"), "macros/m.jinja": put("m", ""),
		},
		Data: map[string]string{"data/customers.csv": put("d", "id,name\n")},
		Flows: map[string]FlowFiles{
			"orders":  {Module: put("o.wasm", "\x00asm"), Manifest: manifest("orders", contract.ABIVersion), Source: put("o.yaml", "input: file.in\n")},
			"returns": {Module: put("r.wasm", "\x00asm"), Manifest: manifest("returns", contract.ABIVersion)},
		},
	}
}

func TestWriteAndOpen(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "bundle")
	if err := Write(folder, inputs(t)); err != nil {
		t.Fatal(err)
	}
	b, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range b.Requirements() {
		text := "no text"
		if f.Source != nil {
			text = f.Source.Name + ": " + string(f.Source.Text)
		}
		got = append(got, f.Manifest.Flow+" "+text)
	}
	if diff := cmp.Diff([]string{"orders shop/flows/orders.yaml: input: file.in\n", "returns no text"}, got); diff != "" {
		t.Error(diff)
	}
	if text, err := os.ReadFile(b.Flows[0].Module); err != nil || string(text) != "\x00asm" {
		t.Errorf("the module is %q, %v", text, err)
	}
	s := b.Settings("/workspace")
	if s.Folder != filepath.FromSlash("/workspace/shop") || s.Prefix != "shop" {
		t.Errorf("got %+v", s)
	}
	if text, err := os.ReadFile(filepath.Join(s.Data, "data", "customers.csv")); err != nil || string(text) != "id,name\n" {
		t.Errorf("the data is %q, %v", text, err)
	}
	if text, err := fs.ReadFile(s.Files, "connectors/file.yaml"); err != nil || string(text) != "in: {type: file}\n" {
		t.Errorf("the configuration is %q, %v", text, err)
	}
}

func TestAFlowAlone(t *testing.T) {
	c := inputs(t)
	c = Contents{Flows: map[string]FlowFiles{"orders": c.Flows["orders"]}}
	files := c.Flows["orders"]
	for name, from := range map[string]string{
		"ir.txt": files.Source, "lineage.json": files.Source, "build.json": files.Source, "sources/tables/countries.csv": files.Module,
	} {
		if err := files.Set(name, from); err != nil {
			t.Fatal(err)
		}
	}
	c.Flows["orders"] = files
	folder := filepath.Join(t.TempDir(), "bundle")
	if err := Write(folder, c); err != nil {
		t.Fatal(err)
	}
	b, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	f := b.Flows[0]
	if b.HasProject() || f.IR == "" || f.Lineage == "" || f.Build == "" {
		t.Errorf("got %+v", f)
	}
	if text, err := os.ReadFile(f.Sources["tables/countries.csv"]); err != nil || string(text) != "\x00asm" {
		t.Errorf("the table is %q, %v", text, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "weavster.yaml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "says that it is one flow, and it isn't") {
		t.Errorf("got %v", err)
	}
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"bundle.json": "", "connectors/file.yaml": "", "macros/m.jinja": "", "data/a/b.csv": "",
		"flows/orders/flow.wasm": "orders", "flows/a.b-c/sources/x/y": "a.b-c", "flows/orders/sources/größe.csv": "orders",
	} {
		if flow, ok := IsFile(name); !ok || flow != want {
			t.Errorf("%s: %q, %v", name, flow, ok)
		}
	}
	for _, name := range []string{
		"", ".", "..", "/bundle.json", "./bundle.json", "data", "data/", "data/../x", "data//x", "connectors/a/b.yaml", "connectors/x.yml", "other",
		"flows/orders", "flows/orders/x", "flows/orders/sources", "flows//flow.wasm", "flows/../flow.wasm", "flows/.x/flow.wasm",
		`data/a\b`, "data/c:x", "data/a\x00b", "data/a\nb", "data/\u202ex", "data/\xff",
	} {
		if flow, ok := IsFile(name); ok {
			t.Errorf("%q is a file of %q", name, flow)
		}
	}
}

func TestTheSameContentsGiveTheSameBytes(t *testing.T) {
	contents := inputs(t)
	for i := range 5 {
		name := fmt.Sprintf("flow%d", i)
		manifest := filepath.Join(t.TempDir(), "manifest.json")
		if err := os.WriteFile(manifest, fmt.Appendf(nil, `{"abi":1,"flow":%q}`, name), 0o666); err != nil {
			t.Fatal(err)
		}
		contents.Flows[name] = FlowFiles{Module: contents.Flows["orders"].Module, Manifest: manifest}
	}
	var sums [5]string
	for i := range sums {
		folder := t.TempDir()
		if err := Write(folder, contents); err != nil {
			t.Fatal(err)
		}
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(folder, path))
			sums[i] += fmt.Sprintf("%s %x\n", path, sha256.Sum256(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, sum := range sums[1:] {
		if diff := cmp.Diff(sums[0], sum); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*Contents){
		"the project has no weavster.yaml":                  func(c *Contents) { delete(c.Config, "weavster.yaml") },
		"weavster.yml isn't configuration of a project":     func(c *Contents) { c.Config["weavster.yml"] = c.Config["weavster.yaml"] },
		"../x can't be data: it lies outside":               func(c *Contents) { c.Data["../x"] = c.Config["weavster.yaml"] },
		`"../x" can't be a flow's name`:                     func(c *Contents) { c.Flows["../x"] = c.Flows["orders"] },
		`flow other: its manifest is that of flow "orders"`: func(c *Contents) { c.Flows["other"] = c.Flows["orders"] },
		"no such file": func(c *Contents) {
			c.Flows["orders"] = FlowFiles{Module: "nowhere", Manifest: c.Flows["orders"].Manifest}
		},
	} {
		c := inputs(t)
		spoil(&c)
		if err := Write(t.TempDir(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	folder := t.TempDir()
	if err := errors.Join(Write(folder, inputs(t)), Write(folder, inputs(t))); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a bundle is written over another: %v", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(folder string) error
		want  []string
	}{
		"no bundle": {func(f string) error { return os.Remove(filepath.Join(f, "bundle.json")) }, []string{"this isn't a bundle: it has no bundle.json"}},
		"damaged":   {func(f string) error { return os.WriteFile(filepath.Join(f, "bundle.json"), []byte("{"), 0o666) }, []string{"bundle.json is damaged", "build the project again"}},
		"other format": {func(f string) error {
			return os.WriteFile(filepath.Join(f, "bundle.json"), []byte(`{"format":9}`), 0o666)
		}, []string{"has format 9, and this weavster reads format 1"}},
		"several": {func(f string) error {
			return errors.Join(os.Remove(filepath.Join(f, "flows/orders/flow.wasm")), os.Remove(filepath.Join(f, "flows/returns/manifest.json")), os.Remove(filepath.Join(f, "weavster.yaml")))
		}, []string{"flow orders has no module", "flow returns has no manifest", "has no weavster.yaml"}},
		"other ABI": {func(f string) error {
			return os.WriteFile(filepath.Join(f, "flows/orders/manifest.json"), []byte(`{"abi":99,"flow":"orders"}`), 0o666)
		}, []string{"flow orders can't be run: it was compiled for version 99 of the module contract"}},
		"a way out": {func(f string) error {
			return os.WriteFile(filepath.Join(f, "bundle.json"), []byte(`{"format":1,"kind":"project","flows":["../../x"]}`), 0o666)
		}, []string{`"../../x" can't be a flow's name`}},
	} {
		folder := t.TempDir()
		if err := errors.Join(Write(folder, inputs(t)), c.spoil(folder)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(folder)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	}
}
