//! Nested objects made flat.

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use crate::dict;
use crate::error::{Code, Fail, Result};
use crate::message::Message;
use crate::path::Path;
use crate::value::{Field, Value};

/// How flat names are put together and taken apart.
pub struct Flat {
    /// The field that is made flat, or that flat names are gathered in. Without it, that is the
    /// whole message.
    pub path: Option<&'static Path>,
    /// The field's own name.
    pub name: &'static str,
    pub separator: &'static str,
    /// What the flat names of the field begin with.
    pub prefix: &'static str,
    /// How many levels are made flat.
    pub depth: u32,
    /// Arrays, too: their items are named by their places.
    pub arrays: bool,
}

/// A list of fields, or nothing where it is as it was.
pub(crate) type Changed<'m> = Result<Option<&'m [Field<'m>]>>;

impl<'m> Message<'m> {
    /// Puts what nested objects hold beside them, under names that are put together. What is no
    /// object, or holds nothing, stays as it is.
    pub fn flatten(&mut self, flat: &Flat) -> Result<()> {
        let bump = self.bump();
        self.change_holder(flat.path, |fields| flattened(bump, fields, flat))
    }
}

fn flattened<'m>(bump: &'m Bump, fields: &'m [Field<'m>], flat: &Flat) -> Changed<'m> {
    let mut out = Flattener {
        bump,
        flat,
        fields: Vec::with_capacity_in(fields.len(), bump),
        made: Vec::with_capacity_in(fields.len(), bump),
    };
    let mut any = false;
    for field in fields {
        let named = flat.path.is_none() || field.is_text(flat.name.as_bytes());
        match out.open(field.value).filter(|_| named) {
            Some(inner) => {
                let mut base = String::from_str_in(flat.prefix, bump);
                if flat.path.is_none() {
                    base.push_str(field.text(bump)?);
                    base.push_str(flat.separator);
                }
                out.inside(&base, inner, flat.depth)?;
                any = true;
            }
            None => out.add(*field, false),
        }
    }
    if !any {
        return Ok(None);
    }
    out.settled().map(Some)
}

struct Flattener<'f, 'm> {
    bump: &'m Bump,
    flat: &'f Flat,
    fields: Vec<'m, Field<'m>>,
    /// Whether the field's name was put together here.
    made: Vec<'m, bool>,
}

/// What is inside of a container.
enum Inner<'m> {
    Fields(&'m [Field<'m>]),
    Items(&'m [Value<'m>]),
}

impl<'m> Flattener<'_, 'm> {
    fn add(&mut self, field: Field<'m>, made: bool) {
        self.fields.push(field);
        self.made.push(made);
    }

    /// What a value holds, if it is one that is made flat.
    fn open(&self, value: Value<'m>) -> Option<Inner<'m>> {
        match value.read_container(self.bump) {
            Value::Dict(fields) if !fields.is_empty() => {
                Some(Inner::Fields(dict::unique(self.bump, fields)))
            }
            Value::List(items) if self.flat.arrays && !items.is_empty() => {
                Some(Inner::Items(items))
            }
            _ => None,
        }
    }

    /// Takes what is inside, under names with a beginning.
    fn inside(&mut self, base: &str, inner: Inner<'m>, depth: u32) -> Result<()> {
        match inner {
            Inner::Fields(fields) => {
                for field in fields {
                    self.take(base, field.text(self.bump)?, field.value, depth)?;
                }
            }
            Inner::Items(items) => {
                for (at, item) in items.iter().enumerate() {
                    let name = bumpalo::format!(in self.bump, "{}", at);
                    self.take(base, &name, *item, depth)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, base: &str, name: &str, value: Value<'m>, depth: u32) -> Result<()> {
        let mut name = bumpalo::format!(in self.bump, "{}{}", base, name);
        match self.open(value).filter(|_| depth > 1) {
            Some(inner) => {
                name.push_str(self.flat.separator);
                self.inside(&name, inner, depth - 1)
            }
            None => {
                self.add(Field::new(name.into_bump_str(), value), true);
                Ok(())
            }
        }
    }

    /// The fields, of which those that were made take the place of others of their names.
    fn settled(self) -> Result<&'m [Field<'m>]> {
        let Flattener {
            bump, fields, made, ..
        } = self;
        let mut order: Vec<usize> = Vec::from_iter_in(0..fields.len(), bump);
        order.sort_unstable_by_key(|i| (fields[*i].print, fields[*i].name, *i));
        let mut out: Vec<Option<Field>> =
            Vec::from_iter_in(fields.iter().map(|field| Some(*field)), bump);
        for same in order.chunk_by(|x, y| fields[*x].name == fields[*y].name) {
            let mut new = same.iter().filter(|i| made[**i]);
            let (Some(one), more) = (new.next(), new.next()) else {
                continue;
            };
            if more.is_some() {
                return Err(Fail::new(Code::Conflict, "two fields get one flat name"));
            }
            for i in same {
                out[*i] = None;
            }
            out[same[0]] = Some(fields[*one]);
        }
        Ok(Vec::from_iter_in(out.into_iter().flatten(), bump).into_bump_slice())
    }
}
