package transform

import (
	"slices"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Rename is the transform of that name.
func (catalog) Rename() Kind {
	return Kind{
		Doc: "Gives fields other names or places, in written order. A missing field is passed over; a target that exists is overwritten.",
		Body: syntax.Option{Name: "rename", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text},
			Doc: "The field's path, and its new one."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, e := range body.Entries {
				from, to := f.path(e.Key), f.path(e.Value)
				if from == nil || to == nil {
					continue
				}
				if slices.Equal(from, to[:min(len(from), len(to))]) || slices.Equal(to, from[:min(len(from), len(to))]) {
					e.Value.Errorf(f.Diags, source.BadPath, "%s can't become %s: one holds the other", from, to)
					continue
				}
				f.Fields.take(from, e.Key)
				f.Fields.remove(from, to.String())
				f.Fields.create(to)
				ops = append(ops, ir.Move{From: from, To: to})
			}
			return ops
		},
	}
}
