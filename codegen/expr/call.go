package expr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// beyond lists what MiniJinja has and the dialect lacks, each with what to do
// instead: no slip of the pen, and there in a template with statements.
var beyond = map[Form]map[string]string{
	Filter: {
		"safe": "nothing is escaped on its own", "dictsort": pairs, "items": pairs, "zip": pairs, "groupby": "loop in a `template:`",
		"chain": "write `a + b` for lists", "pprint": "write `x | tojson(true)`", "format": "use a `template:` with a statement, or `round` and `~`",
	},
	Test:     {"safe": "nothing is escaped on its own", "escaped": "nothing is escaped on its own", "filter": "", "test": ""},
	Function: {"dict": "write {'a': b}", "debug": "", "namespace": "use a `template:`"},
}

const pairs = "it gives tuples, which JSON lacks; loop in a `template:`"

// builtin finds a built-in or reports that there is none.
func (l *lowerer) builtin(form Form, name string, at source.Span) *Builtin {
	if b := find(form, name); b != nil {
		return b
	}
	if hint, known := beyond[form][name]; known {
		l.leftOut(at, form.String()+" `"+name+"`, though MiniJinja has it", hint)
		return nil
	}
	one := l.errorf(at, source.UnknownName, "unknown %s %q", form, name)
	one.DidYouMean(name, l.callable(form))
	if theirs := filterFor[name]; theirs != "" {
		name = theirs
	}
	if theirs := testFor[name]; theirs != "" && form == Test {
		one.Hintf("write `%s`", theirs)
	}
	near, _ := source.Nearest(name, names(Filter))
	switch {
	case form == Function && find(Filter, name) != nil:
		one.Hintf("it is a filter: write `x | %s`", name)
	case form == Function && near != "" && len(name) > 3:
		one.Hintf("did you mean the filter %q? Write `x | %s`", near, near)
	case form == Function && (name == "env_var" || name == "secret"):
		one.Hintf("a flow can't read the environment; let the project give it a variable, var('…')")
	}
	return nil
}

// atMost says how many arguments there may be.
func atMost(arguments int) string {
	switch arguments {
	case 0:
		return "no arguments"
	case 1:
		return "at most one argument"
	default:
		return fmt.Sprintf("at most %d arguments", arguments)
	}
}

// call lowers a filter or a test.
func (l *lowerer) call(form Form, name string, at source.Span, operand minijinja.Expr, args []minijinja.Arg) ir.Expr {
	b := l.builtin(form, name, at)
	if b == nil {
		l.lower(operand) // for its own mistakes
		for _, arg := range args {
			l.lower(arg.Value)
		}
		return broken
	}
	if each, ok := applied[b.Name]; ok && form == Filter {
		return l.apply(each, b, at, operand, args)
	}
	var first ir.Expr
	if b.Lenient {
		first = l.lenient(func() ir.Expr { return l.lower(operand) })
	} else {
		first = l.need(operand)
	}
	l.checkArg(b, b.Params[0], operand.Span(), first)
	rest, ok := l.args(b, b.Params[1:], at, args)
	if !ok {
		return broken
	}
	switch op, isOperator := operatorTests[b.Call]; {
	case b.Regex != "":
		return l.regex(b, first, args)
	case b.Call == "": // attr
		return l.itemOf(at, first, rest[0])
	case isOperator:
		return l.operator(at, op, first, rest[0])
	case b.Call == "escape" && safe(first):
		return l.leftOut(at, "`escape` of what `escape` or `tojson` made", "MiniJinja leaves it as it is: do so too")
	}
	return ir.Call{Name: b.Call, Args: append([]ir.Expr{first}, rest...), Of: b.result(first, rest)}
}

func (l *lowerer) test(e *minijinja.Test) ir.Expr {
	return l.call(Test, e.Name, e.NameAt, e.X, e.Args)
}

// result is the kind of a call's value.
func (b *Builtin) result(first ir.Expr, rest []ir.Expr) ir.Kind {
	switch {
	case b.Call == "default" && len(rest) > 0:
		return first.Kind()&^ir.Missing | rest[0].Kind()
	case b.Call == "default":
		return first.Kind()&^ir.Missing | ir.String
	case (b.Call == "int" || b.Call == "float" || b.Call == "decimal") && len(rest) > 0:
		return b.Result | rest[0].Kind()
	case b.Like && first.Kind()&b.Result != 0:
		return first.Kind() & b.Result
	}
	return b.Result
}

