package schemas

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/syntax"
)

// An object is a JSON object; the encoder sorts its keys.
type object map[string]any

// property adds what a key's value is, and keeps its description.
func (o object) property(name string, schema object) {
	properties := o["properties"].(object)
	properties[name] = merge(properties[name], schema)
}

func (o object) require(name string) {
	required, _ := o["required"].([]any)
	o["required"] = append(required, name)
}

// merge lays one schema over another, of which only the words stay.
func merge(under any, over object) object {
	merged := object{}
	for key, value := range over {
		merged[key] = value
	}
	if old, ok := under.(object); ok && old["description"] != nil && merged["description"] == nil {
		merged["description"] = old["description"]
	}
	return merged
}

// visit shows all lists of properties inside of a schema.
func visit(schema any, see func(properties object)) {
	switch schema := schema.(type) {
	case []any:
		for _, item := range schema {
			visit(item, see)
		}
	case object:
		if properties, ok := schema["properties"].(object); ok {
			see(properties)
		}
		for _, value := range schema {
			visit(value, see)
		}
	}
}

// A style is how values are written in a kind of file.
type style int

const (
	written  style = iota // as they are
	rendered              // or as templates, which are text whatever they give
)

// scalars are what the program takes for text: it keeps the digits of what
// YAML calls a number.
var scalars = []any{"string", "number", "boolean"}

// record is a mapping of these keys and no others.
func (s style) record(options syntax.Options) object {
	properties, required := object{}, []any{}
	for i := range options {
		o := &options[i]
		schema := s.option(o)
		if o.Doc != "" {
			schema["description"] = sentence(o.Doc)
		}
		if o.Default != "" {
			schema["default"] = standing(o)
		}
		properties[o.Name] = schema
		if o.Required {
			required = append(required, o.Name)
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// standing is a default as it would be written.
func standing(o *syntax.Option) any {
	switch o.Type {
	case syntax.Bool, syntax.Integer, syntax.Number:
		return json.RawMessage(o.Default)
	}
	return o.Default
}

// option is what a key's value has to be.
func (s style) option(o *syntax.Option) object {
	switch o.Type {
	case syntax.Texts:
		return object{"type": "array", "items": object{"type": scalars}}
	case syntax.TextOrTexts:
		return object{"anyOf": []any{object{"type": scalars}, object{"type": "array", "items": object{"type": scalars}}}}
	case syntax.Sequence:
		return s.holding("array", "items", o)
	case syntax.Mapping:
		return s.holding("object", "additionalProperties", o)
	case syntax.Record:
		return s.record(o.Fields)
	case syntax.Any:
		return object{}
	}
	schema := s.scalar(o)
	if s == rendered && o.Type != syntax.Text {
		return object{"anyOf": []any{schema, object{"type": "string", "pattern": `\{\{`}}}
	}
	return schema
}

// holding is a list or a mapping. Where the table doesn't say what it holds,
// and does give fields, a value is a mapping of them or something shorter.
func (s style) holding(kind, items string, o *syntax.Option) object {
	schema := object{"type": kind}
	switch {
	case o.Of != nil:
		schema[items] = s.option(o.Of)
	case len(o.Fields) > 0:
		schema[items] = object{"anyOf": []any{object{"type": []any{"string", "number", "boolean", "array"}}, s.record(o.Fields)}}
	}
	return schema
}

func (s style) scalar(o *syntax.Option) object {
	switch o.Type {
	case syntax.Bool:
		return object{"type": "boolean"}
	case syntax.Integer:
		return object{"type": "integer"}
	case syntax.Number:
		return object{"type": "number"}
	case syntax.Duration:
		return object{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "examples": []any{"5s"}}
	case syntax.Size:
		return object{"anyOf": []any{object{"type": "integer", "minimum": 0}, object{"type": "string", "pattern": `^[0-9]+(KiB|MiB|GiB)?$`}}, "examples": []any{"64MiB"}}
	case syntax.Enum:
		values := make([]any, len(o.Values))
		for i, value := range o.Values {
			values[i] = value
		}
		return object{"enum": values}
	}
	return object{"type": scalars}
}

// link is one of Markdown's, whose target isn't there in an editor.
var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// sentence begins with a capital, ends with a full stop and leads nowhere.
func sentence(text string) string {
	text = link.ReplaceAllString(text, "$1")
	if text == "" {
		return ""
	}
	if first := text[0]; first >= 'a' && first <= 'z' {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimSuffix(text, ".") + "."
}
