//! Values as text, as MiniJinja prints them.

use std::fmt::Write;

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::decimal;
use crate::dict;
use crate::error::{Code, Fail, Result};
use crate::number;
use crate::text;
use crate::value::{Raw, Value};
use crate::write;

/// Adds a value to a text, as `{{ value }}` and `~` do.
pub fn value<'m>(bump: &'m Bump, out: &mut String<'m>, value: Value<'m>) -> Result<()> {
    match value {
        Value::Missing => Err(Fail::new(
            Code::Missing,
            "a value that is needed is missing",
        )),
        Value::Raw(Raw(digits)) if is_integer(digits) => {
            push(out, text::utf8(digits));
            Ok(())
        }
        _ => match value.read(bump)? {
            Value::Str(s) => {
                push(out, s);
                Ok(())
            }
            Value::Float(float) => {
                number::print(out, float);
                Ok(())
            }
            other => nested(bump, out, other),
        },
    }
}

/// Integers print as they are written, those beyond 64 bits too.
fn is_integer(text: &[u8]) -> bool {
    matches!(text[0], b'0'..=b'9' | b'-') && number::is_integer(text)
}

/// Adds a value as it is printed inside of a list: strings in quotes, floats in short.
fn nested<'m>(bump: &'m Bump, out: &mut String<'m>, value: Value<'m>) -> Result<()> {
    if let Value::Raw(Raw(digits)) = value
        && is_integer(digits)
    {
        push(out, text::utf8(digits));
        return Ok(());
    }
    match value.read(bump)? {
        Value::Missing => push(out, "undefined"),
        Value::Null => push(out, "None"),
        Value::Bool(true) => push(out, "True"),
        Value::Bool(false) => push(out, "False"),
        Value::Int(int) => put(out, int),
        Value::Float(float) => number::print_short(out, float),
        Value::Decimal(d) => push(out, d.text(&mut [0; decimal::WIDTH])),
        Value::Str(s) => quote(out, s),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                push(out, if i > 0 { ", " } else { "" });
                nested(bump, out, *item)?;
            }
            out.push(']');
        }
        Value::Dict(fields) => {
            out.push('{');
            for (i, field) in dict::unique(bump, fields).iter().enumerate() {
                push(out, if i > 0 { ", " } else { "" });
                quote(out, field.text(bump)?);
                push(out, ": ");
                nested(bump, out, field.value)?;
            }
            out.push('}');
        }
        Value::Raw(_) => unreachable!("was read"),
    }
    Ok(())
}

fn push(out: &mut String, text: &str) {
    // Text after text is text.
    write::copy(unsafe { out.as_mut_vec() }, text.as_bytes());
}

/// Writing to memory doesn't fail.
fn put(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// A string as Python shows it.
fn quote(out: &mut String, s: &str) {
    let quote = if s.contains('\'') && !s.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => push(out, "\\\\"),
            '\n' => push(out, "\\n"),
            '\r' => push(out, "\\r"),
            '\t' => push(out, "\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            // The control characters of Unicode are all below 0x100.
            c if c.is_control() => put(out, format_args!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(json: &str) -> std::string::String {
        let bump = Bump::new();
        let mut out = String::new_in(&bump);
        value(&bump, &mut out, Value::Raw(Raw(json.as_bytes()))).unwrap();
        out.as_str().to_owned()
    }

    #[test]
    fn prints_as_minijinja_does() {
        for json in [
            "null",
            "true",
            "false",
            "1",
            "-7",
            "1.0",
            "1.10",
            "1e21",
            "1e-7",
            "-0",
            "\"é \\n\"",
            "[]",
            "{}",
            r#"[1, 1.0, 1e21, "a", "it's", "\"", "'\"", "\\\n\u0007\u009f\t", null, true, [], {}]"#,
            r#"{"b":1,"a":{"x":[1.5]},"c":"y"}"#,
            r#"{"a":1,"b":2,"a":3}"#,
        ] {
            assert_eq!(
                printed(json),
                crate::oracle::value(json).to_string(),
                "{json}"
            );
        }
    }

    #[test]
    fn integers_beyond_64_bits_keep_their_digits() {
        assert_eq!(
            printed("123456789012345678901234567890"),
            "123456789012345678901234567890"
        );
        assert_eq!(printed("[18446744073709551616]"), "[18446744073709551616]");
    }

    #[test]
    fn a_missing_value_cannot_be_printed() {
        let bump = Bump::new();
        let fail = value(&bump, &mut String::new_in(&bump), Value::Missing).unwrap_err();
        assert_eq!(fail.code, Code::Missing);
    }
}
