package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
)

// What tools need to tell a message's way without the flow's file.
func TestStepsSayWhatTheyAre(t *testing.T) {
	flow := `input: file.in
transforms:
  - map: {a: b.c + b.c, b: "this['x/y']"}
  - filter: a > 1
    when: b is defined
    on_error: skip
outputs:
  - to: file.out
    transforms:
      - template: {c: "{{ a }} {% if b %}{{ meta('topic') }}{% endif %}"}
`
	var diags source.Diagnostics
	out, err := Flow(t.Context(), engine, Input{Name: "case", File: source.NewFile("flows/case.yaml", []byte(flow))}, &diags)
	if err != nil || out == nil {
		t.Fatal(err, diags.Err())
	}
	field := func(path, pointer string) contract.Field { return contract.Field{Path: path, Pointer: pointer} }
	at := func(line, column int) contract.Position { return contract.Position{Line: line, Column: column} }
	a, b, c := field("a", "/a"), field("b", "/b"), field("c", "/c")
	want := []contract.Step{
		{ID: "map", Kind: "map", At: at(3, 5), Anew: true, Expressions: []contract.Expression{
			{Source: "b.c + b.c", Form: contract.FormValue, At: at(3, 14), Into: &a, Reads: []contract.Field{field("b.c", "/b/c")}},
			{Source: "this['x/y']", Form: contract.FormValue, At: at(3, 28), Into: &b, Reads: []contract.Field{field(`"x/y"`, "/x~1y")}},
		}},
		{ID: "filter", Kind: "filter", At: at(4, 5), OnError: "skip", Filters: true,
			When:        &contract.Expression{Source: "b is defined", Form: contract.FormCondition, At: at(5, 11), Reads: []contract.Field{b}},
			Expressions: []contract.Expression{{Source: "a > 1", Form: contract.FormCondition, At: at(4, 13), Reads: []contract.Field{a}}}},
		{ID: "template", Kind: "template", At: at(10, 9), Output: "file.out", Expressions: []contract.Expression{
			{Source: "{{ a }} {% if b %}{{ meta('topic') }}{% endif %}", Form: contract.FormTemplate, At: at(10, 23), Into: &c,
				Reads: []contract.Field{a, b}, Meta: []string{"topic"}}}},
	}
	if diff := cmp.Diff(want, out.Manifest.Steps); diff != "" {
		t.Error(diff)
	}
}
