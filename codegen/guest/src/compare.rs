//! Equality and order.

use std::cmp::Ordering;

use bumpalo::Bump;

use crate::dict;
use crate::error::{Fail, Kind, Result};
use crate::exact;
use crate::number::Number;
use crate::value::{self, Value};

/// Whether two values are equal, as in MiniJinja: across kinds too, where a boolean is 0 or 1.
pub fn equal<'m>(bump: &'m Bump, x: Value<'m>, y: Value<'m>) -> Result<bool> {
    if let (Some(x), Some(y)) = (x.str(bump)?, y.str(bump)?) {
        return Ok(x == y);
    }
    if let Some(order) = exact::order("==", x, y)? {
        return Ok(order == Ordering::Equal);
    }
    if let (Some(x), Some(y)) = (numeric(x)?, numeric(y)?) {
        return Ok(unrounded(x, y) == Some(Ordering::Equal));
    }
    match (x.kind(), y.kind()) {
        (Kind::Null, Kind::Null) | (Kind::Missing, Kind::Missing) => Ok(true),
        (Kind::List, Kind::List) | (Kind::Dict, Kind::Dict) => {
            equal_containers(bump, x.read(bump)?, y.read(bump)?)
        }
        _ => Ok(false),
    }
}

fn equal_containers<'m>(bump: &'m Bump, x: Value<'m>, y: Value<'m>) -> Result<bool> {
    match (x, y) {
        (Value::List(xs), Value::List(ys)) if xs.len() == ys.len() => {
            for (x, y) in xs.iter().zip(ys) {
                if !equal(bump, *x, *y)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Dict(xs), Value::Dict(ys)) => {
            let (xs, ys) = (dict::unique(bump, xs), dict::unique(bump, ys));
            if xs.len() != ys.len() {
                return Ok(false);
            }
            for field in xs {
                match value::find_text(ys, field.text(bump)?) {
                    Some(other) if equal(bump, field.value, other)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// A number, or a boolean as one.
fn numeric(value: Value) -> Result<Option<Number>> {
    Ok(match value.kind() {
        Kind::Bool => Some(Number::Int(value.truthy()?.into())),
        Kind::Int | Kind::Float => value.number()?,
        _ => None,
    })
}

/// The order of two numbers or of two strings.
pub fn order<'m>(bump: &'m Bump, op: &'static str, x: Value<'m>, y: Value<'m>) -> Result<Ordering> {
    if let Some(order) = exact::order(op, x, y)? {
        return Ok(order);
    }
    if let (Some(x), Some(y)) = (x.number()?, y.number()?)
        && let Some(order) = unrounded(x, y)
    {
        return Ok(order);
    }
    if let (Some(x), Some(y)) = (x.str(bump)?, y.str(bump)?) {
        return Ok(x.cmp(y));
    }
    Err(Fail::operands(op, x.kind(), y.kind()))
}

/// The order of two numbers, without rounding an integer to a float.
pub(crate) fn unrounded(x: Number, y: Number) -> Option<Ordering> {
    match (x, y) {
        (Number::Int(x), Number::Int(y)) => Some(x.cmp(&y)),
        (Number::Float(x), Number::Float(y)) => x.partial_cmp(&y),
        (Number::Int(x), Number::Float(y)) => Some(int_float(x, y)),
        (Number::Float(x), Number::Int(y)) => Some(int_float(y, x).reverse()),
    }
}

/// Floats here are finite. An integer of at most 64 bits and a whole float below 2^64 both fit 128
/// bits; what is beyond is larger, or smaller, than any integer.
fn int_float(int: i64, float: f64) -> Ordering {
    // MiniJinja takes the greatest integer for a float's equal, as both become the other when they
    // are converted there and back.
    if int == i64::MAX && float == 9_223_372_036_854_775_808.0 {
        return Ordering::Equal;
    }
    let whole = float.trunc();
    match i128::from(int).cmp(&(whole as i128)) {
        Ordering::Equal => whole.partial_cmp(&float).unwrap_or(Ordering::Equal),
        order => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn integers_and_floats_compare_without_rounding() {
        let big = (1i64 << 53) + 1;
        for (x, y, want) in [
            (Int(1), Float(1.0), Ordering::Equal),
            (Int(big), Float(big as f64), Ordering::Greater),
            (Int(i64::MAX), Float(9.3e18), Ordering::Less),
            (
                Int(i64::MAX),
                Float(9_223_372_036_854_775_808.0),
                Ordering::Equal,
            ),
            (
                Int(i64::MAX - 1),
                Float(9_223_372_036_854_775_808.0),
                Ordering::Less,
            ),
            (Int(i64::MIN), Float(-1e300), Ordering::Greater),
            (Int(0), Float(-0.0), Ordering::Equal),
            (Int(-1), Float(-1.5), Ordering::Greater),
            (Int(1), Float(1.5), Ordering::Less),
        ] {
            assert_eq!(unrounded(x, y), Some(want), "{x:?} {y:?}");
            assert_eq!(unrounded(y, x), Some(want.reverse()), "{y:?} {x:?}");
        }
    }
}