// args puts arguments in their places: those given by name, and those that
// stand in for what was left out before them.
func (l *lowerer) args(b *Builtin, params []Param, at source.Span, args []minijinja.Arg) ([]ir.Expr, bool) {
	placed := make([]ir.Expr, len(params))
	good, last := true, -1
	for i, arg := range args {
		place := i
		if arg.Name != "" {
			place = slices.IndexFunc(params, func(p Param) bool { return (p.Keyword || p.Named) && p.Name == arg.Name })
		}
		x := l.need(arg.Value)
		switch {
		case arg.Name == "*" || arg.Name == "**":
			l.leftOut(arg.Value.Span(), "arguments of a list", "write them one by one")
			return nil, false
		case place < 0:
			l.errorf(arg.Value.Span(), source.BadArguments, "%s %q has no argument named %q", b.Form, b.Name, arg.Name)
			good = false
		case place >= len(params):
			l.errorf(arg.Value.Span(), source.BadArguments, "%s %q takes %s", b.Form, b.Name, atMost(len(params)))
			return nil, false
		case params[place].Named && arg.Name == "":
			l.errorf(arg.Value.Span(), source.BadArguments, "%s %q takes its argument %q by name", b.Form, b.Name, params[place].Name).
				Hintf("write `%s=`", params[place].Name)
			good = false
		case placed[place] != nil:
			l.errorf(arg.Value.Span(), source.BadArguments, "argument %q of %s %q is given twice", params[place].Name, b.Form, b.Name)
			good = false
		default:
			l.checkArg(b, params[place], arg.Value.Span(), x)
			placed[place], last = x, max(last, place)
		}
	}
	for i, p := range params {
		switch {
		case placed[i] == nil && !p.Optional:
			l.errorf(at, source.BadArguments, "%s %q needs its argument %q", b.Form, b.Name, p.Name)
			good = false
		case placed[i] == nil && i < last:
			placed[i] = ir.Const{Text: p.Fill, Of: p.Kind}
		}
	}
	return placed[:last+1], good
}

func (l *lowerer) checkArg(b *Builtin, p Param, at source.Span, x ir.Expr) {
	var given string
	if c, ok := x.(ir.Const); ok && p.OneOf != nil && json.Unmarshal([]byte(c.Text), &given) == nil && !slices.Contains(p.OneOf, given) {
		l.errorf(at, source.BadArguments, "%s %q has no %s %q", b.Form, b.Name, p.Name, given).
			DidYouMean(given, p.OneOf).Hintf("it is one of %s", strings.Join(p.OneOf, ", "))
		return
	}
	if c, ok := x.(ir.Const); ok && p.Check != nil && json.Unmarshal([]byte(c.Text), &given) == nil {
		if err := p.Check(given); err != nil {
			l.errorf(at, source.BadArguments, "%s %q can't use this: %v", b.Form, b.Name, err)
			return
		}
	}
	if x.Kind()&p.Kind == 0 {
		one := l.errorf(at, source.BadArguments, "%s %q takes %s, not %s", b.Form, b.Name, describe(p.Kind), describe(x.Kind()))
		if p.Kind == ir.String && x.Kind()&ir.Number != 0 {
			one.Hintf("convert it by `| string`")
		}
	}
}

// function lowers `f(args)`. Functions are bound here and now: no field of a
// message can stand in their place.
func (l *lowerer) function(e *minijinja.Call) ir.Expr {
	if method, ok := e.Fun.(*minijinja.Attr); ok {
		hint := ""
		if find(Filter, method.Name) != nil {
			hint = "write `x | " + method.Name + "`"
		}
		return l.leftOut(method.NameAt, "methods", hint)
	}
	name, ok := e.Fun.(*minijinja.Var)
	if !ok {
		return l.leftOut(e.Span(), "calls of values", "")
	}
	if macro := l.Macros.Find(name.Name); macro != nil && find(Function, name.Name) == nil {
		return l.callsMacro(name)
	}
	b := l.builtin(Function, name.Name, name.Span())
	if b == nil {
		return broken
	}
	args, ok := l.args(b, b.Params, name.Span(), e.Args)
	if !ok {
		return broken
	}
	l.Identity = l.Identity || b.Identity
	switch {
	case b.Zoned && len(args) == len(b.Params):
		return ir.Call{Name: b.Call + "_in", Args: args, Of: b.Result}
	case b.Call != "":
		return ir.Call{Name: b.Call, Args: args, Of: b.Result}
	}
	if b.Name == "root" {
		return l.root()
	}
	given, ok := e.Args[0].Value.(*minijinja.Const)
	if !ok || given.Kind != minijinja.StringConst {
		l.errorf(e.Args[0].Value.Span(), source.BadArguments, "%s() takes a text in quotes: what a flow needs is listed before it runs", b.Name)
		return broken
	}
	switch b.Name {
	case "meta":
		l.useMeta(given.Text)
		return ir.MetaRef{Name: given.Text}
	case "param":
		return l.param(given, e.Span())
	}
	return l.variable(given)
}

// root is the message around the items of an `each`.
func (l *lowerer) root() ir.Expr {
	if l.Depth == 0 {
		return ir.This{}
	}
	l.Rooted = true
	return ir.Call{Name: "root", Of: ir.Object}
}

func (l *lowerer) variable(name *minijinja.Const) ir.Expr {
	i := slices.IndexFunc(l.Vars, func(v ir.Var) bool { return v.Name == name.Text })
	if i < 0 {
		var declared []string
		for _, v := range l.Vars {
			declared = append(declared, v.Name)
		}
		l.errorf(name.Span(), source.UnknownName, "unknown variable %q", name.Text).
			DidYouMean(name.Text, declared).Hintf("declare it under `vars:` of the flow")
		return broken
	}
	l.UsedVars[i] = true
	l.vars = append(l.vars, name.Text)
	if kind := l.Vars[i].Kind; kind != ir.Decimal {
		return ir.VarRef{Index: i, Of: kind}
	}
	// A decimal is given as text.
	return ir.Call{Name: "decimal", Args: []ir.Expr{ir.VarRef{Index: i, Of: ir.String}}, Of: ir.Decimal}
}
