//! The operators and filters on decimals. One operand is a decimal, the other may be an integer or
//! a number as it is written, whose digits count; a float that was computed has none of its own.

use std::cmp::Ordering;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::{Code, Fail, Kind, Result};
use crate::number::{self, Number};
use crate::ops;
use crate::rounding::Rounding;
use crate::value::{Raw, Value};

/// A decimal as a value.
pub(crate) fn value<'m>(cx: &Context<'m>, decimal: Decimal) -> Value<'m> {
    Value::Decimal(cx.bump.alloc(decimal))
}

/// The exact number that a value is: a decimal, an integer or a number as it is written.
pub(crate) fn read(value: Value) -> Result<Option<Decimal>> {
    match value {
        Value::Decimal(decimal) => Ok(Some(*decimal)),
        Value::Int(int) => Ok(Some(int.into())),
        Value::Raw(Raw(digits)) if matches!(digits[0], b'0'..=b'9' | b'-') => {
            Decimal::parse(digits).map(Some).ok_or_else(too_long)
        }
        _ => Ok(None),
    }
}

fn pair<'m>(op: &'static str, x: Value<'m>, y: Value<'m>) -> Result<(Decimal, Decimal)> {
    match (read(x)?, read(y)?) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(Fail::operands(op, x.kind(), y.kind())),
    }
}

/// The operands of a division.
fn dividend<'m>(op: &'static str, x: Value<'m>, y: Value<'m>) -> Result<(Decimal, Decimal)> {
    let (x, y) = pair(op, x, y)?;
    if y.is_zero() {
        return Err(ops::by_zero());
    }
    Ok((x, y))
}

/// A result, which has to fit.
fn result<'m>(cx: &Context<'m>, decimal: Option<Decimal>) -> Result<Value<'m>> {
    match decimal {
        Some(decimal) => Ok(value(cx, decimal)),
        None => Err(Fail::new(
            Code::IntegerRange,
            "the result needs more than the 38 digits of a decimal",
        )),
    }
}

#[cold]
pub(crate) fn add<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = pair("+", x, y)?;
    result(cx, x.plus(&y))
}

#[cold]
pub(crate) fn sub<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = pair("-", x, y)?;
    result(cx, x.minus(&y))
}

#[cold]
pub(crate) fn mul<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = pair("*", x, y)?;
    result(cx, x.times(&y))
}

#[cold]
pub(crate) fn div<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = dividend("/", x, y)?;
    match x.over(&y) {
        Some(quotient) => Ok(value(cx, quotient)),
        None => Err(Fail::new(
            Code::IntegerRange,
            "the quotient doesn't end within the 38 digits of a decimal: \
             say how many places it shall have by divide(x, y, places)",
        )),
    }
}

#[cold]
pub(crate) fn floor_div<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = dividend("//", x, y)?;
    result(cx, x.divided(&y, 0, Rounding::Floor))
}

#[cold]
pub(crate) fn rem<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = dividend("%", x, y)?;
    result(cx, x.remainder(&y))
}

#[cold]
pub(crate) fn pow<'m>(cx: &Context<'m>, x: Value<'m>, y: Value<'m>) -> Result<Value<'m>> {
    let (x, y) = pair("**", x, y)?;
    match y.whole().map(u64::try_from) {
        Some(Ok(times)) => result(cx, x.power(times)),
        _ => Err(Fail::new(
            Code::BadArgument,
            "** takes a whole exponent from 0 on for a decimal",
        )),
    }
}

/// The order of two numbers of which one is a decimal; nothing if neither is, or if the other one
/// is no number.
pub(crate) fn order(op: &'static str, x: Value, y: Value) -> Result<Option<Ordering>> {
    let decimals = matches!(x, Value::Decimal(_)) || matches!(y, Value::Decimal(_));
    if !decimals {
        return Ok(None);
    }
    match (read(x)?, read(y)?) {
        (Some(x), Some(y)) => Ok(Some(x.order(&y))),
        _ if x.kind() == Kind::Float || y.kind() == Kind::Float => {
            Err(Fail::operands(op, x.kind(), y.kind()))
        }
        _ => Ok(None),
    }
}

/// `value | decimal(default)`: a number's own digits, those of a text, or those that a computed
/// float prints with.
pub fn decimal<'m>(cx: &Context<'m>, value: Value<'m>, default: Value<'m>) -> Result<Value<'m>> {
    match (made(cx, value), default) {
        (Ok(decimal), _) => Ok(self::value(cx, decimal)),
        (Err(fail), Value::Missing) => Err(fail),
        (Err(_), default) => Ok(default),
    }
}

