//! All that an expression can be made of, for the differential test: how it is written, what kinds
//! of operands it is likely to take, and what computes it here.

use crate::context::Context;
use crate::error::Result;
use crate::value::Value;
use crate::{encode, filters, is, lists, ops, order};

pub type Binary = for<'m> fn(&Context<'m>, Value<'m>, Value<'m>) -> Result<Value<'m>>;
type Run = for<'m> fn(&Context<'m>, [Value<'m>; 4]) -> Result<Value<'m>>;

/// What kind of value is wanted, so that most expressions make sense. A letter after `#` in a
/// call's text says it of an operand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Want {
    /// `#A`
    Any,
    /// `#N`
    Number,
    /// `#I`: a small integer.
    Small,
    /// `#T`
    Text,
    /// `#L`
    List,
    /// `#O`: a list of objects.
    Objects,
    /// `#K`: an attribute's name.
    Name,
    /// `#B`
    Bool,
}

impl Want {
    pub fn named(letter: char) -> Want {
        match letter {
            'N' => Want::Number,
            'I' => Want::Small,
            'T' => Want::Text,
            'L' => Want::List,
            'O' => Want::Objects,
            'K' => Want::Name,
            'B' => Want::Bool,
            _ => Want::Any,
        }
    }
}

pub struct Call {
    pub text: &'static str,
    pub gives: Want,
    pub run: Run,
    /// The first operand may be missing.
    pub lenient: bool,
}

const fn call(text: &'static str, gives: Want, run: Run) -> Call {
    Call {
        text,
        gives,
        run,
        lenient: false,
    }
}

const fn lenient(text: &'static str, gives: Want, run: Run) -> Call {
    Call {
        lenient: true,
        ..call(text, gives, run)
    }
}

/// The operators that take two values.
pub const OPERATORS: &[(&str, Binary)] = &[
    ("+", ops::add),
    ("-", ops::sub),
    ("*", ops::mul),
    ("/", ops::div),
    ("//", ops::floor_div),
    ("%", ops::rem),
    ("**", ops::pow),
    ("~", ops::concat),
    ("==", ops::eq),
    ("!=", ops::ne),
    ("<", ops::lt),
    ("<=", ops::le),
    (">", ops::gt),
    (">=", ops::ge),
    ("in", ops::is_in),
];

const NO: Value = Value::Missing;
const YES: Value = Value::Bool(true);
const NULL: Value = Value::Null;

