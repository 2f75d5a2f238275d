package expr

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/types"
)

// Assume is what is known where an expression has turned out true, or not, in
// MiniJinja's sense; and whether it can. It may say that what is impossible
// can be, never the other way round.
func (s *Scope) Assume(e ir.Expr, truth bool) (*Scope, bool) {
	after, possible, _ := s.assume(e, truth)
	return after, possible
}

// Assume is what is known where a condition holds, or doesn't.
func (k Known) Assume(e ir.Expr, truth bool) Known {
	return k.Map(func(s *Scope) *Scope {
		if after, possible := s.Assume(e, truth); possible {
			return after
		}
		return s // what follows is never reached, and was reported
	})
}

// assume also says in words why it can't be, where that is known.
func (s *Scope) assume(e ir.Expr, truth bool) (after *Scope, possible bool, why string) {
	a := &assumption{left: maxAssumed}
	after, possible = a.assume(s, e, truth)
	return after, possible, a.why
}

// maxAssumed is how many expressions are looked at for one question: where
// `and` and `or` nest in each other, they double at each level.
const maxAssumed = 2000

type assumption struct {
	left int
	why  string
}

func (a *assumption) assume(s *Scope, e ir.Expr, truth bool) (*Scope, bool) {
	if a.left--; a.left < 0 {
		return s, true
	}
	switch e := e.(type) {
	case ir.Const:
		value, known := truthOf(e)
		return s, !known || value == truth
	case ir.Require:
		s, possible := a.there(s, e)
		if !possible {
			return s, true // that is an error of the message, and no answer
		}
		return a.assume(s, e.X, truth)
	case ir.Field:
		return a.field(s, e, truth)
	case ir.Unary:
		if e.Op == ir.Not {
			return a.assume(s, e.X, !truth)
		}
	case ir.Call:
		return a.call(s, e, truth)
	case ir.Binary:
		return a.binary(s, e, truth)
	}
	return s, true
}

// truthOf says whether a constant is true.
func truthOf(c ir.Const) (value, known bool) {
	switch c.Of {
	case ir.Null:
		return false, true
	case ir.Bool:
		return c.Text == "true", true
	case ir.String:
		return c.Text != `""`, true
	case ir.Int, ir.Float:
		number, ok := new(big.Rat).SetString(c.Text)
		return ok && number.Sign() != 0, ok
	}
	return false, false
}

// there notes that operands have been there, wherever an expression had a value.
func (a *assumption) there(s *Scope, e ir.Expr) (*Scope, bool) {
	required, ok := e.(ir.Require)
	if !ok {
		return s, true
	}
	field, ok := required.X.(ir.Field)
	if !ok {
		return s, true
	}
	return s.narrow(field.Path, s.TypeOf(e))
}

// narrow is the scope where a field is of a type.
func (s *Scope) narrow(path ir.Path, t *types.Type) (*Scope, bool) {
	if t.Kind == 0 {
		return s, false
	}
	return &Scope{Message: s.Message.Narrow(path, t), Locals: s.Locals}, true
}

// field is one that is asked for its truth: neither null nor missing is true.
func (a *assumption) field(s *Scope, e ir.Field, truth bool) (*Scope, bool) {
	if truth {
		return s.narrow(e.Path, s.TypeOf(e).Without(ir.Missing|ir.Null))
	}
	return s, true
}

// exactly are the tests that hold for some kinds, and for no other.
var exactly = map[string]ir.Kind{
	"is_defined": ir.Any &^ ir.Missing, "is_undefined": ir.Missing, "is_none": ir.Null,
	"is_string": ir.String, "is_boolean": ir.Bool, "is_mapping": ir.Object,
}

