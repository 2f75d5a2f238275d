package syntax

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/weavster/weavster/codegen/source"
)

var testOptions = Options{
	{Name: "name", Type: Text, Required: true, Doc: "what it is called"},
	{Name: "workers", Type: Integer, Default: "2"},
	{Name: "ratio", Type: Number},
	{Name: "on", Type: Bool, Default: "true"},
	{Name: "wait", Type: Duration, Default: "1s"},
	{Name: "memory", Type: Size, Default: "64MiB"},
	{Name: "mode", Type: Enum, Values: []string{"insert", "upsert"}, Default: "insert"},
	{Name: "tags", Type: Texts},
	{Name: "vars", Type: Mapping, Of: &Option{Type: Integer}},
	{Name: "ports", Type: Sequence, Of: &Option{Type: Integer}},
	{Name: "runtime", Type: Record, Fields: Options{{Name: "database", Type: Text}}},
}

func decodeOptions(text string) (*Fields, string) {
	var diags source.Diagnostics
	n := Parse(source.NewFile("f.yaml", []byte(text)), &diags)
	f := testOptions.Decode(n, "project", &diags)
	var lines []string
	for _, one := range diags.Sorted() {
		lines = append(lines, one.String())
	}
	return f, strings.Join(lines, "\n")
}

func TestFieldsGiveValuesAndDefaults(t *testing.T) {
	f, errs := decodeOptions("name: 007\nworkers: 8\non: False\nwait: 5m\nmemory: 16KiB\nmode: upsert\ntags: [a, 1.10]\nvars: {x: 1}\nruntime: {database: embedded}\n")
	if errs != "" {
		t.Fatal(errs)
	}
	got := []any{f.Text("name"), f.Integer("workers"), f.Bool("on"), f.Duration("wait"), f.Size("memory"), f.Text("mode"), f.Texts("tags"), f.Record("runtime").Text("database"), f.Get("vars").JSON()}
	want := []any{"007", int64(8), false, 5 * time.Minute, int64(16384), "upsert", []string{"a", "1.10"}, "embedded", `{"x":1}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	f, _ = decodeOptions("name: x\n")
	got = []any{f.Integer("workers"), f.Bool("on"), f.Duration("wait"), f.Size("memory"), f.Text("mode"), f.Get("tags") == nil, f.Record("runtime").Text("database")}
	want = []any{int64(2), true, time.Second, int64(64 << 20), "insert", true, ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults: %s", diff)
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	_, errs := decodeOptions(`workesr: 8
workers: '8'
ratio: .5
on: yes
wait: soon
memory: 64MB
mode: upset
tags: a
vars: {x: 1, y: b, z: }
ports: [1, b, c]
runtime: {databse: x}
`)
	want := `f.yaml:1:1: error: unknown key "workesr" in project; did you mean "workers"? [W0106]
f.yaml:1:1: error: project needs the key "name"; name: what it is called [W0107]
f.yaml:2:10: error: "workers" has to be an integer, not "8"; leave the quotes out [W0108]
f.yaml:3:8: error: "ratio" has to be a number, not ".5" [W0108]
f.yaml:4:5: error: "on" has to be true or false, not "yes"; ` + "`yes`" + ` is text in YAML 1.2; write true [W0108]
f.yaml:5:7: error: "wait" has to be a duration such as 5s, not "soon" [W0108]
f.yaml:6:9: error: "memory" has to be a size such as 64MiB, not "64MB" [W0108]
f.yaml:7:7: error: "mode" has to be one of insert, upsert, not "upset"; did you mean "upsert"? [W0109]
f.yaml:8:7: error: "tags" has to be a list of texts, not text; write [a] [W0108]
f.yaml:9:17: error: "y" has to be an integer, not "b" [W0108]
f.yaml:9:20: error: "z" has no value; it has to be an integer [W0108]
f.yaml:10:12: error: "ports" has to be an integer, not "b" [W0108]
f.yaml:10:15: error: "ports" has to be an integer, not "c" [W0108]
f.yaml:11:11: error: unknown key "databse" in "runtime"; did you mean "database"? [W0106]`
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Error(diff)
	}
}

func TestNotAMapping(t *testing.T) {
	_, errs := decodeOptions("[a]\n")
	want := `f.yaml:1:1: error: project has to be a mapping, not a list; it takes name, workers, ratio, on, wait, memory, mode, tags, vars, ports, runtime [W0108]`
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Error(diff)
	}
}

// What a template rendered is of the kind that its option wants.
func TestRenderedTextIsConverted(t *testing.T) {
	var diags source.Diagnostics
	n := Parse(source.NewFile("f.yaml", []byte("name: x\nworkers: \"{{ env_var('N') }}\"\n")), &diags)
	n.Get("workers").Text, n.Get("workers").Rendered = "12", true
	if f := testOptions.Decode(n, "project", &diags); diags.Failed() || f.Integer("workers") != 12 {
		t.Errorf("got %d, %v", f.Integer("workers"), diags.Err())
	}
}
