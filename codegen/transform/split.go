package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var splitOptions = syntax.Options{
	{Name: "field", Type: syntax.Text, Required: true, Doc: "The path of the array."},
	{Name: "as", Type: syntax.Enum, Values: []string{"field", "merge", "message"}, Default: "field",
		Doc: "What an item becomes: `field`, a field of the message, where the array was or at `into`; `merge`, the message's own fields, instead of the array and over fields of the same names; `message`, the message itself, without what was around the array. For the last two an item has to be an object."},
	{Name: "into", Type: syntax.Text, Doc: "The path that the item goes to. Default: that of the array."},
	{Name: "index", Type: syntax.Text, Doc: "The path of a field for the item's place in the array, from 0."},
	{Name: "empty", Type: syntax.Enum, Values: []string{"filter", "keep", "error"}, Default: "filter",
		Doc: "What becomes of a message whose array is empty: it ends here, counted as filtered; it goes on whole, as it is; it has an error."},
	{Name: "missing", Type: syntax.Enum, Values: []string{"error", "filter", "keep"}, Default: "error",
		Doc: "The same for a message whose field is missing or null."},
}

func (catalog) Split() Kind {
	return Kind{
		Doc: "Makes of a message as many as an array has items. The transforms after it and the outputs see one part after the other; `filter`, and `discard` for an error or as what is `unmatched`, end a part alone. A part that fails fails the whole message: none of its rows is delivered, and it is one dead letter; on the way to one output that is so for that output. Where an output refuses one of the rows, the message is its dead letter, and the rows that it took stay.",
		Body: syntax.Option{Name: "split", Type: syntax.Record, Fields: splitOptions,
			Doc: "The array's field, and what becomes of an item."},
		lower: lowerSplit,
	}
}

func lowerSplit(f *Flow, body *syntax.Node) []ir.Op {
	if f.Exprs.Depth > 0 {
		body.Errorf(f.Diags, source.NotAllowed, "a message can't be split inside of `each`").
			Hintf("split the message first, and then transform its parts; or use `flatten`")
		return nil
	}
	if f.within.whole {
		body.Errorf(f.Diags, source.NotAllowed, "a message can't be split among steps that are taken, or undone, together").
			Hintf("leave `when` and `on_error: skip` out where this library is used, or split in the flow itself")
		return nil
	}
	var reported source.Diagnostics // by Check
	fields := splitOptions.Decode(body, "split", &reported)
	field := fields.Get("field")
	if field == nil {
		return nil
	}
	op := ir.Split{Path: f.path(field), As: splitAs(fields.Text("as")), Empty: unsplit(fields.Text("empty")), Missing: unsplit(fields.Text("missing"))}
	if op.Path == nil {
		return nil
	}
	f.Fields.see(expr.Read{Path: op.Path, File: field.File, Span: field.Span, Lenient: op.Missing != ir.UnsplitError})
	op.Into = op.Path
	if into := fields.Get("into"); into != nil {
		op.Into = f.path(into)
		if op.As != ir.SplitField {
			into.Errorf(f.Diags, source.BadValue, "`into` is for `as: field`: with `as: %s` an item's fields are the message's own", op.As)
		}
	}
	if index := fields.Get("index"); index != nil {
		op.Index = f.path(index)
	}
	if op.Into == nil {
		return nil
	}
	f.splitFields(&op)
	return []ir.Op{op}
}

// splitFields notes which fields a part has.
func (f *Flow) splitFields(op *ir.Split) {
	switch op.As {
	case ir.SplitField:
		// A message that goes on whole still has its array, or never had one.
		if op.Empty != ir.UnsplitKeep && op.Missing != ir.UnsplitKeep {
			f.Fields.remove(op.Path, op.Into.String())
		}
		f.Fields.create(op.Into)
	case ir.SplitMerge:
		f.Fields.mixIn()
	case ir.SplitMessage:
		f.Fields.Scope()
	}
	if op.Index != nil {
		f.Fields.create(op.Index)
	}
}

func splitAs(word string) ir.SplitAs {
	for _, as := range []ir.SplitAs{ir.SplitMerge, ir.SplitMessage} {
		if as.String() == word {
			return as
		}
	}
	return ir.SplitField
}

func unsplit(word string) ir.Unsplit {
	for _, u := range []ir.Unsplit{ir.UnsplitKeep, ir.UnsplitError} {
		if u.String() == word {
			return u
		}
	}
	return ir.UnsplitFilter
}
