//! The filters of expressions, as in MiniJinja. An argument that wasn't given is
//! [`Value::Missing`].

use bumpalo::collections::{String, Vec};

use crate::build::Text;
use crate::context::Context;
use crate::error::{Code, Fail, Kind, Result};
use crate::number::Number::{Float, Int};
use crate::ops;
use crate::value::Value;
use crate::{casing, dict, exact, rounding};

pub(crate) fn text<'m>(cx: &Context<'m>, name: &'static str, value: Value<'m>) -> Result<&'m str> {
    value
        .str(cx.bump)?
        .ok_or_else(|| Fail::argument(name, "a string", value.kind()))
}

/// An argument that may be left out. Null is one that was.
pub(crate) fn given(value: Value) -> Option<Value> {
    (!matches!(value.kind(), Kind::Missing | Kind::Null)).then_some(value)
}

/// `value | upper`.
pub fn upper<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Str(casing::upper(
        cx.bump,
        text(cx, "upper", value)?,
    )))
}

/// `value | lower`.
pub fn lower<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Str(casing::lower(
        cx.bump,
        text(cx, "lower", value)?,
    )))
}

/// `value | title`.
pub fn title<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Str(casing::title(
        cx.bump,
        text(cx, "title", value)?,
    )))
}

/// `value | capitalize`.
pub fn capitalize<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Str(casing::capitalize(
        cx.bump,
        text(cx, "capitalize", value)?,
    )))
}

/// `value | trim(chars)`.
pub fn trim<'m>(cx: &Context<'m>, value: Value<'m>, chars: Value<'m>) -> Result<Value<'m>> {
    let value = text(cx, "trim", value)?;
    Ok(Value::Str(match given(chars) {
        Some(chars) => {
            let chars = text(cx, "trim", chars)?;
            value.trim_matches(|c| chars.contains(c))
        }
        None => value.trim(),
    }))
}

/// `value | replace(from, to, count)`. A text without such a part stays the value that it was, so
/// that its bytes stay what they were.
pub fn replace<'m>(
    cx: &Context<'m>,
    whole: Value<'m>,
    from: Value<'m>,
    to: Value<'m>,
    count: Value<'m>,
) -> Result<Value<'m>> {
    let value = text(cx, "replace", whole)?;
    let (from, to) = (text(cx, "replace", from)?, text(cx, "replace", to)?);
    let count = match given(count) {
        // A negative count is no limit.
        Some(count) => usize::try_from(int_argument("replace", count)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    if count == 0 || !value.contains(from) {
        return Ok(whole);
    }
    let mut out = String::with_capacity_in(value.len(), cx.bump);
    let mut end = 0;
    for (start, part) in value.match_indices(from).take(count) {
        out.push_str(&value[end..start]);
        out.push_str(to);
        end = start + part.len();
    }
    out.push_str(&value[end..]);
    Ok(Value::Str(out.into_bump_str()))
}

/// `value | split(separator, cuts)`.
pub fn split<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    separator: Value<'m>,
    cuts: Value<'m>,
) -> Result<Value<'m>> {
    let value = text(cx, "split", value)?;
    let parts = match given(cuts) {
        // A negative number of cuts is no limit.
        Some(cuts) => usize::try_from(int_argument("split", cuts)?)
            .map_or(usize::MAX, |n| n.saturating_add(1)),
        None => usize::MAX,
    };
    let mut out = Vec::new_in(cx.bump);
    match given(separator) {
        Some(separator) => out.extend(
            value
                .splitn(parts, text(cx, "split", separator)?)
                .map(Value::Str),
        ),
        None => {
            let mut rest = value.trim_start();
            while !rest.is_empty() {
                let end = if out.len() + 1 >= parts {
                    None
                } else {
                    rest.find(char::is_whitespace)
                };
                let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
                out.push(Value::Str(part));
                rest = after.trim_start();
            }
        }
    }
    Ok(Value::List(out.into_bump_slice()))
}

pub(crate) fn int_argument(name: &'static str, value: Value) -> Result<i64> {
    match value.number()? {
        Some(Int(int)) => Ok(int),
        _ => Err(Fail::argument(name, "an integer as argument", value.kind())),
    }
}

/// An argument that is true or false, and false where it wasn't given.
pub(crate) fn flag(name: &'static str, value: Value) -> Result<bool> {
    match value.kind() {
        Kind::Bool => value.truthy(),
        Kind::Missing | Kind::Null => Ok(false),
        kind => Err(Fail::argument(name, "true or false as argument", kind)),
    }
}

/// `value | length`: characters, items or fields.
pub fn length<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let count = match value.kind() {
        Kind::Str | Kind::List | Kind::Dict => match value.read(cx.bump)? {
            Value::Str(text) => text.chars().count(),
            Value::List(items) => items.len(),
            Value::Dict(fields) => dict::unique(cx.bump, fields).len(),
            _ => 0,
        },
        kind => {
            return Err(Fail::argument(
                "length",
                "a string, an array or an object",
                kind,
            ));
        }
    };
    Ok(Value::Int(count as i64))
}

/// `value | first`: missing where there is none.
pub fn first<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    end("first", cx, value, 0)
}

/// `value | last`: missing where there is none.
pub fn last<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    end("last", cx, value, -1)
}

fn end<'m>(
    name: &'static str,
    cx: &Context<'m>,
    value: Value<'m>,
    index: i64,
) -> Result<Value<'m>> {
    match value.kind() {
        Kind::Str | Kind::List => ops::item(cx, value, Value::Int(index)),
        kind => Err(Fail::argument(name, "a string or an array", kind)),
    }
}

