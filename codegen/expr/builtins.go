// Package expr reads expressions and templates by MiniJinja's parser and
// checks and lowers them to the IR: a strict dialect of MiniJinja.
package expr

import (
	"maps"
	"slices"

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
	// Regex is the operation of one that lowers to an ir.Regex.
	Regex ir.RegexOp
	// Lenient operands may be missing.
	Lenient bool
	// Zoned says that the last argument is a zone, with which another function
	// of the guest is called: only that one knows of zones.
	Zoned bool
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
	reads    = Param{Name: "format", Kind: text, Check: func(format string) error { return CheckTimeFormat(format, ReadsTime) }}
	writes   = Param{Name: "format", Kind: text, Check: func(format string) error { return CheckTimeFormat(format, WritesTime) }}
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
	{Name: "upper", Call: "upper", Doc: "Text in upper case.", Params: []Param{operand(text)}, Result: text},
	{Name: "lower", Call: "lower", Doc: "Text in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "title", Call: "title", Doc: "Text with each word's first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "capitalize", Call: "capitalize", Doc: "Text with the first letter in upper case and the others in lower case.", Params: []Param{operand(text)}, Result: text},
	{Name: "trim", Call: "trim", Doc: "Text without white space, or without the given characters, at both ends.", Result: text,
		Params: []Param{operand(text), {Name: "chars", Kind: text, Optional: true}}},
	{Name: "replace", Call: "replace", Doc: "Text with each occurrence of one text replaced by another.", Result: text,
		Params: []Param{operand(text), {Name: "from", Kind: text}, {Name: "to", Kind: text}, {Name: "count", Kind: ir.Int, Optional: true, Keyword: true}}},
	{Name: "split", Call: "split", Doc: "The parts of a text between separators, or between white space; at most so many cuts are made.", Result: ir.Array,
		Params: []Param{operand(text), {Name: "separator", Kind: text | ir.Null, Optional: true, Fill: "null"}, {Name: "cuts", Kind: ir.Int, Optional: true}}},
	{Name: "join", Call: "join", Doc: "The items of a list, or an attribute of each, as one text, with a separator between them.", Result: text,
		Params: []Param{operand(ir.Array), {Name: "d", Kind: text, Optional: true, Keyword: true, Fill: `""`}, attribute}},
	{Name: "length", Aliases: []string{"count"}, Call: "length", Doc: "The number of characters, items or keys.", Result: ir.Int,
		Params: []Param{operand(text | ir.Array | ir.Object)}},
	{Name: "first", Call: "first", Doc: "The first character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "last", Call: "last", Doc: "The last character or item; missing where there is none.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array)}},
	{Name: "default", Aliases: []string{"d"}, Call: "default", Lenient: true, Result: ir.Any,
		Doc:    "What stands before it, or the given value where that is missing; with true as second argument, also where it is null, false, 0 or empty.",
		Params: []Param{operand(ir.Any), {Name: "other", Kind: value, Optional: true, Fill: `""`}, {Name: "falsy", Kind: ir.Bool, Optional: true}}},
	{Name: "int", Call: "int", Doc: "An integer: a number without its fraction, 1 for true, a text's value in the base (10). What can't be converted gives the default, or an error.", Result: ir.Int,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true, Fill: "null"}, {Name: "base", Kind: ir.Int, Optional: true, Keyword: true}}},
	{Name: "float", Call: "float", Doc: "A floating-point number. What can't be converted gives the default, or an error.", Result: ir.Float,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "decimal", Call: "decimal", Doc: "An exact number: the digits of a number or a text as they are written. What can't be converted gives the default, or an error.", Result: ir.Decimal,
		Params: []Param{operand(value), {Name: "default", Kind: value, Optional: true, Keyword: true}}},
	{Name: "string", Call: "string", Doc: "The value as it is printed in a template.", Result: text, Params: []Param{operand(value)}},
	{Name: "bool", Call: "bool", Doc: "False for null, false, 0 and what is empty; true for the rest.", Result: ir.Bool, Params: []Param{operand(value)}},
	{Name: "abs", Call: "abs", Doc: "The number without its sign.", Result: ir.Number, Like: true, Params: []Param{operand(ir.Number)}},
	{Name: "round", Call: "round", Doc: "The number rounded to so many decimal places (0; negative ones are tens), half to even, or `ceil` or `floor`; a decimal also `half_up` or `down`, and it has just so many places then.", Result: ir.Number, Like: true,
		Params: []Param{operand(ir.Number), {Name: "precision", Kind: ir.Int, Optional: true, Keyword: true, Fill: "0"}, {Name: "method", Kind: text, Optional: true, Keyword: true}}},
	{Name: "list", Call: "list", Doc: "The characters of a text, the items of a list, the names of an object's fields.", Params: []Param{operand(text | ir.Array | ir.Object)}, Result: ir.Array},
	{Name: "reverse", Call: "reverse", Doc: "The characters or items in the opposite order.", Params: []Param{operand(text | ir.Array)}, Result: text | ir.Array, Like: true},
	{Name: "lines", Call: "lines", Doc: "The lines of a text.", Params: []Param{operand(text)}, Result: ir.Array},
	{Name: "indent", Call: "indent", Doc: "Text with so many spaces (4) before each line, but not before the first, nor before empty ones, unless it is told to.", Result: text,
		Params: []Param{operand(text), {Name: "width", Kind: ir.Int, Optional: true, Keyword: true, Fill: "4"},
			{Name: "first", Kind: ir.Bool, Optional: true, Keyword: true, Fill: "false"}, {Name: "blank", Kind: ir.Bool, Optional: true, Keyword: true}}},
	{Name: "escape", Aliases: []string{"e"}, Call: "escape", Doc: "Text that can stand in HTML.", Params: []Param{operand(value)}, Result: text},
	{Name: "tojson", Call: "tojson", Doc: "JSON that can stand in HTML; over several lines where an indentation is given, which true makes 2.", Result: text,
		Params: []Param{operand(value), {Name: "indent", Kind: ir.Int | ir.Bool, Optional: true, Keyword: true}}},
	{Name: "sum", Call: "sum", Doc: "The sum of the items, or of an attribute of each, and of the start (0).", Result: value,
		Params: []Param{operand(ir.Array), attribute, {Name: "start", Kind: value, Optional: true, Keyword: true}}},
	{Name: "min", Call: "min", Doc: "The least of the items: all of them numbers, or all of them texts, which are compared without regard to the case of ASCII letters; missing where there are none.", Result: ir.Any,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "max", Call: "max", Doc: "The greatest of the items, as for min.", Result: ir.Any,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "sort", Call: "sort", Doc: "The items in their order, which is that of min; of several attributes, with commas between them, the first that differs counts.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "reverse", Kind: ir.Bool, Optional: true, Named: true, Fill: "false"}, caseSensitive, byAttribute}},
	{Name: "unique", Call: "unique", Doc: "The items without those that are equal to one before, texts without regard to case.", Result: ir.Array,
		Params: []Param{operand(ir.Array), caseSensitive, byAttribute}},
	{Name: "batch", Call: "batch", Doc: "Lists of so many items each; the last is filled up where a filling is given.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "count", Kind: ir.Int}, {Name: "fill", Kind: value, Optional: true}}},
	{Name: "slice", Call: "slice", Doc: "The items as so many lists of about equal length, the shorter ones filled up where a filling is given.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "count", Kind: ir.Int}, {Name: "fill", Kind: value, Optional: true}}},
	{Name: "attr", Doc: "The item under a key, as `x[key]`.", Result: ir.Any,
		Params: []Param{operand(text | ir.Array | ir.Object), {Name: "key", Kind: value}}},
	{Name: "map", Doc: "The attribute of each item, or what a filter, by its name in quotes, makes of each item with the arguments that follow.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text | ir.Int, Named: true}, {Name: "default", Kind: value, Optional: true, Named: true}}},
	{Name: "select", Doc: "The items of which a test holds, by its name in quotes, with the arguments that follow; or those that are true.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "test", Kind: text, Optional: true}}},
	{Name: "reject", Doc: "The items of which a test doesn't hold, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "test", Kind: text, Optional: true}}},
	{Name: "selectattr", Doc: "The items of whose attribute a test holds, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text}, {Name: "test", Kind: text, Optional: true}}},
	{Name: "rejectattr", Doc: "The items of whose attribute a test doesn't hold, as for select.", Result: ir.Array,
		Params: []Param{operand(ir.Array), {Name: "attribute", Kind: text}, {Name: "test", Kind: text, Optional: true}}},
	{Name: "sha256", Call: "sha256", Doc: "The SHA-256 hash of a text's UTF-8.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "sha512", Call: "sha512", Doc: "The SHA-512 hash of a text's UTF-8.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "sha1", Call: "sha1", Doc: "The SHA-1 hash of a text's UTF-8, for systems that ask for it: it protects against nobody.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "md5", Call: "md5", Doc: "The MD5 hash of a text's UTF-8, for systems that ask for it: it protects against nobody.", Params: []Param{operand(text), encoding}, Result: text},
	{Name: "hmac_sha256", Call: "hmac_sha256", Doc: "The HMAC (RFC 2104) of a text under a key, by SHA-256. The key is a value as any other: nothing hides it.", Result: text,
		Params: []Param{operand(text), {Name: "key", Kind: text}, encoding}},
	{Name: "base64_encode", Call: "base64_encode", Doc: "A text's UTF-8 in base64; with `url=true` in the alphabet for URLs, without padding.", Params: []Param{operand(text), urlSafe}, Result: text},
	{Name: "base64_decode", Call: "base64_decode", Doc: "The text in base64, padded or not, with `url=true` in the alphabet for URLs. What isn't UTF-8 then is an error.", Params: []Param{operand(text), urlSafe}, Result: text},
	{Name: "hex_encode", Call: "hex_encode", Doc: "A text's UTF-8 in hexadecimal digits.", Params: []Param{operand(text)}, Result: text},
	{Name: "hex_decode", Call: "hex_decode", Doc: "The text in hexadecimal digits.", Params: []Param{operand(text)}, Result: text},
	{Name: "url_encode", Call: "url_encode", Doc: "Text as a part of a URL: all but letters, digits and `-._~` in percent signs (RFC 3986).", Params: []Param{operand(text)}, Result: text},
	{Name: "url_decode", Call: "url_decode", Doc: "The text in percent signs; a `+` stays one.", Params: []Param{operand(text)}, Result: text},
	{Name: "json_encode", Call: "json_encode", Doc: "The value as JSON, as a message holds it: numbers keep their digits.", Params: []Param{operand(value)}, Result: text},
	{Name: "json_decode", Call: "json_decode", Doc: "The value of a JSON text.", Params: []Param{operand(text)}, Result: value},

	{Name: "regex_find", Regex: ir.RegexFind, Doc: "The first match of a pattern; missing where there is none.", Result: text | ir.Missing,
		Params: []Param{operand(text), pattern}},
	{Name: "regex_find_all", Regex: ir.RegexFindAll, Doc: "All matches of a pattern, none of which overlap.", Result: ir.Array,
		Params: []Param{operand(text), pattern}},
	{Name: "regex_capture", Regex: ir.RegexCapture, Doc: "A group of a pattern's first match, by its name or number; missing where there is no match, or the group took no part in it.",
		Result: text | ir.Missing, Params: []Param{operand(text), pattern, {Name: "group", Kind: text | ir.Int}}},
	{Name: "regex_replace", Regex: ir.RegexReplace, Doc: "Text with each match of a pattern, or the first so many, replaced by a text in which `$name` or `${name}` is a group, by its name or number, and `$$` a dollar sign.",
		Result: text, Params: []Param{operand(text), pattern, {Name: "with", Kind: text}, {Name: "count", Kind: ir.Int, Optional: true}}},
	{Name: "regex_split", Regex: ir.RegexSplit, Doc: "The parts of a text between the matches of a pattern.", Result: ir.Array,
		Params: []Param{operand(text), pattern}},

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
	{Form: Test, Name: "iterable", Call: "is_iterable", Doc: "It is a text, a list, an object, null or missing: what a loop can go through.", Lenient: true, Params: []Param{operand(ir.Any)}, Result: ir.Bool},
	{Form: Test, Name: "upper", Call: "is_upper", Doc: "It is text with letters, all of them in upper case.", Params: []Param{operand(value)}, Result: ir.Bool},
	{Form: Test, Name: "lower", Call: "is_lower", Doc: "It is text with letters, all of them in lower case.", Params: []Param{operand(value)}, Result: ir.Bool},
	{Form: Test, Name: "sameas", Call: "is_sameas", Doc: "It is equal and of the same kind: 1 isn't 1.0.", Result: ir.Bool,
		Params: []Param{operand(scalar), {Name: "other", Kind: scalar}}},
	{Form: Test, Name: "eq", Aliases: []string{"equalto", "=="}, Call: "eq", Doc: "It is equal, as `==`.", Params: []Param{operand(value), {Name: "other", Kind: value}}, Result: ir.Bool},
	{Form: Test, Name: "ne", Aliases: []string{"!="}, Call: "ne", Doc: "It differs, as `!=`.", Params: []Param{operand(value), {Name: "other", Kind: value}}, Result: ir.Bool},
	{Form: Test, Name: "lt", Aliases: []string{"lessthan", "<"}, Call: "lt", Doc: "It is less, as `<`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "le", Aliases: []string{"<="}, Call: "le", Doc: "It is less or equal, as `<=`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "gt", Aliases: []string{"greaterthan", ">"}, Call: "gt", Doc: "It is greater, as `>`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "ge", Aliases: []string{">="}, Call: "ge", Doc: "It is greater or equal, as `>=`.", Params: []Param{operand(ordering), {Name: "other", Kind: ordering}}, Result: ir.Bool},
	{Form: Test, Name: "in", Call: "in", Doc: "It is a part of the text, an item of the list or a field of the object, as `in`.", Result: ir.Bool,
		Params: []Param{operand(value), {Name: "container", Kind: text | ir.Array | ir.Object}}},

	{Form: Test, Name: "matching", Regex: ir.RegexMatching, Doc: "A pattern matches somewhere in the text: of the whole text, if it begins with `^` and ends with `$`.", Result: ir.Bool,
		Params: []Param{operand(text), pattern}},

	{Form: Function, Name: "range", Call: "range", Doc: "The integers up to an end, or from a start up to an end, by a step (1); at most 100,000.", Result: ir.Array,
		Params: []Param{{Name: "start", Kind: ir.Int}, {Name: "end", Kind: ir.Int, Optional: true}, {Name: "step", Kind: ir.Int, Optional: true}}},
	{Form: Function, Name: "now", Call: "now", Doc: "The batch's time as text in UTC, `2026-01-02T03:04:05Z`, with a fraction of the second where there is one.", Result: text},
	{Form: Function, Name: "divide", Call: "divide", Doc: "The quotient of two numbers as a decimal with so many places, rounded `half_even` (or `half_up`, `down`, `ceil`, `floor`). Computed floats are no operands.", Result: ir.Decimal,
		Params: []Param{{Name: "x", Kind: ir.Number}, {Name: "y", Kind: ir.Number}, {Name: "places", Kind: ir.Int}, {Name: "rounding", Kind: text, Optional: true, Keyword: true}}},
	{Form: Function, Name: "parse_time", Call: "parse_time", Zoned: true, Result: text,
		Doc:    "The time that a text tells in a format: `rfc3339`, `iso_datetime`, `iso_date`, `rfc2822`, or a pattern of strftime; it is in the zone (UTC) where the text tells no offset.",
		Params: []Param{{Name: "text", Kind: text}, reads, zone}},
	{Form: Function, Name: "format_time", Call: "format_time", Zoned: true, Result: text,
		Doc:    "A time as text in a format, as for parse_time, and as the clocks of the zone (UTC) show it.",
		Params: []Param{{Name: "time", Kind: text}, writes, zone}},
	{Form: Function, Name: "add_time", Call: "add_time", Zoned: true, Result: text,
		Doc:    "The time so much later: `90m`, `-2 days`, `1 month`, `P1DT12H`. Days, weeks, months and years are those of the zone's calendar (UTC).",
		Params: []Param{{Name: "time", Kind: text}, {Name: "duration", Kind: text}, zone}},
	{Form: Function, Name: "diff_time", Call: "diff_time", Doc: "How much later one time is than another, in whole units (s), rounded towards zero; a day is 24 hours.", Result: ir.Int,
		Params: []Param{{Name: "later", Kind: text}, {Name: "earlier", Kind: text}, unit}},
	{Form: Function, Name: "truncate_time", Call: "truncate_time", Zoned: true, Result: text,
		Doc:    "The beginning of the unit in which a time lies, by the clocks of the zone (UTC); weeks begin on Mondays.",
		Params: []Param{{Name: "time", Kind: text}, {Name: "unit", Kind: text, OneOf: []string{"year", "month", "week", "day", "hour", "minute", "second"}}, zone}},
	{Form: Function, Name: "to_unix", Call: "to_unix", Doc: "A time as the whole units (s) since 1970 in UTC.", Params: []Param{{Name: "time", Kind: text}, unit}, Result: ir.Int},
	{Form: Function, Name: "from_unix", Call: "from_unix", Doc: "The time so many units (s) after 1970 began in UTC. A computed float has no exact value and is refused.", Result: text,
		Params: []Param{{Name: "number", Kind: ir.Number}, unit}},
	{Form: Function, Name: "uuid_v4", Call: "uuid_v4", Identity: true, Result: text,
		Doc: "A UUID of version 4, made of the message's place in its source and of how many were made for it before: each call gives another, and a replay the same ones."},
	{Form: Function, Name: "uuid_v7", Call: "uuid_v7", Identity: true, Result: text,
		Doc:    "A UUID of version 7: a time, and the rest made as for uuid_v4. The batch's time, which stands in where none is given, differs in a replay; a time of the message doesn't.",
		Params: []Param{{Name: "time", Kind: text, Optional: true}}},
	{Form: Function, Name: "root", Doc: "The whole message: inside of `each` as it was before that step; elsewhere the same as `this`.", Result: ir.Object},
	{Form: Function, Name: "var", Doc: "The variable's value, which the project gives when the flow starts.", Result: value,
		Params: []Param{{Name: "name", Kind: text}}},
	{Form: Function, Name: "param", Doc: "In a library: the value of its parameter, a constant or a field, which the `use` of the library gives.", Result: ir.Any,
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