/// Calls, each with its operands in the order of the text.
#[rustfmt::skip]
pub const CALLS: &[Call] = &[
    call("(#N + #N)", Want::Number, |cx, [x, y, ..]| ops::add(cx, x, y)),
    call("(#T + #T)", Want::Text, |cx, [x, y, ..]| ops::add(cx, x, y)),
    call("(#L + #L)", Want::List, |cx, [x, y, ..]| ops::add(cx, x, y)),
    call("(#N - #N)", Want::Number, |cx, [x, y, ..]| ops::sub(cx, x, y)),
    call("(#N * #N)", Want::Number, |cx, [x, y, ..]| ops::mul(cx, x, y)),
    call("(#N / #N)", Want::Number, |cx, [x, y, ..]| ops::div(cx, x, y)),
    call("(#N // #N)", Want::Number, |cx, [x, y, ..]| ops::floor_div(cx, x, y)),
    call("(#N % #N)", Want::Number, |cx, [x, y, ..]| ops::rem(cx, x, y)),
    call("(#N ** #I)", Want::Number, |cx, [x, y, ..]| ops::pow(cx, x, y)),
    call("(#A ~ #A)", Want::Text, |cx, [x, y, ..]| ops::concat(cx, x, y)),
    call("(#A == #A)", Want::Bool, |cx, [x, y, ..]| ops::eq(cx, x, y)),
    call("(#A != #A)", Want::Bool, |cx, [x, y, ..]| ops::ne(cx, x, y)),
    call("(#N < #N)", Want::Bool, |cx, [x, y, ..]| ops::lt(cx, x, y)),
    call("(#T <= #T)", Want::Bool, |cx, [x, y, ..]| ops::le(cx, x, y)),
    call("(#N > #N)", Want::Bool, |cx, [x, y, ..]| ops::gt(cx, x, y)),
    call("(#T >= #T)", Want::Bool, |cx, [x, y, ..]| ops::ge(cx, x, y)),
    call("(#A in #L)", Want::Bool, |cx, [x, y, ..]| ops::is_in(cx, x, y)),
    call("(#T in #T)", Want::Bool, |cx, [x, y, ..]| ops::is_in(cx, x, y)),
    call("(#A not in #L)", Want::Bool, |cx, [x, y, ..]| ops::not(cx, ops::is_in(cx, x, y)?)),
    call("(not #A)", Want::Bool, |cx, [x, ..]| ops::not(cx, ops::require(x)?)),
    call("(-#N)", Want::Number, |cx, [x, ..]| ops::neg(cx, x)),
    call("(#L)[#I]", Want::Any, |cx, [x, y, ..]| ops::item(cx, x, y)),
    call("(#T)[#I]", Want::Text, |cx, [x, y, ..]| ops::item(cx, x, y)),
    call("(#A)[#K]", Want::Any, |cx, [x, y, ..]| ops::item(cx, x, y)),
    call("(#L|attr(#I))", Want::Any, |cx, [x, y, ..]| ops::item(cx, x, y)),
    call("(#T)[#I:]", Want::Text, |cx, [x, a, ..]| lists::part(cx, x, a, NULL, NULL)),
    call("(#T)[:#I]", Want::Text, |cx, [x, a, ..]| lists::part(cx, x, NULL, a, NULL)),
    call("(#T)[#I:#I]", Want::Text, |cx, [x, a, b, ..]| lists::part(cx, x, a, b, NULL)),
    call("(#T)[#I:#I:#I]", Want::Text, |cx, [x, a, b, c]| lists::part(cx, x, a, b, c)),
    call("(#T)[::#I]", Want::Text, |cx, [x, a, ..]| lists::part(cx, x, NULL, NULL, a)),
    call("(#L)[#I:#I]", Want::List, |cx, [x, a, b, ..]| lists::part(cx, x, a, b, NULL)),
    call("(#L)[#I:#I:#I]", Want::List, |cx, [x, a, b, c]| lists::part(cx, x, a, b, c)),
    call("(#A)[:#N:#I]", Want::Any, |cx, [x, a, b, ..]| lists::part(cx, x, NULL, a, b)),
    call("(#L)[::#I]", Want::List, |cx, [x, a, ..]| lists::part(cx, x, NULL, NULL, a)),
    call("range(#I)", Want::List, |cx, [x, ..]| lists::range(cx, x, NO, NO)),
    call("range(#I, #I)", Want::List, |cx, [x, y, ..]| lists::range(cx, x, y, NO)),
    call("range(#I, #N, #I)", Want::List, |cx, [x, y, z, _]| lists::range(cx, x, y, z)),

    call("(#T|upper)", Want::Text, |cx, [x, ..]| filters::upper(cx, x)),
    call("(#T|lower)", Want::Text, |cx, [x, ..]| filters::lower(cx, x)),
    call("(#T|title)", Want::Text, |cx, [x, ..]| filters::title(cx, x)),
    call("(#T|capitalize)", Want::Text, |cx, [x, ..]| filters::capitalize(cx, x)),
    call("(#T|trim)", Want::Text, |cx, [x, ..]| filters::trim(cx, x, NO)),
    call("(#T|trim(#T))", Want::Text, |cx, [x, a, ..]| filters::trim(cx, x, a)),
    call("(#T|replace(#T, #T))", Want::Text, |cx, [x, a, b, _]| filters::replace(cx, x, a, b, NO)),
    call("(#T|replace(#T, #T, #I))", Want::Text, |cx, [x, a, b, c]| filters::replace(cx, x, a, b, c)),
    call("(#T|replace(#T, #T, count=#I))", Want::Text, |cx, [x, a, b, c]| filters::replace(cx, x, a, b, c)),
    call("(#T|split)", Want::List, |cx, [x, ..]| filters::split(cx, x, NO, NO)),
    call("(#T|split(#T))", Want::List, |cx, [x, a, ..]| filters::split(cx, x, a, NO)),
    call("(#T|split(#T, #I))", Want::List, |cx, [x, a, b, _]| filters::split(cx, x, a, b)),
    call("(#T|split(none, #I))", Want::List, |cx, [x, a, ..]| filters::split(cx, x, NULL, a)),
    call("(#T|lines)", Want::List, |cx, [x, ..]| lists::lines(cx, x)),
    call("(#T|indent)", Want::Text, |cx, [x, ..]| lists::indent(cx, x, NO, NO, NO)),
    call("(#T|indent(#I, #B, #B))", Want::Text, |cx, [x, a, b, c]| lists::indent(cx, x, a, b, c)),
    call("(#T|indent(first=true, width=#I))", Want::Text, |cx, [x, a, ..]| lists::indent(cx, x, a, YES, NO)),
    call("(#T|indent(blank=true))", Want::Text, |cx, [x, ..]| lists::indent(cx, x, NO, NO, YES)),
    call("(#A|length)", Want::Number, |cx, [x, ..]| filters::length(cx, x)),
    call("(#L|count)", Want::Small, |cx, [x, ..]| filters::length(cx, x)),
    call("(#L|first)", Want::Any, |cx, [x, ..]| filters::first(cx, x)),
    call("(#L|last)", Want::Any, |cx, [x, ..]| filters::last(cx, x)),
    call("(#T|first)", Want::Text, |cx, [x, ..]| filters::first(cx, x)),
    call("(#T|last)", Want::Text, |cx, [x, ..]| filters::last(cx, x)),
    lenient("(#A|default)", Want::Any, |cx, [x, ..]| filters::default(cx, x, NO, NO)),
    lenient("(#A|default(#A))", Want::Any, |cx, [x, a, ..]| filters::default(cx, x, a, NO)),
    lenient("(#A|d(#A, #B))", Want::Any, |cx, [x, a, b, _]| filters::default(cx, x, a, b)),
    call("(#A|int)", Want::Number, |cx, [x, ..]| filters::int(cx, x, NO, NO)),
    call("(#T|int(#N))", Want::Number, |cx, [x, a, ..]| filters::int(cx, x, a, NO)),
    call("(#T|int(#N, #I))", Want::Number, |cx, [x, a, b, _]| filters::int(cx, x, a, b)),
    call("(#T|int(base=16))", Want::Number, |cx, [x, ..]| filters::int(cx, x, NO, Value::Int(16))),
    call("(#T|int(base=2, default=#N))", Want::Number, |cx, [x, a, ..]| filters::int(cx, x, a, Value::Int(2))),
    call("(#A|float)", Want::Number, |cx, [x, ..]| filters::float(cx, x, NO)),
    call("(#T|float(#A))", Want::Number, |cx, [x, a, ..]| filters::float(cx, x, a)),
    call("(#A|string)", Want::Text, |cx, [x, ..]| filters::string(cx, x)),
    call("(#A|bool)", Want::Bool, |cx, [x, ..]| filters::bool(cx, x)),
    call("(#N|abs)", Want::Number, |cx, [x, ..]| filters::abs(cx, x)),
    call("(#N|round)", Want::Number, |cx, [x, ..]| filters::round(cx, x, NO, NO)),
    call("(#N|round(#I))", Want::Number, |cx, [x, a, ..]| filters::round(cx, x, a, NO)),
    call("(#N|round(#I, 'ceil'))", Want::Number, |cx, [x, a, ..]| filters::round(cx, x, a, Value::Str("ceil"))),
    call("(#N|round(method='floor', precision=#I))", Want::Number, |cx, [x, a, ..]| filters::round(cx, x, a, Value::Str("floor"))),
    call("(#A|tojson)", Want::Text, |cx, [x, ..]| encode::tojson(cx, x, NO)),
    call("(#A|tojson(#I))", Want::Text, |cx, [x, a, ..]| encode::tojson(cx, x, a)),
    call("(#A|tojson(indent=#B))", Want::Text, |cx, [x, a, ..]| encode::tojson(cx, x, a)),

    call("(#A|list)", Want::List, |cx, [x, ..]| lists::of(cx, x)),
    call("(#L|reverse)", Want::List, |cx, [x, ..]| lists::reverse(cx, x)),
    call("(#T|reverse)", Want::Text, |cx, [x, ..]| lists::reverse(cx, x)),
    call("(#L|batch(#I))", Want::List, |cx, [x, a, ..]| lists::batch(cx, x, a, NO)),
    call("(#L|batch(#I, #A))", Want::List, |cx, [x, a, b, _]| lists::batch(cx, x, a, b)),
    call("(#L|slice(#I))", Want::List, |cx, [x, a, ..]| lists::slice(cx, x, a, NO)),
    call("(#L|slice(#I, #A))", Want::List, |cx, [x, a, b, _]| lists::slice(cx, x, a, b)),
    call("(#L|join)", Want::Text, |cx, [x, ..]| lists::join(cx, x, NO, NO)),
    call("(#L|join(#T))", Want::Text, |cx, [x, a, ..]| lists::join(cx, x, a, NO)),
    call("(#O|join(#T, #K))", Want::Text, |cx, [x, a, b, _]| lists::join(cx, x, a, b)),
    call("(#O|join(attribute=#K, d=#T))", Want::Text, |cx, [x, a, b, _]| lists::join(cx, x, b, a)),
    call("(#L|sum)", Want::Number, |cx, [x, ..]| lists::sum(cx, x, NO, NO)),
    call("(#O|sum(#K))", Want::Number, |cx, [x, a, ..]| lists::sum(cx, x, a, NO)),
    call("(#L|sum(start=#A))", Want::Any, |cx, [x, a, ..]| lists::sum(cx, x, NO, a)),
    call("(#L|min)", Want::Any, |cx, [x, ..]| order::min(cx, x, NO, NO)),
    call("(#L|max(case_sensitive=#B))", Want::Any, |cx, [x, a, ..]| order::max(cx, x, a, NO)),
    call("(#O|min(attribute=#K))", Want::Any, |cx, [x, a, ..]| order::min(cx, x, NO, a)),
    call("(#O|max(attribute=#K))", Want::Any, |cx, [x, a, ..]| order::max(cx, x, NO, a)),
    call("(#L|sort)", Want::List, |cx, [x, ..]| order::sort(cx, x, NO, NO, NO)),
    call("(#L|sort(reverse=true))", Want::List, |cx, [x, ..]| order::sort(cx, x, YES, NO, NO)),
    call("(#L|sort(case_sensitive=#B, reverse=#B))", Want::List, |cx, [x, a, b, _]| order::sort(cx, x, b, a, NO)),
    call("(#O|sort(attribute=#K))", Want::Objects, |cx, [x, a, ..]| order::sort(cx, x, NO, NO, a)),
    call("(#O|sort(attribute='b, a', reverse=#B))", Want::Objects, |cx, [x, a, ..]| order::sort(cx, x, a, NO, Value::Str("b, a"))),
    call("(#L|unique)", Want::List, |cx, [x, ..]| order::unique(cx, x, NO, NO)),
    call("(#L|unique(case_sensitive=#B))", Want::List, |cx, [x, a, ..]| order::unique(cx, x, a, NO)),
    call("(#O|unique(attribute=#K))", Want::Objects, |cx, [x, a, ..]| order::unique(cx, x, NO, a)),
    call("(#O|map(attribute=#K))", Want::List, |cx, [x, a, ..]| lists::map_attribute(cx, x, a, NO)),
    call("(#O|map(attribute=#K, default=#A))", Want::List, |cx, [x, a, b, _]| lists::map_attribute(cx, x, a, b)),
    call("(#L|map(attribute=#I))", Want::List, |cx, [x, a, ..]| lists::map_attribute(cx, x, a, NO)),
    call("(#L|map('upper'))", Want::List, |cx, [x, ..]| lists::map(cx, x, |v| filters::upper(cx, v))),
    call("(#L|map('int', #A))", Want::List, |cx, [x, a, ..]| lists::map(cx, x, |v| filters::int(cx, v, a, NO))),
    call("(#L|map('first'))", Want::List, |cx, [x, ..]| lists::map(cx, x, |v| filters::first(cx, v))),
    call("(#L|select)", Want::List, |cx, [x, ..]| lists::select(cx, x, true, Ok)),
    call("(#L|reject)", Want::List, |cx, [x, ..]| lists::select(cx, x, false, Ok)),
    call("(#L|select('odd'))", Want::List, |cx, [x, ..]| lists::select(cx, x, true, |v| is::odd(cx, v))),
    call("(#L|reject('in', #L))", Want::List, |cx, [x, a, ..]| lists::select(cx, x, false, |v| ops::is_in(cx, v, a))),
    call("(#L|select('>', #N))", Want::List, |cx, [x, a, ..]| lists::select(cx, x, true, |v| ops::gt(cx, v, a))),
    call("(#O|selectattr(#K))", Want::Objects, |cx, [x, a, ..]| lists::select_attribute(cx, x, a, true, Ok)),
    call("(#O|rejectattr(#K))", Want::Objects, |cx, [x, a, ..]| lists::select_attribute(cx, x, a, false, Ok)),
    call("(#O|selectattr(#K, 'defined'))", Want::Objects, |cx, [x, a, ..]| lists::select_attribute(cx, x, a, true, |v| is::defined(cx, v))),
    call("(#O|rejectattr(#K, 'eq', #A))", Want::Objects, |cx, [x, a, b, _]| lists::select_attribute(cx, x, a, false, |v| ops::eq(cx, v, b))),

    lenient("(#A is defined)", Want::Bool, |cx, [x, ..]| is::defined(cx, x)),
    lenient("(#A is undefined)", Want::Bool, |cx, [x, ..]| is::undefined(cx, x)),
    lenient("(#A is not none)", Want::Bool, |cx, [x, ..]| ops::not(cx, is::none(cx, x)?)),
    lenient("(#A is string)", Want::Bool, |cx, [x, ..]| is::string(cx, x)),
    lenient("(#A is number)", Want::Bool, |cx, [x, ..]| is::number(cx, x)),
    lenient("(#A is integer)", Want::Bool, |cx, [x, ..]| is::integer(cx, x)),
    lenient("(#A is float)", Want::Bool, |cx, [x, ..]| is::float(cx, x)),
    lenient("(#A is boolean)", Want::Bool, |cx, [x, ..]| is::boolean(cx, x)),
    lenient("(#A is mapping)", Want::Bool, |cx, [x, ..]| is::mapping(cx, x)),
    lenient("(#A is iterable)", Want::Bool, |cx, [x, ..]| is::iterable(cx, x)),
    lenient("(#A is true)", Want::Bool, |cx, [x, ..]| is::is_true(cx, x)),
    lenient("(#A is false)", Want::Bool, |cx, [x, ..]| is::is_false(cx, x)),
    call("(#N is odd)", Want::Bool, |cx, [x, ..]| is::odd(cx, x)),
    call("(#N is even)", Want::Bool, |cx, [x, ..]| is::even(cx, x)),
    call("(#N is divisibleby(#N))", Want::Bool, |cx, [x, a, ..]| is::divisibleby(cx, x, a)),
    call("(#T is startingwith(#T))", Want::Bool, |cx, [x, a, ..]| is::startingwith(cx, x, a)),
    call("(#T is endingwith(#T))", Want::Bool, |cx, [x, a, ..]| is::endingwith(cx, x, a)),
    call("(#T is upper)", Want::Bool, |cx, [x, ..]| is::upper(cx, x)),
    call("(#A is lower)", Want::Bool, |cx, [x, ..]| is::lower(cx, x)),
    call("(#A is sameas(#A))", Want::Bool, |cx, [x, a, ..]| is::sameas(cx, ops::require(x)?, a)),
    call("(#A is eq(#A))", Want::Bool, |cx, [x, a, ..]| ops::eq(cx, x, a)),
    call("(#A is ne(#A))", Want::Bool, |cx, [x, a, ..]| ops::ne(cx, x, a)),
    call("(#N is lt(#N))", Want::Bool, |cx, [x, a, ..]| ops::lt(cx, x, a)),
    call("(#T is ge(#T))", Want::Bool, |cx, [x, a, ..]| ops::ge(cx, x, a)),
    call("(#A is in(#L))", Want::Bool, |cx, [x, a, ..]| ops::is_in(cx, x, a)),
];
