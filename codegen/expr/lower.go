package expr

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// broken stands for an expression that was reported: any kind fits it, so
// that one mistake isn't reported twice.
var broken = ir.Const{Text: "null", Of: ir.Any}

// missing is the value of what isn't there.
var missing = ir.Const{Of: ir.Missing}

// need is the expression where its value is used, so that a missing one is an
// error of the message.
func (l *lowerer) need(e minijinja.Expr) ir.Expr { return require(l.lower(e)) }

// require wraps what may be missing. It goes as deep as it can, so that the
// error names the field.
func require(x ir.Expr) ir.Expr {
	if x.Kind()&ir.Missing == 0 {
		return x
	}
	switch x := x.(type) {
	case ir.Const:
		if x == broken {
			return x
		}
	case ir.Cond:
		return ir.Cond{Test: x.Test, Then: require(x.Then), Else: require(x.Else)}
	case ir.Binary:
		if x.Op == ir.And || x.Op == ir.Or {
			x.Y = require(x.Y)
			x.Of &^= ir.Missing
			return x
		}
	}
	return ir.Require{X: x}
}

// lower is the expression's value, which may be missing.
func (l *lowerer) lower(e minijinja.Expr) ir.Expr {
	switch e := e.(type) {
	case *minijinja.Const:
		return l.constant(e)
	case *minijinja.Var:
		if e.Name == "this" {
			return ir.This{}
		}
		return l.read(ir.Path{e.Name}, e.Span(), false)
	case *minijinja.Attr:
		return l.member(e, e.X, ir.Const{Text: syntax.Quote(e.Name), Of: ir.String}, e.Name)
	case *minijinja.Item:
		return l.item(e)
	case *minijinja.Unary:
		return l.unary(e)
	case *minijinja.Binary:
		return l.binary(e)
	case *minijinja.Compare:
		return l.chain(e)
	case *minijinja.Cond:
		return l.cond(e)
	case *minijinja.Filter:
		return l.call(Filter, e.Name, e.NameAt, e.X, e.Args)
	case *minijinja.Test:
		return l.test(e)
	case *minijinja.Call:
		return l.function(e)
	case *minijinja.List:
		return ir.List{Items: l.all(e.Items)}
	case *minijinja.Map:
		return l.dict(e)
	case *minijinja.Tuple:
		return l.leftOut(e.Span(), "tuples", "write [a, b] for a list")
	case *minijinja.Slice:
		return l.slice(e)
	}
	return l.leftOut(e.Span(), "such form", "")
}

// leftOut reports what MiniJinja has and the dialect lacks.
func (l *lowerer) leftOut(at source.Span, what, hint string) ir.Expr {
	l.outside = true
	one := l.errorf(at, source.NotInDialect, "the expressions of a flow have no %s", what)
	if hint != "" {
		one.Hintf("%s", hint)
	}
	return broken
}

var jsonNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (l *lowerer) constant(e *minijinja.Const) ir.Expr {
	switch e.Kind {
	case minijinja.NoneConst:
		return ir.Const{Text: "null", Of: ir.Null}
	case minijinja.BoolConst:
		return ir.Const{Text: e.Text, Of: ir.Bool}
	case minijinja.StringConst:
		return ir.Const{Text: syntax.Quote(e.Text), Of: ir.String}
	}
	// The digits as written, where JSON has numbers of that form.
	text := l.code[e.Span().Start:e.Span().End]
	if !jsonNumber.MatchString(text) {
		text = e.Text
	}
	if e.Kind == minijinja.IntConst {
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			l.errorf(e.Span(), source.NotInDialect, "the number %s is outside 64-bit integers", text)
			return broken
		}
		return ir.Const{Text: text, Of: ir.Int}
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil || !jsonNumber.MatchString(text) {
		l.errorf(e.Span(), source.NotInDialect, "the number %s is outside floating-point numbers", text)
		return broken
	}
	return ir.Const{Text: text, Of: ir.Float}
}

func (l *lowerer) all(list []minijinja.Expr) []ir.Expr {
	lowered := make([]ir.Expr, len(list))
	for i, e := range list {
		lowered[i] = l.need(e)
	}
	return lowered
}

