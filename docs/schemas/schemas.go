// Package schemas writes JSON Schemas for the files of a project, from the
// tables that the program itself checks them against: for editors, which then
// complete keys, show what they mean and mark what is wrong.
package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/transform"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/artifact/trust/policy"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/project"
)

// A Kind is one kind of file.
type Kind struct {
	Name  string
	Files string // which they are, as a pattern of paths in a project
	Doc   string

	make func() object
}

// Kinds are all kinds of files, in the order in which a project is read.
var Kinds = []Kind{
	{"project", "weavster.yaml", "A Weavster project", projectSchema},
	{"profiles", "profiles.yaml", "What differs by environment, a profile a key", profilesSchema},
	{"connectors", "connectors/*.yaml", "Connectors, by their names: `kafka.orders` is the key `orders` of connectors/kafka.yaml", connectorsSchema},
	{"flow", "flows/*.yaml", "A message flow", flowSchema},
	{"fixture", "flows/*_test.yaml", "A flow's test cases", fixtureSchema},
	{"library", "transforms/*.yaml", "Transforms that flows share", librarySchema},
	{"trust-policy", "trust-policy.yaml", "Whose artifacts are run", trustPolicySchema},
}

// Names are the kinds' names.
func Names() []string {
	names := make([]string, len(Kinds))
	for i, kind := range Kinds {
		names[i] = kind.Name
	}
	return names
}

// Find is the kind of a name, or nil.
func Find(name string) *Kind {
	if i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return &Kinds[i]
	}
	return nil
}

// JSON is the kind's schema.
func (k *Kind) JSON() []byte {
	schema := k.make()
	schema["$schema"] = "http://json-schema.org/draft-07/schema#" // what editors know best
	schema["title"] = k.Doc
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schema); err != nil {
		panic(err) // it is made of maps and texts
	}
	return text.Bytes()
}

func projectSchema() object {
	schema := rendered.record(project.ProjectOptions)
	schema.property("runtime", rendered.record(project.RuntimeOptions))
	return schema
}

func profilesSchema() object {
	profile := rendered.record(project.ProfileOptions)
	profile.property("runtime", rendered.record(project.RuntimeOptions))
	profile.property("connectors", object{"type": "object", "additionalProperties": object{"type": "object"}})
	return object{"type": "object", "additionalProperties": profile}
}

// connectorsSchema tells connectors apart by their types.
func connectorsSchema() object {
	specs := all.Specs()
	kinds, cases := []any{}, []any{}
	for _, spec := range specs {
		kinds = append(kinds, spec.Name)
		one := rendered.record(spec.Options)
		one.property("type", object{"const": spec.Name, "description": sentence(spec.Doc)})
		one.require("type")
		cases = append(cases, object{
			"if":   object{"required": []any{"type"}, "properties": object{"type": object{"const": spec.Name}}},
			"then": one,
		})
	}
	connector := object{
		"type": "object", "required": []any{"type"}, "allOf": cases,
		"properties": object{"type": object{"enum": kinds, "description": "The kind of connector: " + docs(specs)}},
	}
	return object{"type": "object", "additionalProperties": connector}
}

func docs(specs []*connectors.Spec) (text string) {
	for i, spec := range specs {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s: %s", spec.Name, spec.Doc)
	}
	return sentence(text)
}

func flowSchema() object {
	schema := written.record(compile.FlowOptions)
	output := written.record(compile.OutputOptions)
	output.property("transforms", list("transform"))
	schema.property("outputs", object{"type": "array", "minItems": 1, "items": output})
	schema.property("transforms", list("transform"))
	schema["definitions"] = object{"transform": transformSchema()}
	return schema
}

func librarySchema() object {
	schema := written.record(transform.LibraryOptions)
	schema.property("transforms", list("transform"))
	schema["definitions"] = object{"transform": transformSchema()}
	return schema
}

func trustPolicySchema() object {
	schema := written.record(policy.Options)
	digest := object{"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
	visit(schema, func(properties object) {
		if properties["digests"] == nil { // those of an entry
			return
		}
		properties["digests"] = merge(properties["digests"], object{"anyOf": []any{digest, object{"type": "array", "items": digest, "minItems": 1}}})
		properties["configuration"] = merge(properties["configuration"], digest)
	})
	return schema
}

func list(of string) object {
	return object{"type": "array", "items": object{"$ref": "#/definitions/" + of}}
}

// transformSchema is one of the kinds, with what every transform takes.
func transformSchema() object {
	schema := written.record(transform.StepOptions)
	kinds := []any{}
	for _, kind := range transform.Kinds() {
		body := written.option(&kind.Body)
		if kind.Expression {
			body = object{"type": scalars}
		}
		nested(body)
		body["description"] = sentence(kind.Doc) + " " + sentence(kind.Body.Doc)
		schema.property(kind.Name(), body)
		kinds = append(kinds, object{"required": []any{kind.Name()}})
	}
	schema["oneOf"] = kinds
	return schema
}

// nested says what the steps inside of a transform are.
func nested(body object) {
	if properties, ok := body["properties"].(object); ok && properties["transforms"] != nil {
		body.property("transforms", list("transform"))
	}
}

func fixtureSchema() object {
	schema := written.record(fixture.FileOptions)
	rows := object{"anyOf": []any{object{"type": "array"}, written.record(fixture.RowsOptions)}}
	problem := written.record(fixture.ErrorOptions)
	visit(schema, func(properties object) {
		if properties["filtered"] == nil { // those of `expect`
			return
		}
		properties["outputs"] = merge(properties["outputs"], object{"additionalProperties": rows})
		properties["error"] = merge(properties["error"], object{"anyOf": []any{problem, object{"type": "array", "items": problem}}})
	})
	return schema
}
