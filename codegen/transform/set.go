package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Set is the transform of that name.
func (catalog) Set() Kind {
	return Kind{
		Doc:  "Puts constants into fields, with the digits that they are written with. What YAML reads as a list or a mapping becomes one.",
		Body: syntax.Option{Name: "set", Type: syntax.Mapping, Doc: "The field's path, and the constant."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, e := range body.Entries {
				if path := f.path(e.Key); path != nil {
					f.Fields.create(path)
					ops = append(ops, ir.Set{Path: path, Value: f.constant(e.Value)})
				}
			}
			return ops
		},
	}
}

// constant is a YAML value as an expression.
func (f *Flow) constant(n *syntax.Node) ir.Const {
	if n.BooleanLookalike() {
		n.Warnf(f.Diags, source.Suspicious, "`%s` is text in YAML 1.2, not true or false", n.Text).
			Hintf("put it in quotes, or write true or false")
	}
	return ir.Const{Text: n.JSON(), Of: constantKind(n)}
}

func constantKind(n *syntax.Node) ir.Kind {
	_, boolean := n.Bool()
	switch {
	case n.Kind == syntax.Null:
		return ir.Null
	case n.Kind == syntax.List:
		return ir.Array
	case n.Kind == syntax.Map:
		return ir.Object
	case boolean:
		return ir.Bool
	case n.IsInteger():
		return ir.Int
	case n.IsNumber():
		return ir.Float
	}
	return ir.String
}
