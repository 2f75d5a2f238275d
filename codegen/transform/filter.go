package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// Filter is the transform of that name.
func (catalog) Filter() Kind {
	return Kind{
		Doc:        "Lets those messages pass for which an expression holds; the others end here, counted as filtered.",
		Body:       syntax.Option{Name: "filter", Type: syntax.Any, Doc: "The expression."},
		Expression: true,
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			if cond := f.Exprs.Condition(body); cond != nil {
				return []ir.Op{ir.Guard{Cond: cond}}
			}
			return nil
		},
	}
}
