package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// deepestFlat is how many levels of a message can be made flat: it has no more.
const deepestFlat = 128

func flatOptions(field, separator, prefix, depth, arrays string) syntax.Options {
	return syntax.Options{
		{Name: "field", Type: syntax.Text, Doc: field},
		{Name: "separator", Type: syntax.Text, Default: "_", Doc: separator},
		{Name: "prefix", Type: syntax.Text, Doc: prefix},
		{Name: "depth", Type: syntax.Integer, Doc: depth},
		{Name: "arrays", Type: syntax.Enum, Values: []string{"keep", "index"}, Default: "keep", Doc: arrays},
	}
}

var flattenOptions = flatOptions(
	"The path of the object. Default: all objects of the message.",
	"What stands between the parts of a flat name.",
	"What the flat names of the field begin with. Default: the field's name and the separator.",
	"How many levels are made flat, counted from 1; what is nested deeper stays an object. Default: all.",
	"`index`: an array is made flat, too, and an item's name is its place, from 0; `keep`: it stays as it is.")

// Flatten is the transform of that name.
func (catalog) Flatten() Kind {
	return Kind{
		Doc: "Puts the fields of nested objects beside them, under names that are put together: `address.city` becomes `address_city`. They stand in the object's place and keep their bytes. What is no object, or is empty, stays as it is.",
		Body: syntax.Option{Name: "flatten", Type: syntax.Record, Fields: flattenOptions,
			Doc: "Which object, and how its names are put together; `{}` for the whole message. A field that has a flat name already is overwritten; two flat names that are the same are an error of the message."},
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			flat, ok := f.flat(flattenOptions, "flatten", body)
			if !ok {
				return nil
			}
			return []ir.Op{ir.Flatten{Flat: flat}}
		},
	}
}

// flat reads the options that flatten and unflatten share.
func (f *Flow) flat(options syntax.Options, what string, body *syntax.Node) (flat ir.Flat, ok bool) {
	var reported source.Diagnostics // by Check
	fields := options.Decode(body, what, &reported)
	flat = ir.Flat{Separator: fields.Text("separator"), Arrays: fields.Text("arrays") == "index"}
	ok = f.flatDepth(fields.Get("depth"), fields, &flat)
	if separator := fields.Get("separator"); flat.Separator == "" {
		separator.Errorf(f.Diags, source.BadValue, "names that are put together without a separator can't be told apart")
		ok = false
	}
	field, prefix := fields.Get("field"), fields.Get("prefix")
	if field == nil {
		if prefix != nil {
			prefix.Errorf(f.Diags, source.BadValue, "a prefix is for the names of one field").Hintf("name it by `field`")
			ok = false
		}
		f.Fields.mixIn()
		return flat, ok
	}
	if flat.Path = f.path(field); flat.Path == nil {
		return flat, false
	}
	f.Fields.see(expr.Read{Path: flat.Path, File: field.File, Span: field.Span, Lenient: true})
	f.Fields.mixIn()
	name, named := flat.Path[len(flat.Path)-1].(string)
	if !named {
		field.Errorf(f.Diags, source.BadPath, "%s is an item of an array, which has no name to put before others", flat.Path).
			Hintf("use `each` over the array, and `flatten` inside of it")
		return flat, false
	}
	flat.Prefix = name + flat.Separator
	if prefix != nil {
		flat.Prefix = prefix.Text
	}
	return flat, ok
}

func (f *Flow) flatDepth(n *syntax.Node, fields *syntax.Fields, flat *ir.Flat) bool {
	if n == nil {
		return true
	}
	depth := fields.Integer("depth")
	if depth < 1 || depth > deepestFlat {
		n.Errorf(f.Diags, source.BadValue, "%d is no number of levels: they count from 1, and a message has at most %d", depth, deepestFlat)
		return false
	}
	flat.Depth = int(depth)
	return true
}
