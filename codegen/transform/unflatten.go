package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var unflattenOptions = flatOptions(
	"The path of the object that the fields go to. Default: every name with the separator in it is taken apart.",
	"What stands between the parts of a flat name.",
	"What the flat names begin with that go to the field. Default: the field's name and the separator.",
	"How many levels are made, counted from 1; what is left of a name stays as it is. Default: as many as its parts give.",
	"`index`: an object whose names are 0, 1 and so on without a gap becomes an array; `keep`: it stays an object.")

// Unflatten is the transform of that name.
func (catalog) Unflatten() Kind {
	return Kind{
		Doc: "Takes flat names apart, and puts the fields into nested objects: `address_city` becomes `address.city`. It takes back what `flatten` does, where the names themselves have no separator. An object stands in the place of the first of its fields; one that is there already takes the others in.",
		Body: syntax.Option{Name: "unflatten", Type: syntax.Record, Fields: unflattenOptions,
			Doc: "Which names, and how they are taken apart; `{}` for all of the message. A name with an empty part, such as `_id`, stays as it is. Where a field has a value and others go into it, or two go to one place, that is an error of the message."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			flat, ok := f.flat(unflattenOptions, "unflatten", body)
			if prefix := body.Get("prefix"); ok && flat.Path != nil && flat.Prefix == "" {
				prefix.Errorf(f.Diags, source.BadValue, "every field would go to %s, and it, too", flat.Path).
					Hintf("leave the prefix out, and names that begin with %q go there", flat.Path.String()+flat.Separator)
				ok = false
			}
			if !ok {
				return nil
			}
			return []ir.Op{ir.Unflatten{Flat: flat}}
		},
	}
}
