package transform

import (
	"fmt"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var lookupOptions = syntax.Options{
	{Name: "field", Type: syntax.Text, Required: true, Doc: "The path of the field that holds the key: text, or an integer."},
	{Name: "table", Type: syntax.Text, Required: true, Doc: "The table's name: one under `tables:` of the flow, or one that the flow is compiled with."},
	{Name: "into", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text}, Required: true, Doc: "The fields to set, each with the column that it takes."},
	{Name: "default", Type: syntax.Mapping, Doc: "Constants for the fields when there is no such row, or no key. Without it, that is an error of the message."},
}

// Lookup is the transform of that name.
func (catalog) Lookup() Kind {
	return Kind{
		Doc: "Finds a row of a table by a key and puts some of its cells into fields.",
		Body: syntax.Option{Name: "lookup", Type: syntax.Record, Fields: lookupOptions,
			Doc: "The key's field, the table, the fields to set."},
		lower: lowerLookup,
	}
}

func lowerLookup(f *Flow, body *syntax.Node) []ir.Op {
	var reported source.Diagnostics // by Check
	fields := lookupOptions.Decode(body, "lookup", &reported)
	key, name, into, fallback := fields.Get("field"), fields.Get("table"), fields.Get("into"), fields.Get("default")
	if key == nil || name == nil || into == nil {
		return nil
	}
	path := f.path(key)
	if path != nil {
		f.Fields.see(expr.Read{Path: path, File: key.File, Span: key.Span, Lenient: fallback != nil})
		f.Uses.field(key, path)
	}
	table := f.table(name)
	if table == nil || path == nil {
		f.declare(into)
		return nil
	}
	local := f.Locals
	f.Locals++
	found := f.cells(into, table, local)
	var absent []ir.Op
	if fallback != nil {
		absent = f.defaults(fallback, into)
	} else if len(found) > 0 {
		failure := ir.Fail{Code: uint16(contract.ErrNoRow), Field: path.String(), Detail: fmt.Sprintf("table %q has no row for this key", table.Name)}
		absent = []ir.Op{ir.Set{Path: found[0].(ir.Set).Path, Value: failure}}
	}

	var keyValue ir.Expr = ir.Field{Path: path}
	if fallback == nil {
		keyValue = ir.Require{X: keyValue}
	}
	row := ir.Lookup{Table: table.Index, Key: keyValue}
	there := ir.Call{Name: "is_defined", Args: []ir.Expr{ir.Local{Index: local, Of: row.Kind()}}, Of: ir.Bool}
	return []ir.Op{ir.Let{Local: local, Value: row}, ir.If{Cond: there, Then: found, Else: absent}}
}

// table finds a table by name, or reports and is nil.
func (f *Flow) table(name *syntax.Node) *Table {
	var known []string
	for _, t := range f.Tables {
		if t.Name == name.Text {
			if !f.Use(t) {
				return nil
			}
			return t
		}
		known = append(known, t.Name)
	}
	name.Errorf(f.Diags, source.UnknownName, "unknown table %q", name.Text).DidYouMean(name.Text, known).
		Hintf("put tables/%s.csv into the project, or declare it under `tables:` of the flow", name.Text)
	return nil
}

func (f *Flow) cells(into *syntax.Node, table *Table, local int) (ops []ir.Op) {
	for _, e := range into.Entries {
		path := f.path(e.Key)
		column := slices.Index(table.Columns, e.Value.Text)
		if path != nil {
			f.Fields.create(path)
		}
		if column < 0 && e.Value.Broken {
			continue
		}
		if column < 0 {
			one := e.Value.Errorf(f.Diags, source.UnknownName, "table %q has no column %q", table.Name, e.Value.Text).DidYouMean(e.Value.Text, table.Columns)
			if e.Value.Text == table.Key {
				one.Hintf("it is the key, which the message has already")
			}
			continue
		}
		if path != nil {
			ops = append(ops, ir.Set{Path: path, Value: ir.Column{Local: local, Column: column}})
		}
	}
	return ops
}

// declare notes the fields of a lookup that can't be lowered, so that one
// mistake doesn't make others.
func (f *Flow) declare(into *syntax.Node) {
	for _, e := range into.Entries {
		if path := f.path(e.Key); path != nil {
			f.Fields.create(path)
		}
	}
}

func (f *Flow) defaults(fallback, into *syntax.Node) (ops []ir.Op) {
	for _, e := range fallback.Entries {
		path := f.path(e.Key)
		if path == nil {
			continue
		}
		if into.Get(e.Key.Text) == nil {
			e.Key.Errorf(f.Diags, source.UnknownName, "default for %q, which `into` doesn't set", e.Key.Text).DidYouMean(e.Key.Text, into.Keys())
			continue
		}
		ops = append(ops, ir.Set{Path: path, Value: f.constant(e.Value)})
	}
	return ops
}
