package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var lookupOptions = syntax.Options{
	{Name: "table", Type: syntax.Text, Required: true, Doc: "The table's name: one that the flow is compiled with, or one under `tables:` of the flow."},
	{Name: "field", Type: syntax.Text, Doc: "The path of the field that holds the key: text, a boolean or an integer, which is looked up by its digits."},
	{Name: "fields", Type: syntax.Texts, Doc: "In place of `field`, where the key has several columns: a path for each."},
	{Name: "value", Type: syntax.Any, Doc: "In place of `field`: an [expression](../expressions.md) that gives the key, or a list of them."},
	{Name: "key", Type: syntax.TextOrTexts, Doc: "The column, or the columns, that the key is looked for in. Default: what the flow says under `tables:`, else a CSV file's first column."},
	{Name: "ignore_case", Type: syntax.Bool, Default: "false", Doc: "Take upper and lower case for the same, as Unicode folds it: `STRASSE` is `straße`."},
	{Name: "into", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text}, Required: true, Doc: "The fields to set, each with the column that it takes."},
	{Name: "default", Type: syntax.Mapping, Doc: "Constants for fields of `into` when there is no such row, or no key. Fields without one stay as they are."},
	{Name: "no_row", Type: syntax.Enum, Values: []string{"error", "skip"}, Default: "error",
		Doc: "Without `default`, what comes of a message without such a row, or without a key: an error, or nothing."},
}

// Lookup is the transform of that name.
func (catalog) Lookup() Kind {
	return Kind{
		Doc: "Finds a row of a table by a key and puts some of its cells into fields. A key that is missing or null has no row. " +
			"A cell of CSV is text, unless the flow gives its column a type; one of JSON is what it is.",
		Body: syntax.Option{Name: "lookup", Type: syntax.Record, Fields: lookupOptions,
			Doc: "The key's field, the table, the fields to set."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			var reported source.Diagnostics // by Check
			l := &lookup{Flow: f, options: lookupOptions.Decode(body, "lookup", &reported)}
			return l.lower()
		},
	}
}

// A lookup is one while it is lowered.
type lookup struct {
	*Flow
	options *syntax.Fields
	view    *View
}

func (l *lookup) lower() []ir.Op {
	keys, what, good := l.keys()
	name, into, fallback := l.options.Get("table"), l.options.Get("into"), l.options.Get("default")
	if name != nil {
		good = l.open(name, len(keys)) && good
	}
	if into == nil || l.view == nil || !good {
		l.declare(into)
		return nil
	}
	local := l.Locals
	l.Locals++
	found := l.cells(into, local)
	absent := l.absent(fallback, into, found, what)
	row := ir.Lookup{Table: l.view.Index, Key: keys[0]}
	if len(keys) > 1 {
		row.Key = ir.List{Items: keys}
	}
	there := ir.Call{Name: "is_defined", Args: []ir.Expr{ir.Local{Index: local, Of: row.Kind()}}, Of: ir.Bool}
	return []ir.Op{ir.Let{Local: local, Value: row}, ir.If{Cond: there, Then: found, Else: absent}}
}

// lenient says whether a missing key is no error.
func (l *lookup) lenient() bool {
	return l.options.Get("default") != nil || l.options.Text("no_row") == "skip"
}

// keys are the key's parts, and how an error names them.
func (l *lookup) keys() (keys []ir.Expr, what string, good bool) {
	ways := make([]*syntax.Node, 0, 3)
	for _, option := range []string{"field", "fields", "value"} {
		if n := l.options.Node.Get(option); n != nil {
			ways = append(ways, n)
		}
	}
	if len(ways) != 1 {
		at := l.options.Node
		if len(ways) > 1 {
			at = ways[1]
		}
		at.Errorf(l.Diags, source.MissingKey, "a lookup has one of the keys `field`, `fields` and `value`").
			Hintf("field: the path that holds the key")
		return nil, "", false
	}
	if len(ways[0].Each()) == 0 {
		ways[0].Errorf(l.Diags, source.BadValue, "a key has at least one part").Hintf("field: the path that holds the key")
		return nil, "", false
	}
	var names []string
	good = true
	for _, n := range ways[0].Each() {
		key, name := l.part(n)
		if key == nil {
			good = false
			continue
		}
		if l.options.Bool("ignore_case") {
			key = ir.Call{Name: "fold", Args: []ir.Expr{key}, Of: key.Kind()}
		}
		keys, names = append(keys, key), append(names, name)
	}
	return keys, strings.Join(names, ", "), good && !ways[0].Broken
}

