package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// Compute is the transform of that name.
func (catalog) Compute() Kind {
	return Kind{
		Doc: "Puts the values of expressions into fields, in written order: a later one sees what an earlier one has set.",
		Body: syntax.Option{Name: "compute", Type: syntax.Mapping,
			Doc: "The field's path, and the expression. A missing operand is an error of the message."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op { return f.assign(body, (*expr.Compiler).Value) },
	}
}

// assign sets each field of a mapping to what its scalar lowers to.
func (f *Flow) assign(body *syntax.Node, lower func(*expr.Compiler, *syntax.Node) ir.Expr) (ops []ir.Op) {
	for _, e := range body.Entries {
		path, value := f.path(e.Key), lower(f.Exprs, e.Value)
		if path == nil {
			continue
		}
		f.Fields.create(path)
		f.Uses.into(e.Value, path)
		if value == nil {
			value = ir.Const{Text: "null", Of: ir.Any} // reported; what reads it shall not fail for it
		}
		op := ir.Set{Path: path, Value: value}
		f.know(op)
		ops = append(ops, op)
	}
	return ops
}
