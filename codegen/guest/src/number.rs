//! Numbers: reading them from JSON, and printing them as MiniJinja and serde_json do.

use std::fmt::Write;

use crate::error::{Code, Fail, Result};
use crate::text;
use crate::write;

/// A number that is read: an integer of 64 bits, or a float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number as a float, rounded where it is an integer beyond 53 bits.
    pub fn float(self) -> f64 {
        match self {
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }
}

/// Reads a number that the scanner has accepted.
pub fn read(text: &[u8]) -> Result<Number> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut mantissa: u64 = 0;
    let mut scale = None;
    for (i, &byte) in digits.iter().enumerate() {
        match byte {
            // 18 digits are below 2^63 whatever they are.
            b'0'..=b'9' if i < 18 => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' => scale = Some(digits.len() - 1 - i),
            _ => return read_long(text),
        }
    }
    match scale {
        None if negative && mantissa == 0 => Ok(Number::Float(-0.0)),
        None => Ok(Number::Int(if negative {
            -(mantissa as i64)
        } else {
            mantissa as i64
        })),
        // Both are exact as floats, so one division rounds correctly.
        Some(scale) if mantissa < 1 << 53 && scale < POWERS.len() => {
            let float = mantissa as f64 / POWERS[scale];
            Ok(Number::Float(if negative { -float } else { float }))
        }
        Some(_) => read_long(text),
    }
}

const POWERS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

#[cold]
fn read_long(text: &[u8]) -> Result<Number> {
    let text = text::utf8(text);
    if is_integer(text.as_bytes()) {
        return match text.parse() {
            Ok(int) => Ok(Number::Int(int)),
            Err(_) => Err(Fail::new(
                Code::IntegerRange,
                "an integer outside of 64 bits was read",
            )),
        };
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok(Number::Float(float)),
        _ => Err(Fail::new(
            Code::NotFinite,
            "a number too large for a float was read",
        )),
    }
}

/// Whether a number is an integer by its spelling.
pub fn is_integer(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) && text != b"-0"
}

/// Whether a text is a number as JSON writes it, or one with a plus sign or zeros before it. No
/// space, no separators between digits, and digits on both sides of a point.
pub fn accepts(text: &[u8]) -> bool {
    let digits = |text: &mut &[u8]| {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *text = &text[count..];
        count > 0
    };
    let signed = |text: &mut &[u8]| {
        if let [b'-' | b'+', rest @ ..] = text {
            *text = rest;
        }
        digits(text)
    };
    let mut rest = text;
    let mut good = signed(&mut rest);
    if let [b'.', fraction @ ..] = rest {
        rest = fraction;
        good &= digits(&mut rest);
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        rest = exponent;
        good &= signed(&mut rest);
    }
    good && rest.is_empty()
}

/// The digits of a number from the first that isn't zero to the last, and the power of ten that the
/// last one stands for: the same for two texts if they are the same number.
pub fn significant(text: &[u8]) -> (Vec<u8>, i64) {
    let mantissa = text.iter().position(|b| matches!(b, b'e' | b'E'));
    let (mantissa, exponent) = text.split_at(mantissa.unwrap_or(text.len()));
    let fraction = mantissa.iter().position(|b| *b == b'.');
    let places = fraction.map_or(0, |at| mantissa.len() - 1 - at);
    let mut digits: Vec<u8> = mantissa
        .iter()
        .copied()
        .filter(u8::is_ascii_digit)
        .skip_while(|b| *b == b'0')
        .collect();
    let mut power = crate::decimal::exponent(exponent.get(1..).unwrap_or_default());
    power -= places as i64;
    while digits.last() == Some(&b'0') {
        digits.pop();
        power += 1;
    }
    // Zero has no digits, and no power.
    let power = if digits.is_empty() { 0 } else { power };
    if mantissa.first() == Some(&b'-') && !digits.is_empty() {
        digits.insert(0, b'-');
    }
    (digits, power)
}

/// Writes a float as JSON: the shortest digits that read back as the same float.
pub fn write_json(out: &mut Vec<u8>, float: f64) {
    write::copy(out, zmij::Buffer::new().format_finite(float).as_bytes());
}

/// Writes an integer.
pub fn write_int(out: &mut Vec<u8>, int: i64) {
    let mut buffer = [0; 20];
    let mut at = buffer.len();
    let mut rest = int.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if int < 0 {
        out.push(b'-');
    }
    write::copy(out, &buffer[at..]);
}

/// Prints a float as MiniJinja does: the same digits without an exponent, and with at least one
/// decimal.
pub fn print(out: &mut impl Write, float: f64) {
    // Writing to memory doesn't fail.
    let _ = shortest(float, |text| spread(out, text));
}

/// Prints a float as MiniJinja does inside of lists and objects: with an exponent where that is
/// shorter.
pub fn print_short(out: &mut impl Write, float: f64) {
    let _ = shortest(float, |text| {
        let (sign, digits) = text.split_at(usize::from(float.is_sign_negative()));
        match digits.strip_prefix("0.0000") {
            // Here JSON has no exponent yet, and MiniJinja has one.
            Some(digits) if float != 0.0 => {
                let (first, rest) = digits.split_at(1);
                write!(
                    out,
                    "{sign}{first}{}{rest}e-5",
                    if rest.is_empty() { "" } else { "." }
                )
            }
            _ => text.split('+').try_for_each(|part| out.write_str(part)),
        }
    });
}

