//! The tests of expressions, as in MiniJinja: `x is defined`.

use crate::compare;
use crate::context::Context;
use crate::error::{Fail, Kind, Result};
use crate::number::Number::Int;
use crate::value::Value;

/// `value is defined`.
pub fn defined<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(!matches!(value, Value::Missing)))
}

/// `value is undefined`.
pub fn undefined<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(matches!(value, Value::Missing)))
}

/// Gives a test of a value's kind.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $($kind:ident)|+;)*) => {$(
        $(#[$doc])*
        pub fn $name<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
            Ok(Value::Bool(matches!(value.kind(), $(Kind::$kind)|+)))
        }
    )*};
}

kinds! {
    /// `value is none`.
    none: Null;
    /// `value is boolean`.
    boolean: Bool;
    /// `value is string`.
    string: Str;
    /// `value is number`: in MiniJinja a boolean is one, too.
    number: Int | Float | Decimal | Bool;
    /// `value is integer`.
    integer: Int;
    /// `value is float`.
    float: Float;
    /// `value is decimal`: it was made one; no number as written is.
    decimal: Decimal;
    /// `value is mapping`.
    mapping: Dict;
    /// `value is iterable`: what a list can be made of, in MiniJinja of nothing too.
    iterable: Str | List | Dict | Null | Missing;
    /// `value is sequence`: in MiniJinja a missing value is an empty one.
    sequence: List | Missing;
}

/// `value is true`.
pub fn is_true<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(value.kind() == Kind::Bool && value.truthy()?))
}

/// `value is false`.
pub fn is_false<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(value.kind() == Kind::Bool && !value.truthy()?))
}

/// `value is odd`.
pub fn odd<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(int("odd", value)? % 2 != 0))
}

/// `value is even`.
pub fn even<'m>(_: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(Value::Bool(int("even", value)? % 2 == 0))
}

/// `value is divisibleby(divisor)`.
pub fn divisibleby<'m>(_: &Context<'m>, value: Value<'m>, divisor: Value<'m>) -> Result<Value<'m>> {
    let (value, divisor) = (int("divisibleby", value)?, int("divisibleby", divisor)?);
    if divisor == 0 {
        return Err(Fail::new(crate::error::Code::NotFinite, "division by zero"));
    }
    Ok(Value::Bool(value.wrapping_rem(divisor) == 0))
}

fn int(name: &'static str, value: Value) -> Result<i64> {
    match value.number()? {
        Some(Int(int)) => Ok(int),
        _ => Err(Fail::argument(name, "an integer", value.kind())),
    }
}

/// `value is startingwith(prefix)`.
pub fn startingwith<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    prefix: Value<'m>,
) -> Result<Value<'m>> {
    let (value, prefix) = texts("startingwith", cx, value, prefix)?;
    Ok(Value::Bool(value.starts_with(prefix)))
}

/// `value is endingwith(suffix)`.
pub fn endingwith<'m>(cx: &Context<'m>, value: Value<'m>, suffix: Value<'m>) -> Result<Value<'m>> {
    let (value, suffix) = texts("endingwith", cx, value, suffix)?;
    Ok(Value::Bool(value.ends_with(suffix)))
}

fn texts<'m>(
    name: &'static str,
    cx: &Context<'m>,
    x: Value<'m>,
    y: Value<'m>,
) -> Result<(&'m str, &'m str)> {
    match (x.str(cx.bump)?, y.str(cx.bump)?) {
        (Some(x), Some(y)) => Ok((x, y)),
        (None, _) => Err(Fail::argument(name, "a string", x.kind())),
        (_, None) => Err(Fail::argument(name, "a string", y.kind())),
    }
}

/// `value is upper`: it has letters, all of them in upper case.
pub fn upper<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    all_cased(cx, value, char::is_uppercase)
}

/// `value is lower`.
pub fn lower<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    all_cased(cx, value, char::is_lowercase)
}

fn all_cased<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    wanted: fn(char) -> bool,
) -> Result<Value<'m>> {
    let text = value.str(cx.bump)?.unwrap_or_default();
    let cased = |c: char| {
        c.is_uppercase()
            || c.is_lowercase()
            || c.to_lowercase().any(|mapped| mapped != c)
            || c.to_uppercase().any(|mapped| mapped != c)
    };
    let good = text.chars().all(|c| wanted(c) || !cased(c)) && text.chars().any(wanted);
    Ok(Value::Bool(good))
}

/// `value is sameas(other)`: equal, and of one kind. Of arrays and objects MiniJinja asks whether
/// they are one thing in memory, which no value can tell.
pub fn sameas<'m>(cx: &Context<'m>, value: Value<'m>, other: Value<'m>) -> Result<Value<'m>> {
    for one in [value.kind(), other.kind()] {
        if matches!(one, Kind::List | Kind::Dict) {
            return Err(Fail::argument("sameas", "values without parts", one));
        }
    }
    let same = value.kind() == other.kind() && compare::equal(cx.bump, value, other)?;
    Ok(Value::Bool(same))
}
