//! One message made to many, by the items of an array.

use crate::error::{Code, Fail, Kind, Result};
use crate::flow::End;
use crate::message::{Message, missing};
use crate::path::Path;
use crate::value::Value;

/// How a message is split.
pub struct Split {
    pub path: &'static Path,
    pub item: Item,
    /// Where a part's place is put, from 0.
    pub index: Option<&'static Path>,
    /// What becomes of a message whose array is empty.
    pub empty: Unsplit,
    /// What becomes of one whose array is missing or null.
    pub missing: Unsplit,
}

/// What an item becomes.
pub enum Item {
    /// A field of the message.
    Field(&'static Path),
    /// Fields of the message, instead of the array.
    Merge,
    /// The message itself.
    Message,
}

/// What becomes of a message that has no items.
pub enum Unsplit {
    /// It ends, counted.
    Filter,
    /// It goes on as it is.
    Keep,
    Error,
}

/// A message's parts, before they are made.
pub struct Parts<'m> {
    split: &'static Split,
    items: &'m [Value<'m>],
    /// The message without the array.
    rest: Message<'m>,
}

impl<'m> Message<'m> {
    /// The parts that the message is split to; nothing where it goes on whole. Making the parts
    /// doesn't fail: what could is tried here, on all of them.
    pub fn split(&mut self, split: &'static Split) -> Result<Option<Parts<'m>>, End> {
        let found = self.get(split.path)?;
        let items = match (found.kind(), found.read_container(self.bump())) {
            (Kind::Missing, _) => return whole(&split.missing, || missing(split.path)),
            (Kind::Null, _) => return whole(&split.missing, || not_an_array(split, Kind::Null)),
            (_, Value::List([])) => return whole(&split.empty, || empty(split)),
            (_, Value::List(items)) => items,
            (kind, _) => return Err(not_an_array(split, kind).into()),
        };
        let mut rest = self.copy();
        match split.item {
            // In its place the item will stand.
            Item::Field(into) if into.name == split.path.name => {}
            _ => rest.remove(split.path)?,
        }
        let parts = Parts { split, items, rest };
        parts.check()?;
        Ok(Some(parts))
    }
}

impl<'m> Parts<'m> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// A message to make parts in.
    pub(crate) fn blank(&self) -> Message<'m> {
        self.rest.copy()
    }

    /// Tries what may fail: an item that is no object, and a path that may lead through what is
    /// none.
    fn check(&self) -> Result<()> {
        if !matches!(self.split.item, Item::Field(_)) {
            for item in self.items {
                if item.kind() != Kind::Dict {
                    let fail = Fail::argument("split", "objects as items here", item.kind());
                    return Err(fail.at(self.split.path.name));
                }
            }
        }
        let deep = |path: &Path| !path.rest.is_empty();
        let into = matches!(self.split.item, Item::Field(into) if deep(into));
        if into || self.split.index.is_some_and(deep) {
            let mut part = self.blank();
            for at in 0..self.len() {
                self.make(&mut part, at)?;
            }
        }
        Ok(())
    }

    /// Makes a message the part of a place.
    pub(crate) fn make(&self, part: &mut Message<'m>, at: usize) -> Result<()> {
        let item = self.items[at];
        match self.split.item {
            Item::Field(into) => {
                part.become_copy(&self.rest);
                part.set(into, item)?;
            }
            Item::Merge => {
                part.become_copy(&self.rest);
                part.merge(item);
            }
            Item::Message => part.become_object(item),
        }
        match self.split.index {
            Some(path) => part.set(path, Value::Int(at as i64)),
            None => Ok(()),
        }
    }
}

fn whole<'m>(unsplit: &Unsplit, fail: impl FnOnce() -> Fail) -> Result<Option<Parts<'m>>, End> {
    match unsplit {
        Unsplit::Filter => Err(End::Filtered),
        Unsplit::Keep => Ok(None),
        Unsplit::Error => Err(fail().into()),
    }
}

#[cold]
fn empty(split: &Split) -> Fail {
    Fail::new(Code::BadArgument, "the array to split by is empty").at(split.path.name)
}

#[cold]
fn not_an_array(split: &Split, kind: Kind) -> Fail {
    Fail::argument("split", "an array", kind).at(split.path.name)
}