func (a *assumption) call(s *Scope, e ir.Call, truth bool) (*Scope, bool) {
	kinds, test := exactly[e.Name]
	switch {
	case e.Name == "bool" && len(e.Args) == 1:
		return a.assume(s, e.Args[0], truth)
	case !test || len(e.Args) != 1:
		return s, true
	case !truth:
		kinds = ir.Any &^ kinds
	}
	t := s.TypeOf(e.Args[0])
	left := t.Without(ir.Any &^ kinds)
	if field, ok := e.Args[0].(ir.Field); ok {
		return s.narrow(field.Path, left)
	}
	return s, left.Kind != 0
}

func (a *assumption) binary(s *Scope, e ir.Binary, truth bool) (*Scope, bool) {
	switch e.Op {
	case ir.And, ir.Or:
		// `x or y` is false where both are: the mirror image of `and`.
		if all := truth == (e.Op == ir.And); all {
			return a.both(s, e, truth, truth)
		}
		one, first := a.assume(s, e.X, truth)
		two, second := a.both(s, e, !truth, truth)
		return either(one, first, two, second)
	}
	s, x := a.there(s, e.X)
	s, y := a.there(s, e.Y)
	if !x || !y {
		return s, true // that is an error of the message, and no answer
	}
	switch e.Op {
	case ir.Eq, ir.Ne:
		return a.equal(s, e, truth == (e.Op == ir.Eq))
	case ir.In:
		return a.in(s, e, truth)
	case ir.Lt, ir.Le, ir.Gt, ir.Ge:
		return a.ordered(s, e, truth)
	}
	return s, true
}

func (a *assumption) both(s *Scope, e ir.Binary, x, y bool) (*Scope, bool) {
	s, possible := a.assume(s, e.X, x)
	if !possible {
		return s, false
	}
	return a.assume(s, e.Y, y)
}

// either is what is known after one of two ways, those that are possible.
func either(one *Scope, first bool, two *Scope, second bool) (*Scope, bool) {
	switch {
	case !first:
		return two, second
	case !second:
		return one, true
	}
	return &Scope{Message: types.Join(one.Message, two.Message), Locals: one.Locals}, true
}

// classes are kinds whose values may be equal to each other: true is 1.
var classes = []ir.Kind{ir.Number | ir.Bool, ir.String, ir.Null, ir.Array, ir.Object, ir.Missing}

// comparable are the kinds that may equal one of some kinds.
func comparable(k ir.Kind) (like ir.Kind) {
	for _, class := range classes {
		if k&class != 0 {
			like |= class
		}
	}
	return like
}

func (a *assumption) equal(s *Scope, e ir.Binary, truth bool) (*Scope, bool) {
	x, y := s.TypeOf(e.X), s.TypeOf(e.Y)
	if truth && x.Kind&comparable(y.Kind) == 0 {
		a.because(describe(x.Kind) + " never equals " + describe(y.Kind))
		return s, false
	}
	if field, ok := bare(e.X); ok && single(y) {
		return a.keep(s, field, x, truth, func(v string) (bool, bool) { return same(v, y.Values[0]) }, y)
	}
	if field, ok := bare(e.Y); ok && single(x) {
		return a.keep(s, field, y, truth, func(v string) (bool, bool) { return same(v, x.Values[0]) }, x)
	}
	if single(x) && single(y) {
		equal, known := same(x.Values[0], y.Values[0])
		return s, !known || equal == truth
	}
	return s, true
}

const scalars = ir.Any &^ (ir.Missing | ir.Array | ir.Object)

// single says whether there is one value alone that it may be.
func single(t *types.Type) bool { return len(t.Values) == 1 && t.Kind&^scalars == 0 }

func (a *assumption) in(s *Scope, e ir.Binary, truth bool) (*Scope, bool) {
	list, ok := e.Y.(ir.List)
	field, bare := bare(e.X)
	if !ok || !bare || len(list.Items) == 0 {
		return s, true
	}
	var values []string
	var all *types.Type
	for _, item := range list.Items {
		t := s.TypeOf(item)
		if !single(t) {
			return s, true
		}
		values, all = append(values, t.Values[0]), types.Join(all, t)
	}
	return a.keep(s, field, s.TypeOf(e.X), truth, func(v string) (bool, bool) {
		sure := true
		for _, one := range values {
			equal, known := same(v, one)
			if equal {
				return true, true
			}
			sure = sure && known
		}
		return false, sure
	}, all)
}

