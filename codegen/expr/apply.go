package expr

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// operatorTests are the tests that are operators by another name.
var operatorTests = map[string]ir.BinaryOp{
	"eq": ir.Eq, "ne": ir.Ne, "lt": ir.Lt, "le": ir.Le, "gt": ir.Gt, "ge": ir.Ge, "in": ir.In,
}

// An applier is a filter that applies a built-in, given by its name, to each
// item of a list or to an attribute of it.
type applier struct {
	form      Form // of the built-in
	attribute bool
}

var applied = map[string]applier{
	"map":    {form: Filter},
	"select": {form: Test}, "reject": {form: Test},
	"selectattr": {form: Test, attribute: true}, "rejectattr": {form: Test, attribute: true},
}

// apply lowers `x | map('upper')`, `x | select('odd')` and the like. The name
// of what is applied has to stand there: it is bound here and now.
func (l *lowerer) apply(each applier, b *Builtin, at source.Span, operand minijinja.Expr, args []minijinja.Arg) ir.Expr {
	x := l.need(operand)
	l.checkArg(b, b.Params[0], operand.Span(), x)
	if b.Name == "map" && (len(args) == 0 || args[0].Name != "") {
		rest, ok := l.args(b, b.Params[1:], at, args)
		if !ok {
			return broken
		}
		return ir.Call{Name: "map_attribute", Args: append([]ir.Expr{x}, rest...), Of: ir.Array}
	}
	e := ir.Apply{Name: b.Name, X: x}
	if each.attribute {
		first, ok := l.args(b, b.Params[1:2], at, args[:min(1, len(args))])
		if !ok {
			return broken
		}
		e.Attr, args = first[0], args[1:]
	}
	if len(args) == 0 {
		return e
	}
	given, ok := args[0].Value.(*minijinja.Const)
	if !ok || given.Kind != minijinja.StringConst {
		l.errorf(args[0].Value.Span(), source.BadArguments, "%s takes the name of a %s in quotes", b.Name, each.form)
		return broken
	}
	inner := l.builtin(each.form, given.Text, given.Span())
	if inner == nil {
		return broken
	}
	if inner.Call == "" {
		return l.leftOut(given.Span(), "`"+inner.Name+"` inside of `"+b.Name+"`", "")
	}
	if e.Args, ok = l.args(inner, inner.Params[1:], given.Span(), args[1:]); !ok {
		return broken
	}
	e.Call = inner.Call
	return e
}

// safe says whether MiniJinja may take a text for one that needs no escaping,
// because it was escaped before.
func safe(e ir.Expr) bool {
	switch e := e.(type) {
	case ir.Call:
		if e.Name == "escape" || e.Name == "tojson" {
			return true
		}
	case ir.Apply:
		if e.Call == "escape" || e.Call == "tojson" {
			return true
		}
	}
	for _, child := range ir.Children(e) {
		if safe(child) {
			return true
		}
	}
	return false
}
