package schema

import (
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/types"
)

func read(t *testing.T, text string) *types.Type {
	t.Helper()
	var diags source.Diagnostics
	got := Read(source.NewFile("schemas/s.json", []byte(text)), &diags)
	if err := diags.Err(); err != nil {
		t.Fatalf("%s\n%s", err, text)
	}
	return got
}

func TestKinds(t *testing.T) {
	const all = ir.Any &^ ir.Decimal
	for text, want := range map[string]ir.Kind{
		`true`:                                   ir.Any,
		`{"type":"object"}`:                      ir.Any, // nothing is said
		`{"properties":{"x":{}}}`:                all,
		`{"properties":{"x":{"type":"string"}}}`: ir.String | ir.Missing,
		`{"properties":{"x":false}}`:             ir.Missing,
		`{"required":["x"]}`:                     all &^ ir.Missing,
		`{"required":["x"],"properties":{"x":{"type":["integer","null"]}}}`:                                                                       ir.Int | ir.Float | ir.Null,
		`{"properties":{"x":{"type":"string","nullable":true}}}`:                                                                                  ir.String | ir.Null | ir.Missing,
		`{"required":["x"],"properties":{"x":{"enum":["a","b"]}}}`:                                                                                ir.String,
		`{"required":["x"],"properties":{"x":{"const":true}}}`:                                                                                    ir.Bool,
		`{"required":["x"],"properties":{"x":{"type":"number","enum":[1,"a"]}}}`:                                                                  ir.Int | ir.Float,
		`{"additionalProperties":false}`:                                                                                                          ir.Missing,
		`{"additionalProperties":false,"patternProperties":{"(?=x).":{}}}`:                                                                        ir.Any,
		`{"required":["x"],"properties":{"x":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`:                                                     ir.String | ir.Null,
		`{"required":["x"],"properties":{"x":{"oneOf":[{"type":"string"},{"type":"null"}]}}}`:                                                     ir.String | ir.Null,
		`{"anyOf":[{"required":["x"]},{"required":["y"]}],"properties":{"x":{"type":"string"}}}`:                                                  ir.String | ir.Missing,
		`{"allOf":[{"required":["x"]},{"properties":{"x":{"type":"string"}}}]}`:                                                                   ir.String,
		`{"required":["x"],"properties":{"x":{"$ref":"#/$defs/a/b"}},"$defs":{"a":{"b":{"type":"array"}}}}`:                                       ir.Array,
		`{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"type":"null"}},"properties":{"x":{"$ref":"#/definitions/a"}}}`: ir.Null | ir.Missing,
		`{"properties":{"x":{"$ref":"#"}}}`:                                                                                                       all,
		"properties: {x: {type: string, x-note: passed over}}":                                                                                    ir.String | ir.Missing,
	} {
		got := read(t, text)
		if kind := got.Get(ir.Path{"x"}).Kind; kind != want || got.Kind != ir.Object {
			t.Errorf("%s\nx is %s, want %s; the message is %s", text, kind, want, got.Kind)
		}
	}
}

func TestWhatIsInside(t *testing.T) {
	got := read(t, `{"required":["lines"],"properties":{
		"lines":{"type":"array","items":{"$ref":"#/$defs/line"}},
		"tree":{"$ref":"#/$defs/tree"}},
		"$defs":{
			"line":{"type":"object","required":["qty"],"properties":{"qty":{"type":"integer"},"status":{"enum":["a","b"]}},"additionalProperties":false},
			"tree":{"type":"object","properties":{"left":{"$ref":"#/$defs/tree"},"right":{"$ref":"#/$defs/tree"}}}}}`)
	for path, want := range map[string]ir.Kind{
		"qty": ir.Int | ir.Float | ir.Missing, "status": ir.String | ir.Missing, "qtty": ir.Missing,
	} {
		if kind := got.Get(ir.Path{"lines", 0, path}).Kind; kind != want {
			t.Errorf("%s: %s, want %s", path, kind, want)
		}
	}
	if values := got.Get(ir.Path{"lines", 0, "status"}).Values; strings.Join(values, " ") != `"a" "b"` {
		t.Errorf("values %q", values)
	}
	if kind := got.Get(ir.Path{"tree", "left"}).Kind; kind&ir.Object == 0 || kind&ir.Missing == 0 {
		t.Errorf("a schema that leads to itself: %s", kind)
	}
}

func TestWhatIsWrongWithASchema(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"objct"}`:                                  `schemas/s.json:1:9: error: this isn't JSON Schema: value must be one of`,
		`{"properties":{"x":{"type":5}}}`:                   `schemas/s.json:1:28: error: this isn't JSON Schema: `,
		`{"required":"x"}`:                                  `schemas/s.json:1:13: error: this isn't JSON Schema: got string, want array`,
		`{"properties":{"x":{"$ref":"#/$defs/lost"}}}`:      `schemas/s.json:1:28: error: this schema can't be used: `,
		`{"properties":{"x":{"$ref":"other.json#/$defs"}}}`: `schemas/s.json:1:28: error: this schema can't be used: `,
		`{"type":"array"}`:                                  `schemas/s.json:1:1: error: this schema is of no object, which each message is; write type: object`,
		`{"type":"object"`:                                  `schemas/s.json:1:1: error: this isn't YAML`,
	} {
		var diags source.Diagnostics
		if got := Read(source.NewFile("schemas/s.json", []byte(text)), &diags); got != nil || diags.Err() == nil {
			t.Errorf("%s: no error", text)
		} else if err := diags.Err(); !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n%s\nwant %s", text, err, want)
		}
	}
}

// A schema whose references multiply costs no more than its length.
func TestAHostileSchemaEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"anyOf":[{"$ref":"#/$defs/a0"},{"$ref":"#/$defs/b0"}],"$defs":{`)
	for _, name := range []string{"a", "b"} {
		for i := range 60 {
			next := name + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
			this := name + string(rune('0'+i/10)) + string(rune('0'+i%10))
			if i == 0 {
				this = name + "0"
			}
			b.WriteString(`"` + this + `":{"properties":{"x":{"$ref":"#/$defs/` + next + `"},"y":{"$ref":"#/$defs/` + next + `"}}},`)
		}
		b.WriteString(`"` + name + `60":{},`)
	}
	read(t, strings.TrimSuffix(b.String(), ",")+"}}")
}

func TestMessagesAtHand(t *testing.T) {
	got := Infer([][]byte{[]byte(`{"a":1,"b":{"c":"x"},"l":[1,"y"]}`), []byte(`{"a":1.5,"b":null}`), []byte(`not JSON`), []byte(`[]`)})
	for _, c := range []struct {
		path ir.Path
		want ir.Kind
	}{
		{ir.Path{"a"}, ir.Int | ir.Float},
		{ir.Path{"b"}, ir.Object | ir.Null},
		{ir.Path{"b", "c"}, ir.String | ir.Missing},
		{ir.Path{"b", "d"}, ir.Missing},
		{ir.Path{"l", 0}, ir.Int | ir.String | ir.Missing},
		{ir.Path{"z"}, ir.Missing},
	} {
		if kind := got.Get(c.path).Kind; kind != c.want {
			t.Errorf("%s: %s, want %s", c.path, kind, c.want)
		}
	}
	if values := got.Get(ir.Path{"a"}).Values; values != nil {
		t.Errorf("other messages have other values than %q", values)
	}
	if Infer([][]byte{[]byte(`[]`)}) != nil {
		t.Error("no message is an object")
	}
}
