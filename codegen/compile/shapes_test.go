package compile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
)

// shapes are values of every form that YAML has, in its flow style.
var shapes = []string{
	"", "~", "a", "''", `'""'`, "0", "-1", "1.5", "99999999999999999999", "true", "'a.b[0]'", "'[0]'", "$p", "$p.x", "$none", "'('",
	"[]", "[~]", "[a]", "[a, a]", "[1, [a]]", "[[]]", "[{}]", "[{a: b}]", "[$p]",
	"{}", "{~: a}", "{a: ~}", "{a: b}", "{a: [b]}", "{a: {b: c}}", "{a: {}}", "{'': ''}", "{a: [~]}", "{a: []}", "{$p: $p}", "{a: $p}",
}

// bodies are those of a transform with one part in every shape: the whole, and
// each of its keys beside values that are right for the others.
func bodies(kind transform.Kind) (all []string) {
	all = append(all, shapes...)
	options := kind.Body.Fields
	if kind.Body.Of != nil && options == nil {
		options = kind.Body.Of.Fields
	}
	for i := range options {
		for _, shape := range shapes {
			record := recordWith(options, i, shape)
			if kind.Body.Type == syntax.Record {
				all = append(all, record)
			} else {
				all = append(all, "{x: "+record+"}")
			}
		}
	}
	return all
}

// recordWith has a right value for each key that has to be there, and one of
// some shape for the i-th.
func recordWith(options syntax.Options, i int, shape string) string {
	var parts []string
	for j, option := range options {
		switch {
		case i == j:
			parts = append(parts, option.Name+": "+shape)
		case option.Required, option.Name == "pattern", option.Name == "field" && options[i].Name != "fields" && options[i].Name != "value":
			parts = append(parts, option.Name+": "+right(option))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func right(option syntax.Option) string {
	switch {
	case option.Name == "library":
		return "inner"
	case option.Name == "table":
		return "countries"
	case option.Name == "pattern":
		return "'(?P<a>b)'"
	case option.Name == "transforms":
		return "[{set: {a: 1}}]"
	}
	return map[syntax.Type]string{syntax.Enum: strings.Join(option.Values[:min(1, len(option.Values))], ""),
		syntax.Mapping: "{a: name}", syntax.Sequence: "[]", syntax.Texts: "[a]", syntax.Integer: "1"}[option.Type] + map[bool]string{true: "t"}[option.Type == syntax.Text]
}

// Each transform takes whatever YAML there is for what it is, or says what is
// wrong with it, in a flow as well as in a library whose parameter has no value.
func TestTransformsOfEveryShape(t *testing.T) {
	inner := "params: {a: {type: string, default: x}}\ntransforms: [{set: {i: $a}}]\n"
	for _, kind := range transform.Kinds() {
		t.Run(kind.Name(), func(t *testing.T) {
			for _, body := range bodies(kind) {
				step := fmt.Sprintf("  - %s: %s\n", kind.Name(), body)
				check(t, step, map[string]string{"inner": inner})
				check(t, "  - each: {field: list, transforms: [{"+kind.Name()+": "+body+"}]}\n", map[string]string{"inner": inner})
				if !strings.Contains(body, "$") {
					continue
				}
				for _, params := range []string{"p: {type: string}", "p: {}", "p: {type: field, default: f}", "p: {type: int, default: 1}"} {
					check(t, "  - use: {library: outer}\n", map[string]string{"outer": "params: {" + params + "}\ntransforms:\n" + step, "inner": inner})
				}
			}
		})
	}
}

// The keys beside a transform's own take every shape, too.
func TestStepsOfEveryShape(t *testing.T) {
	for _, option := range transform.StepOptions {
		for _, shape := range shapes {
			check(t, fmt.Sprintf("  - set: {a: 1}\n    %s: %s\n", option.Name, shape), nil)
		}
	}
	for _, shape := range shapes {
		check(t, "  - "+shape+"\n", nil)
	}
}

func check(t *testing.T, transforms string, libraries map[string]string) {
	t.Helper()
	defer func() {
		if problem := recover(); problem != nil {
			t.Errorf("%s%v: %v", transforms, libraries["outer"], problem)
		}
	}()
	out, said := withLibraries(t, transforms, libraries)
	if out == nil && !strings.Contains(said, "[W0") {
		t.Errorf("refused without a reason: %s", transforms)
	}
}
