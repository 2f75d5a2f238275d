package lineage

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

func field(path ...any) ir.Expr { return ir.Field{Path: path} }

// program is a flow of one output and one step for each list of operations.
func program(steps ...[]ir.Op) *ir.Program {
	p := &ir.Program{Name: "f", Outputs: []ir.Output{{Connector: "file.out"}}}
	for i, ops := range steps {
		p.Steps = append(p.Steps, ir.Step{Index: i, Ops: ops})
	}
	return p
}

func of(t *testing.T, p *ir.Program, sensitive ...ir.Path) contract.OutputLineage {
	t.Helper()
	result := Of(p, sensitive)
	if len(result.Outputs) != 1 {
		t.Fatalf("outputs: %v", result.Outputs)
	}
	return result.Outputs[0]
}

// texts are the sources of each listed field, by how and name.
func texts(out contract.OutputLineage) map[string][]string {
	all := map[string][]string{}
	for _, f := range out.Fields {
		all[f.Path] = []string{}
		for _, s := range f.Sources {
			text := s.How + " " + s.Name
			for _, except := range s.Except {
				text += " -" + except
			}
			all[f.Path] = append(all[f.Path], text)
		}
	}
	return all
}

func TestWhatIsRemovedComesNowhereEvenByTheWholeMessage(t *testing.T) {
	text := ir.Call{Name: "tojson", Args: []ir.Expr{ir.This{}}, Of: ir.String}
	out := of(t, program([]ir.Op{ir.Remove{Path: ir.Path{"customer", "ssn"}}}, []ir.Op{ir.Set{Path: ir.Path{"copy"}, Value: text}}),
		ir.Path{"customer", "ssn"}, ir.Path{"customer", "name"})
	want := map[string][]string{"": {"copied "}, "copy": {"derived  -customer", "derived customer -customer.ssn"}}
	if diff := cmp.Diff(want, texts(out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"customer.ssn"}, out.Dropped); diff != "" {
		t.Error(diff)
	}
	sensitive := []contract.SensitiveLineage{{Field: "customer.name", Reaches: []contract.Reach{
		{Path: "copy", How: contract.Derived}, {Path: "customer.name", How: contract.Copied}}}}
	if diff := cmp.Diff(sensitive, out.Sensitive); diff != "" {
		t.Error(diff)
	}
}

// What is flat has names that aren't known ahead: a copy of the field of the
// same name is one thing, and what may come from any field another.
func TestWhatIsMadeFlatMayComeFromAnywhere(t *testing.T) {
	out := of(t, program([]ir.Op{ir.Flatten{Flat: ir.Flat{Separator: "_"}}}))
	if diff := cmp.Diff(map[string][]string{"": {"copied ", "derived "}}, texts(out)); diff != "" {
		t.Error(diff)
	}
}

func TestAStepThatIsSkippedWhereItFailsMayLeaveWhatWasThere(t *testing.T) {
	p := program([]ir.Op{
		ir.Set{Path: ir.Path{"a"}, Value: ir.Binary{Op: ir.Add, X: field("x"), Y: field("y"), Of: ir.Int}},
		ir.Set{Path: ir.Path{"b"}, Value: ir.Const{Text: "1", Of: ir.Int}},
	})
	p.Steps[0].OnError = ir.OnErrorSkip
	out := of(t, p)
	want := map[string][]string{"": {"copied "}, "a": {"copied a", "derived x", "derived y"}, "b": {"copied b", "copied 1", "control x", "control y"}}
	if diff := cmp.Diff(want, texts(out)); diff != "" {
		t.Error(diff)
	}
	if len(out.Errors) != 0 {
		t.Errorf("errors: %v", out.Errors)
	}
}

// Items behind one that is taken away move up, so what decides that has a say
// in all of them.
func TestItemsThatAreTakenAway(t *testing.T) {
	inner := []ir.Step{{Ops: []ir.Op{ir.Guard{Cond: field("keep")}}}}
	out := of(t, program([]ir.Op{ir.ForEach{Path: ir.Path{"items"}, Steps: inner}}))
	want := map[string][]string{"": {"copied "}, "items": {"copied items", "control items[].keep"}}
	if diff := cmp.Diff(want, texts(out)); diff != "" {
		t.Error(diff)
	}
	inner[0].Ops = append(inner[0].Ops, ir.Remove{Path: ir.Path{"ssn"}})
	if out := of(t, program([]ir.Op{ir.ForEach{Path: ir.Path{"items"}, Steps: inner}})); !slices.Equal(out.Absent, []string{"items[].ssn"}) {
		t.Errorf("absent: %v", out.Absent)
	}
	if len(out.Control) != 0 {
		t.Errorf("an item's end is none of the message: %v", out.Control)
	}
}

func TestOutputs(t *testing.T) {
	p := program()
	p.Outputs = []ir.Output{{Connector: "a.a", When: field("x")}, {Connector: "b.b", When: field("y")}, {Connector: "c.c", Otherwise: true}}
	for route, want := range map[ir.Route][][]string{
		ir.RouteAll:   {{"x"}, {"y"}, {"x", "y"}},
		ir.RouteFirst: {{"x"}, {"x", "y"}, {"x", "y"}},
	} {
		p.Route = route
		var got [][]string
		for _, out := range Of(p, nil).Outputs {
			var names []string
			for _, s := range out.Control {
				names = append(names, s.Name)
			}
			got = append(got, names)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", route, diff)
		}
	}
}

func TestPlaces(t *testing.T) {
	p := placeOf(ir.Path{"a b", "*", 3}).with(others)
	if p.String() != `"a b"."*"[].*` {
		t.Error(p.String())
	}
	for _, c := range []struct {
		p, other     place
		leads, meets bool
	}{
		{placeOf(ir.Path{"a"}), placeOf(ir.Path{"a", 0}), true, true},
		{placeOf(ir.Path{"a", 0}), placeOf(ir.Path{"a"}), false, true},
		{placeOf(ir.Path{"a"}), placeOf(ir.Path{"ab"}), false, false},
		{place{others}, placeOf(ir.Path{"a"}), true, true},
		{place{items}, place{others}, false, false},
		{place{}, placeOf(ir.Path{"a"}), true, true},
	} {
		if c.p.leads(c.other) != c.leads || c.p.meets(c.other) != c.meets {
			t.Errorf("%s and %s: %t, %t", c.p, c.other, c.p.leads(c.other), c.p.meets(c.other))
		}
	}
}
