//! Every built-in and operator with values that nobody would think of: it gives a value that can be
//! written, or an error of a message, and never panics.

use bumpalo::Bump;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::{Code, Result};
use crate::value::{Field, Value};
use crate::{
    codec, convert, digest, encode, exact, filters, fold, identity, instant, is, lists, ops, order,
    scan, write,
};

type Run = for<'m> fn(&Context<'m>, [Value<'m>; 4]) -> Result<Value<'m>>;

macro_rules! functions {
    ($($module:ident::$name:ident($($arg:ident)*);)*) => {
        &[$((
            concat!(stringify!($module), "::", stringify!($name)),
            &[$(stringify!($arg)),*],
            |cx, values| {
                let [$($arg,)* ..] = values;
                $module::$name(cx $(, $arg)*)
            },
        )),*]
    };
}

/// The guest's functions, as the compiler names them. The arguments called `flow` are constants that
/// the compiler makes, not values of a message.
const FUNCTIONS: &[(&str, &[&str], Run)] = functions! {
    filters::upper(x);
    filters::lower(x);
    filters::title(x);
    filters::capitalize(x);
    filters::trim(x a);
    filters::replace(x a b c);
    filters::split(x a b);
    lists::join(x a b);
    filters::length(x);
    filters::first(x);
    filters::last(x);
    filters::default(x a b);
    filters::int(x a b);
    filters::float(x a);
    filters::string(x);
    filters::bool(x);
    filters::abs(x);
    filters::round(x a b);
    lists::of(x);
    lists::reverse(x);
    lists::lines(x);
    lists::indent(x a b c);
    encode::escape(x);
    encode::tojson(x a);
    lists::sum(x a b);
    order::min(x a b);
    order::max(x a b);
    order::sort(x a b c);
    order::unique(x a b);
    lists::batch(x a b);
    lists::slice(x a b);
    lists::map_attribute(x a b);
    lists::part(x a b c);
    lists::range(x a b);
    exact::decimal(x a);
    exact::divide(x a b c);
    ops::coalesce(x a);
    convert::int(x);
    convert::float(x);
    convert::decimal(x flow a);
    convert::bool(x a b);
    convert::string(x);
    convert::json(x);
    convert::timestamp(x a);
    convert::timestamp_in(x a b);
    digest::sha256(x a);
    digest::sha512(x a);
    digest::sha1(x a);
    digest::md5(x a);
    digest::hmac_sha256(x a b);
    codec::base64_encode(x a);
    codec::base64_decode(x a);
    codec::hex_encode(x);
    codec::hex_decode(x);
    codec::url_encode(x);
    codec::url_decode(x);
    codec::json_encode(x);
    codec::json_decode(x);
    instant::parse(x a);
    instant::parse_in(x a b);
    instant::format(x a);
    instant::format_in(x a b);
    instant::add(x a);
    instant::add_in(x a b);
    instant::truncate(x a);
    instant::truncate_in(x a b);
    instant::diff(x a b);
    instant::to_unix(x a);
    instant::from_unix(x a);
    identity::uuid_v4();
    identity::uuid_v7(x);
    is::defined(x);
    is::undefined(x);
    is::none(x);
    is::string(x);
    is::number(x);
    is::integer(x);
    is::float(x);
    is::decimal(x);
    is::boolean(x);
    is::mapping(x);
    is::sequence(x);
    is::is_true(x);
    is::is_false(x);
    is::odd(x);
    is::even(x);
    is::divisibleby(x a);
    is::startingwith(x a);
    is::endingwith(x a);
    is::iterable(x);
    is::upper(x);
    is::lower(x);
    is::sameas(x a);
    ops::eq(x a);
    ops::ne(x a);
    ops::lt(x a);
    ops::le(x a);
    ops::gt(x a);
    ops::ge(x a);
    ops::is_in(x a);
    fold::key(x);
    ops::not(x);
    ops::neg(x);
    ops::add(x a);
    ops::sub(x a);
    ops::mul(x a);
    ops::div(x a);
    ops::floor_div(x a);
    ops::rem(x a);
    ops::pow(x a);
    ops::concat(x a);
};

/// What the compiler makes calls of.
const TABLE: &str = include_str!("../../rust/builtins.go");

#[test]
fn all_functions_are_tried() {
    let named = TABLE.split('"').filter(|text| text.contains("::"));
    let missing: Vec<&str> = named
        .filter(|name| !name.starts_with("Code::"))
        .filter(|name| !FUNCTIONS.iter().any(|(known, ..)| known == name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

const JSON: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.10",
    "2",
    "38",
    "1000",
    "100000",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "1e999999999",
    "-1e999999999",
    "1e-999999999",
    "0e999999999",
    "1e308",
    "5e-324",
    "1E+38",
    "99999999999999999999999999999999999999",
    "0.00000000000000000000000000000000000001",
    "123456789012345678901234567890123456789012345678901234567890",
    "true",
    "false",
    "null",
    r#""""#,
    r#"" ""#,
    r#""x""#,
    r#""a,b,a""#,
    r#""\ud800""#,
    r#""\u0000\"\\é𝄞ß\n\r\n""#,
    r#""%""#,
    r#""%zz%f""#,
    r#""%Y-%m-%d %H:%M:%S %z""#,
    r#""%99999d""#,
    r#""rfc3339""#,
    r#""rfc2822""#,
    r#""iso_date""#,
    r#""unix""#,
    r#""unix_ns""#,
    r#""ns""#,
    r#""h""#,
    r#""week""#,
    r#""year""#,
    r#""Europe/Vienna""#,
    r#""half_up""#,
    r#""ceil""#,
    r#""base64""#,
    r#""hex""#,
    r#""9999-12-31T23:59:59.999999999Z""#,
    r#""0000-01-01T00:00:00Z""#,
    r#""2024-02-29T12:00:00+23:59""#,
    r#""2024-03-31""#,
    r#""1 month""#,
    r#""P1Y""#,
    r#""-9223372036854775808 years""#,
    r#""99999999999999999999h""#,
    r#""1e999999999""#,
    r#""-9223372036854775808""#,
    r#""ffffffffffffffffffff""#,
    r#""[1,\n[{\"a\":2}]]""#,
    r#""{""#,
    "[]",
    "{}",
    "[[]]",
    "[1,2,3]",
    "[1,2.5,null,true]",
    "[ 1 ,\n\"a\" ]",
    r#"["b","A","ß",""]"#,
    r#"[{"a":1,"b":"x"},{"a":2},{"a":{"b":[]}}]"#,
    r#"{"a":1,"\u0061":2,"":3,"\ud800":4}"#,
    r#""a.b.0""#,
    r#""0""#,
    "[9223372036854775807,9223372036854775808,9.223372036854775807e18]",
];

/// What a message can hold, and what an expression can make of it.
fn values(bump: &Bump) -> Vec<Value<'_>> {
    let raw = |json: &str| Value::Raw(crate::value::Raw(bump.alloc_str(json).as_bytes()));
    let mut all: Vec<Value> = JSON.iter().map(|json| raw(json)).collect();
    all.push(raw(&format!("{}{}", "[".repeat(100), "]".repeat(100))));
    all.push(raw(&format!("[{}0]", "7,".repeat(500))));
    all.push(raw(&format!("{}.5", "9".repeat(400))));
    all.push(Value::Str(bump.alloc_str(&"aß b\n".repeat(200))));
    all.extend([
        Value::Missing,
        Value::Missing,
        Value::Null,
        Value::Bool(true),
    ]);
    all.extend([0, 1, -1, 7, 1000, i64::MAX, i64::MIN].map(Value::Int));
    all.extend([0.0, -0.0, 1.5, -2.5, f64::MAX, f64::MIN, 5e-324, 9.3e18].map(Value::Float));
    for digits in [
        "0",
        "0.00",
        "-1.50",
        "99999999999999999999999999999999999999",
        "-0.00000000000000000000000000000000000001",
    ] {
        let decimal = Decimal::parse(digits.as_bytes()).unwrap();
        all.push(Value::Decimal(bump.alloc(decimal)));
    }
    let mixed = bump.alloc_slice_copy(&[all[3], all[all.len() - 1], Value::Missing, Value::Null]);
    all.push(Value::List(mixed));
    let decimals = bump.alloc_slice_copy(&all[all.len() - 5..all.len() - 1]);
    all.push(Value::List(decimals));
    let fields = [
        Field::new("a", all[5]),
        Field::new("a", Value::Str("\u{7f}\u{1}")),
    ];
    all.push(Value::Dict(bump.alloc_slice_copy(&fields)));
    all
}

/// Holds what a function makes of some values to be a value, or an error that a message may have.
fn check(name: &str, cx: &Context, run: Run, args: [Value; 4]) {
    match run(cx, args) {
        Ok(Value::Missing) => {}
        Ok(value) => {
            let mut out = Vec::new();
            write::value(&mut out, value);
            assert!(std::str::from_utf8(&out).is_ok(), "{name} {args:?}");
            assert!(scan::check(&out).is_ok(), "{name} {args:?}: {value:?}");
            assert!(!out.contains(&b'\n'), "{name} {args:?}");
        }
        Err(fail) => {
            use Code::*;
            let known = [
                TooDeep,
                BadText,
                Missing,
                UnlikeKinds,
                IntegerRange,
                NotFinite,
                BadArgument,
                NotContainer,
            ];
            assert!(known.contains(&fail.code), "{name} {args:?}: {fail:?}");
        }
    }
}

#[test]
fn no_value_is_too_much() {
    let bump = Bump::new();
    let values = values(&bump);
    // Xorshift, so that each run tries the same.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    for (name, args, run) in FUNCTIONS {
        for first in 0..values.len() {
            for _ in 0..[1, 1, 40, 60, 60][args.len()] {
                let bump = Bump::new();
                let cx = Context::new(&bump, &[], None, 1_700_000_000_000_000_000);
                let mut given = [0; 4].map(|_| values[draw(values.len())]);
                given[0] = values[first];
                if let Some(at) = args.iter().position(|arg| *arg == "flow") {
                    given[at] = [Value::Missing, Value::Int(draw(39) as i64)][draw(2)];
                }
                check(name, &cx, *run, given);
            }
        }
    }
}
