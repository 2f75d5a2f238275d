//! Values. They are small and copied freely: whatever they hold lies in the message, in the arena
//! of the message, or in what lives as long as the module.

use bumpalo::Bump;

use crate::decimal::Decimal;
use crate::error::{Kind, Result};
use crate::number::{self, Number};
use crate::path::{self, Name};
use crate::scan::{Quoted, Scanner};
use crate::text;

/// A value of a message, or one that a flow computed.
#[derive(Clone, Copy, Debug)]
pub enum Value<'m> {
    /// A field that isn't there.
    Missing,
    Null,
    Bool(bool),
    Int(i64),
    /// Always finite.
    Float(f64),
    /// An exact number. It lies elsewhere, so that values stay small.
    Decimal(&'m Decimal),
    Str(&'m str),
    /// JSON as it stands in the message, in a table or in the flow: written as it is, and only
    /// taken apart by what reads it.
    Raw(Raw<'m>),
    List(&'m [Value<'m>]),
    Dict(&'m [Field<'m>]),
}

/// One JSON value's text without space around it, which the scanner has accepted.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'m>(pub(crate) &'m [u8]);

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field<'m> {
    /// The name without escapes.
    pub(crate) name: &'m [u8],
    pub(crate) print: u64,
    /// The name as it stands in the message, with its quotes; empty if the flow made it.
    pub(crate) quoted: &'m [u8],
    pub(crate) value: Value<'m>,
    /// Where `"name":value` stands in the message, if it is written there just so.
    pub(crate) span: (u32, u32),
}

impl<'m> Raw<'m> {
    /// A constant of the flow, which the compiler has checked.
    pub const fn constant(json: &'static str) -> Raw<'static> {
        Raw(json.as_bytes())
    }

    /// The kind of the value, by its first byte.
    pub fn kind(self) -> Kind {
        match self.0[0] {
            b'"' => Kind::Str,
            b'{' => Kind::Dict,
            b'[' => Kind::List,
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Bool,
            _ if number::is_integer(self.0) => Kind::Int,
            _ => Kind::Float,
        }
    }

    /// The text of a string, with its quotes taken off.
    pub(crate) fn inner(self) -> &'m [u8] {
        &self.0[1..self.0.len() - 1]
    }
}

