package expr

import (
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// A signature is one pair of kinds that an operator takes, and what it gives.
type signature struct{ x, y, of ir.Kind }

var (
	floats   = ir.Int | ir.Float // numbers that an operator may round
	decimals = []signature{{ir.Decimal, ir.Number, ir.Decimal}, {floats, ir.Decimal, ir.Decimal}}
	numbers  = append([]signature{{ir.Int, ir.Int, ir.Int}, {ir.Float, floats, ir.Float}, {ir.Int, ir.Float, ir.Float}}, decimals...)
	ordered  = []signature{{ir.Number, ir.Number, ir.Bool}, {ir.String, ir.String, ir.Bool}}

	// The dialect is stricter than MiniJinja, which repeats text, counts true
	// as 1 and orders whatever it meets.
	operators = map[ir.BinaryOp][]signature{
		ir.Add:      append([]signature{{ir.String, ir.String, ir.String}, {ir.Array, ir.Array, ir.Array}}, numbers...),
		ir.Sub:      numbers,
		ir.Mul:      numbers,
		ir.Div:      append([]signature{{floats, floats, ir.Float}}, decimals...),
		ir.FloorDiv: numbers,
		ir.Rem:      numbers,
		ir.Pow:      append([]signature{{ir.Int, ir.Int, floats}, {ir.Float, floats, ir.Float}, {ir.Int, ir.Float, ir.Float}}, decimals...), // 2 ** -1 is 0.5
		ir.Join:     {{value, value, ir.String}},
		ir.Eq:       {{value, value, ir.Bool}},
		ir.Ne:       {{value, value, ir.Bool}},
		ir.Lt:       ordered,
		ir.Le:       ordered,
		ir.Gt:       ordered,
		ir.Ge:       ordered,
		ir.In:       {{ir.String, ir.String | ir.Object, ir.Bool}, {value, ir.Array, ir.Bool}},
	}
)

func (l *lowerer) binary(e *minijinja.Binary) ir.Expr {
	op := ir.BinaryOp(e.Op)
	switch op {
	case ir.And:
		x, y := l.need(e.X), l.lower(e.Y)
		return ir.Binary{Op: op, X: x, Y: y, Of: x.Kind() | y.Kind()}
	case ir.Or:
		x := l.lenient(func() ir.Expr { return l.lower(e.X) })
		y := l.lower(e.Y)
		return ir.Binary{Op: op, X: x, Y: y, Of: x.Kind()&^ir.Missing | y.Kind()}
	}
	return l.operator(e.Span(), op, l.need(e.X), l.need(e.Y))
}

// operator checks the operands' kinds as far as they are known now; the rest
// is checked message by message.
func (l *lowerer) operator(at source.Span, op ir.BinaryOp, x, y ir.Expr) ir.Expr {
	if exact, computed := x.Kind(), computedFloat(y); exact == ir.Decimal && computed || y.Kind() == ir.Decimal && computedFloat(x) {
		l.errorf(at, source.UnlikeKinds, "`%s` doesn't take a decimal and a float that was computed", op).
			Hintf("convert the float by `| decimal`, or better what it was computed from")
		return broken
	}
	if of := result(op, x.Kind(), y.Kind()); of != 0 {
		l.likeness(at, op, x.Kind(), y.Kind())
		return ir.Binary{Op: op, X: x, Y: y, Of: of}
	}
	one := l.errorf(at, source.UnlikeKinds, "`%s` doesn't take %s and %s", op, describe(x.Kind()), describe(y.Kind()))
	if (x.Kind()|y.Kind())&ir.String != 0 && (x.Kind()|y.Kind())&ir.Number != 0 {
		one.Hintf("convert one side: `| int`, `| float` or `| string`")
	}
	return broken
}

// computedFloat says whether a value is surely a float that has no digits of
// its own: neither a constant nor a number of the message.
func computedFloat(x ir.Expr) bool {
	switch x.(type) {
	case ir.Binary, ir.Unary, ir.Call:
		return x.Kind() == ir.Float
	}
	return false
}

// chainLimit is how large an operand in the middle of `a < b < c` may be: it
// is written twice.
const chainLimit = 16

// chain lowers `a < b < c` to `a < b and b < c`.
func (l *lowerer) chain(e *minijinja.Compare) ir.Expr {
	var whole ir.Expr
	x := l.need(e.X)
	for i, spelling := range e.Ops {
		y := l.need(e.Y[i])
		if i+1 < len(e.Ops) && size(y, chainLimit) > chainLimit {
			l.errorf(e.Y[i].Span(), source.TooLarge, "the middle of a chain of comparisons is too long").Hintf("compute it in a step before")
			return broken
		}
		part := l.comparison(e.Span(), spelling, x, y)
		if whole == nil {
			whole = part
		} else {
			whole = ir.Binary{Op: ir.And, X: whole, Y: part, Of: ir.Bool}
		}
		x = y
	}
	return whole
}

func (l *lowerer) comparison(at source.Span, spelling string, x, y ir.Expr) ir.Expr {
	if spelling == "not in" {
		return ir.Unary{Op: ir.Not, X: l.operator(at, ir.In, x, y), Of: ir.Bool}
	}
	return l.operator(at, ir.BinaryOp(spelling), x, y)
}

// size counts an expression's nodes, up to a little over a limit.
func size(x ir.Expr, limit int) int {
	total := 1
	for _, child := range ir.Children(x) {
		if total > limit {
			break
		}
		total += size(child, limit-total)
	}
	return total
}

var kindNames = []struct {
	kind ir.Kind
	name string
}{
	{ir.Null, "null"}, {ir.Bool, "true or false"}, {ir.Number, "a number"}, {ir.String, "text"}, {ir.Array, "a list"}, {ir.Object, "an object"},
}

// describe names kinds for an error.
func describe(k ir.Kind) string {
	var list []string
	for _, kind := range kindNames {
		if k&kind.kind != 0 {
			list = append(list, kind.name)
		}
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, " or ")
}
