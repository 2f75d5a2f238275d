package compile

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/transform"
)

var update = flag.Bool("update", false, "write what the compiler gives into the cases of testdata")

var engine *minijinja.Engine

func TestMain(m *testing.M) {
	flag.Parse()
	ctx := context.Background()
	var err error
	if engine, err = minijinja.New(ctx, minijinja.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	engine.Close(ctx)
	os.Exit(code)
}

// A case is one archive. Its flow.yaml is compiled with the tables/* and
// macros/* beside it, the schema in schemas/ and the samples of messages; `ir`,
// `manifest.json`, `lineage.json` and `errors` are what has to come of it.
// An error may also be expected where it is made: `# ERROR "regexp"`, or
// several, behind a line of flow.yaml. Other sections belong to later phases.
func TestGolden(t *testing.T) {
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
			got := compileCase(t, archive)
			if *update {
				got.write(archive)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got.compare(t, archive)
		})
	}
}

type result struct {
	flow     *source.File
	diags    source.Diagnostics
	sections map[string]string // by section; those that are there must agree
}

func compileCase(t *testing.T, archive *txtar.Archive) *result {
	t.Helper()
	in, r := Input{Name: "case"}, &result{sections: map[string]string{}}
	macros := map[string]*source.File{}
	for _, f := range archive.Files {
		if f.Name == "flow.yaml" {
			in.File = source.NewFile("flows/case.yaml", f.Data)
		} else if name, ok := strings.CutPrefix(f.Name, "macros/"); ok {
			macros[name] = source.NewFile(f.Name, f.Data)
		} else if strings.HasPrefix(f.Name, "tables/") {
			in.Tables = append(in.Tables, NewTableFile(TableName(f.Name), source.NewFile(f.Name, f.Data)))
		} else if strings.HasPrefix(f.Name, "schemas/") {
			in.Schema = func(path string) (*source.File, error) {
				if path != f.Name {
					return nil, nil
				}
				return source.NewFile(f.Name, f.Data), nil
			}
		} else if f.Name == "samples.jsonl" {
			in.Samples = slices.Collect(bytes.Lines(f.Data))
		}
	}
	r.flow = in.File
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "transforms/"); ok {
			in.Libraries = append(in.Libraries, &transform.Library{Name: strings.TrimSuffix(name, ".yaml"), File: source.NewFile(f.Name, f.Data)})
		}
	}
	var err error
	if in.Macros, err = Macros(context.Background(), engine, macros, &r.diags); err != nil {
		t.Fatal(err)
	}
	out, err := Flow(context.Background(), engine, in, &r.diags)
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := r.diags.Print(&printed, false); err != nil {
		t.Fatal(err)
	}
	r.sections["errors"] = printed.String()
	if out != nil {
		r.sections["ir"] = ir.Print(out.Program)
		manifest, err := json.MarshalIndent(out.Manifest, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		r.sections["manifest.json"] = string(manifest) + "\n"
		lineage, err := json.MarshalIndent(out.Lineage(), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		r.sections["lineage.json"] = string(lineage) + "\n"
	}
	return r
}

var marker = regexp.MustCompile(`# ERROR (".*")$`)

// marked says whether the case expects its errors by markers.
func (r *result) marked() bool { return strings.Contains(string(r.flow.Text), "# ERROR ") }

func (r *result) write(archive *txtar.Archive) {
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "ir" && f.Name != "errors" && (f.Name != "manifest.json" && f.Name != "lineage.json" || r.sections[f.Name] != "") {
			kept = append(kept, f)
		}
	}
	archive.Files = kept
	for _, name := range []string{"errors", "ir"} {
		if r.sections[name] != "" && (name != "errors" || !r.marked()) {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(r.sections[name])})
		}
	}
	// The printer of Rust keeps its section at the end.
	if i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "lib.rs" }); i >= 0 {
		lib := archive.Files[i]
		archive.Files = append(slices.Delete(archive.Files, i, i+1), lib)
	}
	for i, f := range archive.Files {
		if f.Name == "manifest.json" || f.Name == "lineage.json" {
			archive.Files[i].Data = []byte(r.sections[f.Name])
		}
	}
}

func (r *result) compare(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	want := map[string]string{"errors": "", "ir": ""}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	if r.marked() {
		r.compareMarkers(t)
		delete(want, "errors")
	}
	for _, name := range []string{"errors", "ir", "manifest.json", "lineage.json"} {
		if wanted, ok := want[name]; ok {
			if diff := cmp.Diff(wanted, r.sections[name]); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
}

func (r *result) compareMarkers(t *testing.T) {
	t.Helper()
	open := map[int][]*regexp.Regexp{}
	for i, line := range strings.Split(string(r.flow.Text), "\n") {
		if m := marker.FindStringSubmatch(line); m != nil {
			for rest := m[1]; rest != ""; rest = strings.TrimSpace(rest) {
				quoted, err := strconv.QuotedPrefix(rest)
				if err != nil {
					t.Fatalf("line %d: %s: %v", i+1, rest, err)
				}
				text, _ := strconv.Unquote(quoted) // a prefix that is quoted unquotes
				open[i+1], rest = append(open[i+1], regexp.MustCompile(text)), rest[len(quoted):]
			}
		}
	}
	for _, one := range r.diags.Sorted() {
		line := one.File.Position(one.Span.Start).Line
		i := slices.IndexFunc(open[line], func(want *regexp.Regexp) bool { return want.MatchString(one.String()) })
		if i < 0 {
			t.Errorf("not expected: %s", one.String())
			continue
		}
		open[line] = slices.Delete(open[line], i, i+1)
	}
	for line, patterns := range open {
		for _, want := range patterns {
			t.Errorf("line %d: no error %s", line, want)
		}
	}
}
