package expr

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/syntax"
)

var update = flag.Bool("update", false, "write the flow of all examples")

// TestExamples holds the flow of all examples, which Bazel runs as a module
// (testdata), to the table of built-ins.
func TestExamples(t *testing.T) {
	flow, fixture := exampleFlow()
	for name, want := range map[string]string{"examples.yaml": flow, "examples_test.yaml": fixture} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s isn't what the table says; -update writes it:\n%s", path, diff)
		}
	}
}

// exampleFlow computes each example in a step of its own, and those that
// MiniJinja doesn't have also in a template that it renders.
func exampleFlow() (flow, fixture string) {
	var steps, values strings.Builder
	add := func(step, name, source, gives string) {
		fmt.Fprintf(&steps, "  - %s: {%s: %s}\n", step, name, syntax.Quote(source))
		fmt.Fprintf(&values, ",%s:%s", syntax.Quote(name), gives)
	}
	for _, b := range Builtins {
		e := b.Example
		if e.Source == "" {
			continue
		}
		name := b.Form.String() + "_" + b.Name
		add("compute", name, e.Source, e.Gives)
		if text, ok := printed(e.Gives); ok && b.Own && b.Call != "is_decimal" {
			add("template", name+"_rendered", "{% if true %}{{ "+e.Source+" }}{% endif %}", syntax.Quote(text))
		}
	}
	const head = "# Written by `go test ./codegen/expr -update` from the table of built-ins.\n"
	flow = head + "input: file.in\nvars: {limit: {type: int, default: 1000}}\ntransforms:\n" + steps.String() + "outputs:\n  - to: file.out\n"
	fixture = head + "cases:\n  - name: each example gives what the reference says\n    input: '{}'\n    meta: {topic: orders}\n    now: 2026-01-02T03:04:05Z\n" +
		"    expect:\n      outputs:\n        file.out:\n          - " + syntax.Quote("{"+values.String()[1:]+"}") + "\n"
	return flow, fixture
}

// printed is how a template prints a value without parts.
func printed(value string) (string, bool) {
	var text string
	switch {
	case json.Unmarshal([]byte(value), &text) == nil:
		return text, true
	case value == "true" || value == "false":
		return strings.ToUpper(value[:1]) + value[1:], true
	}
	return value, !strings.ContainsAny(value, "[{")
}

// What MiniJinja has too gives in an example what MiniJinja gives.
func TestExamplesAreMiniJinjas(t *testing.T) {
	for _, b := range Builtins {
		if b.Own || b.Regex != "" || b.Example.Source == "" || b.Form == Function && slices.Contains([]string{"now", "var", "meta"}, b.Name) {
			continue
		}
		got, err := engine.Render(t.Context(), minijinja.Job{Source: "{{ (" + b.Example.Source + ") | tojson }}"})
		if err != nil {
			t.Errorf("%s: %v", b.Example.Source, err)
			continue
		}
		if diff := cmp.Diff(decoded(t, b.Example.Gives), decoded(t, got)); diff != "" {
			t.Errorf("%s\n%s", b.Example.Source, diff)
		}
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}