func (l *lowerer) dict(e *minijinja.Map) ir.Expr {
	d := ir.Dict{Keys: l.all(e.Keys), Values: l.all(e.Values)}
	for i, key := range d.Keys {
		if key.Kind()&ir.String == 0 {
			l.errorf(e.Keys[i].Span(), source.UnlikeKinds, "a key has to be text, not %s", describe(key.Kind()))
		}
	}
	return d
}

// item is `x[key]`: a step of a field's path where the key is known.
func (l *lowerer) item(e *minijinja.Item) ir.Expr {
	key, ok := e.Key.(*minijinja.Const)
	switch {
	case ok && key.Kind == minijinja.StringConst:
		return l.member(e, e.X, ir.Const{Text: syntax.Quote(key.Text), Of: ir.String}, key.Text)
	case ok && key.Kind == minijinja.IntConst:
		if index, err := strconv.Atoi(key.Text); err == nil && index >= 0 {
			return l.member(e, e.X, ir.Const{Text: key.Text, Of: ir.Int}, index)
		}
	}
	x, k := l.lower(e.X), l.need(e.Key)
	return l.itemOf(e.Span(), x, k)
}

// member extends a field's path, or takes an item of another value.
func (l *lowerer) member(e, x minijinja.Expr, key ir.Const, step any) ir.Expr {
	base := l.lower(x)
	switch base := base.(type) {
	case ir.Field:
		read := &l.reads[len(l.reads)-1]
		read.Path = append(append(ir.Path{}, base.Path...), step)
		read.Span.End = l.span(e.Span()).End
		return l.field(read.Path)
	case ir.This:
		if _, named := step.(string); named {
			return l.read(ir.Path{step}, e.Span(), true)
		}
	}
	return l.itemOf(e.Span(), base, key)
}

func (l *lowerer) itemOf(at source.Span, x, key ir.Expr) ir.Expr {
	if x.Kind()&(ir.Array|ir.Object|ir.String) == 0 {
		l.errorf(at, source.UnlikeKinds, "%s has no items", describe(x.Kind()))
		return broken
	}
	return ir.Item{X: x, Key: key}
}

// slice lowers `x[from:to:step]`; a bound that isn't written is null.
func (l *lowerer) slice(e *minijinja.Slice) ir.Expr {
	x := l.need(e.X)
	of := x.Kind() & (ir.String | ir.Array)
	if of == 0 {
		l.errorf(e.Span(), source.UnlikeKinds, "%s can't be sliced", describe(x.Kind()))
		return broken
	}
	call := ir.Call{Name: "part", Args: []ir.Expr{x}, Of: of}
	for _, bound := range []minijinja.Expr{e.From, e.To, e.Step} {
		b := ir.Expr(ir.Const{Text: "null", Of: ir.Null})
		if bound != nil {
			b = l.need(bound)
			if b.Kind()&(ir.Int|ir.Null) == 0 {
				l.errorf(bound.Span(), source.UnlikeKinds, "a slice's bounds are integers, not %s", describe(b.Kind()))
			}
		}
		call.Args = append(call.Args, b)
	}
	return call
}

func (l *lowerer) unary(e *minijinja.Unary) ir.Expr {
	x := l.need(e.X)
	if e.Op == "not" {
		return ir.Unary{Op: ir.Not, X: x, Of: ir.Bool}
	}
	if x.Kind()&ir.Number == 0 {
		l.errorf(e.Span(), source.UnlikeKinds, "`-` takes a number, not %s", describe(x.Kind()))
		return broken
	}
	if number, ok := x.(ir.Const); ok && number.Of&^ir.Number == 0 && !strings.HasPrefix(number.Text, "-") {
		return ir.Const{Text: "-" + number.Text, Of: number.Of}
	}
	return ir.Unary{Op: ir.Neg, X: x, Of: x.Kind() & ir.Number}
}

func (l *lowerer) cond(e *minijinja.Cond) ir.Expr {
	test := l.need(e.Test)
	then := l.lower(e.Then)
	if e.Else == nil {
		return ir.Cond{Test: test, Then: then, Else: missing}
	}
	return ir.Cond{Test: test, Then: then, Else: l.lower(e.Else)}
}