/// `value | default(other, falsy)`.
pub fn default<'m>(
    _: &Context<'m>,
    value: Value<'m>,
    other: Value<'m>,
    falsy: Value<'m>,
) -> Result<Value<'m>> {
    let other = if matches!(other, Value::Missing) {
        Value::Str("")
    } else {
        other
    };
    let replaced = matches!(value, Value::Missing) || falsy.truthy()? && !value.truthy()?;
    Ok(if replaced { other } else { value })
}

/// `value | int(default, base)`.
pub fn int<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    default: Value<'m>,
    base: Value<'m>,
) -> Result<Value<'m>> {
    let default = given(default);
    let base = given(base).map_or(Ok(10), |base| int_argument("int", base))?;
    let base = u32::try_from(base)
        .map_err(|_| Fail::new(Code::BadArgument, "int got a base outside of 32 bits"))?;
    match value.kind() {
        Kind::Null => Ok(default.unwrap_or(Value::Int(0))),
        Kind::Bool => Ok(Value::Int(value.truthy()?.into())),
        Kind::Int => Ok(value),
        Kind::Float => whole(value.number()?.map_or(0.0, |n| n.float())),
        Kind::Decimal => {
            let whole = exact::read(value)?.map_or(0, |decimal| decimal.truncated());
            ops::integer(whole.try_into().ok())
        }
        Kind::Str => {
            let text = text(cx, "int", value)?;
            if let Some(int) = digits(text, base) {
                return ops::integer(i64::try_from(int).ok());
            }
            match text.parse::<f64>() {
                Ok(float) => whole(float),
                Err(_) => default.ok_or_else(|| {
                    Fail::new(Code::BadArgument, "int got a string that is no number")
                }),
            }
        }
        kind => default.ok_or_else(|| Fail::argument("int", "a number or a string", kind)),
    }
}

/// An integer written in some base, with the prefix that Python has for it or without.
fn digits(text: &str, base: u32) -> Option<i128> {
    if !(2..=36).contains(&base) {
        return None;
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let letter = match base {
        2 => 'b',
        8 => 'o',
        16 => 'x',
        _ => ' ',
    };
    let bare = digits.strip_prefix('0').and_then(|rest| {
        rest.strip_prefix([letter, letter.to_ascii_uppercase()])
            .filter(|_| letter != ' ')
    });
    let digits = bare.unwrap_or(digits);
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let int = i128::from_str_radix(digits, base).ok()?;
    Some(if negative { -int } else { int })
}

/// A float without its fraction.
fn whole<'m>(float: f64) -> Result<Value<'m>> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return Err(Fail::new(
            Code::NotFinite,
            "the result isn't a finite number",
        ));
    }
    ops::integer((-LIMIT..LIMIT).contains(&float).then_some(float as i64))
}

/// `value | float(default)`.
pub fn float<'m>(cx: &Context<'m>, value: Value<'m>, default: Value<'m>) -> Result<Value<'m>> {
    let default = given(default);
    match value.kind() {
        Kind::Null => Ok(default.unwrap_or(Value::Float(0.0))),
        Kind::Bool => Ok(Value::Float(f64::from(u8::from(value.truthy()?)))),
        Kind::Int | Kind::Float => Ok(Value::Float(value.number()?.map_or(0.0, |n| n.float()))),
        Kind::Decimal => ops::finite(exact::read(value)?.map_or(0.0, |d| d.float())),
        Kind::Str => match text(cx, "float", value)?.parse::<f64>() {
            Ok(float) => ops::finite(float),
            Err(_) => default.ok_or_else(|| {
                Fail::new(Code::BadArgument, "float got a string that is no number")
            }),
        },
        kind => default.ok_or_else(|| Fail::argument("float", "a number or a string", kind)),
    }
}

/// `value | string`.
pub fn string<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    match value.str(cx.bump)? {
        Some(text) => Ok(Value::Str(text)),
        None => {
            let mut text = Text::new(cx);
            text.add(value)?;
            Ok(text.done())
        }
    }
}

/// `value | bool`.
pub fn bool<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    value.truthy().map(Value::Bool)
}

/// `value | abs`.
pub fn abs<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    if let Value::Decimal(decimal) = value {
        return Ok(exact::value(cx, decimal.absolute()));
    }
    match value.number()? {
        Some(Int(int)) => ops::integer(int.checked_abs()),
        Some(Float(float)) => Ok(Value::Float(float.abs())),
        None => Err(Fail::argument("abs", "a number", value.kind())),
    }
}

/// `value | round(precision, method)`.
pub fn round<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    precision: Value<'m>,
    method: Value<'m>,
) -> Result<Value<'m>> {
    if let Value::Decimal(decimal) = value {
        return exact::round(cx, decimal, precision, method);
    }
    let precision = match given(precision) {
        Some(precision) => i32::try_from(int_argument("round", precision)?).map_err(|_| {
            Fail::new(
                Code::BadArgument,
                "round got a precision outside of 32 bits",
            )
        })?,
        None => 0,
    };
    let method = match given(method) {
        Some(method) => text(cx, "round", method)?,
        None => "common",
    };
    let Some(method) = rounding::Method::named(method) else {
        return Err(Fail::new(
            Code::BadArgument,
            "round knows the methods common, ceil and floor",
        ));
    };
    match value.number()? {
        Some(Int(_)) if precision >= 0 => Ok(value),
        Some(Int(int)) => ops::integer(rounding::int(int, precision, method)),
        Some(Float(float)) => ops::finite(rounding::float(float, precision, method)),
        None => Err(Fail::argument("round", "a number", value.kind())),
    }
}
