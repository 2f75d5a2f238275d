package compare

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
)

var update = flag.Bool("update", false, "write what is printed into testdata")

// A version is a project with one flow, to be changed.
type version struct {
	config, data map[string]string
	manifest     contract.Manifest
	lineage      contract.Lineage
	files        map[string]string // of the flow
	sources      map[string]string
}

func field(name, how string) contract.LineageSource {
	return contract.LineageSource{Kind: contract.FromField, Name: name, How: how}
}

func first() *version {
	gold := `"gold"`
	return &version{
		config: map[string]string{"weavster.yaml": "name: shop\nversion: 1.0.0\n", "connectors/file.yaml": "in: {type: file}\n"},
		data:   map[string]string{"data/orders.jsonl": "{}\n"},
		manifest: contract.Manifest{
			ABI: contract.ABIVersion, Compiler: "flowc 0.1.0", Flow: "orders", File: "flows/orders.yaml", Order: "none",
			Input:   contract.Connector{Name: "file.in", At: contract.Position{Line: 1, Column: 8}},
			Outputs: []contract.Output{{Connector: contract.Connector{Name: "file.out", At: contract.Position{Line: 3, Column: 9}}}},
			Vars:    []contract.Var{{Name: "tier", Type: "string", Default: &gold, At: contract.Position{Line: 2, Column: 3}}},
			Errors:  contract.ErrorRules{Unavailable: contract.UnavailableRule{Retry: -1, MinBackoff: "1s", MaxBackoff: "5m"}},
		},
		lineage: contract.Lineage{
			Flow: "orders",
			Outputs: []contract.OutputLineage{{
				Output:  "file.out",
				Fields:  []contract.FieldLineage{{Path: "", Sources: []contract.LineageSource{field("", contract.Copied)}}, {Path: "total", Sources: []contract.LineageSource{field("price", contract.Derived)}}},
				Dropped: []string{"ssn"},
			}},
			Tables: []contract.TableLineage{{Name: "countries", Key: []string{"code"}, Columns: []string{"name"}, Compiled: true}},
		},
		files: map[string]string{
			"flow.wasm": "\x00asm one", "flow.yaml": "input: file.in\ntransforms:\n  - compute: {total: price}\noutputs: [{to: file.out}]\n",
			"ir.txt": "flow orders\nstep 0 compute compute  # line 3\n  set .total = .price!\n", "build.json": build("1.0.0", "1.81.0"),
		},
		sources: map[string]string{"tables/countries.csv": "code,name\nAT,Austria\nDE,Germany\nGB,Great Britain\n", "macros/text.jinja": "{# one #}\n"},
	}
}

func build(weavster, rustc string) string {
	b := contract.Build{Schema: contract.BuildSchema, Weavster: weavster, Flow: "orders", Target: "//flows:orders",
		Compilers: []contract.Compiler{{Name: contract.CompilerRustc, Version: rustc}}, Crates: []contract.Crate{{Name: "bumpalo", Version: "3.0.0"}}}
	text, err := b.JSON()
	if err != nil {
		panic(err)
	}
	return string(text)
}

func second() *version {
	v := first()
	v.config["weavster.yaml"] = "name: shop\nversion: 1.1.0\n"
	v.config["connectors/sql.yaml"] = "out: {type: postgres}\n"
	v.data = map[string]string{"data/orders.jsonl": "{}\n{}\n"}
	v.manifest.Meta = []string{"topic"}
	v.manifest.Vars = append(v.manifest.Vars, contract.Var{Name: "rate", Type: "decimal"})
	v.manifest.Outputs[0].When = &contract.Expression{Source: "total > 0", Form: contract.FormCondition}
	v.lineage.Outputs[0].Fields[1].Sources = []contract.LineageSource{field("price", contract.Derived), {Kind: contract.FromVariable, Name: "rate", How: contract.Derived}}
	v.lineage.Outputs[0].Fields = append(v.lineage.Outputs[0].Fields, contract.FieldLineage{Path: "who", Sources: []contract.LineageSource{field("ssn", contract.Copied)}})
	v.lineage.Outputs[0].Dropped = nil
	v.lineage.Outputs[0].Control = []contract.LineageSource{field("price", contract.Control)}
	v.lineage.Outputs[0].Sensitive = []contract.SensitiveLineage{{Field: "ssn", Reaches: []contract.Reach{{Path: "who", How: contract.Copied}}}}
	v.files["flow.wasm"] = "\x00asm two, which is longer"
	v.files["flow.yaml"] = strings.Replace(v.files["flow.yaml"], "total: price}", "total: price * var('rate')}\n  # and who\n  - rename: {ssn: who}", 1)
	v.files["ir.txt"] = "flow orders\nstep 0 compute compute  # line 4\n  set .total = (.price! * var(rate))\n"
	v.files["build.json"] = build("1.1.0", "1.82.0")
	v.sources["tables/countries.csv"] = "code,name\nAT,Austria\nFR,France\nGB,United Kingdom\n"
	v.sources["macros/text.jinja"] = "{# two #}\n"
	return v
}

