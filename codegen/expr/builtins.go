// Package expr reads expressions and templates by MiniJinja's parser and
// checks and lowers them to the IR: a strict dialect of MiniJinja.
package expr

import "github.com/weavster/weavster/codegen/ir"

// Form is how a built-in is written.
type Form int

// The forms: `x | name`, `x is name`, `name()`.
const (
	Filter Form = iota
	Test
	Function
)

// String is the form as an error names it.
func (f Form) String() string { return [...]string{"filter", "test", "function"}[f] }

// A Param is one argument, or, first of a filter or test, what stands before it.
type Param struct {
	Name     string
	Kind     ir.Kind
	Optional bool
	Keyword  bool   // may be given as name=value
	Fill     string // JSON: stands in when a later one is given and this one isn't
}

// A Builtin is one filter, test or function of the dialect. The guest crate
// implements those of them that become an ir.Call, under Call's name.
type Builtin struct {
	Name    string
	Aliases []string
	Form    Form
	Doc     string
	Params  []Param
	Result  ir.Kind
	// Call is the name in ir.Call, or "" for what lowers to something else.
	Call string
	// Lenient operands may be missing.
	Lenient bool
	// Like says that the result is of the operand's kind, within Result.
	Like bool
}

const (
	text  = ir.String
	value = ir.Any &^ ir.Missing
)

func operand(k ir.Kind) Param { return Param{Name: "value", Kind: k} }