impl<'m> Field<'m> {
    /// A field that the flow makes.
    pub(crate) fn new(name: &'m str, value: Value<'m>) -> Field<'m> {
        let print = path::print(name.as_bytes());
        Field {
            name: name.as_bytes(),
            print,
            quoted: &[],
            value,
            span: (0, 0),
        }
    }

    /// A field by a name that is known ahead.
    pub(crate) fn named(name: Name, value: Value<'m>) -> Field<'m> {
        Field {
            name: name.text.as_bytes(),
            print: name.print,
            quoted: &[],
            value,
            span: (0, 0),
        }
    }

    /// A field whose name stands in a text.
    #[inline(always)]
    pub(crate) fn at(bump: &'m Bump, text: &'m [u8], at: Quoted, value: Value<'m>) -> Field<'m> {
        let quoted = &text[at.start..at.end];
        let inner = &quoted[1..quoted.len() - 1];
        if at.escapes {
            let name = text::unescape(bump, inner);
            return Field {
                name,
                print: path::print(name),
                quoted,
                value,
                span: (0, 0),
            };
        }
        let print = path::print_within(text, at.start + 1, at.end - 1);
        Field {
            name: inner,
            print,
            quoted,
            value,
            span: (0, 0),
        }
    }

    #[inline(always)]
    pub(crate) fn is(&self, name: &Name) -> bool {
        // Names of up to seven bytes are told apart by their fingerprints alone.
        self.print == name.print
            && self.name.len() == name.text.len()
            && (self.name.len() < 8 || self.is_text(name.text.as_bytes()))
    }

    #[inline(always)]
    pub(crate) fn is_text(&self, name: &[u8]) -> bool {
        self.name == name
    }

    /// The name, or an error where it holds half a surrogate pair.
    pub(crate) fn text(&self, bump: &'m Bump) -> Result<&'m str> {
        if self.quoted.is_empty() {
            return Ok(text::utf8(self.name));
        }
        text::decode(bump, &self.quoted[1..self.quoted.len() - 1])
    }
}

impl<'m> Value<'m> {
    /// A constant of the flow, which the compiler has checked.
    pub const fn constant(json: &'static str) -> Value<'static> {
        Value::Raw(Raw::constant(json))
    }

    pub fn kind(self) -> Kind {
        match self {
            Value::Missing => Kind::Missing,
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Decimal(_) => Kind::Decimal,
            Value::Str(_) => Kind::Str,
            Value::Raw(raw) => raw.kind(),
            Value::List(_) => Kind::List,
            Value::Dict(_) => Kind::Dict,
        }
    }

    /// The value with its text taken apart by one level: anything but [`Value::Raw`].
    pub fn read(self, bump: &'m Bump) -> Result<Value<'m>> {
        let Value::Raw(raw) = self else {
            return Ok(self);
        };
        Ok(match raw.0[0] {
            b'"' => Value::Str(text::decode(bump, raw.inner())?),
            b'{' => Value::Dict(fields(bump, raw.0)),
            b'[' => Value::List(items(bump, raw.0)),
            b'n' => Value::Null,
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            _ => match number::read(raw.0)? {
                Number::Int(i) => Value::Int(i),
                Number::Float(f) => Value::Float(f),
            },
        })
    }

    /// The integer or float that the value is, if it is one.
    pub fn number(self) -> Result<Option<Number>> {
        match self {
            Value::Int(i) => Ok(Some(Number::Int(i))),
            Value::Float(f) => Ok(Some(Number::Float(f))),
            Value::Raw(raw) if matches!(raw.0[0], b'0'..=b'9' | b'-') => {
                number::read(raw.0).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The text that the value is, if it is one.
    pub fn str(self, bump: &'m Bump) -> Result<Option<&'m str>> {
        match self {
            Value::Str(s) => Ok(Some(s)),
            Value::Raw(raw) if raw.0[0] == b'"' => text::decode(bump, raw.inner()).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether the value counts as true, as in MiniJinja: what is empty, zero, null or missing
    /// doesn't.
    pub fn truthy(self) -> Result<bool> {
        Ok(match self {
            Value::Missing | Value::Null => false,
            Value::Bool(b) => b,
            Value::Int(i) => i != 0,
            Value::Float(f) => f != 0.0,
            Value::Decimal(d) => !d.is_zero(),
            Value::Str(s) => !s.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Dict(fields) => !fields.is_empty(),
            Value::Raw(raw) => match raw.0[0] {
                b'"' => raw.0.len() > 2,
                b't' => true,
                b'f' | b'n' => false,
                b'{' | b'[' => !is_empty(raw.0),
                _ => number::read(raw.0)?.float() != 0.0,
            },
        })
    }
}

/// Whether a container's text holds nothing but space.
fn is_empty(raw: &[u8]) -> bool {
    raw[1..raw.len() - 1].iter().all(u8::is_ascii_whitespace)
}

/// The items of an array's text.
fn items<'m>(bump: &'m Bump, raw: &'m [u8]) -> &'m [Value<'m>] {
    let mut items = bumpalo::collections::Vec::new_in(bump);
    each(raw, |scanner| {
        let value = take(scanner);
        items.push(value);
    });
    items.into_bump_slice()
}

/// The fields of an object's text, those of the same name included.
pub(crate) fn fields<'m>(bump: &'m Bump, raw: &'m [u8]) -> &'m [Field<'m>] {
    let mut fields = bumpalo::collections::Vec::new_in(bump);
    each(raw, |scanner| {
        // It was accepted before, so that this can't fail.
        if let Ok(name) = scanner.name() {
            let value = take(scanner);
            fields.push(Field::at(bump, scanner.text, name, value));
        }
    });
    fields.into_bump_slice()
}

/// Calls `part` at each part of a container that the scanner has accepted before.
fn each<'m>(raw: &'m [u8], mut part: impl FnMut(&mut Scanner<'m>)) {
    let mut scanner = Scanner::new(raw);
    let close = if scanner.peek() == b'{' { b'}' } else { b']' };
    scanner.at += 1;
    scanner.space();
    while scanner.peek() != close {
        part(&mut scanner);
        if !scanner.more(close).unwrap_or(false) {
            return;
        }
    }
}

/// Passes over a value.
fn take<'m>(scanner: &mut Scanner<'m>) -> Value<'m> {
    let start = scanner.at;
    // It was accepted before, and no deeper than the limit.
    let accepted = scanner.value(0).is_ok();
    debug_assert!(accepted);
    Value::Raw(Raw(&scanner.text[start..scanner.at]))
}

/// The value of the last of the fields with that name. JSON leaves it open what two fields of one
/// name mean; most readers take the last.
#[inline]
pub(crate) fn find<'m>(fields: &[Field<'m>], name: &Name) -> Option<Value<'m>> {
    fields
        .iter()
        .rev()
        .find(|field| field.is(name))
        .map(|field| field.value)
}

/// Like [`find`], by a name that isn't known ahead.
pub(crate) fn find_text<'m>(fields: &[Field<'m>], name: &str) -> Option<Value<'m>> {
    fields
        .iter()
        .rev()
        .find(|field| field.is_text(name.as_bytes()))
        .map(|field| field.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Value<'_> {
        Value::Raw(Raw(json.as_bytes()))
    }

    #[test]
    fn truth_is_minijinjas() {
        for json in [
            "null",
            "true",
            "false",
            "0",
            "1",
            "-0",
            "0.0",
            "1e-300",
            "\"\"",
            "\"x\"",
            "[]",
            "[ ]",
            "[0]",
            "{}",
            "{ }",
            r#"{"a":null}"#,
        ] {
            let want = crate::oracle::value(json).is_true();
            let bump = Bump::new();
            assert_eq!(raw(json).truthy(), Ok(want), "{json}");
            assert_eq!(raw(json).read(&bump).unwrap().truthy(), Ok(want), "{json}");
        }
        assert_eq!(Value::Missing.truthy(), Ok(false));
    }

    #[test]
    fn a_container_is_taken_apart_by_one_level() {
        let bump = Bump::new();
        let Ok(Value::Dict(fields)) =
            raw(r#"{ "a" : [1, 2] ,"\u0062":{"c":1},"a":"x" }"#).read(&bump)
        else {
            panic!("no object")
        };
        assert_eq!(fields.len(), 3);
        assert!(fields[1].is(&Name::new("b")));
        let Some(Value::Str("x")) = find(fields, &Name::new("a")).map(|v| v.read(&bump).unwrap())
        else {
            panic!("not the last of two fields")
        };
        let Ok(Value::List(items)) = fields[0].value.read(&bump) else {
            panic!("no array")
        };
        assert_eq!(items.len(), 2);
        assert_eq!(items[1].number(), Ok(Some(Number::Int(2))));
    }

    #[test]
    fn kinds_are_told_by_the_spelling() {
        for (json, kind) in [
            ("1", Kind::Int),
            ("1.0", Kind::Float),
            ("1e2", Kind::Float),
            ("-0", Kind::Float),
            ("\"1\"", Kind::Str),
            ("true", Kind::Bool),
            ("null", Kind::Null),
            ("{}", Kind::Dict),
            ("[]", Kind::List),
        ] {
            assert_eq!(raw(json).kind(), kind);
            assert_eq!(raw(json).read(&Bump::new()).unwrap().kind(), kind);
        }
    }
}
