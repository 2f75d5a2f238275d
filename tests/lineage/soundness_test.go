// Package lineage holds what the compiler says of where fields come from
// against what compiled flows do.
package lineage

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/document"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/module"
)

// folders hold flows with fixtures, compiled.
var folders = []string{"codegen/transform/testdata", "codegen/expr/testdata", "examples/orders/flows", "examples/clinic/flows", "examples/clicks/flows"}

// TestEveryChangeIsExplained changes messages of fixtures, a place at a time.
// What then comes out otherwise has to come from there by the lineage; and
// where another number of messages comes, that has to be decided by it.
func TestEveryChangeIsExplained(t *testing.T) {
	if os.Getenv("TEST_SRCDIR") == "" {
		t.Skip("the flows are compiled by Bazel")
	}
	flows := 0
	for _, folder := range folders {
		modules, err := filepath.Glob(filepath.Join("../..", folder, "*.wasm"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range modules {
			flows++
			t.Run(strings.TrimSuffix(filepath.Base(path), ".wasm"), func(t *testing.T) {
				t.Parallel()
				testFlow(t, strings.TrimSuffix(path, ".wasm"))
			})
		}
	}
	if flows < 25 {
		t.Errorf("only %d flows", flows)
	}
}

func testFlow(t *testing.T, path string) {
	ctx := context.Background()
	var manifest contract.Manifest
	var lineage contract.Lineage
	read(t, path+".manifest.json", &manifest)
	read(t, path+".crate/lineage.json", &lineage)
	wasm, err := os.ReadFile(path + ".wasm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := module.Compile(ctx, wasm, &manifest, module.Options{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	f := &flow{t: t, runner: fixture.NewRunner(m), lineage: &lineage, also: mentioned(&lineage)}
	suite := load(t, path+"_test.yaml", &manifest)
	for _, c := range suite.Cases {
		for _, message := range c.Inputs {
			f.try(ctx, c, message)
		}
	}
	t.Logf("%d messages, %d of them with changed fields in outputs", f.tried, f.different)
	if f.different == 0 {
		t.Error("no change made a difference")
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, path string, manifest *contract.Manifest) *fixture.Suite {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var diags source.Diagnostics
	suite := fixture.Load(source.NewFile(path, text), os.ReadFile, manifest, &diags)
	if diags.Failed() {
		t.Fatal(diags.Sorted())
	}
	return suite
}

type flow struct {
	t       *testing.T
	runner  *fixture.Runner
	lineage *contract.Lineage
	// also are fields that are given to messages that haven't got them.
	also                       []place
	tried, different, failures int
}

// rows are what each output gets of a message.
func (f *flow) rows(ctx context.Context, c *fixture.Case, message []byte) [][]*document.Value {
	f.t.Helper()
	result, err := f.runner.Process(ctx, c, message)
	if err != nil {
		f.t.Fatalf("%s: %v", message, err)
	}
	all := make([][]*document.Value, len(result.Outputs))
	for i, rows := range result.Outputs {
		for j := range rows.Len() {
			v, err := document.Parse(rows.Row(j))
			if err != nil {
				f.t.Fatalf("%s: %v", rows.Row(j), err)
			}
			all[i] = append(all[i], v)
		}
	}
	return all
}

func (f *flow) try(ctx context.Context, c *fixture.Case, message []byte) {
	v, err := document.Parse(message)
	if err != nil || v.Kind != '{' || repeats(v) {
		return // some cases are about such
	}
	before := f.rows(ctx, c, []byte(v.String()))
	for _, one := range changes(v, nil, f.also) {
		f.tried++
		text := one.message.String()
		after := f.rows(ctx, c, []byte(text))
		for i := range f.lineage.Outputs {
			if !f.explained(&f.lineage.Outputs[i], before[i], after[i], one.at) {
				f.t.Errorf("case %q: at %q\nbefore %s\n    -> %s\nafter  %s\n    -> %s", c.Name, one.at, v, before[i], text, after[i])
				if f.failures++; f.failures == 5 {
					f.t.FailNow()
				}
			}
		}
	}
}

// repeats says whether an object has a field twice: which one counts is no
// matter of the lineage.
func repeats(v *document.Value) bool {
	for i, key := range v.Keys {
		if v.Find(key) != i {
			return true
		}
	}
	return slices.ContainsFunc(v.Items, repeats)
}

func (f *flow) explained(out *contract.OutputLineage, before, after []*document.Value, changed place) bool {
	decided := names(out.Control, changed, nil)
	if len(before) != len(after) {
		if !decided && !names(out.Errors, changed, nil) {
			f.t.Errorf("%s gets %d messages instead of %d", out.Output, len(after), len(before))
			return false
		}
		return true
	}
	if decided && len(before) > 1 {
		return true // other parts may stand at these places
	}
	for i := range before {
		for _, at := range differences(before[i], after[i], nil) {
			f.different++
			if !explains(out, at, changed) {
				f.t.Errorf("%s: %q comes out otherwise", out.Output, at)
				return false
			}
		}
	}
	return true
}