fn made<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Decimal> {
    if let Some(decimal) = read(value)? {
        return Ok(decimal);
    }
    if let Value::Float(float) = value {
        let mut digits = Vec::new();
        number::write_json(&mut digits, float);
        return Decimal::parse(&digits).ok_or_else(too_long);
    }
    let Some(text) = value.str(cx.bump)? else {
        return Err(Fail::argument(
            "decimal",
            "a number or a string",
            value.kind(),
        ));
    };
    if !number::accepts(text.as_bytes()) {
        return Err(Fail::new(
            Code::BadArgument,
            "decimal got a string that is no number",
        ));
    }
    Decimal::parse(text.as_bytes()).ok_or_else(too_long)
}

#[cold]
fn too_long() -> Fail {
    Fail::new(
        Code::IntegerRange,
        "a number that needs more than 38 digits was read as a decimal",
    )
}

/// `divide(x, y, places, rounding)`.
pub fn divide<'m>(
    cx: &Context<'m>,
    x: Value<'m>,
    y: Value<'m>,
    places: Value<'m>,
    rounding: Value<'m>,
) -> Result<Value<'m>> {
    let (x, y) = dividend("divide", x, y)?;
    let places = self::places("divide", places)?;
    result(
        cx,
        x.divided(&y, places, self::rounding(cx, "divide", rounding)?),
    )
}

/// `value | round(precision, method)` of a decimal, which then has so many places.
pub(crate) fn round<'m>(
    cx: &Context<'m>,
    value: &Decimal,
    precision: Value<'m>,
    method: Value<'m>,
) -> Result<Value<'m>> {
    let places = match precision {
        Value::Missing | Value::Null => 0,
        precision => self::places("round", precision)?,
    };
    let rounding = self::rounding(cx, "round", method)?;
    result(cx, value.divided(&Decimal::ONE, places, rounding))
}

fn places(name: &'static str, value: Value) -> Result<i32> {
    match value.number()? {
        Some(Number::Int(places @ -38..=38)) => Ok(places as i32),
        Some(Number::Int(_)) => Err(Fail::new(
            Code::BadArgument,
            "a decimal is rounded to -38 to 38 places",
        )),
        _ => Err(Fail::argument(
            name,
            "an integer as the number of places",
            value.kind(),
        )),
    }
}

