//! The tests of expressions, as in MiniJinja: `x is defined`.

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
