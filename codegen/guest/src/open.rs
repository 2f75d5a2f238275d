//! Values for other crates to look into.

use crate::context::Context;
use crate::decimal;
use crate::dict;
use crate::error::{Code, Fail, Result};
use crate::number;
use crate::text;
use crate::value::{Field, Raw, Value};

/// A value, taken apart by one level.
pub enum Open<'m> {
    Missing,
    Null,
    Bool(bool),
    Int(i64),
    /// An integer outside of 64 bits.
    Long(i128),
    Float(f64),
    Str(&'m str),
    List(&'m [Value<'m>]),
    Dict(Fields<'m>),
}

/// The fields of an object, each name once.
#[derive(Clone, Copy)]
pub struct Fields<'m>(&'m [Field<'m>]);

impl<'m> Value<'m> {
    /// Takes the value apart by one level.
    pub fn open(self, cx: &Context<'m>) -> Result<Open<'m>> {
        if let Value::Raw(Raw(digits)) = self
            && matches!(digits[0], b'0'..=b'9' | b'-')
            && number::is_integer(digits)
        {
            return open_integer(text::utf8(digits));
        }
        Ok(match self.read(cx.bump)? {
            Value::Missing => Open::Missing,
            Value::Null => Open::Null,
            Value::Bool(b) => Open::Bool(b),
            Value::Int(int) => Open::Int(int),
            Value::Float(float) => Open::Float(float),
            // What other crates know has no decimals; its text loses nothing.
            Value::Decimal(d) => Open::Str(cx.bump.alloc_str(d.text(&mut [0; decimal::WIDTH]))),
            Value::Str(s) => Open::Str(s),
            Value::List(items) => Open::List(items),
            Value::Dict(fields) => Open::Dict(Fields(dict::unique(cx.bump, fields))),
            Value::Raw(_) => unreachable!("was read"),
        })
    }
}

fn open_integer<'m>(digits: &str) -> Result<Open<'m>> {
    if let Ok(int) = digits.parse() {
        return Ok(Open::Int(int));
    }
    match digits.parse() {
        Ok(long) => Ok(Open::Long(long)),
        Err(_) => Err(Fail::new(
            Code::IntegerRange,
            "an integer outside of 128 bits was read",
        )),
    }
}

impl<'m> Fields<'m> {
    /// Names and values, in order.
    pub fn iter(self, cx: &Context<'m>) -> impl Iterator<Item = Result<(&'m str, Value<'m>)>> {
        let bump = cx.bump;
        self.0
            .iter()
            .map(move |field| Ok((field.text(bump)?, field.value)))
    }

    /// The value under a name, missing where there is none.
    pub fn get(self, name: &str) -> Value<'m> {
        crate::value::find_text(self.0, name).unwrap_or(Value::Missing)
    }
}

impl<'m> Context<'m> {
    /// The text that a value is, if it is one.
    pub fn str(&self, value: Value<'m>) -> Result<Option<&'m str>> {
        value.str(self.bump)
    }

    /// A text that was made elsewhere, as a value.
    pub fn text(&self, text: &str) -> Value<'m> {
        Value::Str(self.bump.alloc_str(text))
    }
}
