package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// deepestEach is how many steps `each` may stand inside of one another.
const deepestEach = 8

var eachOptions = syntax.Options{
	{Name: "field", Type: syntax.Text, Required: true, Doc: "The path of the array."},
	{Name: "transforms", Type: syntax.Sequence, Required: true, Doc: "What is done to each item, in order: any transforms but `split`. Paths and `this` are the item's; `root()` is the message around it, as it was before this step."},
	{Name: "as", Type: syntax.Text, Doc: "A name for the item. The transforms then see an object with that one field: items that aren't objects need it."},
	{Name: "of", Type: syntax.Enum, Values: []string{"items", "values"}, Default: "items", Doc: "`values`: the field is an object, and the transforms go over its values."},
}

func (catalog) Each() Kind {
	return Kind{
		Doc: "Takes each item of an array through transforms of its own. `filter`, and `on_error: discard` inside, drop the item. An error that no transform inside has handled is one of this step, whose `on_error` decides; `on_error: stop` inside stops the flow.",
		Body: syntax.Option{Name: "each", Type: syntax.Record, Fields: eachOptions,
			Doc: "The array's field, and the transforms; their ids are this step's, a slash, and their own. A field that is missing or null is passed over."},
		lower: lowerEach,
	}
}

func lowerEach(f *Flow, body *syntax.Node) []ir.Op {
	var reported source.Diagnostics // by Check
	fields := eachOptions.Decode(body, "each", &reported)
	field, list := fields.Get("field"), fields.Get("transforms")
	if f.Exprs.Depth >= deepestEach {
		body.Errorf(f.Diags, source.TooLarge, "`each` stands inside of itself more than %d times", deepestEach)
		return nil
	}
	op := ir.ForEach{Values: fields.Text("of") == "values", As: f.itemName(fields.Get("as"))}
	if field != nil {
		op.Path = f.path(field)
	}
	if op.Path != nil {
		f.Fields.see(expr.Read{Path: op.Path, File: field.File, Span: field.Span, Lenient: true})
	} else {
		op.Path = ir.Path{""} // reported; the transforms may have errors, too
	}
	if list == nil {
		return nil
	}
	if len(list.Items) == 0 {
		list.Errorf(f.Diags, source.BadValue, "this does nothing to the items").Hintf("list transforms, or leave the step out")
	}
	op.Steps, op.Root = f.eachSteps(list, &op)
	return []ir.Op{op}
}

// itemName is the name that the transforms know an item by, or "".
func (f *Flow) itemName(n *syntax.Node) string {
	if n == nil {
		return ""
	}
	path := f.path(n)
	if len(path) > 1 {
		n.Errorf(f.Diags, source.BadPath, "%s is no name, but a path", path).Hintf("name the item by one word, such as item")
	}
	if path == nil {
		return "item"
	}
	return path[0].(string)
}

// eachSteps lowers the transforms of the items, in what is known of an item,
// and says whether they ask for the message around.
func (f *Flow) eachSteps(list *syntax.Node, op *ir.ForEach) (steps []ir.Step, rooted bool) {
	around, asked := f.Exprs.Known, f.Exprs.Rooted
	f.Exprs.Known = around.Map(func(s *expr.Scope) *expr.Scope {
		return &expr.Scope{Message: inItem(s.Message, *op), Locals: s.Locals}
	})
	f.Exprs.Rooted = false
	f.Exprs.Depth++
	steps = f.Inner(list)
	f.Exprs.Depth--
	rooted = f.Exprs.Rooted
	f.Exprs.Known, f.Exprs.Rooted = around, asked || rooted
	return steps, rooted
}
