//! Steps over the items of an array, each of which they see as a message.

use bumpalo::collections::Vec;

use crate::error::{Fail, Kind, Result};
use crate::flow::{End, Ended, Run, Steps};
use crate::message::Message;
use crate::path::Path;
use crate::trace::What;
use crate::value::{Field, Value};

/// The items of an array, or the values of an object, that steps go over.
pub struct Each {
    pub path: &'static Path,
    /// The field that steps see an item in. Without it, an item is an object, and what they see.
    pub item: Option<&'static Path>,
    /// The values of an object, instead of the items of an array.
    pub values: bool,
    /// The steps ask for the message around them.
    pub root: bool,
}

impl<'m> Run<'_, 'm> {
    /// Takes each item of an array through steps. Those that end it take the item away. Missing
    /// and null are passed over.
    pub(crate) fn items(
        &mut self,
        each: &Each,
        step: u16,
        m: &mut Message<'m>,
        steps: Steps,
    ) -> Result<(), End> {
        let found = m.get(each.path)?;
        if matches!(found.kind(), Kind::Missing | Kind::Null) {
            return Ok(());
        }
        let mut cx = *self.cx;
        if each.root && matches!(cx.root, Value::Missing) {
            cx.root = m.this();
        }
        let mut way = Way {
            run: self.inside(&cx),
            each,
            step,
            steps,
            number: 0,
        };
        let changed = match (found.read_container(cx.bump), each.values) {
            (Value::List(items), false) => way.list(items)?,
            (Value::Dict(fields), true) => way.dict(fields)?,
            (_, values) => {
                let takes = if values { "an object" } else { "an array" };
                let fail = Fail::argument("each", takes, found.kind());
                return Err(fail.at(each.path.name).into());
            }
        };
        if let Some(value) = changed {
            m.set(each.path, value)?;
        }
        Ok(())
    }
}

/// The way of the items through the steps.
struct Way<'w, 'm> {
    run: Run<'w, 'm>,
    each: &'w Each,
    step: u16,
    steps: Steps,
    number: u32,
}

/// What has become of an item.
enum Outcome<'m> {
    Same,
    New(Value<'m>),
    Dropped,
}

impl<'m> Way<'_, 'm> {
    /// The items after the steps; nothing if they are as they were.
    fn list(&mut self, items: &[Value<'m>]) -> Result<Option<Value<'m>>, End> {
        let mut out = Vec::with_capacity_in(items.len(), self.run.cx.bump);
        let mut changed = false;
        for item in items {
            match self.through(*item)? {
                Outcome::Same => out.push(*item),
                Outcome::New(value) => {
                    out.push(value);
                    changed = true;
                }
                Outcome::Dropped => changed = true,
            }
        }
        Ok(changed.then(|| Value::List(out.into_bump_slice())))
    }

    /// The fields with their values after the steps; nothing if they are as they were.
    fn dict(&mut self, fields: &[Field<'m>]) -> Result<Option<Value<'m>>, End> {
        let mut out = Vec::with_capacity_in(fields.len(), self.run.cx.bump);
        let mut changed = false;
        for field in fields {
            match self.through(field.value)? {
                Outcome::Same => out.push(*field),
                Outcome::New(value) => {
                    let span = (0, 0);
                    out.push(Field {
                        value,
                        span,
                        ..*field
                    });
                    changed = true;
                }
                Outcome::Dropped => changed = true,
            }
        }
        Ok(changed.then(|| Value::Dict(out.into_bump_slice())))
    }

    /// Takes one item through the steps.
    fn through(&mut self, item: Value<'m>) -> Result<Outcome<'m>, End> {
        let bump = self.run.cx.bump;
        let mut m = match self.each.item {
            Some(path) => Message::holding(bump, path, item),
            None => Message::of(bump, item).ok_or_else(|| self.no_object(item))?,
        };
        let before = self.run.begin(What::ItemBegan, self.step, self.number, &m);
        self.number += 1;
        let done = (self.steps)(&mut self.run, &mut m);
        self.run.back(before);
        match (self.run.unhandled.take(), done) {
            (Some(fail), _) => Err(fail.into()),
            (None, Err(Ended)) => Ok(Outcome::Dropped),
            (None, Ok(())) if !m.is_changed() => Ok(Outcome::Same),
            (None, Ok(())) => self.outcome(&m),
        }
    }

    fn outcome(&self, m: &Message<'m>) -> Result<Outcome<'m>, End> {
        Ok(match self.each.item {
            None => Outcome::New(m.this()),
            Some(path) => match m.get(path)? {
                // A step has taken it away.
                Value::Missing => Outcome::Dropped,
                value => Outcome::New(value),
            },
        })
    }

    #[cold]
    fn no_object(&self, item: Value) -> Fail {
        let takes = "objects as items, or a name for them by `as`";
        Fail::argument("each", takes, item.kind()).at(self.each.path.name)
    }
}
