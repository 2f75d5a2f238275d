package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// Remove is the transform of that name.
func (catalog) Remove() Kind {
	return Kind{
		Doc:  "Takes fields away. A missing field is passed over.",
		Body: syntax.Option{Name: "remove", Type: syntax.Texts, Doc: "The fields' paths."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, item := range body.Items {
				if path := f.path(item); path != nil {
					f.Fields.take(path, item)
					f.Fields.remove(path, "")
					ops = append(ops, ir.Remove{Path: path})
				}
			}
			return ops
		},
	}
}
