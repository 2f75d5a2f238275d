//! What an expression may see besides the message.

use std::cell::Cell;

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::clock;
use crate::error::Result;
use crate::table::{Row, Table};
use crate::value::{self, Raw, Value};

/// What an expression may see besides the message: variables, tables, metadata and the time.
#[derive(Clone, Copy)]
pub struct Context<'m> {
    pub(crate) bump: &'m Bump,
    /// The variables' values, in the manifest's order.
    pub(crate) vars: &'m [Value<'m>],
    /// The tables, in the order of the flow's list.
    pub(crate) tables: &'m [Table<'m>],
    /// The metadata, a JSON object's text.
    pub(crate) meta: Option<&'m [u8]>,
    /// The batch's time, in nanoseconds since 1970 UTC.
    pub(crate) now: i64,
    /// Who the message is: its origin, and its number there.
    pub(crate) identity: ([u8; 16], u64),
    /// How many identifiers were made for the message.
    pub(crate) made: &'m Cell<u64>,
    /// The message around the items that steps go over; missing elsewhere.
    pub(crate) root: Value<'m>,
}

/// What of a context has nothing to do with its arena.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    now: i64,
    identity: ([u8; 16], u64),
    made: u64,
}

impl<'m> Context<'m> {
    pub fn place(&self) -> Place {
        Place {
            now: self.now,
            identity: self.identity,
            made: self.made.get(),
        }
    }

    /// A context with nothing but a place and an arena of its own.
    pub fn at(place: Place, bump: &'m Bump) -> Context<'m> {
        Context {
            identity: place.identity,
            made: bump.alloc(Cell::new(place.made)),
            ..Context::new(bump, &[], None, place.now)
        }
    }

    /// Goes on where another context of the message has got to.
    pub fn go_on(&self, from: Place) {
        self.made.set(from.made);
    }

    /// A context without tables.
    pub fn new(
        bump: &'m Bump,
        vars: &'m [Value<'m>],
        meta: Option<&'m [u8]>,
        now: i64,
    ) -> Context<'m> {
        Context {
            bump,
            vars,
            tables: &[],
            meta,
            now,
            identity: ([0; 16], 0),
            made: bump.alloc(Cell::new(0)),
            root: Value::Missing,
        }
    }

    /// The value of a variable.
    pub fn var(&self, index: usize) -> Value<'m> {
        self.vars[index]
    }

    /// A value of the metadata, missing where the source gave none.
    pub fn meta(&self, name: &str) -> Value<'m> {
        let Some(text) = self.meta else {
            return Value::Missing;
        };
        value::find_text(value::fields(self.bump, text), name).unwrap_or(Value::Missing)
    }

    /// All of the metadata, an object, or missing.
    pub fn all_meta(&self) -> Value<'m> {
        self.meta
            .map_or(Value::Missing, |text| Value::Raw(Raw(text)))
    }

    /// A table's row under a key: text, or a number or boolean as it is written. There is none
    /// under a key that is missing or null.
    pub fn row(&self, table: usize, key: Value<'m>) -> Result<Row<'m>> {
        self.tables[table].row(self.bump, key)
    }

    /// The row as a value: an object, or missing where there is none.
    pub fn row_value(&self, row: Row<'m>) -> Value<'m> {
        row.value(self.bump)
    }

    /// The message around the items that steps go over; missing elsewhere.
    pub fn root(&self) -> Value<'m> {
        self.root
    }

    /// The batch's time as text.
    pub fn now(&self) -> Value<'m> {
        let mut out = String::new_in(self.bump);
        clock::write(&mut out, self.now);
        Value::Str(out.into_bump_str())
    }
}

/// The metadata of a message, which has to be an object.
pub(crate) fn check_meta(text: &[u8]) -> Option<&[u8]> {
    let text = crate::scan::check(text).ok()?;
    (Raw(text).kind() == crate::error::Kind::Dict).then_some(text)
}
