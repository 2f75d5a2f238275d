//! The conversions of `convert`. They are strict: what isn't plainly a value of the kind is an
//! error of the message, and so is one that would lose something. Null stays null.

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::{Code, Fail, Kind, Result};
use crate::exact;
use crate::number;
use crate::path::Path;
use crate::rounding::Rounding;
use crate::scan;
use crate::time::{self, Instant};
use crate::value::{Raw, Value};

/// A conversion's result, whose error is about a field.
pub fn about<'m>(path: &Path, result: Result<Value<'m>>) -> Result<Value<'m>> {
    result.map_err(|fail| fail.at(path.name))
}

#[cold]
fn bad<'m>(why: &'static str) -> Result<Value<'m>> {
    Err(Fail::new(Code::BadArgument, why))
}

#[cold]
fn range<'m>(why: &'static str) -> Result<Value<'m>> {
    Err(Fail::new(Code::IntegerRange, why))
}

/// A number's digits: those of the message, of a text that is a number, or those that it prints
/// with. Nothing where the value is neither.
fn digits<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Option<&'m [u8]>> {
    Ok(match value {
        Value::Raw(Raw(text)) if matches!(text[0], b'0'..=b'9' | b'-') => Some(text),
        Value::Int(_) | Value::Float(_) | Value::Decimal(_) => {
            let mut out = Vec::new();
            crate::write::value(&mut out, value);
            Some(cx.bump.alloc_slice_copy(&out))
        }
        _ => match value.str(cx.bump)? {
            Some(text) if number::accepts(text.as_bytes()) => Some(text.as_bytes()),
            Some(_) => return Err(Fail::new(Code::BadArgument, "the text is no number")),
            None => None,
        },
    })
}

/// To an integer of 64 bits.
pub fn int<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    if value.kind() == Kind::Null {
        return Ok(value);
    }
    let Some(text) = digits(cx, value)? else {
        return Err(Fail::argument(
            "to: int",
            "a number or a string",
            value.kind(),
        ));
    };
    // What needs more digits than a decimal has is outside of 64 bits, or has a fraction.
    let Some(decimal) = Decimal::parse(text) else {
        return range("the number is outside of 64 bits, or isn't whole");
    };
    match decimal.whole().map(i64::try_from) {
        None => bad("the number isn't whole"),
        Some(Err(_)) => range("the number is outside of 64 bits"),
        Some(Ok(int)) => Ok(Value::Int(int)),
    }
}

/// To a float. A number of the message that has a fraction or an exponent keeps its bytes.
pub fn float<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    match (value.kind(), value) {
        (Kind::Null, _) => return Ok(value),
        (Kind::Float, _) => return value.number().map(|_| value),
        _ => {}
    }
    let Some(text) = digits(cx, value)? else {
        return Err(Fail::argument(
            "to: float",
            "a number or a string",
            value.kind(),
        ));
    };
    let float: f64 = crate::text::utf8(text).parse().unwrap_or(f64::INFINITY);
    if !float.is_finite() {
        return Err(Fail::new(
            Code::NotFinite,
            "the number is too large for a float",
        ));
    }
    let mut shortest = Vec::new();
    number::write_json(&mut shortest, float);
    if number::significant(text) != number::significant(&shortest) {
        return range("the number has more digits than a float holds: convert it to decimal");
    }
    Ok(Value::Float(float))
}

/// To a decimal; with so many places, if a scale is given. Digits beyond it are rounded if the flow
/// says how, and else an error.
pub fn decimal<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    scale: Value<'m>,
    rounding: Value<'m>,
) -> Result<Value<'m>> {
    if value.kind() == Kind::Null {
        return Ok(value);
    }
    let Some(text) = digits(cx, value)? else {
        return Err(Fail::argument(
            "to: decimal",
            "a number or a string",
            value.kind(),
        ));
    };
    let Some(exact) = Decimal::parse(text) else {
        return range("the number needs more than the 38 digits of a decimal");
    };
    let Value::Int(places) = scale else {
        return Ok(exact::value(cx, exact));
    };
    let named = rounding.str(cx.bump)?.and_then(Rounding::named);
    let way = named.unwrap_or(Rounding::Down);
    let Some(rounded) = exact.divided(&Decimal::ONE, places as i32, way) else {
        return range("the number needs more than the 38 digits of a decimal");
    };
    if named.is_none() && rounded.order(&exact).is_ne() {
        return bad("the number has more places than the scale: say how to round it");
    }
    Ok(exact::value(cx, rounded))
}

/// To true or false: what is one stays one, other values are looked up by their text.
pub fn bool<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    yes: Value<'m>,
    no: Value<'m>,
) -> Result<Value<'m>> {
    if matches!(value.kind(), Kind::Null | Kind::Bool) {
        return Ok(value);
    }
    let text = string(cx, value)?.str(cx.bump)?.unwrap_or_default();
    for (list, truth) in [(yes, true), (no, false)] {
        if let Value::List(words) = list.read(cx.bump)? {
            for word in words {
                if word.str(cx.bump)? == Some(text) {
                    return Ok(Value::Bool(truth));
                }
            }
        }
    }
    bad("the value is none of the texts that stand for true and false")
}

