package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

func (catalog) Map() Kind {
	return Kind{
		Doc: "Makes a new message of these fields alone, in written order. The expressions see the message as it was before, whatever is put into the new one.",
		Body: syntax.Option{Name: "map", Type: syntax.Mapping,
			Doc: "The field's path, and the expression, in which a field alone keeps its bytes. What is missing is an error of the message; `x | default(none)` makes null of it."},
		lower: lowerMap,
	}
}

func lowerMap(f *Flow, body *syntax.Node) []ir.Op {
	var fields []ir.Set
	var made []ir.Path
	for _, e := range body.Entries {
		path, value := f.newField(e.Key), f.Exprs.Value(e.Value)
		if path == nil {
			continue
		}
		made = append(made, path)
		f.Uses.into(e.Value, path)
		if value != nil {
			fields = append(fields, ir.Set{Path: path, Value: value})
		}
	}
	if len(body.Entries) == 0 {
		body.Errorf(f.Diags, source.BadValue, "this would leave nothing of the message").
			Hintf("list the new fields, each with an expression")
	}
	// Only now: until here the fields of the old message are read.
	f.Fields.removeOthers(nil)
	for _, path := range made {
		f.Fields.create(path)
	}
	return []ir.Op{ir.Map{Fields: fields}}
}

// newField is the path of a field in a message that is made anew.
func (f *Flow) newField(n *syntax.Node) ir.Path {
	path := f.path(n)
	for _, step := range path {
		if _, index := step.(int); index {
			n.Errorf(f.Diags, source.BadPath, "%s is an item of an array, and a new message has none", path).
				Hintf("give the array itself a value, such as [a, b]")
			return nil
		}
	}
	return path
}
