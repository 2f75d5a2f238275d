//! Flat names made nested objects.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::dict;
use crate::error::{Code, Fail, Result};
use crate::flatten::{Changed, Flat};
use crate::message::Message;
use crate::path;
use crate::scan::MAX_DEPTH;
use crate::value::{Field, Value};

impl<'m> Message<'m> {
    /// Takes flat names apart, and puts what they name into nested objects, each in the place of
    /// the first of its names.
    pub fn unflatten(&mut self, flat: &Flat) -> Result<()> {
        let bump = self.bump();
        self.change_holder(flat.path, |fields| unflattened(bump, fields, flat))
    }
}

/// A field, and the names on the way to it.
#[derive(Clone, Copy)]
struct Leaf<'m> {
    names: &'m [&'m str],
    field: Field<'m>,
    /// Names before these were taken away, so that the field's name isn't its own any more.
    cut: bool,
}

fn unflattened<'m>(bump: &'m Bump, fields: &'m [Field<'m>], flat: &Flat) -> Changed<'m> {
    let mut leaves = Vec::with_capacity_in(fields.len(), bump);
    let mut any = false;
    for field in dict::unique(bump, fields) {
        let names = names(bump, field, flat)?;
        any |= names.len() > 1;
        leaves.push(Leaf {
            names,
            field: *field,
            cut: false,
        });
    }
    if !any {
        return Ok(None);
    }
    let nest = Nest {
        bump,
        arrays: flat.arrays,
    };
    nest.fields(&leaves).map(Some)
}

/// The names that a field's name is made of; itself where it isn't to be taken apart.
fn names<'m>(bump: &'m Bump, field: &Field<'m>, flat: &Flat) -> Result<&'m [&'m str]> {
    // A name with half a surrogate pair in it is nobody's flat name.
    let Ok(name) = field.text(bump) else {
        return Ok(bump.alloc_slice_copy(&[""]));
    };
    let mut names = Vec::new_in(bump);
    let (rest, depth) = match flat.path {
        None => (name, flat.depth.saturating_add(1)),
        Some(_) => match name.strip_prefix(flat.prefix) {
            Some(rest) => {
                // A constant of the flow, which lives as long as the module.
                names.push(flat.name);
                (rest, flat.depth)
            }
            None => return Ok(bump.alloc_slice_copy(&[name])),
        },
    };
    names.extend(rest.splitn(depth as usize, flat.separator));
    if names.iter().any(|name| name.is_empty()) {
        return Ok(bump.alloc_slice_copy(&[name]));
    }
    if names.len() >= MAX_DEPTH as usize {
        let why = "a flat name makes objects nested more than 128 deep";
        return Err(Fail::new(Code::TooDeep, why));
    }
    Ok(names.into_bump_slice())
}

impl<'m> Leaf<'m> {
    /// The name of the field that the leaf is, or is in. One with half a surrogate pair in it is no
    /// text, but no other name either.
    fn name(&self) -> &'m [u8] {
        if self.cut || self.names.len() > 1 {
            self.names[0].as_bytes()
        } else {
            self.field.name
        }
    }

    /// A field of the first name with a value. One that was not taken apart keeps its escapes.
    fn named(&self, value: Value<'m>) -> Field<'m> {
        if self.cut || self.names.len() > 1 {
            return Field::new(self.names[0], value);
        }
        Field {
            value,
            ..self.field
        }
    }
}

struct Nest<'m> {
    bump: &'m Bump,
    arrays: bool,
}

impl<'m> Nest<'m> {
    /// The fields that these are, in the order of the first of each name.
    fn fields(&self, leaves: &[Leaf<'m>]) -> Result<&'m [Field<'m>]> {
        let key = |i: usize| (path::print(leaves[i].name()), leaves[i].name());
        let mut order: Vec<usize> = Vec::from_iter_in(0..leaves.len(), self.bump);
        order.sort_unstable_by_key(|i| (key(*i), *i));
        let mut out: Vec<Option<Field>> =
            Vec::from_iter_in(std::iter::repeat_n(None, leaves.len()), self.bump);
        for same in order.chunk_by(|x, y| key(*x) == key(*y)) {
            let list = Vec::from_iter_in(same.iter().map(|i| leaves[*i]), self.bump);
            out[same[0]] = Some(self.field(&list)?);
        }
        Ok(Vec::from_iter_in(out.into_iter().flatten(), self.bump).into_bump_slice())
    }

    /// The field that all of these, which have one name, are or are in.
    fn field(&self, same: &[Leaf<'m>]) -> Result<Field<'m>> {
        if let [leaf] = same
            && leaf.names.len() == 1
        {
            return Ok(leaf.named(leaf.field.value));
        }
        let mut inner = Vec::with_capacity_in(same.len(), self.bump);
        for leaf in same {
            match &leaf.names[1..] {
                [] => self.add_object(&mut inner, leaf.field)?,
                names => inner.push(Leaf {
                    names,
                    cut: true,
                    ..*leaf
                }),
            }
        }
        let value = self.value(self.fields(&inner)?);
        let span = (0, 0);
        Ok(Field {
            span,
            ..same[0].named(value)
        })
    }

    /// An object that is there already takes the fields in.
    fn add_object(&self, inner: &mut Vec<'m, Leaf<'m>>, field: Field<'m>) -> Result<()> {
        let Value::Dict(fields) = field.value.read_container(self.bump) else {
            let why = "a field has a value, and flat names that lead into it";
            return Err(Fail::new(Code::Conflict, why));
        };
        for field in dict::unique(self.bump, fields) {
            let names = self.bump.alloc_slice_copy(&[field.text(self.bump)?]);
            inner.push(Leaf {
                names,
                field: *field,
                cut: false,
            });
        }
        Ok(())
    }

    /// An object of fields, or the array whose places are their names.
    fn value(&self, fields: &'m [Field<'m>]) -> Value<'m> {
        if self.arrays
            && let Some(items) = self.items(fields)
        {
            return Value::List(items);
        }
        Value::Dict(fields)
    }

    fn items(&self, fields: &[Field<'m>]) -> Option<&'m [Value<'m>]> {
        let mut items: Vec<Value> =
            Vec::from_iter_in(std::iter::repeat_n(Value::Missing, fields.len()), self.bump);
        for field in fields {
            let name = std::str::from_utf8(field.name).ok()?;
            let at: usize = name.parse().ok().filter(|at| *at < fields.len())?;
            // `01` and `+1` are names of their own.
            let plain =
                name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
            if !plain {
                return None;
            }
            items[at] = field.value;
        }
        Some(items.into_bump_slice())
    }
}
