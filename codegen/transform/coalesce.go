package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var coalesceOptions = syntax.Options{
	{Name: "from", Type: syntax.Texts, Required: true, Doc: "The paths of the fields that are looked at, in this order."},
	{Name: "default", Type: syntax.Any, Doc: "A constant for when all of them are missing or null. Without it, the field is then left as it is."},
}

func (catalog) Coalesce() Kind {
	return Kind{
		Doc: "Puts into each field the first of several that is neither missing nor null, with its bytes.",
		Body: syntax.Option{Name: "coalesce", Type: syntax.Mapping, Fields: coalesceOptions,
			Doc: "The field's path, and where its value comes from: a mapping as below, or the list of paths alone."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, e := range body.Entries {
				path, value := f.path(e.Key), f.coalesce(e.Key, e.Value)
				if path == nil {
					continue
				}
				f.Fields.create(path)
				if value != nil {
					ops = append(ops, ir.Set{Path: path, Value: value})
				}
			}
			return ops
		},
	}
}

// coalesce is the first of several fields that has a value. It is nil after an
// error.
func (f *Flow) coalesce(key, n *syntax.Node) ir.Expr {
	from, fallback := f.coalesceFrom(key, n)
	if from == nil {
		return nil
	}
	if len(from.Items) == 0 {
		from.Errorf(f.Diags, source.BadValue, "`from` names no field").Hintf("a constant is put into a field by `set`")
	}
	var value ir.Expr
	if fallback != nil {
		value = f.constant(fallback)
	}
	for i := len(from.Items) - 1; i >= 0; i-- {
		path := f.path(from.Items[i])
		if path == nil {
			continue
		}
		args := []ir.Expr{ir.Field{Path: path}}
		if value != nil {
			args = append(args, value)
		}
		value = ir.Call{Name: "coalesce", Args: args, Of: coalesced(args)}
	}
	f.seeAll(from)
	return value
}

// coalesceFrom takes the two forms apart. The list is nil after an error.
func (f *Flow) coalesceFrom(key, n *syntax.Node) (from, fallback *syntax.Node) {
	if n.Kind == syntax.List {
		if (&syntax.Option{Name: key.Text, Type: syntax.Texts}).Check(n, key, f.Diags) {
			return n, nil
		}
		return nil, nil
	}
	if n.Kind == syntax.Scalar {
		n.Errorf(f.Diags, source.WrongType, "%q has to be a list of paths or a mapping, not text", key.Text).Hintf("write [%s]", n.Text)
		return nil, nil
	}
	record := syntax.Option{Name: key.Text, Type: syntax.Record, Fields: coalesceOptions}
	if !record.Check(n, key, f.Diags) {
		return nil, nil
	}
	var reported source.Diagnostics // by Check
	fields := coalesceOptions.Decode(n, key.Text, &reported)
	return fields.Get("from"), n.Get("default")
}

// seeAll notes that fields are read which may be missing.
func (f *Flow) seeAll(list *syntax.Node) {
	for _, item := range list.Items {
		if path, err := ParsePath(item.Text); err == nil && !item.Broken {
			f.Fields.see(expr.Read{Path: path, File: item.File, Span: item.Span, Lenient: true})
		}
	}
}

func coalesced(args []ir.Expr) ir.Kind {
	if len(args) == 1 {
		return ir.Any &^ ir.Null
	}
	return args[0].Kind()&^(ir.Missing|ir.Null) | args[1].Kind()
}
