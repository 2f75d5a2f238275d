package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

func (catalog) Keep() Kind {
	return Kind{
		Doc: "Takes away all fields but these, which keep their order. An object or array of which nothing stays goes, too.",
		Body: syntax.Option{Name: "keep", Type: syntax.Texts,
			Doc: "The fields' paths. `customer.name` keeps that field of the object `customer`, and none of its others; `items[0]` that item of the array."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			var paths []ir.Path
			for _, item := range body.Items {
				if path := f.path(item); path != nil {
					f.Fields.take(path, item)
					paths = append(paths, path)
				}
			}
			if len(body.Items) == 0 {
				body.Errorf(f.Diags, source.BadValue, "this would leave nothing of the message").
					Hintf("list the fields that stay")
			}
			f.Fields.removeOthers(paths)
			return []ir.Op{ir.Keep{Paths: paths}}
		},
	}
}
