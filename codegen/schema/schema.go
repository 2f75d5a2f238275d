// Package schema reads what is known of a flow's messages before its first
// step: from a JSON Schema, or from messages that are at hand.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/types"
)

// address is where a schema is for the library; its references may lead
// nowhere else.
const address = "file:///schema"

// Read gives what a schema says of a message, or nil after an error, which was
// reported. The schema is JSON, or YAML of the same form. Keywords that say
// nothing of kinds and fields are passed over.
func Read(file *source.File, diags *source.Diagnostics) *types.Type {
	root := syntax.Parse(file, diags)
	if root == nil {
		return nil
	}
	compiled, err := compile(root)
	if err != nil {
		report(root, err, diags)
		return nil
	}
	c := converter{memo: map[*jsonschema.Schema]*types.Type{}}
	t := types.Meet(c.convert(compiled), types.Message())
	if t.Kind&ir.Object == 0 {
		root.Errorf(diags, source.BadSchema, "this schema is of no object, which each message is").Hintf("write type: object")
		return nil
	}
	return t
}

func compile(root *syntax.Node) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(root.JSON()))
	if err != nil {
		return nil, err
	}
	nullable(doc)
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	// Patterns are of another language's expressions, and nobody matches them here.
	c.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) { return unread(pattern), nil })
	if err := c.AddResource(address, doc); err != nil {
		return nil, err
	}
	return c.Compile(address)
}

// nullable turns OpenAPI's word into JSON Schema's.
func nullable(doc any) {
	switch doc := doc.(type) {
	case []any:
		for _, item := range doc {
			nullable(item)
		}
	case map[string]any:
		for _, item := range doc {
			nullable(item)
		}
		if kind, ok := doc["type"].(string); ok && doc["nullable"] == true {
			doc["type"] = []any{kind, "null"}
		}
	}
}

type nowhere struct{}

func (nowhere) Load(string) (any, error) {
	return nil, errors.New("other files aren't read; copy what it names under $defs")
}

type unread string

func (unread) MatchString(string) bool { return false }
func (pattern unread) String() string  { return string(pattern) }

// report says what is wrong with a schema, at its place.
func report(root *syntax.Node, err error, diags *source.Diagnostics) {
	var outer *jsonschema.SchemaValidationError
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		reference(root, err).Errorf(diags, source.BadSchema, "this schema can't be used: %s", strings.ReplaceAll(err.Error(), address, ""))
		return
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	said := invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	find(root, invalid.InstanceLocation).Errorf(diags, source.BadSchema, "this isn't JSON Schema: %s", said)
}