// Builtins is everything that can be called in an expression. What MiniJinja
// has beyond it is left out until the guest computes it exactly alike; in a
// `template:` with statements all of MiniJinja is there.
var Builtins = []Builtin{
	{Name: "upper", Call: "upper", Doc: "Text in upper case.", Params: []Param{operand(text)}, Result: text},
	{Name: "lower", Call: "lower", Doc: "Text in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "title", Call: "title", Doc: "Text with each word's first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "capitalize", Call: "capitalize", Doc: "Text with the first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "trim", Call: "trim", Doc: "Text without white space, or without the given characters, at both ends.", Result: text,
		Params: []Param{operand(text), {Name: "chars", Kind: text, Optional: true}}},
	{Name: "replace", Call: "replace", Doc: "Text with each occurrence of one text replaced by another.", Result: text,
		Params: []Param{operand(text), {Name: "from", Kind: text}, {Name: "to", Kind: text}}},
	{Name: "split", Call: "split", Doc: "The parts of a text between separators, or between white space; at most so many cuts are made.", Result: ir.Array,
		Params: []Param{operand(text), {Name: "separator", Kind: text | ir.Null, Optional: true, Fill: "null"}, {Name: "cuts", Kind: ir.Int, Optional: true}}},
	{Name: "join", Call: "join", Doc: "The items of a list as one text, with a separator between them.", Result: text,
		Params: []Param{operand(ir.Array), {Name: "d", Kind: text, Optional: true, Keyword: true}}},
	{Name: "length", Aliases: []string{"count"}, Call: "length", Doc: "The number of characters, items or keys.", Result: ir.Int,
		Params: []Param{operand(text | ir.Array | ir.Object)}},
	{Name: "first", Call: "first", Doc: "The first character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "last", Call: "last", Doc: "The last character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "default", Aliases: []string{"d"}, Call: "default", Lenient: true, Result: ir.Any,
		Doc:    "What stands before it, or the given value where that is missing; with true as second argument, also where it is null, false, 0 or empty.",
		Params: []Param{operand(ir.Any), {Name: "other", Kind: value, Optional: true, Fill: `""`}, {Name: "falsy", Kind: ir.Bool, Optional: true}}},
	{Name: "int", Call: "int", Doc: "An integer: a number without its fraction, 1 for true, a text's value. What can't be converted gives the default, or an error.", Result: ir.Int,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "float", Call: "float", Doc: "A floating-point number. What can't be converted gives the default, or an error.", Result: ir.Float,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "decimal", Call: "decimal", Doc: "An exact number: the digits of a number or a text as they are written. What can't be converted gives the default, or an error.", Result: ir.Decimal,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "string", Call: "string", Doc: "The value as it is printed in a template.", Result: text, Params: []Param{operand(value)}},
	{Name: "bool", Call: "bool", Doc: "False for null, false, 0 and what is empty; true for the rest.", Result: ir.Bool, Params: []Param{operand(value)}},
	{Name: "abs", Call: "abs", Doc: "The number without its sign.", Result: ir.Number, Like: true, Params: []Param{operand(ir.Number)}},
	{Name: "round", Call: "round", Doc: "The number rounded to so many decimal places (0; negative ones are tens), half to even, or `ceil` or `floor`; a decimal also `half_up` or `down`, and it has just so many places then.", Result: ir.Number, Like: true,
		Params: []Param{operand(ir.Number), {Name: "precision", Kind: ir.Int, Optional: true, Keyword: true, Fill: "0"}, {Name: "method", Kind: text, Optional: true, Keyword: true}}},

	{Form: Test, Name: "defined", Call: "is_defined", Doc: "It is there; null is.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "undefined", Call: "is_undefined", Doc: "It is missing.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "none", Call: "is_none", Doc: "It is null; a missing field isn't.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "string", Call: "is_string", Doc: "It is text.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "number", Call: "is_number", Doc: "It is a number.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "integer", Aliases: []string{"int"}, Call: "is_integer", Doc: "It is an integer.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "float", Call: "is_float", Doc: "It is a number with a fraction or an exponent.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "decimal", Call: "is_decimal", Doc: "It is a decimal; a number of the message is none until it is made one.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "boolean", Call: "is_boolean", Doc: "It is true or false.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "mapping", Call: "is_mapping", Doc: "It is an object.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "sequence", Call: "is_sequence", Doc: "It is a list.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "true", Call: "is_true", Doc: "It is true itself.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "false", Call: "is_false", Doc: "It is false itself.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "odd", Call: "is_odd", Doc: "It is an odd integer.", Params: []Param{operand(ir.Int)}, Result: ir.Bool},
	{Form: Test, Name: "even", Call: "is_even", Doc: "It is an even integer.", Params: []Param{operand(ir.Int)}, Result: ir.Bool},
	{Form: Test, Name: "divisibleby", Call: "is_divisibleby", Doc: "It is an integer that the given one divides.", Result: ir.Bool,
		Params: []Param{operand(ir.Int), {Name: "divisor", Kind: ir.Int}}},
	{Form: Test, Name: "startingwith", Call: "is_startingwith", Doc: "The text begins with the given one.", Result: ir.Bool,
		Params: []Param{operand(text), {Name: "prefix", Kind: text}}},
	{Form: Test, Name: "endingwith", Call: "is_endingwith", Doc: "The text ends with the given one.", Result: ir.Bool,
		Params: []Param{operand(text), {Name: "suffix", Kind: text}}},

	{Form: Function, Name: "now", Call: "now", Doc: "The batch's time as text in UTC, `2026-01-02T03:04:05Z`, with a fraction of the second where there is one.", Result: text},
	{Form: Function, Name: "divide", Call: "divide", Doc: "The quotient of two numbers as a decimal with so many places, rounded `half_even` (or `half_up`, `down`, `ceil`, `floor`). Computed floats are no operands.", Result: ir.Decimal,
		Params: []Param{{Name: "x", Kind: ir.Number}, {Name: "y", Kind: ir.Number}, {Name: "places", Kind: ir.Int}, {Name: "rounding", Kind: text, Optional: true, Keyword: true}}},
	{Form: Function, Name: "var", Doc: "The variable's value, which the project gives when the flow starts.", Result: value,
		Params: []Param{{Name: "name", Kind: text}}},
	{Form: Function, Name: "meta", Doc: "A value of the message's metadata, such as its topic; missing where the source gives none.", Result: ir.Any,
		Params: []Param{{Name: "name", Kind: text}}},
}

// find is the built-in of a form under a name or alias, or nil.
func find(form Form, name string) *Builtin {
	for i := range Builtins {
		b := &Builtins[i]
		if b.Form == form && b.Name == name {
			return b
		}
		for _, alias := range b.Aliases {
			if b.Form == form && alias == name {
				return b
			}
		}
	}
	return nil
}

// names are all names of a form, aliases too.
func names(form Form) []string {
	var list []string
	for _, b := range Builtins {
		if b.Form == form {
			list = append(append(list, b.Name), b.Aliases...)
		}
	}
	return list
}
