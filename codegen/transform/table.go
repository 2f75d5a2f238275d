package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Table is one that a flow may look up: compiled in, or given at start.
type Table struct {
	Name string
	// Key is what rows are found by where a lookup doesn't say; empty: it has to.
	Key []string
	// Columns are all columns that are known, in order, those of the key too.
	Columns []string
	// Types are what the flow says of cells, by column; Text says that others are text.
	Types map[string]string
	Text  bool
	// AtStart tables are given when the flow starts.
	AtStart bool
	// At is where the flow declares the table, if it does.
	At *syntax.Node
	// Open learns what the file says when the table is looked up first, and says
	// whether it can be used. What can't be was reported. Nil: all is known.
	Open func() bool
	Used bool
}

// A View is a table as lookups use it: by one key. Each that is compiled in
// has a blob of its own, of the columns that are used.
type View struct {
	Of    *Table
	Index int // in the program
	ir.Table
}

// view is the table by a key. There is one for each.
func (f *Flow) view(t *Table, key []string, fold bool) *View {
	for _, v := range f.Views {
		if v.Of == t && slices.Equal(v.Key, key) && v.Fold == fold {
			return v
		}
	}
	v := &View{Of: t, Index: len(f.Views), Table: ir.Table{Name: t.Name, Key: key, Fold: fold}}
	if t.AtStart {
		// All of them, so that what the project gives isn't another table for each edit of the flow.
		v.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(name string) bool { return slices.Contains(key, name) })
	}
	f.Views = append(f.Views, v)
	return v
}

// column is the place of a column in the view's cells, and what they are.
func (v *View) column(name string) (place int, kind ir.Kind) {
	place = slices.Index(v.Columns, name)
	if place < 0 {
		place = len(v.Columns)
		v.Columns = append(v.Columns, name)
	}
	return place, v.Of.kind(name)
}

var columnKinds = map[string]ir.Kind{"string": ir.String, "int": ir.Int, "float": ir.Number, "bool": ir.Bool}

func (t *Table) kind(column string) ir.Kind {
	kind, typed := columnKinds[t.Types[column]]
	switch {
	case kind == ir.String && t.Text, !typed && t.Text:
		return ir.String
	case typed:
		return kind | ir.Null
	}
	return ir.Any &^ ir.Missing
}

// Manifest is what the manifest says about the view.
func (v *View) Manifest() contract.Table {
	t := contract.Table{Name: v.Name, Key: v.Key, Columns: v.Columns, IgnoreCase: v.Fold}
	if v.Of.At != nil {
		t.At = position(v.Of.At)
	}
	for _, column := range slices.Concat(v.Key, v.Columns) {
		if kind := v.Of.Types[column]; kind != "" {
			if t.Types == nil {
				t.Types = map[string]string{}
			}
			t.Types[column] = kind
		}
	}
	return t
}

// table finds a table by name, or reports and is nil.
func (f *Flow) table(name *syntax.Node) *Table {
	var known []string
	for _, t := range f.Tables {
		known = append(known, t.Name)
		if t.Name != name.Text {
			continue
		}
		t.Used = true
		if t.Open != nil && !t.Open() {
			return nil
		}
		return t
	}
	name.Errorf(f.Diags, source.UnknownName, "unknown table %q", name.Text).DidYouMean(name.Text, known).
		Hintf("put tables/%s.csv into the project and into `tables` of the flow's target, or declare it under `tables:` of the flow", name.Text)
	return nil
}

// key is what a lookup finds rows by: its own `key`, or the table's. It is nil
// after an error.
func (f *Flow) key(given, name *syntax.Node, t *Table) []string {
	if given == nil {
		if len(t.Key) == 0 {
			name.Errorf(f.Diags, source.MissingKey, "table %q says nothing of its key: its file is JSON", t.Name).
				Hintf("write `key: %s`, here or in `tables: {%s: {…}}` of the flow", first(t.Columns, "COLUMN"), t.Name)
		}
		return t.Key
	}
	return t.KeyColumns(given, f.Diags)
}

// KeyColumns reads the names of a key's columns, or reports and is nil.
func (t *Table) KeyColumns(given *syntax.Node, diags *source.Diagnostics) []string {
	var key []string
	good := true
	for _, n := range given.Each() {
		switch {
		case n.Broken:
			good = false
		case !slices.Contains(t.Columns, n.Text):
			n.Errorf(diags, source.UnknownName, "table %q has no column %q", t.Name, n.Text).DidYouMean(n.Text, t.Columns).
				Hintf("it has %s", strings.Join(t.Columns, ", "))
			good = false
		case slices.Contains(key, n.Text):
			n.Errorf(diags, source.DuplicateName, "column %q is there twice", n.Text)
			good = false
		}
		key = append(key, n.Text)
	}
	if good && len(key) == 0 {
		given.Errorf(diags, source.BadValue, "a key has at least one column")
	}
	if !good {
		return nil
	}
	return key
}

func first(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return list[0]
}

// plural is a count of things in words.
func plural(count int, what string) string {
	if count == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", count, what)
}