// part is one part of the key: a field, or an expression. It is nil after an
// error.
func (l *lookup) part(n *syntax.Node) (key ir.Expr, name string) {
	if l.options.Node.Get("value") != nil {
		value := l.Exprs.Value(n)
		if required, ok := value.(ir.Require); ok && l.lenient() {
			value = required.X
		}
		return value, ""
	}
	path := l.path(n)
	if path == nil {
		return nil, ""
	}
	l.Fields.see(expr.Read{Path: path, File: n.File, Span: n.Span, Lenient: l.lenient()})
	l.Uses.field(n, path)
	if l.lenient() {
		return ir.Field{Path: path}, path.String()
	}
	return ir.Require{X: ir.Field{Path: path}}, path.String()
}

// open finds the table by its key, of so many columns.
func (l *lookup) open(name *syntax.Node, parts int) bool {
	table := l.table(name)
	if table == nil {
		return false
	}
	key := l.key(l.options.Get("key"), name, table)
	if len(key) == 0 {
		return false
	}
	l.view = l.Flow.view(table, key, l.options.Bool("ignore_case"))
	if parts > 0 && parts != len(key) {
		l.options.Node.Errorf(l.Diags, source.BadValue, "table %q is found by %s, not by %s: %s",
			table.Name, plural(len(key), "value"), plural(parts, "value"), strings.Join(key, ", ")).
			Hintf("write `fields: [%s]`, a path for each, or another `key`", strings.Join(key, ", "))
		return false
	}
	return true
}

// absent is what is done where there is no row.
func (l *lookup) absent(fallback, into *syntax.Node, found []ir.Op, what string) []ir.Op {
	rule := l.options.Get("no_row")
	switch {
	case fallback != nil && rule != nil:
		rule.Errorf(l.Diags, source.BadValue, "`default` says already what comes of a message without a row").Hintf("keep one of the two")
	case fallback != nil:
		return l.defaults(fallback, into)
	case len(found) > 0 && !l.lenient():
		failure := ir.Fail{Code: uint16(contract.ErrNoRow), Field: what, Detail: fmt.Sprintf("table %q has no row for this key", l.view.Name)}
		return []ir.Op{ir.Set{Path: found[0].(ir.Set).Path, Value: failure}}
	}
	return nil
}

func (l *lookup) cells(into *syntax.Node, local int) (ops []ir.Op) {
	table := l.view.Of
	for _, e := range into.Entries {
		path, name := l.path(e.Key), e.Value.Text
		if path != nil {
			l.Fields.create(path)
		}
		switch {
		case e.Value.Broken:
		case !slices.Contains(table.Columns, name):
			e.Value.Errorf(l.Diags, source.UnknownName, "table %q has no column %q", table.Name, name).DidYouMean(name, table.Columns).
				Hintf("it has %s", strings.Join(table.Columns, ", "))
		case slices.Contains(l.view.Key, name) && !l.view.Fold:
			e.Value.Errorf(l.Diags, source.UnknownName, "%q is the key, which the message has already", name)
		case path != nil:
			column, kind := l.view.column(name)
			ops = append(ops, ir.Set{Path: path, Value: ir.Column{Local: local, Column: column, Of: kind}})
		}
	}
	return ops
}

// declare notes the fields of a lookup that can't be lowered, so that one
// mistake doesn't make others.
func (l *lookup) declare(into *syntax.Node) {
	if into == nil {
		return
	}
	for _, e := range into.Entries {
		if path := l.path(e.Key); path != nil {
			l.Fields.create(path)
		}
	}
}

func (l *lookup) defaults(fallback, into *syntax.Node) (ops []ir.Op) {
	for _, e := range fallback.Entries {
		path := l.path(e.Key)
		if path == nil {
			continue
		}
		if into.Get(e.Key.Text) == nil {
			e.Key.Errorf(l.Diags, source.UnknownName, "default for %q, which `into` doesn't set", e.Key.Text).DidYouMean(e.Key.Text, into.Keys())
			continue
		}
		ops = append(ops, ir.Set{Path: path, Value: l.constant(e.Value)})
	}
	return ops
}
