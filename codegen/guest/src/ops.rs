//! The operators of expressions. Where one accepts its operands the value is MiniJinja's; operands
//! of unlike kinds, results outside of 64 bits and what isn't finite are errors of the message.

use std::cmp::Ordering;

use bumpalo::collections::Vec;

use crate::build::Text;
use crate::context::Context;
use crate::error::{Code, Fail, Kind, Result};
use crate::number::Number::{self, Float, Int};
use crate::value::Value;
use crate::{compare, edit, exact, value};

/// `x + y`: the sum of numbers, or strings or arrays one after the other.
pub fn add<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::add(cx, x, y);
    }
    match (x.number()?, y.number()?) {
        (Some(Int(x)), Some(Int(y))) => integer(x.checked_add(y)),
        (Some(x), Some(y)) => finite(x.float() + y.float()),
        _ => join_up(cx, x, y),
    }
}

fn join_up<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    match (x.kind(), y.kind()) {
        (Kind::Str, Kind::Str) => concat(cx, x, y),
        (Kind::List, Kind::List) => {
            let (Value::List(xs), Value::List(ys)) = (x.read(cx.bump)?, y.read(cx.bump)?) else {
                return Err(Fail::operands("+", Kind::List, Kind::List));
            };
            let mut all = Vec::with_capacity_in(xs.len() + ys.len(), cx.bump);
            all.extend_from_slice_copy(xs);
            all.extend_from_slice_copy(ys);
            Ok(Value::List(all.into_bump_slice()))
        }
        (x, y) => Err(Fail::operands("+", x, y)),
    }
}

/// `x - y`.
pub fn sub<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::sub(cx, x, y);
    }
    match numbers("-", x, y)? {
        (Int(x), Int(y)) => integer(x.checked_sub(y)),
        (x, y) => finite(x.float() - y.float()),
    }
}

/// `x * y`.
pub fn mul<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::mul(cx, x, y);
    }
    match numbers("*", x, y)? {
        (Int(x), Int(y)) => integer(x.checked_mul(y)),
        (x, y) => finite(x.float() * y.float()),
    }
}

/// `x / y`, which is a float also for integers.
pub fn div<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::div(cx, x, y);
    }
    let (x, y) = numbers("/", x, y)?;
    if y.float() == 0.0 {
        return Err(by_zero());
    }
    finite(x.float() / y.float())
}

/// `x // y`, rounded down.
pub fn floor_div<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::floor_div(cx, x, y);
    }
    match numbers("//", x, y)? {
        (_, Int(0)) => Err(by_zero()),
        (Int(x), Int(y)) => {
            let rounds_down = x.wrapping_rem(y) != 0 && (x < 0) != (y < 0);
            integer(x.checked_div(y).map(|q| q - i64::from(rounds_down)))
        }
        (_, y) if y.float() == 0.0 => Err(by_zero()),
        (x, y) => finite(floor_parts(x.float(), y.float()).0),
    }
}

/// `x % y`: the remainder of `//`, which has the sign of `y`.
pub fn rem<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::rem(cx, x, y);
    }
    match numbers("%", x, y)? {
        (_, Int(0)) => Err(by_zero()),
        (Int(x), Int(y)) => {
            let rest = x.wrapping_rem(y);
            Ok(Value::Int(if rest != 0 && (rest < 0) != (y < 0) {
                rest + y
            } else {
                rest
            }))
        }
        (_, y) if y.float() == 0.0 => Err(by_zero()),
        (x, y) => finite(floor_parts(x.float(), y.float()).1),
    }
}

/// Quotient and remainder of floats, rounded down as Python does: from the exact remainder, so
/// that the quotient is whole.
fn floor_parts(x: f64, y: f64) -> (f64, f64) {
    let mut rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest == 0.0 {
        rest = 0.0f64.copysign(y);
    } else if (rest < 0.0) != (y < 0.0) {
        rest += y;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0f64.copysign(x / y), rest);
    }
    let floor = quotient.floor();
    (
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        },
        rest,
    )
}

/// `x ** y`: an integer for integers, unless the exponent is negative.
pub fn pow<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    if either(x, y) {
        return exact::pow(cx, x, y);
    }
    match numbers("**", x, y)? {
        (Int(x), Int(y)) if y >= 0 => match u32::try_from(y) {
            Ok(y) => integer(x.checked_pow(y)),
            // MiniJinja has no integer with such an exponent, not even 1.
            Err(_) => integer(None),
        },
        (x, y) if x.float() == 0.0 && y.float() < 0.0 => Err(by_zero()),
        (x, y) => finite(x.float().powf(y.float())),
    }
}

/// `-x`.
pub fn neg<'m>(cx: &Context<'m>, x: Value<'m>) -> Result<Value<'m>> {
    if let Value::Decimal(x) = x {
        return Ok(exact::value(cx, x.negated()));
    }
    match x.number()? {
        Some(Int(x)) => integer(x.checked_neg()),
        Some(Float(x)) => Ok(Value::Float(-x)),
        None => Err(Fail::argument("-", "a number", x.kind())),
    }
}

/// `not x`.
pub fn not<'m>(_: &Context<'m>, x: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(!x.truthy()?))
}

/// `x ~ y`: both as text, one after the other.
pub fn concat<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let mut text = Text::new(cx);
    text.add(x)?;
    text.add(y)?;
    Ok(text.done())
}

