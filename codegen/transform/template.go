package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// Template is the transform of that name.
func (catalog) Template() Kind {
	return Kind{
		Doc: "Puts rendered templates into fields, in written order. A template is MiniJinja's; in one of text and `{{ }}` alone the expressions are those of compute.",
		Body: syntax.Option{Name: "template", Type: syntax.Mapping,
			Doc: "The field's path, and the template. A missing value is an error of the message."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op { return f.assign(body, (*expr.Compiler).Template) },
	}
}
