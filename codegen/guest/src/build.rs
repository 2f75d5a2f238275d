//! Text, lists and objects that an expression puts together, one part after the other.

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use crate::context::Context;
use crate::dict;
use crate::error::{Fail, Result};
use crate::print;
use crate::value::{Field, Value};

/// A text of values as MiniJinja prints them.
pub struct Text<'m> {
    bump: &'m Bump,
    text: String<'m>,
}

impl<'m> Text<'m> {
    pub fn new(cx: &Context<'m>) -> Text<'m> {
        Text {
            bump: cx.bump,
            text: String::with_capacity_in(64, cx.bump),
        }
    }

    pub fn add(&mut self, value: Value<'m>) -> Result<()> {
        print::value(self.bump, &mut self.text, value)
    }

    pub fn done(self) -> Value<'m> {
        Value::Str(self.text.into_bump_str())
    }
}

/// `[a, b]`.
pub struct List<'m>(Vec<'m, Value<'m>>);

impl<'m> List<'m> {
    pub fn new(cx: &Context<'m>) -> List<'m> {
        List(Vec::new_in(cx.bump))
    }

    pub fn add(&mut self, item: Value<'m>) -> Result<()> {
        self.0.push(item);
        Ok(())
    }

    pub fn done(self) -> Value<'m> {
        Value::List(self.0.into_bump_slice())
    }
}

/// `{k: v}`: of two entries with one key the last counts.
pub struct Dict<'m> {
    bump: &'m Bump,
    fields: Vec<'m, Field<'m>>,
}

impl<'m> Dict<'m> {
    pub fn new(cx: &Context<'m>) -> Dict<'m> {
        Dict {
            bump: cx.bump,
            fields: Vec::new_in(cx.bump),
        }
    }

    pub fn add(&mut self, key: Value<'m>, value: Value<'m>) -> Result<()> {
        match key.str(self.bump)? {
            Some(name) => self.fields.push(Field::new(name, value)),
            None => return Err(Fail::argument("an object", "strings as keys", key.kind())),
        }
        Ok(())
    }

    pub fn done(self) -> Value<'m> {
        Value::Dict(dict::unique(self.bump, self.fields.into_bump_slice()))
    }
}
