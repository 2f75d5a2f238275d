package rust

import "github.com/weavster/weavster/codegen/ir"

// A builtin is the guest's function for an ir.Call, which takes so many
// values: what isn't given is missing.
type builtin struct {
	path string
	args int
}

var builtins = map[string]builtin{
	"upper": {"filters::upper", 1}, "lower": {"filters::lower", 1},
	"title": {"filters::title", 1}, "capitalize": {"filters::capitalize", 1},
	"trim": {"filters::trim", 2}, "replace": {"filters::replace", 4},
	"split": {"filters::split", 3}, "join": {"lists::join", 3},
	"length": {"filters::length", 1}, "first": {"filters::first", 1}, "last": {"filters::last", 1},
	"default": {"filters::default", 3}, "int": {"filters::int", 3}, "float": {"filters::float", 2},
	"string": {"filters::string", 1}, "bool": {"filters::bool", 1},
	"abs": {"filters::abs", 1}, "round": {"filters::round", 3},
	"list": {"lists::of", 1}, "reverse": {"lists::reverse", 1}, "lines": {"lists::lines", 1}, "indent": {"lists::indent", 4},
	"escape": {"encode::escape", 1}, "tojson": {"encode::tojson", 2},
	"sum": {"lists::sum", 3}, "min": {"order::min", 3}, "max": {"order::max", 3}, "sort": {"order::sort", 4}, "unique": {"order::unique", 3},
	"batch": {"lists::batch", 3}, "slice": {"lists::slice", 3}, "map_attribute": {"lists::map_attribute", 3},
	"part": {"lists::part", 4}, "range": {"lists::range", 3},
	"decimal": {"exact::decimal", 2}, "divide": {"exact::divide", 4},

	"coalesce":    {"ops::coalesce", 2},
	"convert_int": {"convert::int", 1}, "convert_float": {"convert::float", 1}, "convert_decimal": {"convert::decimal", 3},
	"convert_bool": {"convert::bool", 3}, "convert_string": {"convert::string", 1}, "convert_json": {"convert::json", 1},
	"convert_timestamp": {"convert::timestamp", 2}, "convert_timestamp_in": {"convert::timestamp_in", 3},

	"sha256": {"digest::sha256", 2}, "sha512": {"digest::sha512", 2}, "sha1": {"digest::sha1", 2}, "md5": {"digest::md5", 2},
	"hmac_sha256":   {"digest::hmac_sha256", 3},
	"base64_encode": {"codec::base64_encode", 2}, "base64_decode": {"codec::base64_decode", 2},
	"hex_encode": {"codec::hex_encode", 1}, "hex_decode": {"codec::hex_decode", 1},
	"url_encode": {"codec::url_encode", 1}, "url_decode": {"codec::url_decode", 1},
	"json_encode": {"codec::json_encode", 1}, "json_decode": {"codec::json_decode", 1},

	"parse_time": {"instant::parse", 2}, "parse_time_in": {"instant::parse_in", 3},
	"format_time": {"instant::format", 2}, "format_time_in": {"instant::format_in", 3},
	"add_time": {"instant::add", 2}, "add_time_in": {"instant::add_in", 3},
	"truncate_time": {"instant::truncate", 2}, "truncate_time_in": {"instant::truncate_in", 3},
	"diff_time": {"instant::diff", 3}, "to_unix": {"instant::to_unix", 2}, "from_unix": {"instant::from_unix", 2},
	"uuid_v4": {"identity::uuid_v4", 0}, "uuid_v7": {"identity::uuid_v7", 1},

	"is_defined": {"is::defined", 1}, "is_undefined": {"is::undefined", 1}, "is_none": {"is::none", 1},
	"is_string": {"is::string", 1}, "is_number": {"is::number", 1}, "is_integer": {"is::integer", 1},
	"is_float": {"is::float", 1}, "is_decimal": {"is::decimal", 1}, "is_boolean": {"is::boolean", 1}, "is_mapping": {"is::mapping", 1},
	"is_sequence": {"is::sequence", 1}, "is_true": {"is::is_true", 1}, "is_false": {"is::is_false", 1},
	"is_odd": {"is::odd", 1}, "is_even": {"is::even", 1}, "is_divisibleby": {"is::divisibleby", 2},
	"is_startingwith": {"is::startingwith", 2}, "is_endingwith": {"is::endingwith", 2},
	"is_iterable": {"is::iterable", 1}, "is_upper": {"is::upper", 1}, "is_lower": {"is::lower", 1}, "is_sameas": {"is::sameas", 2},
	// Operators that are applied to a list's items.
	"eq": {"ops::eq", 2}, "ne": {"ops::ne", 2}, "lt": {"ops::lt", 2}, "le": {"ops::le", 2}, "gt": {"ops::gt", 2}, "ge": {"ops::ge", 2}, "in": {"ops::is_in", 2},

	"fold": {"fold::key", 1},
}

var unary = map[ir.UnaryOp]string{ir.Not: "ops::not", ir.Neg: "ops::neg"}

// binary are the operators that take both operands' values.
var binary = map[ir.BinaryOp]string{
	ir.Add: "ops::add", ir.Sub: "ops::sub", ir.Mul: "ops::mul", ir.Div: "ops::div",
	ir.FloorDiv: "ops::floor_div", ir.Rem: "ops::rem", ir.Pow: "ops::pow", ir.Join: "ops::concat",
	ir.Eq: "ops::eq", ir.Ne: "ops::ne", ir.Lt: "ops::lt", ir.Le: "ops::le", ir.Gt: "ops::gt", ir.Ge: "ops::ge",
	ir.In: "ops::is_in",
}

// codes are the guest's names for the errors that a flow may raise itself.
var codes = map[uint16]string{
	1101: "Code::Missing", 1102: "Code::UnlikeKinds", 1103: "Code::IntegerRange", 1104: "Code::NotFinite",
	1105: "Code::BadArgument", 1106: "Code::NotContainer", 1201: "Code::NoRow", 1202: "Code::Unmatched", 1203: "Code::Template", 1204: "Code::NoMatch",
}
