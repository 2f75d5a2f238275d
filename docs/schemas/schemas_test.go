package schemas

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var update = flag.Bool("update", false, "write the schemas")

// The files are what the tables say today.
func TestSchemasAreFresh(t *testing.T) {
	folder := "."
	if workspace := os.Getenv("BUILD_WORKSPACE_DIRECTORY"); workspace != "" { // bazel run
		folder = filepath.Join(workspace, "docs", "schemas")
	}
	for _, kind := range Kinds {
		if *update {
			if err := os.WriteFile(filepath.Join(folder, kind.Name+".json"), kind.JSON(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(kind.Name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(kind.JSON()), string(got)); diff != "" {
			t.Errorf("%s.json is stale; bazel run //docs/schemas:schemas_test -- -update\n%s", kind.Name, diff)
		}
	}
}

func compiled(t *testing.T, kind *Kind) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(kind.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("file:///schema", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("file:///schema")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate holds YAML against a schema, as an editor does.
func validate(t *testing.T, schema *jsonschema.Schema, name, text string) error {
	t.Helper()
	var diags source.Diagnostics
	root := syntax.Parse(source.NewFile(name, []byte(text)), &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(root.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// kindOf is the kind of file that a path is of, or nil.
func kindOf(path string) *Kind {
	name, folder := filepath.Base(path), filepath.Base(filepath.Dir(path))
	switch {
	case filepath.Ext(name) != ".yaml" || folder == "schemas":
		return nil
	case name == "weavster.yaml":
		return Find("project")
	case name == "trust-policy.yaml":
		return Find("trust-policy")
	case name == "profiles.yaml":
		return Find("profiles")
	case folder == "connectors":
		return Find("connectors")
	case strings.HasSuffix(name, "_test.yaml"):
		return Find("fixture")
	case strings.HasSuffix(name, "_library.yaml") || folder == "transforms":
		return Find("library")
	}
	return Find("flow")
}

// Every file of the examples, and every flow that a test runs, is right in an
// editor's eyes too.
func TestExamplesAreOfTheirSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{}
	for i := range Kinds {
		schemas[Kinds[i].Name] = compiled(t, &Kinds[i])
	}
	seen := map[string]int{}
	for _, root := range []string{"../../examples", "../../codegen/transform/testdata", "../errors/testdata", "../../runtime/artifact/trust/policy/testdata"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			kind := kindOf(path)
			if kind == nil {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			seen[kind.Name]++
			if err := validate(t, schemas[kind.Name], path, string(text)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range Kinds {
		if seen[kind.Name] == 0 {
			t.Errorf("no example is a %s", kind.Name)
		}
	}
}

const goodFlow = `
input: kafka.orders
vars: {limit: {type: int, default: 5}}
transforms:
  - name: total
    compute: {total: qty * price}
    when: qty > 0
  - filter: total > var('limit')
  - coalesce: {email: [email, contact.email], name: {from: [name], default: x}}
outputs:
  - to: file.out
    otherwise: true
    transforms:
      - remove: [internal]
errors: {unavailable: {retry: 3, backoff: {min: 1s}}}
`

// What the program refuses, an editor marks.
func TestMistakesAreFound(t *testing.T) {
	flow := compiled(t, Find("flow"))
	if err := validate(t, flow, "flow", goodFlow); err != nil {
		t.Fatal(err)
	}
	for right, wrong := range map[string]string{
		"input:":                  "inptu:",
		"type: int":               "type: intt",
		"default: 5":              "defualt: 5",
		"compute:":                "compte:",
		"when: qty":               "wehn: qty",
		"from: [name]":            "form: [name]",
		"otherwise: true":         "otherwise: perhaps",
		"to: file.out":            "two: file.out",
		"remove: [internal]":      "remove: internal",
		"min: 1s":                 "min: soon",
		"backoff:":                "bakoff:",
		"  - filter: total":       "  - set: {a: 1}\n    filter: total",
		"      - remove:":         "      - removed:",
		"  - name: total\n":       "  - name: total\n    on_error: ignore\n",
		"unavailable: {retry: 3,": "unavailable: {retry: [3],",
	} {
		if !strings.Contains(goodFlow, right) {
			t.Fatalf("no %q", right)
		}
		if err := validate(t, flow, "flow", strings.Replace(goodFlow, right, wrong, 1)); err == nil {
			t.Errorf("%q in place of %q passes", wrong, right)
		}
	}
	for kind, texts := range map[string][2]string{
		"project":      {"name: shop\nruntime: {workers: \"{{ env_var('N') }}\", limits: {memory: 64MiB}}\n", "name: shop\nruntime: {workres: 1}\n"},
		"profiles":     {"prod: {runtime: {workers: 8}, vars: {a: 1}}\n", "prod: {runtimes: {workers: 8}}\n"},
		"connectors":   {"in: {type: file, path: x}\nout: {type: postgres, table: a.b}\n", "in: {type: file, pth: x}\n"},
		"fixture":      {"cases: [{name: a, input: {x: 1}, expect: {outputs: {file.out: [{x: 1}]}}}]\n", "cases: [{name: a, input: {x: 1}, expect: {outptus: {}}}]\n"},
		"trust-policy": {"artifacts: [{match: registry.example/**, keys: a.pub}, {keys: [a.pub], annotations: {version: 1.4}}]\n", "artifacts: [{keys: [a.pub], digests: [sha256:12]}]\n"},
		"library":      {"params: {a: {type: field}}\ntransforms: [{remove: [$a]}]\n", "transforms: [{remvoe: [a]}]\n"},
	} {
		schema := compiled(t, Find(kind))
		if err := validate(t, schema, kind, texts[0]); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := validate(t, schema, kind, texts[1]); err == nil {
			t.Errorf("%s: %s passes", kind, texts[1])
		}
	}
}

// Hovering over a key shows what it means.
func TestKeysSayWhatTheyMean(t *testing.T) {
	for _, kind := range Kinds {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(kind.JSON()))
		if err != nil {
			t.Fatal(err)
		}
		var look func(any)
		look = func(schema any) {
			switch schema := schema.(type) {
			case []any:
				for _, item := range schema {
					look(item)
				}
			case map[string]any:
				_, condition := schema["const"]
				properties, _ := schema["properties"].(map[string]any)
				for name, property := range properties {
					words, _ := property.(map[string]any)["description"].(string)
					if _, conditional := property.(map[string]any)["const"]; words == "" && !conditional {
						t.Errorf("%s: no words on %q", kind.Name, name)
					}
				}
				if !condition {
					for _, value := range schema {
						look(value)
					}
				}
			}
		}
		look(doc)
	}
}