fn rounding<'m>(cx: &Context<'m>, name: &'static str, value: Value<'m>) -> Result<Rounding> {
    if matches!(value, Value::Missing | Value::Null) {
        return Ok(Rounding::HalfEven);
    }
    let Some(text) = value.str(cx.bump)? else {
        return Err(Fail::argument(
            name,
            "a string as the rounding",
            value.kind(),
        ));
    };
    Rounding::named(text).ok_or_else(|| {
        Fail::new(
            Code::BadArgument,
            "a decimal is rounded half_even, half_up, down, ceil or floor",
        )
    })
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::build::{List, Text};
    use crate::{filters, is};

    type Operator = for<'m> fn(&Context<'m>, Value<'m>, Value<'m>) -> Result<Value<'m>>;

    fn raw(json: &'static str) -> Value<'static> {
        Value::constant(json)
    }

    fn written(value: Value) -> String {
        let mut out = Vec::new();
        crate::write::value(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    /// What an operator makes of a decimal and another value, in both orders, or the code of the
    /// error.
    fn both(operator: Operator, decimal: &'static str, other: Value<'static>) -> [String; 2] {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let decimal = self::decimal(&cx, raw(decimal), Value::Missing).unwrap();
        [(decimal, other), (other, decimal)].map(|(x, y)| match operator(&cx, x, y) {
            Ok(value) => written(value),
            Err(fail) => (fail.code as u16).to_string(),
        })
    }

    #[test]
    fn a_number_as_written_counts_by_its_digits() {
        for (operator, other, want) in [
            (ops::add as Operator, raw("1.10"), ["3.60", "3.60"]),
            (ops::sub, raw("10"), ["-7.5", "7.5"]),
            (ops::mul, Value::Int(-3), ["-7.5", "-7.5"]),
            (
                ops::mul,
                raw("123456789012345678901234567890"),
                ["308641972530864197253086419725.0"; 2],
            ),
            (ops::div, raw("5"), ["0.5", "2"]),
            (ops::div, raw("3"), ["1103", "1.2"]),
            (ops::div, Value::Int(0), ["1104", "0"]),
            (ops::floor_div, raw("-1"), ["-3", "-1"]),
            (ops::rem, raw("0.70"), ["0.40", "0.70"]),
            (ops::pow, raw("2"), ["6.25", "1105"]),
            (ops::eq, raw("2.500"), ["true", "true"]),
            (ops::ne, raw("25e-1"), ["false", "false"]),
            (
                ops::lt,
                raw("2.50000000000000000000000000001"),
                ["true", "false"],
            ),
            (ops::ge, Value::Int(2), ["true", "false"]),
            (ops::eq, Value::Bool(true), ["false", "false"]),
            (ops::eq, Value::Str("2.5"), ["false", "false"]),
            (ops::lt, Value::Str("2.5"), ["1102", "1102"]),
            (ops::add, Value::Str("2.5"), ["1102", "1102"]),
            (ops::add, Value::Missing, ["1101", "1101"]),
            (ops::add, raw("1e40"), ["1103", "1103"]),
            (ops::concat, Value::Str("x"), ["\"2.5x\"", "\"x2.5\""]),
        ] {
            assert_eq!(both(operator, "2.5", other), want, "{other:?}");
        }
    }

    #[test]
    fn a_computed_float_has_no_digits_of_its_own() {
        let operators: [Operator; 10] = [
            ops::add,
            ops::sub,
            ops::mul,
            ops::div,
            ops::floor_div,
            ops::rem,
            ops::pow,
            ops::eq,
            ops::ne,
            ops::lt,
        ];
        for operator in operators {
            assert_eq!(both(operator, "2.5", Value::Float(2.5)), ["1102", "1102"]);
        }
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let sum = ops::add(&cx, raw("0.1"), raw("0.2")).unwrap();
        let made = decimal(&cx, sum, Value::Missing).unwrap();
        assert_eq!(written(made), "0.30000000000000004");
    }

    #[test]
    fn decimals_are_made_of_what_has_digits() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        for (value, want) in [
            (raw("1.10"), Ok("1.10")),
            (raw("\"+1.10\""), Ok("1.10")),
            (raw("7"), Ok("7")),
            (raw("null"), Err(Code::BadArgument)),
            (raw("true"), Err(Code::BadArgument)),
            (raw("\" 1\""), Err(Code::BadArgument)),
            (raw("\"1_000\""), Err(Code::BadArgument)),
            (raw("\"\""), Err(Code::BadArgument)),
            (raw("1e99"), Err(Code::IntegerRange)),
            (raw("\"1e99\""), Err(Code::IntegerRange)),
            (Value::Missing, Err(Code::Missing)),
        ] {
            let made = decimal(&cx, value, Value::Missing);
            let made = made.map(written).map_err(|fail| fail.code);
            assert_eq!(made, want.map(str::to_owned), "{value:?}");
            let made = decimal(&cx, value, Value::Null).map(written);
            assert_eq!(made, Ok(want.unwrap_or("null").to_owned()), "{value:?}");
        }
    }

    #[test]
    fn filters_tests_and_text_know_decimals() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let made = |json| decimal(&cx, raw(json), Value::Missing).unwrap();
        let (none, places) = (Value::Missing, Value::Int(1));
        let mut list = List::new(&cx);
        list.add(made("1.10")).unwrap();
        list.add(made("-2.50")).unwrap();
        let list = list.done();
        let mut text = Text::new(&cx);
        text.add(list).unwrap();
        for (ours, want) in [
            (filters::int(&cx, made("-2.99"), none, none), "-2"),
            (filters::float(&cx, made("1.10"), none), "1.1"),
            (filters::string(&cx, made("1.10")), "\"1.10\""),
            (filters::bool(&cx, made("0.00")), "false"),
            (filters::bool(&cx, made("0.01")), "true"),
            (filters::abs(&cx, made("-1.10")), "1.10"),
            (ops::neg(&cx, made("1.10")), "-1.10"),
            (filters::round(&cx, made("2.25"), places, none), "2.2"),
            (
                filters::round(&cx, made("2.25"), places, Value::Str("half_up")),
                "2.3",
            ),
            (
                filters::round(&cx, made("-2.25"), places, Value::Str("ceil")),
                "-2.2",
            ),
            (
                filters::round(&cx, made("-2.25"), places, Value::Str("floor")),
                "-2.3",
            ),
            (filters::round(&cx, made("7"), Value::Int(2), none), "7.00"),
            (
                filters::round(&cx, made("1250"), Value::Int(-2), none),
                "1200",
            ),
            (
                divide(&cx, raw("10"), Value::Int(3), Value::Int(2), none),
                "3.33",
            ),
            (
                crate::lists::join(&cx, list, Value::Str("|"), none),
                "\"1.10|-2.50\"",
            ),
            (Ok(text.done()), "\"[1.10, -2.50]\""),
            (Ok(list), "[1.10,-2.50]"),
            (ops::is_in(&cx, raw("1.1"), list), "true"),
            (ops::is_in(&cx, made("2.5"), raw("[1, 2.50]")), "true"),
            (is::number(&cx, made("1")), "true"),
            (is::decimal(&cx, made("1")), "true"),
            (is::decimal(&cx, raw("1.0")), "false"),
            (is::integer(&cx, made("1")), "false"),
            (is::float(&cx, made("1.5")), "false"),
            (ops::eq(&cx, list, raw("[1.1,-2.5]")), "true"),
        ] {
            assert_eq!(ours.map(written).as_deref(), Ok(want));
        }
        assert!(filters::int(&cx, made("1e30"), none, none).is_err());
        assert!(filters::round(&cx, made("1"), Value::Int(39), none).is_err());
        assert!(filters::round(&cx, raw("1.5"), none, Value::Str("half_up")).is_err());
    }
}