/// `x == y`.
pub fn eq<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    there("==", x, y)?;
    compare::equal(cx.bump, x, y).map(Value::Bool)
}

/// `x != y`.
pub fn ne<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    there("!=", x, y)?;
    compare::equal(cx.bump, x, y).map(|equal| Value::Bool(!equal))
}

/// `x < y`.
pub fn lt<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    compare::order(cx.bump, "<", x, y).map(|order| Value::Bool(order == Ordering::Less))
}

/// `x <= y`.
pub fn le<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    compare::order(cx.bump, "<=", x, y).map(|order| Value::Bool(order != Ordering::Greater))
}

/// `x > y`.
pub fn gt<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    compare::order(cx.bump, ">", x, y).map(|order| Value::Bool(order == Ordering::Greater))
}

/// `x >= y`.
pub fn ge<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    compare::order(cx.bump, ">=", x, y).map(|order| Value::Bool(order != Ordering::Less))
}

/// `x in y`: a part of a string, a field's name in an object, an item of an array.
pub fn is_in<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    there("in", x, y)?;
    // A number as it is written equals other decimals than the float that it is read as.
    let number = matches!(x.kind(), Kind::Int | Kind::Float);
    let item = if number { x } else { x.read(cx.bump)? };
    let found = match (item, y.read(cx.bump)?) {
        (Value::Str(part), Value::Str(whole)) => whole.contains(part),
        (Value::Str(name), Value::Dict(fields)) => value::find_text(fields, name).is_some(),
        (x, Value::List(items)) => {
            let mut found = false;
            for item in items {
                found = found || compare::equal(cx.bump, x, *item)?;
            }
            found
        }
        (x, y) => return Err(Fail::operands("in", x.kind(), y.kind())),
    };
    Ok(Value::Bool(found))
}

/// `x[key]`, missing where there is no such item.
pub fn item<'m>(cx: &Context<'m>, x: Value<'m>, key: Value<'m>) -> Result<Value<'m>> {
    there("[]", x, key)?;
    let key = key.read(cx.bump)?;
    match (x.kind(), x.read_container(cx.bump)) {
        (_, Value::Dict(fields)) => Ok(match key {
            Value::Str(name) => value::find_text(fields, name).unwrap_or(Value::Missing),
            _ => Value::Missing,
        }),
        (Kind::List | Kind::Str, x) => match key {
            Value::Int(index) => at(cx, x, index),
            // MiniJinja takes true for 1 and 1.0 too.
            Value::Bool(_) | Value::Float(_) => {
                Err(Fail::argument("[]", "an integer or a string", key.kind()))
            }
            _ => Ok(Value::Missing),
        },
        _ => Ok(Value::Missing),
    }
}

/// An array's item or a string's character, counted from the end if negative.
fn at<'m>(cx: &Context<'m>, x: Value<'m>, index: i64) -> Result<Value<'m>> {
    if let Value::List(items) = x {
        let found = i32::try_from(index)
            .ok()
            .and_then(|index| edit::position(index, items.len()));
        return Ok(found.map_or(Value::Missing, |at| items[at]));
    }
    Ok(x.str(cx.bump)?
        .map_or(Value::Missing, |text| edit::character(text, index)))
}

/// The value, which may not be missing.
pub fn require<'m>(x: Value<'m>) -> Result<Value<'m>> {
    match x {
        Value::Missing => Err(Fail::new(
            Code::Missing,
            "a value that is needed is missing",
        )),
        _ => Ok(x),
    }
}

/// The first of two values that is neither missing nor null. Where neither is, that is the second.
pub fn coalesce<'m>(_: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    Ok(match x.kind() {
        Kind::Missing | Kind::Null => y,
        _ => x,
    })
}

/// Whether a value counts as true.
pub fn truthy(x: Value) -> Result<bool> {
    x.truthy()
}

/// An error that the flow says.
#[cold]
pub fn fail<'m>(code: Code, field: &'static str, detail: &'static str) -> Result<Value<'m>> {
    Err(Fail::new(code, detail).at(field))
}

/// Whether one of two operands is a decimal.
#[inline(always)]
fn either(x: Value, y: Value) -> bool {
    matches!(x, Value::Decimal(_)) || matches!(y, Value::Decimal(_))
}

#[inline]
fn numbers(op: &'static str, x: Value, y: Value) -> Result<(Number, Number)> {
    match (x.number()?, y.number()?) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(Fail::operands(op, x.kind(), y.kind())),
    }
}

fn there(op: &'static str, x: Value, y: Value) -> Result<()> {
    match (x, y) {
        (Value::Missing, _) | (_, Value::Missing) => Err(Fail::operands(op, x.kind(), y.kind())),
        _ => Ok(()),
    }
}

/// The result of an operator on integers.
#[inline]
pub(crate) fn integer<'m>(result: Option<i64>) -> Result<Value<'m>> {
    match result {
        Some(int) => Ok(Value::Int(int)),
        None => Err(Fail::new(
            Code::IntegerRange,
            "the result is outside of 64 bits",
        )),
    }
}

/// The result of an operator on floats.
#[inline]
pub(crate) fn finite<'m>(result: f64) -> Result<Value<'m>> {
    if result.is_finite() {
        return Ok(Value::Float(result));
    }
    Err(Fail::new(
        Code::NotFinite,
        "the result isn't a finite number",
    ))
}

#[cold]
pub(crate) fn by_zero() -> Fail {
    Fail::new(Code::NotFinite, "division by zero")
}