/// To text: a number's digits as they are, `true` and `false`.
pub fn string<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    match value.kind() {
        Kind::Null | Kind::Str => Ok(value),
        Kind::Int | Kind::Float | Kind::Decimal | Kind::Bool => {
            let mut out = Vec::new();
            crate::write::value(&mut out, value);
            Ok(Value::Str(cx.bump.alloc_str(crate::text::utf8(&out))))
        }
        kind => Err(Fail::argument(
            "to: string",
            "a string, a number or a boolean",
            kind,
        )),
    }
}

/// The value of a JSON text. What is no text is a value already.
pub fn json<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let Some(text) = value.str(cx.bump)? else {
        return Ok(value);
    };
    match scan::check(text.as_bytes()) {
        Ok(json) => Ok(Value::Raw(Raw(json))),
        Err(_) => bad("the text isn't JSON, or is nested too deep"),
    }
}

/// To a timestamp, RFC 3339 in UTC, from a text or a count since 1970 in one of some formats.
pub fn timestamp<'m>(cx: &Context<'m>, value: Value<'m>, formats: Value<'m>) -> Result<Value<'m>> {
    in_zone(cx, value, formats, &time::UTC)
}

/// Like [`timestamp`], where texts without an offset are what the clocks of a zone show.
pub fn timestamp_in<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    formats: Value<'m>,
    zone: Value<'m>,
) -> Result<Value<'m>> {
    match zone.str(cx.bump)?.and_then(time::zone) {
        Some(zone) => in_zone(cx, value, formats, &zone),
        None => bad("there is no such zone"),
    }
}

fn in_zone<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    formats: Value<'m>,
    zone: &time::Zone,
) -> Result<Value<'m>> {
    let kind = value.kind();
    if kind == Kind::Null {
        return Ok(value);
    }
    if !matches!(kind, Kind::Str | Kind::Int | Kind::Float | Kind::Decimal) {
        return Err(Fail::argument(
            "to: timestamp",
            "a string or a number",
            kind,
        ));
    }
    let one = [formats];
    let formats = match formats.read(cx.bump)? {
        Value::List(list) => list,
        _ => &one,
    };
    for format in formats {
        let format = format.str(cx.bump)?.unwrap_or_default();
        if let Some(instant) = instant(cx, value, format, zone)? {
            return Ok(Value::Str(cx.bump.alloc_str(&instant.text())));
        }
    }
    bad("the value isn't a time in the format that the flow says")
}

fn instant<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    format: &str,
    zone: &time::Zone,
) -> Result<Option<Instant>> {
    if let Some(text) = value.str(cx.bump)? {
        return Ok(time::parse(text, format, zone));
    }
    let count = digits(cx, value)?.and_then(Decimal::parse);
    Ok(match (count, time::units(format)) {
        (Some(count), Some(units)) => time::since_epoch(&count, units),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;

    fn written(result: Result<Value>) -> Result<String, Code> {
        let mut out = Vec::new();
        crate::write::value(&mut out, result.map_err(|fail| fail.code)?);
        Ok(String::from_utf8(out).unwrap())
    }

    /// What the message holds is tested by the fixtures of `convert`.
    #[test]
    fn computed_values_convert_as_well() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let made = |text: &str| {
            let decimal = Decimal::parse(text.as_bytes()).unwrap();
            exact::value(&cx, decimal)
        };
        let (missing, unix) = (Value::Missing, Value::Str("unix"));
        for (ours, want) in [
            (int(&cx, Value::Float(7.0)), Ok("7")),
            (int(&cx, Value::Float(1e300)), Err(Code::IntegerRange)),
            (int(&cx, made("7.00")), Ok("7")),
            (int(&cx, made("7.01")), Err(Code::BadArgument)),
            (float(&cx, Value::Float(0.1)), Ok("0.1")),
            (float(&cx, made("1.10")), Ok("1.1")),
            (
                float(&cx, made("0.12345678901234567890")),
                Err(Code::IntegerRange),
            ),
            (decimal(&cx, Value::Float(0.1), missing, missing), Ok("0.1")),
            (
                decimal(&cx, made("1.10"), Value::Int(3), missing),
                Ok("1.100"),
            ),
            (string(&cx, Value::Float(1e21)), Ok("\"1e+21\"")),
            (string(&cx, made("1.10")), Ok("\"1.10\"")),
            (json(&cx, made("1.10")), Ok("1.10")),
            (
                timestamp(&cx, made("1.5"), unix),
                Ok("\"1970-01-01T00:00:01.5Z\""),
            ),
            (
                timestamp(&cx, Value::List(&[]), unix),
                Err(Code::BadArgument),
            ),
        ] {
            assert_eq!(written(ours), want.map(str::to_owned));
        }
    }

    #[test]
    fn an_error_is_about_a_field() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        const QTY: &Path = &Path::field(0, "qty");
        let fail = about(QTY, int(&cx, Value::Str("x"))).unwrap_err();
        assert_eq!(fail.field, "qty");
    }
}
