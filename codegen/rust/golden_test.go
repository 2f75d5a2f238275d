package rust_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/rust"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/transform"
)

var update = flag.Bool("update", false, "write what the printer gives into the cases of testdata")

// program is a case's flow, compiled; nil where it has errors.
func program(t *testing.T, engine *minijinja.Engine, archive *txtar.Archive) *ir.Program {
	t.Helper()
	in := compile.Input{Name: "case"}
	macros := map[string]*source.File{}
	for _, f := range archive.Files {
		if f.Name == "flow.yaml" {
			in.File = source.NewFile("flows/case.yaml", f.Data)
		} else if name, ok := strings.CutPrefix(f.Name, "macros/"); ok {
			macros[name] = source.NewFile(f.Name, f.Data)
		} else if strings.HasPrefix(f.Name, "tables/") {
			in.Tables = append(in.Tables, compile.NewTableFile(compile.TableName(f.Name), source.NewFile(f.Name, f.Data)))
		} else if strings.HasPrefix(f.Name, "schemas/") {
			in.Schema = func(path string) (*source.File, error) {
				if path != f.Name {
					return nil, nil
				}
				return source.NewFile(f.Name, f.Data), nil
			}
		}
	}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "transforms/"); ok {
			in.Libraries = append(in.Libraries, &transform.Library{Name: strings.TrimSuffix(name, ".yaml"), File: source.NewFile(f.Name, f.Data)})
		}
	}
	var diags source.Diagnostics
	var err error
	if in.Macros, err = compile.Macros(context.Background(), engine, macros, &diags); err != nil {
		t.Fatal(err)
	}
	out, err := compile.Flow(context.Background(), engine, in, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if out == nil {
		return nil
	}
	return out.Program
}

// A case's section lib.rs is what is printed for its flow.
func TestGolden(t *testing.T) {
	engine, err := minijinja.New(t.Context(), minijinja.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(t.Context())
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if p := program(t, engine, archive); p != nil {
				got = printed(t, p)
				checkFormat(t, got)
				checkCrates(t, rust.Crates(p), got)
			}
			if *update {
				writeCase(t, file, archive, got)
			}
			if diff := cmp.Diff(section(archive, "lib.rs"), got); diff != "" {
				t.Errorf("lib.rs (-want +got):\n%s", diff)
			}
		})
	}
}

// checkCrates holds the crates that are said to be named against those that
// are: rustc links no other.
func checkCrates(t *testing.T, said []string, lib string) {
	t.Helper()
	var named []string
	for _, crate := range []string{"weavster_guest", "weavster_guest_jinja", "weavster_guest_jinja_regex", "weavster_guest_regex"} {
		if strings.Contains(lib, crate+"::") {
			named = append(named, crate)
		}
	}
	if diff := cmp.Diff(named, said); diff != "" {
		t.Errorf("crates (-named +said):\n%s", diff)
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func writeCase(t *testing.T, file string, archive *txtar.Archive, lib string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "lib.rs" })
	if lib != "" {
		archive.Files = append(archive.Files, txtar.File{Name: "lib.rs", Data: []byte(lib)})
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func printed(t *testing.T, p *ir.Program) string {
	t.Helper()
	files, err := rust.Print(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(files["lib.rs"])
}

// A table that is compiled in is a file beside lib.rs, under a name that is
// safe whatever the table's is.
func TestTables(t *testing.T) {
	p := &ir.Program{Tables: []ir.Table{
		{Name: "countries", Columns: []string{"a"}, Blob: []byte("1")},
		{Name: "given", Columns: []string{"b", `c"`}},
		{Name: "../Countries", Blob: []byte("2")},
		{Name: "☃", Blob: []byte("3")},
	}}
	files, err := rust.Print(p)
	if err != nil {
		t.Fatal(err)
	}
	lib := string(files["lib.rs"])
	delete(files, "lib.rs")
	want := map[string][]byte{"tables/countries.bin": []byte("1"), "tables/countries_2.bin": []byte("2"), "tables/table.bin": []byte("3")}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name := range want {
		if !strings.Contains(lib, fmt.Sprintf("include_bytes!(%q)", name)) {
			t.Errorf("lib.rs doesn't include %s:\n%s", name, lib)
		}
	}
	if !strings.Contains(lib, `Source { columns: &["b", "c\""], blob: None }`) {
		t.Errorf("lib.rs doesn't list the table that is given at start:\n%s", lib)
	}
}

func TestUsesJinja(t *testing.T) {
	step := func(op ir.Op) *ir.Program {
		return &ir.Program{Outputs: []ir.Output{{Steps: []ir.Step{{Ops: []ir.Op{op}}}}}}
	}
	template := ir.Require{X: ir.Jinja{Source: "{% if a %}{% endif %}"}}
	for _, with := range []ir.Op{
		ir.Set{Path: ir.Path{"a"}, Value: template},
		ir.If{Cond: ir.This{}, Else: []ir.Op{ir.Guard{Cond: template}}},
		ir.Let{Value: ir.List{Items: []ir.Expr{template}}},
	} {
		if !rust.UsesJinja(step(with)) {
			t.Errorf("UsesJinja says no for %v", with)
		}
	}
	if rust.UsesJinja(step(ir.Set{Path: ir.Path{"a"}, Value: ir.Concat{}})) {
		t.Error("UsesJinja says yes for a template without Jinja")
	}
}