func (v *version) open(t *testing.T) *bundle.Bundle {
	t.Helper()
	folder := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(folder, "parts", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	all := func(texts map[string]string) map[string]string {
		paths := map[string]string{}
		for name, text := range texts {
			paths[name] = put(name, text)
		}
		return paths
	}
	marshal := func(name string, value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return put(name, string(text))
	}
	f := all(v.files)
	contents := bundle.Contents{Config: all(v.config), Data: all(v.data), Flows: map[string]bundle.FlowFiles{v.manifest.Flow: {
		Module: f["flow.wasm"], Source: f["flow.yaml"], IR: f["ir.txt"], Build: f["build.json"],
		Manifest: marshal("manifest.json", v.manifest), Lineage: marshal("lineage.json", v.lineage), Sources: all(v.sources),
	}}}
	if err := bundle.Write(filepath.Join(folder, "bundle"), contents); err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(filepath.Join(folder, "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compared(t *testing.T, from, to *version, only ...string) *Report {
	t.Helper()
	r, err := Bundles(from.open(t), to.open(t), only)
	if err != nil {
		t.Fatal(err)
	}
	r.From, r.To = "one", "two"
	return r
}

func printed(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEverythingThatChangesIsShown(t *testing.T) {
	got := printed(t, compared(t, first(), second()))
	const golden = "testdata/changed.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameIsTheSame(t *testing.T) {
	r := compared(t, first(), first())
	if !r.Same() || printed(t, r) != "one -> two\nthe same: orders\nno difference\n" {
		t.Errorf("%s", printed(t, r))
	}
}

// Where a step stands in the flow's file is no change of what it does.
func TestACommentChangesNoProgram(t *testing.T) {
	from, to := first(), first()
	to.files["flow.yaml"] = "# a comment\n" + to.files["flow.yaml"]
	to.files["ir.txt"] = strings.Replace(to.files["ir.txt"], "# line 3", "# line 4", 1)
	r := compared(t, from, to)
	if len(r.Changed) != 1 || r.Changed[0].Program != "" || !strings.Contains(r.Changed[0].Text, "+# a comment\n") {
		t.Errorf("%s", printed(t, r))
	}
}

func TestFlowsThatComeAndGo(t *testing.T) {
	from, to := first(), first()
	to.manifest.Flow, to.files = "returns", map[string]string{"flow.wasm": "\x00asm"}
	r := compared(t, from, to)
	if diff := cmp.Diff([][]string{{"returns"}, {"orders"}}, [][]string{r.Added, r.Removed}); diff != "" || r.Same() {
		t.Error(diff)
	}
	if r := compared(t, from, to, "orders"); len(r.Added) > 0 || len(r.Removed) != 1 {
		t.Errorf("with one flow asked for: %s", printed(t, r))
	}
}

// A bundle may be anybody's.
func TestWhatIsPrintedMovesNoCursor(t *testing.T) {
	from, to := first(), first()
	to.files["flow.yaml"] += "# \x1b[2J\x1b[31mgone\u202e\n"
	to.sources["tables/countries.csv"] += "XX,\x1b]0;title\x07\n"
	to.lineage.Outputs[0].Fields[1].Sources[0].Name = "\x1b[1A"
	r := compared(t, from, to)
	r.From = "\x1b[2J"
	for _, colour := range []bool{false, true} {
		var b bytes.Buffer
		if err := r.Print(&b, colour); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, bad := range []string{"\x1b[2J", "\x1b]0", "\x07", "\u202e", "\x1b[1A"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q is in %q", bad, text)
			}
		}
	}
}

func TestOtherFormsAreSaidAndNotFatal(t *testing.T) {
	from, to := first(), first()
	to.files["build.json"] = `{"schema": 99}`
	r := compared(t, from, to)
	if len(r.Changed) != 1 || len(r.Changed[0].Notes) != 1 || !strings.Contains(r.Changed[0].Notes[0], "schema 99") {
		t.Errorf("%s", printed(t, r))
	}
}

func TestTablesWithoutAKeyOfTheirOwnAreComparedByWholeRows(t *testing.T) {
	from, to := first(), first()
	from.sources["tables/countries.csv"] = "code,name\nAT,Austria\nAT,Österreich\n"
	to.sources["tables/countries.csv"] = "code,name\nAT,Austria\n"
	table := compared(t, from, to).Changed[0].Tables[0]
	want := Table{Path: "tables/countries.csv", Removed: 1, Rows: []Row{{Key: "AT, Österreich", From: "code=AT name=Österreich"}}}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Error(diff)
	}
}

func TestLongTextsAreNotComparedByLines(t *testing.T) {
	from, to := first(), first()
	to.config["weavster.yaml"] += strings.Repeat("# a\n", maxLines)
	if diff := compared(t, from, to).Files[0].Diff; !strings.Contains(diff, "too many to compare line by line") {
		t.Errorf("%.200s", diff)
	}
}

// The lineage of an artifact may be anybody's.
func TestALineageIsOfASaneSize(t *testing.T) {
	for text, want := range map[string]string{
		`{"flow":`: "the lineage is damaged",
		`{"x":"` + strings.Repeat("x", contract.MaxManifestBytes) + `"}`: "at most 16777216 are read",
	} {
		path := filepath.Join(t.TempDir(), "lineage.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadLineage(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