// keep narrows a field to those of its values for which a test holds, or
// doesn't; and where they aren't known, to what it was compared with.
func (a *assumption) keep(s *Scope, field ir.Field, t *types.Type, truth bool, test func(string) (bool, bool), with *types.Type) (*Scope, bool) {
	if t.Values != nil && t.Kind&^scalars == 0 {
		left := *t
		left.Values = slices.DeleteFunc(slices.Clone(t.Values), func(v string) bool {
			holds, known := test(v)
			return known && holds != truth
		})
		if len(left.Values) == 0 {
			a.because(field.Path.String() + " is " + oneOf(t.Values) + " here")
			return s, false
		}
		return s.narrow(field.Path, &left)
	}
	if !truth {
		return s, true
	}
	left := t.Without(ir.Any &^ comparable(with.Kind))
	if left.Kind == ir.String && with.Values != nil {
		left = &types.Type{Kind: ir.String, Values: slices.DeleteFunc(slices.Clone(with.Values), func(v string) bool { return !strings.HasPrefix(v, `"`) })}
	}
	return s.narrow(field.Path, left)
}

// ordered compares what is known by value.
func (a *assumption) ordered(s *Scope, e ir.Binary, truth bool) (*Scope, bool) {
	x, y := s.TypeOf(e.X), s.TypeOf(e.Y)
	if field, ok := bare(e.X); ok && single(y) && x.Values != nil && x.Kind&^scalars == 0 {
		return a.keep(s, field, x, truth, func(v string) (bool, bool) { return compare(e.Op, v, y.Values[0]) }, y)
	}
	if single(x) && single(y) {
		holds, known := compare(e.Op, x.Values[0], y.Values[0])
		return s, !known || holds == truth
	}
	return s, true
}

// bare is the field that an operand is, if it is one.
func bare(e ir.Expr) (ir.Field, bool) {
	if required, ok := e.(ir.Require); ok {
		e = required.X
	}
	field, ok := e.(ir.Field)
	return field, ok
}

func (a *assumption) because(why string) {
	if a.why == "" {
		a.why = why
	}
}

func oneOf(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	const most = 6
	if len(values) > most {
		return "one of " + strings.Join(values[:most], ", ") + ", …"
	}
	return "one of " + strings.Join(values, ", ")
}

// same says whether two constants are equal, as far as it is known.
func same(x, y string) (equal, known bool) {
	if x == y {
		return true, true
	}
	if isText(x) || isText(y) || x == "null" || y == "null" {
		return false, true
	}
	return compare(ir.Eq, x, y)
}

// compare orders two numbers, or two texts.
func compare(op ir.BinaryOp, x, y string) (holds, known bool) {
	order := 0
	if isText(x) && isText(y) {
		var one, two string
		if json.Unmarshal([]byte(x), &one) != nil || json.Unmarshal([]byte(y), &two) != nil {
			return false, false
		}
		order = strings.Compare(one, two)
	} else {
		one, two := rational(x), rational(y)
		if one == nil || two == nil {
			return false, false
		}
		order = one.Cmp(two)
	}
	switch op {
	case ir.Eq:
		return order == 0, true
	case ir.Lt:
		return order < 0, true
	case ir.Le:
		return order <= 0, true
	case ir.Gt:
		return order > 0, true
	}
	return order >= 0, true
}

func isText(value string) bool { return strings.HasPrefix(value, `"`) }

// rational is a number, or nil: none of more digits than a float keeps, whose
// neighbours may equal it.
func rational(text string) *big.Rat {
	if len(text) > 15 || strings.ContainsAny(text, "eE") {
		return nil
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return number
}
