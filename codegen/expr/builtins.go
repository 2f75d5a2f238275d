// Package expr reads expressions and templates by MiniJinja's parser and
// checks and lowers them to the IR: a strict dialect of MiniJinja.
package expr

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

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
	Named    bool   // has to be given so
	Fill     string // JSON: stands in when a later one is given and this one isn't
	OneOf    []string
	Check    func(text string) error // says what is wrong with a text that is known; nil: nothing can be
}

// An Example is an expression and the value that it gives, as JSON. The
// reference shows it, and a flow of all examples is run (testdata).
type Example struct{ Source, Gives string }

// A Builtin is one filter, test or function of the dialect. The guest crate
// implements those of them that become an ir.Call, under Call's name.
type Builtin struct {
	Name    string
	Aliases []string
	Form    Form
	Doc     string
	Example Example
	Params  []Param
	Result  ir.Kind
	// Call is the name in ir.Call, or "" for what lowers to something else.
	Call string
	// Regex is the operation of one that lowers to an ir.Regex.
	Regex ir.RegexOp
	// Lenient operands may be missing.
	Lenient bool
	// Zoned says that the last argument is a zone, with which another function
	// of the guest is called: only that one knows of zones.
	Zoned bool
	// Own says that MiniJinja doesn't have it.
	Own bool
	// Identity says that the value is made of who the message is.
	Identity bool
	// Like says that the result is of the operand's kind, within Result.
	Like bool
}

const (
	text  = ir.String
	value = ir.Any &^ ir.Missing
	// scalar values have no parts.
	scalar = value &^ (ir.Array | ir.Object)
	// ordering is among numbers, or among texts.
	ordering = ir.Number | ir.String
)

// pattern is an argument that has to be a text in quotes.
var pattern = Param{Name: "pattern", Kind: text}

func operand(k ir.Kind) Param { return Param{Name: "value", Kind: k} }

var (
	encoding = Param{Name: "encoding", Kind: text, Optional: true, Keyword: true, OneOf: []string{"hex", "base64", "base64url"}}
	urlSafe  = Param{Name: "url", Kind: ir.Bool, Optional: true, Keyword: true}
	zone     = Param{Name: "zone", Kind: text, Optional: true, Keyword: true, Check: CheckZone}
	reads    = Param{Name: "format", Kind: text, Check: checkParsed}
	writes   = Param{Name: "format", Kind: text, Check: checkFormatted}
	unit     = Param{Name: "unit", Kind: text, Optional: true, Keyword: true, OneOf: []string{"d", "h", "m", "s", "ms", "us", "ns"}}
)

// What filters of lists look at of each item.
var (
	attribute     = Param{Name: "attribute", Kind: text, Optional: true, Keyword: true, Fill: "null"}
	byAttribute   = Param{Name: "attribute", Kind: text, Optional: true, Named: true}
	caseSensitive = Param{Name: "case_sensitive", Kind: ir.Bool, Optional: true, Named: true, Fill: "false"}
)