// find is the node that a path of the document leads to.
func find(n *syntax.Node, path []string) *syntax.Node {
	for _, step := range path {
		next := n.Get(step)
		if i, err := strconv.Atoi(step); err == nil && n.Kind == syntax.List && i < len(n.Items) {
			next = n.Items[i]
		}
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// reference is the `$ref` that an error is about, or the whole.
func reference(root *syntax.Node, err error) *syntax.Node {
	if ref := root.Get("$ref"); ref != nil && strings.Contains(err.Error(), part(ref.Text)) {
		return ref
	}
	for _, e := range root.Entries {
		if found := reference(e.Value, err); found != e.Value {
			return found
		}
	}
	for _, item := range root.Items {
		if found := reference(item, err); found != item {
			return found
		}
	}
	return root
}

// part is that part of a reference that an error names.
func part(ref string) string {
	if file, _, _ := strings.Cut(ref, "#"); file != "" {
		return file
	}
	return strings.TrimPrefix(ref, "#")
}

// A converter makes types of compiled schemas, each once.
type converter struct {
	memo map[*jsonschema.Schema]*types.Type
}

const (
	there  = ir.Any &^ (ir.Missing | ir.Decimal) // JSON knows no decimals
	number = ir.Int | ir.Float
)

func (c *converter) convert(s *jsonschema.Schema) *types.Type {
	if t, ok := c.memo[s]; ok {
		return t
	}
	c.memo[s] = types.Of(there) // as far as one is known that leads to itself
	t := types.Of(there)
	if s.Bool != nil && !*s.Bool {
		t = types.Of(0)
	}
	if s.Types != nil {
		t = types.Of(kinds(s.Types.ToStrings()))
	}
	if s.Ref != nil {
		t = types.Meet(t, c.convert(s.Ref))
	}
	t = types.Meet(types.Meet(t, values(s)), types.Meet(c.object(s), c.array(s)))
	for _, one := range s.AllOf {
		t = types.Meet(t, c.convert(one))
	}
	for _, list := range [][]*jsonschema.Schema{s.AnyOf, s.OneOf} {
		var any *types.Type
		for _, one := range list {
			any = types.Join(any, types.Meet(t, c.convert(one)))
		}
		if any != nil {
			t = any
		}
	}
	c.memo[s] = t
	return t
}

func kinds(names []string) (k ir.Kind) {
	for _, name := range names {
		k |= map[string]ir.Kind{
			"null": ir.Null, "boolean": ir.Bool, "string": ir.String, "array": ir.Array, "object": ir.Object,
			"number": number, "integer": number, // 1.0 is one, too
		}[name]
	}
	return k
}

// values are those that a schema lists.
func values(s *jsonschema.Schema) *types.Type {
	var list []any
	switch {
	case s.Const != nil:
		list = []any{*s.Const}
	case s.Enum != nil:
		list = s.Enum.Values
	default:
		return types.Of(there)
	}
	var t *types.Type
	for _, value := range list {
		t = types.Join(t, typeOf(value, true))
	}
	return t
}

func (c *converter) object(s *jsonschema.Schema) *types.Type {
	fields := map[string]*types.Type{}
	for name, property := range s.Properties {
		t := c.convert(property)
		if !slices.Contains(s.Required, name) {
			t = types.Join(t, types.Of(ir.Missing))
		}
		fields[name] = t
	}
	for _, name := range s.Required {
		if fields[name] == nil {
			fields[name] = types.Of(there)
		}
	}
	closed := s.AdditionalProperties == false && len(s.PatternProperties) == 0
	return types.Of(there).WithFields(fields, closed)
}

func (c *converter) array(s *jsonschema.Schema) *types.Type {
	t := types.Of(there)
	if items, ok := s.Items.(*jsonschema.Schema); ok {
		t.Items = c.convert(items)
	} else if s.Items2020 != nil && len(s.PrefixItems) == 0 {
		t.Items = c.convert(s.Items2020)
	}
	return t
}

// Infer is what is common to messages that are at hand: a field is there where
// it is in all of them, and there are no others. It is nil where none of them
// is an object.
func Infer(messages [][]byte) *types.Type {
	var t *types.Type
	for _, text := range messages {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if _, object := value.(map[string]any); err == nil && object {
			t = types.Join(t, typeOf(value, false))
		}
	}
	return t
}

// typeOf is the type of a JSON value, and which value it is.
func typeOf(value any, exact bool) *types.Type {
	var t *types.Type
	switch value := value.(type) {
	case nil:
		t = types.Of(ir.Null)
	case bool:
		t = types.Of(ir.Bool)
	case string:
		t = types.Of(ir.String)
	case json.Number:
		t = types.Of(ir.Int)
		if strings.ContainsAny(value.String(), ".eE") {
			t = types.Of(ir.Float)
		}
	case []any:
		t = types.Of(ir.Array)
		for _, item := range value {
			t.Items = types.Join(t.Items, typeOf(item, exact))
		}
		return t
	case map[string]any:
		fields := map[string]*types.Type{}
		for name, field := range value {
			fields[name] = typeOf(field, exact)
		}
		return types.Object(fields, true)
	}
	if exact {
		t.Values = []string{text(value)}
		if t.Kind == ir.Int || t.Kind == ir.Float {
			t.Kind = number // a schema's 1 is 1.0, too
		}
	}
	return t
}

func text(value any) string {
	if value == nil {
		return "null"
	}
	if s, ok := value.(string); ok {
		return syntax.Quote(s)
	}
	return fmt.Sprint(value)
}