/// The shortest digits that read back as a float. Where two spellings are equally near to it, the
/// standard library, by which MiniJinja prints, takes the upper one, and zmij the even one.
fn shortest<T>(float: f64, then: impl FnOnce(&str) -> T) -> T {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(float);
    let end = text.find('e').unwrap_or(text.len());
    if !between(float, &text[..end], &text[end..]) {
        return then(text);
    }
    let mut upper = [0; 32];
    let upper = &mut upper[..text.len()];
    upper.copy_from_slice(text.as_bytes());
    // The last digit is even, so that nothing is carried.
    upper[end - 1] += 1;
    then(text::utf8(upper))
}

/// Whether a float lies just in the middle of a spelling of it and the next greater one of as many
/// digits, and the spelling's last digit is even.
fn between(float: f64, mantissa: &str, exponent: &str) -> bool {
    if !mantissa.ends_with(['2', '4', '6', '8']) {
        return false;
    }
    let fraction = mantissa.split_once('.').map_or(0, |(_, f)| f.len() as i32);
    let exponent: i32 = exponent.get(1..).map_or(0, |e| e.parse().unwrap_or(0));
    let places = fraction - exponent;
    // A whole number is never in the middle, and one with more places has too many digits.
    if !(1..=27).contains(&places) {
        return false;
    }
    let digit = |sum: u128, byte: u8| match byte {
        b'0'..=b'9' => sum * 10 + u128::from(byte - b'0'),
        _ => sum,
    };
    let digits = mantissa.bytes().fold(0, digit);
    let bits = float.to_bits();
    let binary = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let power = (bits >> 52 & 0x7ff) as i32 - 1075;
    // Asks for binary·2^power = (digits + 1/2)·10^-places, without a fraction.
    let (left, right) = (binary * 5u128.pow(places as u32), 2 * digits + 1);
    match power + places + 1 {
        shift @ 0..=10 => left << shift == right,
        shift @ -68..0 => left == right << -shift,
        _ => false,
    }
}

fn spread(out: &mut impl Write, text: &str) -> std::fmt::Result {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return out.write_str(text);
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.split_at(usize::from(mantissa.starts_with('-')));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    out.write_str(sign)?;
    if exponent < 0 {
        out.write_str("0.")?;
        zeros(out, -exponent - 1)?;
        out.write_str(whole)?;
        return out.write_str(fraction);
    }
    // An exponent is only written where the float has no decimals beyond it.
    out.write_str(whole)?;
    out.write_str(fraction)?;
    zeros(out, exponent - fraction.len() as i32)?;
    out.write_str(".0")
}

fn zeros(out: &mut impl Write, count: i32) -> std::fmt::Result {
    (0..count).try_for_each(|_| out.write_char('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(text: &str) -> f64 {
        match read(text.as_bytes()) {
            Ok(Number::Float(f)) => f,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn integers_are_exact_to_the_edges_of_64_bits() {
        for int in [
            0,
            1,
            -1,
            999_999_999_999_999_999,
            1_000_000_000_000_000_000,
            i64::MAX,
            i64::MIN,
        ] {
            assert_eq!(read(int.to_string().as_bytes()), Ok(Number::Int(int)));
            let mut out = Vec::new();
            write_int(&mut out, int);
            assert_eq!(out, int.to_string().as_bytes());
        }
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901234567890",
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().code, Code::IntegerRange);
        }
    }

    #[test]
    fn floats_are_read_as_the_standard_library_reads_them() {
        for text in [
            "1.5",
            "-1.5",
            "0.1",
            "1.10",
            "-0",
            "-0.0",
            "0.30000000000000004",
            "123456789012345.678",
            "1e5",
            "1E-7",
            "2.2250738585072014e-308",
            "5e-324",
            "9007199254740993.0",
            "0.000000000000000000000001",
            "1.7976931348623157e308",
            "12345678901234567.5",
            "99999999999999999.9",
        ] {
            assert_eq!(
                float(text).to_bits(),
                text.parse::<f64>().unwrap().to_bits(),
                "{text}"
            );
        }
        for text in ["1e999", "-1e400"] {
            assert_eq!(read(text.as_bytes()).unwrap_err().code, Code::NotFinite);
        }
    }

    #[test]
    fn floats_in_the_middle_of_two_spellings_print_as_in_minijinja() {
        let mut differ = 0;
        for power in 0..56 {
            for offset in [1u64, 3, 5, 12_345, 7_777_777] {
                for eighth in 0..16 {
                    let value = ((1u64 << power) + offset) as f64 + f64::from(eighth) / 16.0;
                    for value in [value, -value, value / 1024.0, value / 1_048_576.0] {
                        let mut text = String::new();
                        print(&mut text, value);
                        assert_eq!(text, minijinja::Value::from(value).to_string());
                        differ += u32::from(text != zmij::Buffer::new().format_finite(value));
                        text.clear();
                        print_short(&mut text, value);
                        assert_eq!(text, format!("{value:?}"));
                    }
                }
            }
        }
        assert!(differ > 100, "{differ}");
    }

    #[test]
    fn floats_print_as_in_minijinja_and_write_as_in_serde_json() {
        let mut floats = vec![
            1.0,
            -0.0,
            0.1,
            123456.789,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            1e-4,
        ];
        for power in -330..=308 {
            for digits in [
                "1",
                "-1.5",
                "9.87654321",
                "1.2345678901234567",
                "-9.999999999999999",
            ] {
                floats.push(format!("{digits}e{power}").parse().unwrap());
            }
        }
        for value in floats.into_iter().filter(|f: &f64| f.is_finite()) {
            let mut text = String::new();
            print(&mut text, value);
            assert_eq!(text, minijinja::Value::from(value).to_string());
            text.clear();
            print_short(&mut text, value);
            assert_eq!(text, format!("{value:?}"));
            let mut out = Vec::new();
            write_json(&mut out, value);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                serde_json::to_string(&value).unwrap()
            );
        }
    }
}