// Builtins is everything that can be called in an expression. What MiniJinja
// has beyond it is left out until the guest computes it exactly alike; in a
// `template:` with statements all of MiniJinja is there.
var Builtins = []Builtin{
	{Name: "upper", Example: Example{"'straße' | upper", `"STRASSE"`}, Call: "upper", Doc: "Text in upper case.", Params: []Param{operand(text)}, Result: text},
	{Name: "lower", Example: Example{"'Ab' | lower", `"ab"`}, Call: "lower", Doc: "Text in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "title", Example: Example{"'a new-york minute' | title", `"A New-York Minute"`}, Call: "title", Doc: "Text with each word's first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "capitalize", Example: Example{"'hELLO' | capitalize", `"Hello"`}, Call: "capitalize", Doc: "Text with the first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "trim", Example: Example{"'xxaxx' | trim('x')", `"a"`}, Call: "trim", Doc: "Text without white space, or without the given characters, at both ends.", Result: text,
		Params: []Param{operand(text), {Name: "chars", Kind: text, Optional: true}}},
	{Name: "replace", Example: Example{"'a-b-c' | replace('-', '+', 1)", `"a+b-c"`}, Call: "replace", Doc: "Text with each occurrence of one text replaced by another.", Result: text,
		Params: []Param{operand(text), {Name: "from", Kind: text}, {Name: "to", Kind: text}, {Name: "count", Kind: ir.Int, Optional: true, Keyword: true}}},
	{Name: "split", Example: Example{"'a,b,c' | split(',', 1)", `["a","b,c"]`}, Call: "split", Doc: "The parts of a text between separators, or between white space; at most so many cuts are made.", Result: ir.Array,
		Params: []Param{operand(text), {Name: "separator", Kind: text | ir.Null, Optional: true, Fill: "null"}, {Name: "cuts", Kind: ir.Int, Optional: true}}},
	{Name: "join", Example: Example{"[{'k': 1}, {'k': 2}] | join('/', attribute='k')", `"1/2"`}, Call: "join", Doc: "The items of a list, or an attribute of each, as one text, with a separator between them.", Result: text,
		Params: []Param{operand(ir.Array), {Name: "d", Kind: text, Optional: true, Keyword: true, Fill: `""`}, attribute}},
	{Name: "length", Example: Example{"'été' | length", `3`}, Aliases: []string{"count"}, Call: "length", Doc: "The number of characters, items or keys.", Result: ir.Int,
		Params: []Param{operand(text | ir.Array | ir.Object)}},
	{Name: "first", Example: Example{"[1, 2] | first", `1`}, Call: "first", Doc: "The first character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "last", Example: Example{"'abc' | last", `"c"`}, Call: "last", Doc: "The last character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "default", Example: Example{"gone | default('none')", `"none"`}, Aliases: []string{"d"}, Call: "default", Lenient: true, Result: ir.Any,
		Doc:    "What stands before it, or the given value where that is missing; with true as second argument, also where it is null, false, 0 or empty.",
		Params: []Param{operand(ir.Any), {Name: "other", Kind: value, Optional: true, Fill: `""`}, {Name: "falsy", Kind: ir.Bool, Optional: true}}},
	{Name: "int", Example: Example{"'ff' | int(base=16)", `255`}, Call: "int", Doc: "An integer: a number without its fraction, 1 for true, a text's value in the base (10). What can't be converted gives the default, or an error.", Result: ir.Int,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true, Fill: "null"}, {Name: "base", Kind: ir.Int, Optional: true, Keyword: true}}},
	{Name: "float", Example: Example{"'1.5' | float", `1.5`}, Call: "float", Doc: "A floating-point number. What can't be converted gives the default, or an error.", Result: ir.Float,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "decimal", Example: Example{"'1.10' | decimal", `1.10`}, Own: true, Call: "decimal", Doc: "An exact number: the digits of a number or a text as they are written. What can't be converted gives the default, or an error.", Result: ir.Decimal,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "string", Example: Example{"[1, 'a'] | string", `"[1, 'a']"`}, Call: "string", Doc: "The value as it is printed in a template.", Result: text, Params: []Param{operand(value)}},
	{Name: "bool", Example: Example{"'' | bool", `false`}, Call: "bool", Doc: "False for null, false, 0 and what is empty; true for the rest.", Result: ir.Bool, Params: []Param{operand(value)}},
	{Name: "abs", Example: Example{"-3 | abs", `3`}, Call: "abs", Doc: "The number without its sign.", Result: ir.Number, Like: true, Params: []Param{operand(ir.Number)}},
	{Name: "round", Example: Example{"2.675 | round(2)", `2.67`}, Call: "round", Doc: "The number rounded to so many decimal places (0; negative ones are tens), half to even, or `ceil` or `floor`; a decimal also `half_up` or `down`, and it has just so many places then.", Result: ir.Number, Like: true,
		Params: []Param{operand(ir.Number), {Name: "precision", Kind: ir.Int, Optional: true, Keyword: true, Fill: "0"}, {Name: "method", Kind: text, Optional: true, Keyword: true}}},
	{Name: "list", Example: Example{"'abc' | list", `["a","b","c"]`}, Call: "list", Doc: "The characters of a text, the items of a list, the names of an object's fields.", Params: []Param{operand(text | ir.Array | ir.Object)}, Result: ir.Array},
	{Name: "reverse", Example: Example{"[1, 2] | reverse", `[2,1]`}, Call: "reverse", Doc: "The characters or items in the opposite order.", Params: []Param{operand(text | ir.Array)}, Result: text | ir.Array, Like: true},
	{Name: "lines", Example: Example{"'a\\nb' | lines", `["a","b"]`}, Call: "lines", Doc: "The lines of a text.", Params: []Param{operand(text)}, Result: ir.Array},
	{Name: "indent", Example: Example{"'a\\nb' | indent(2)", `"a\n  b"`}, Call: "indent", Doc: "Text with so many spaces (4) before each line, but not before the first, nor before empty ones, unless it is told to.", Result: text,
		Params: []Param{operand(text), {Name: "width", Kind: ir.Int, Optional: true, Keyword: true, Fill: "4"},
			{Name: "first", Kind: ir.Bool, Optional: true, Keyword: true, Fill: "false"}, {Name: "blank", Kind: ir.Bool, Optional: true, Keyword: true}}},
	{Name: "escape", Example: Example{"'<b>' | escape", `"&lt;b&gt;"`}, Aliases: []string{"e"}, Call: "escape", Doc: "Text that can stand in HTML.", Params: []Param{operand(value)}, Result: text},
	{Name: "tojson", Example: Example{"{'a': [1, 2]} | tojson", `"{\"a\": [1, 2]}"`}, Call: "tojson", Doc: "JSON that can stand in HTML; over several lines where an indentation is given, which true makes 2.", Result: text,
		Params: []Param{operand(value), {Name: "indent", Kind: ir.Int | ir.Bool, Optional: true, Keyword: true}}},
	{Name: "sum", Example: Example{"[{'n': 1}, {'n': 2}] | sum(attribute='n')", `3`}, Call: "sum", Doc: "The sum of the items, or of an attribute of each, and of the start (0).", Result: value,
		Params: []Param{operand(ir.Array), attribute, {Name: "start", Kind: value, Optional: true, Keyword: true}}},
	{Name: "min", Example: Example{"['b', 'A'] | min", `"A"`}, Call: "min", Doc: "The least of the items: all of them numbers, or all of them texts, which are compared without regard to the case of ASCII letters; missing where there are none.", Result: ir.Any,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "max", Example: Example{"[1, 3, 2] | max", `3`}, Call: "max", Doc: "The greatest of the items, as for min.", Result: ir.Any,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "sort", Example: Example{"['b', 'A', 'c'] | sort(reverse=true)", `["c","b","A"]`}, Call: "sort", Doc: "The items in their order, which is that of min; of several attributes, with commas between them, the first that differs counts.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "reverse", Kind: ir.Bool, Optional: true, Named: true, Fill: "false"}, caseSensitive, byAttribute}},
	{Name: "unique", Example: Example{"['b', 'a', 'B'] | unique", `["b","a"]`}, Call: "unique", Doc: "The items without those that are equal to one before, texts without regard to case.", Result: ir.Array,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "batch", Example: Example{"[1, 2, 3] | batch(2, 0)", `[[1,2],[3,0]]`}, Call: "batch", Doc: "Lists of so many items each; the last is filled up where a filling is given.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "count", Kind: ir.Int}, {Name: "fill", Kind: value, Optional: true}}},
	{Name: "slice", Example: Example{"[1, 2, 3] | slice(2)", `[[1,2],[3]]`}, Call: "slice", Doc: "The items as so many lists of about equal length, the shorter ones filled up where a filling is given.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "count", Kind: ir.Int}, {Name: "fill", Kind: value, Optional: true}}},
	{Name: "attr", Example: Example{"{'a b': 1} | attr('a b')", `1`}, Doc: "The item under a key, as `x[key]`.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array | ir.Object), {Name: "key", Kind: value}}},
	{Name: "map", Example: Example{"['a', 'b'] | map('upper')", `["A","B"]`}, Doc: "The attribute of each item, or what a filter, by its name in quotes, makes of each item with the arguments that follow.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text | ir.Int, Named: true}, {Name: "default", Kind: value, Optional: true, Named: true}}},
	{Name: "select", Example: Example{"[1, 2, 3] | select('odd')", `[1,3]`}, Doc: "The items of which a test holds, by its name in quotes, with the arguments that follow; or those that are true.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "test", Kind: text, Optional: true}}},
	{Name: "reject", Example: Example{"[1, 2, 3] | reject('>', 1)", `[1]`}, Doc: "The items of which a test doesn't hold, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "test", Kind: text, Optional: true}}},
	{Name: "selectattr", Example: Example{"[{'n': 1}, {}] | selectattr('n', 'defined')", `[{"n":1}]`}, Doc: "The items of whose attribute a test holds, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text}, {Name: "test", Kind: text, Optional: true}}},
	{Name: "rejectattr", Example: Example{"[{'n': 1}, {'n': 0}] | rejectattr('n')", `[{"n":0}]`}, Doc: "The items of whose attribute a test doesn't hold, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text}, {Name: "test", Kind: text, Optional: true}}},
	{Name: "sha256", Example: Example{"'abc' | sha256", `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`}, Own: true, Call: "sha256", Doc: "The SHA-256 hash of a text's UTF-8.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "sha512", Example: Example{"'abc' | sha512('base64')", `"3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="`}, Own: true, Call: "sha512", Doc: "The SHA-512 hash of a text's UTF-8.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "sha1", Example: Example{"'abc' | sha1", `"a9993e364706816aba3e25717850c26c9cd0d89d"`}, Own: true, Call: "sha1", Doc: "The SHA-1 hash of a text's UTF-8, for systems that ask for it: it protects against nobody.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "md5", Example: Example{"'abc' | md5", `"900150983cd24fb0d6963f7d28e17f72"`}, Own: true, Call: "md5", Doc: "The MD5 hash of a text's UTF-8, for systems that ask for it: it protects against nobody.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "hmac_sha256", Example: Example{"'what do ya want for nothing?' | hmac_sha256('Jefe')", `"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"`}, Own: true, Call: "hmac_sha256", Doc: "The HMAC (RFC 2104) of a text under a key, by SHA-256. The key is a value as any other: nothing hides it.", Result: text,
		Params: []Param{operand(text), {Name: "key", Kind: text}, encoding}},
	{Name: "base64_encode", Example: Example{"'fooba' | base64_encode", `"Zm9vYmE="`}, Own: true, Call: "base64_encode", Doc: "A text's UTF-8 in base64; with `url=true` in the alphabet for URLs, without padding.", Params: []Param{operand(text), urlSafe}, Result: text},
	{Name: "base64_decode", Example: Example{"'Pz8-' | base64_decode(url=true)", `"??>"`}, Own: true, Call: "base64_decode", Doc: "The text in base64, padded or not, with `url=true` in the alphabet for URLs. What isn't UTF-8 then is an error.", Params: []Param{operand(text), urlSafe}, Result: text},
	{Name: "hex_encode", Example: Example{"'é' | hex_encode", `"c3a9"`}, Own: true, Call: "hex_encode", Doc: "A text's UTF-8 in hexadecimal digits.", Params: []Param{operand(text)}, Result: text},
	{Name: "hex_decode", Example: Example{"'c3a9' | hex_decode", `"é"`}, Own: true, Call: "hex_decode", Doc: "The text in hexadecimal digits.", Params: []Param{operand(text)}, Result: text},
	{Name: "url_encode", Example: Example{"'a b/é' | url_encode", `"a%20b%2F%C3%A9"`}, Own: true, Call: "url_encode", Doc: "Text as a part of a URL: all but letters, digits and `-._~` in percent signs (RFC 3986).", Params: []Param{operand(text)}, Result: text},
	{Name: "url_decode", Example: Example{"'a%20b' | url_decode", `"a b"`}, Own: true, Call: "url_decode", Doc: "The text in percent signs; a `+` stays one.", Params: []Param{operand(text)}, Result: text},
	{Name: "json_encode", Example: Example{"{'a': 1.5} | json_encode", `"{\"a\":1.5}"`}, Own: true, Call: "json_encode", Doc: "The value as JSON, as a message holds it: numbers keep their digits.", Params: []Param{operand(value)}, Result: text},
	{Name: "json_decode", Example: Example{"'[1.10]' | json_decode", `[1.10]`}, Own: true, Call: "json_decode", Doc: "The value of a JSON text.", Params: []Param{operand(text)}, Result: value},

	{Name: "regex_find", Example: Example{"'order AB-12' | regex_find('[A-Z]+-[0-9]+')", `"AB-12"`}, Regex: ir.RegexFind, Doc: "The first match of a pattern; missing where there is none.", Result: text | ir.Missing,
		Params: []Param{operand(text), pattern}},
	{Name: "regex_find_all", Example: Example{"'a1b22' | regex_find_all('[0-9]+')", `["1","22"]`}, Regex: ir.RegexFindAll, Doc: "All matches of a pattern, none of which overlap.", Result: ir.Array,
		Params: []Param{operand(text), pattern}},
	{Name: "regex_capture", Example: Example{"'AB-12' | regex_capture('(?P<family>[A-Z]+)-(?P<number>[0-9]+)', 'number')", `"12"`}, Regex: ir.RegexCapture, Doc: "A group of a pattern's first match, by its name or number; missing where there is no match, or the group took no part in it.",
		Result: text | ir.Missing, Params: []Param{operand(text), pattern, {Name: "group", Kind: text | ir.Int}}},
	{Name: "regex_replace", Example: Example{"'2024-01-31' | regex_replace('([0-9]+)-([0-9]+)-([0-9]+)', '$3.$2.$1')", `"31.01.2024"`}, Regex: ir.RegexReplace, Doc: "Text with each match of a pattern, or the first so many, replaced by a text in which `$name` or `${name}` is a group, by its name or number, and `$$` a dollar sign.",
		Result: text, Params: []Param{operand(text), pattern, {Name: "with", Kind: text}, {Name: "count", Kind: ir.Int, Optional: true}}},
	{Name: "regex_split", Example: Example{"'a, b;c' | regex_split('[,;] *')", `["a","b","c"]`}, Regex: ir.RegexSplit, Doc: "The parts of a text between the matches of a pattern.", Result: ir.Array,
		Params: []Param{operand(text), pattern}},

	{Form: Test, Name: "defined", Example: Example{"gone is defined", `false`}, Call: "is_defined", Doc: "It is there; null is.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "undefined", Example: Example{"gone is undefined", `true`}, Call: "is_undefined", Doc: "It is missing.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "none", Example: Example{"none is none", `true`}, Call: "is_none", Doc: "It is null; a missing field isn't.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "string", Example: Example{"'a' is string", `true`}, Call: "is_string", Doc: "It is text.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "number", Example: Example{"1.5 is number", `true`}, Call: "is_number", Doc: "It is a number.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "integer", Example: Example{"1.0 is integer", `false`}, Aliases: []string{"int"}, Call: "is_integer", Doc: "It is an integer.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "float", Example: Example{"1.0 is float", `true`}, Call: "is_float", Doc: "It is a number with a fraction or an exponent.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "decimal", Example: Example{"('1.0' | decimal) is decimal", `true`}, Own: true, Call: "is_decimal", Doc: "It is a decimal; a number of the message is none until it is made one.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "boolean", Example: Example{"0 is boolean", `false`}, Call: "is_boolean", Doc: "It is true or false.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "mapping", Example: Example{"{'a': 1} is mapping", `true`}, Call: "is_mapping", Doc: "It is an object.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "sequence", Example: Example{"[1] is sequence", `true`}, Call: "is_sequence", Doc: "It is a list.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "true", Example: Example{"true is true", `true`}, Call: "is_true", Doc: "It is true itself.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "false", Example: Example{"0 is false", `false`}, Call: "is_false", Doc: "It is false itself.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "odd", Example: Example{"3 is odd", `true`}, Call: "is_odd", Doc: "It is an odd integer.", Params: []Param{operand(ir.Int)}, Result: ir.Bool},
	{Form: Test, Name: "even", Example: Example{"3 is even", `false`}, Call: "is_even", Doc: "It is an even integer.", Params: []Param{operand(ir.Int)}, Result: ir.Bool},
	{Form: Test, Name: "divisibleby", Example: Example{"9 is divisibleby(3)", `true`}, Call: "is_divisibleby", Doc: "It is an integer that the given one divides.", Result: ir.Bool,
		Params: []Param{operand(ir.Int), {Name: "divisor", Kind: ir.Int}}},
	{Form: Test, Name: "startingwith", Example: Example{"'abc' is startingwith('ab')", `true`}, Call: "is_startingwith", Doc: "The text begins with the given one.", Result: ir.Bool,
		Params: []Param{operand(text), {Name: "prefix", Kind: text}}},
	{Form: Test, Name: "endingwith", Example: Example{"'abc' is endingwith('ab')", `false`}, Call: "is_endingwith", Doc: "The text ends with the given one.", Result: ir.Bool,
		Params: []Param{operand(text), {Name: "suffix", Kind: text}}},
	{Form: Test, Name: "iterable", Example: Example{"1 is iterable", `false`}, Call: "is_iterable", Doc: "It is a text, a list, an object, null or missing: what a loop can go through.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "upper", Example: Example{"'AB1' is upper", `true`}, Call: "is_upper", Doc: "It is text with letters, all of them in upper case.", Params: []Param{operand(value)}, Result: ir.Bool},
	{Form: Test, Name: "lower", Example: Example{"'Ab' is lower", `false`}, Call: "is_lower", Doc: "It is text with letters, all of them in lower case.", Params: []Param{operand(value)}, Result: ir.Bool},
	{Form: Test, Name: "sameas", Example: Example{"1 is sameas(1.0)", `false`}, Call: "is_sameas", Doc: "It is equal and of the same kind: 1 isn't 1.0.", Result: ir.Bool,
		Params: []Param{operand(scalar), {Name: "other", Kind: scalar}}},
	{Form: Test, Name: "eq", Example: Example{"1 is eq(1.0)", `true`}, Aliases: []string{"equalto", "=="}, Call: "eq", Doc: "It is equal, as `==`.", Params: []Param{operand(value), {Name: "other", Kind: value}}, Result: ir.Bool},
	{Form: Test, Name: "ne", Example: Example{"1 is ne(2)", `true`}, Aliases: []string{"!="}, Call: "ne", Doc: "It differs, as `!=`.", Params: []Param{operand(value), {Name: "other", Kind: value}}, Result: ir.Bool},
	{Form: Test, Name: "lt", Example: Example{"1 is lt(2)", `true`}, Aliases: []string{"lessthan", "<"}, Call: "lt", Doc: "It is less, as `<`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "le", Example: Example{"2 is le(2)", `true`}, Aliases: []string{"<="}, Call: "le", Doc: "It is less or equal, as `<=`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "gt", Example: Example{"'b' is gt('a')", `true`}, Aliases: []string{"greaterthan", ">"}, Call: "gt", Doc: "It is greater, as `>`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "ge", Example: Example{"1 is ge(2)", `false`}, Aliases: []string{">="}, Call: "ge", Doc: "It is greater or equal, as `>=`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "in", Example: Example{"'a' is in(['a', 'b'])", `true`}, Call: "in", Doc: "It is a part of the text, an item of the list or a field of the object, as `in`.", Result: ir.Bool,
		Params: []Param{operand(value), {Name: "container", Kind: text | ir.Array | ir.Object}}},

	{Form: Test, Name: "matching", Example: Example{"'AB-12' is matching('^[A-Z]+-[0-9]+$')", `true`}, Regex: ir.RegexMatching, Doc: "A pattern matches somewhere in the text: of the whole text, if it begins with `^` and ends with `$`.", Result: ir.Bool,
		Params: []Param{operand(text), pattern}},

	{Form: Function, Name: "range", Example: Example{"range(1, 10, 3)", `[1,4,7]`}, Call: "range", Doc: "The integers up to an end, or from a start up to an end, by a step (1); at most 100,000.", Result: ir.Array,
		Params: []Param{{Name: "start", Kind: ir.Int}, {Name: "end", Kind: ir.Int, Optional: true}, {Name: "step", Kind: ir.Int, Optional: true}}},
	{Form: Function, Name: "now", Example: Example{"now()", `"2026-01-02T03:04:05Z"`}, Call: "now", Doc: "The batch's time as text in UTC, `2026-01-02T03:04:05Z`, with a fraction of the second where there is one.", Result: text},
	{Form: Function, Name: "divide", Example: Example{"divide(10, 3, 2)", `3.33`}, Own: true, Call: "divide", Doc: "The quotient of two numbers as a decimal with so many places, rounded `half_even` (or `half_up`, `down`, `ceil`, `floor`). Computed floats are no operands.", Result: ir.Decimal,
		Params: []Param{{Name: "x", Kind: ir.Number}, {Name: "y", Kind: ir.Number}, {Name: "places", Kind: ir.Int}, {Name: "rounding", Kind: text, Optional: true, Keyword: true}}},
	{Form: Function, Name: "parse_time", Example: Example{"parse_time('31.12.2023 23:30', '%d.%m.%Y %H:%M', 'Europe/Vienna')", `"2023-12-31T22:30:00Z"`}, Own: true, Call: "parse_time", Zoned: true, Result: text,
		Doc:    "The time that a text tells in a format: `rfc3339`, `iso_datetime`, `iso_date`, `rfc2822`, or a pattern of strftime; it is in the zone (UTC) where the text tells no offset.",
		Params: []Param{{Name: "text", Kind: text}, reads, zone}},
	{Form: Function, Name: "format_time", Example: Example{"format_time('2024-07-01T10:00:00Z', 'rfc3339', 'Europe/Vienna')", `"2024-07-01T12:00:00+02:00"`}, Own: true, Call: "format_time", Zoned: true, Result: text,
		Doc:    "A time as text in a format, as for parse_time, and as the clocks of the zone (UTC) show it.",
		Params: []Param{{Name: "time", Kind: text}, writes, zone}},
	{Form: Function, Name: "add_time", Example: Example{"add_time('2024-01-31T12:00:00Z', '1 month')", `"2024-02-29T12:00:00Z"`}, Own: true, Call: "add_time", Zoned: true, Result: text,
		Doc:    "The time so much later: `90m`, `-2 days`, `1 month`, `P1DT12H`. Days, weeks, months and years are those of the zone's calendar (UTC).",
		Params: []Param{{Name: "time", Kind: text}, {Name: "duration", Kind: text}, zone}},
	{Form: Function, Name: "diff_time", Example: Example{"diff_time('2024-03-01T00:00:00Z', '2024-02-28T12:00:00Z', 'h')", `36`}, Own: true, Call: "diff_time", Doc: "How much later one time is than another, in whole units (s), rounded towards zero; a day is 24 hours.", Result: ir.Int,
		Params: []Param{{Name: "later", Kind: text}, {Name: "earlier", Kind: text}, unit}},
	{Form: Function, Name: "truncate_time", Example: Example{"truncate_time('2024-05-16T12:34:56Z', 'week')", `"2024-05-13T00:00:00Z"`}, Own: true, Call: "truncate_time", Zoned: true, Result: text,
		Doc:    "The beginning of the unit in which a time lies, by the clocks of the zone (UTC); weeks begin on Mondays.",
		Params: []Param{{Name: "time", Kind: text}, {Name: "unit", Kind: text, OneOf: []string{"year", "month", "week", "day", "hour", "minute", "second"}}, zone}},
	{Form: Function, Name: "to_unix", Example: Example{"to_unix('2023-11-14T22:13:20.25Z', 'ms')", `1700000000250`}, Own: true, Call: "to_unix", Doc: "A time as the whole units (s) since 1970 in UTC.", Params: []Param{{Name: "time", Kind: text}, unit}, Result: ir.Int},
	{Form: Function, Name: "from_unix", Example: Example{"from_unix(1700000000250, 'ms')", `"2023-11-14T22:13:20.25Z"`}, Own: true, Call: "from_unix", Doc: "The time so many units (s) after 1970 began in UTC. A computed float has no exact value and is refused.", Result: text,
		Params: []Param{{Name: "number", Kind: ir.Number}, unit}},
	{Form: Function, Name: "uuid_v4", Example: Example{"uuid_v4() | length", `36`}, Own: true, Call: "uuid_v4", Identity: true, Result: text,
		Doc: "A UUID of version 4, made of the message's place in its source and of how many were made for it before: each call gives another, and a replay the same ones."},
	{Form: Function, Name: "uuid_v7", Example: Example{"uuid_v7('2022-02-22T19:22:22Z')[:14]", `"017f22e2-79b0-"`}, Own: true, Call: "uuid_v7", Identity: true, Result: text,
		Doc:    "A UUID of version 7: a time, and the rest made as for uuid_v4. The batch's time, which stands in where none is given, differs in a replay; a time of the message doesn't.",
		Params: []Param{{Name: "time", Kind: text, Optional: true}}},
	{Form: Function, Name: "root", Doc: "The whole message: inside of `each` as it was before that step; elsewhere the same as `this`.", Result: ir.Object},
	{Form: Function, Name: "var", Example: Example{"var('limit') + 1", `1001`}, Doc: "The variable's value, which the project gives when the flow starts.", Result: value,
		Params: []Param{{Name: "name", Kind: text}}},
	{Form: Function, Name: "param", Doc: "In a library: the value of its parameter, a constant or a field, which the `use` of the library gives.", Result: ir.Any,
		Params: []Param{{Name: "name", Kind: text}}},
	{Form: Function, Name: "meta", Example: Example{"meta('topic')", `"orders"`}, Doc: "A value of the message's metadata, such as its topic; missing where the source gives none.", Result: ir.Any,
		Params: []Param{{Name: "name", Kind: text}}},
}

func checkFormatted(format string) error { return CheckTimeFormat(format, WritesTime) }

func checkParsed(format string) error {
	if strings.HasPrefix(format, "unix") {
		return errors.New("numbers since 1970 are read by from_unix(number, unit)")
	}
	return CheckTimeFormat(format, ReadsTime)
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

// Functions are the names of all functions of templates: MiniJinja's own, and
// those of flows.
func Functions() []string {
	return append(slices.Sorted(maps.Keys(beyond[Function])), names(Function)...)
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
