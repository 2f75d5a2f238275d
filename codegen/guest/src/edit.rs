//! Changes inside of nested values. A changed container is a new one; what it holds is shared.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::error::{Code, Fail, Result};
use crate::path::{Name, Path, Seg};
use crate::value::{self, Field, Value};

impl<'m> Value<'m> {
    /// Like [`Value::read`] for objects and arrays; others stay as they are.
    pub(crate) fn read_container(self, bump: &'m Bump) -> Value<'m> {
        match self {
            Value::Raw(raw) if matches!(raw.0[0], b'{' | b'[') => self.read(bump).unwrap_or(self),
            _ => self,
        }
    }
}

/// Where an item stands, counted from the end if negative; nothing if there is no such item.
pub(crate) fn position(index: i32, len: usize) -> Option<usize> {
    let at = if index < 0 {
        len.checked_sub(index.unsigned_abs() as usize)?
    } else {
        index as usize
    };
    (at < len).then_some(at)
}

/// A text's character, counted from the end if negative.
pub(crate) fn character<'m>(text: &'m str, index: i64) -> Value<'m> {
    let found = match usize::try_from(index) {
        Ok(at) => text.char_indices().nth(at),
        Err(_) => text
            .char_indices()
            .rev()
            .nth((index.unsigned_abs() - 1) as usize),
    };
    found.map_or(Value::Missing, |(at, c)| {
        Value::Str(&text[at..at + c.len_utf8()])
    })
}

/// `old` with a value put at a path inside of it. A missing object is made.
pub(crate) fn set<'m>(
    bump: &'m Bump,
    old: Value<'m>,
    rest: &[Seg],
    new: Value<'m>,
) -> Result<Value<'m>> {
    let Some((seg, rest)) = rest.split_first() else {
        return Ok(new);
    };
    match (seg, old.read_container(bump)) {
        (Seg::Key(name), Value::Missing) => {
            let value = set(bump, Value::Missing, rest, new)?;
            Ok(Value::Dict(
                bump.alloc_slice_copy(&[Field::named(*name, value)]),
            ))
        }
        (Seg::Key(name), Value::Dict(fields)) => {
            let inner = value::find(fields, name).unwrap_or(Value::Missing);
            let value = set(bump, inner, rest, new)?;
            Ok(Value::Dict(with_field(bump, fields, name, value)))
        }
        (Seg::Item(index), Value::List(items)) => {
            let at = position(*index, items.len())
                .ok_or_else(|| Fail::new(Code::NotContainer, "the array has no such item"))?;
            let items = bump.alloc_slice_copy(items);
            items[at] = set(bump, items[at], rest, new)?;
            Ok(Value::List(items))
        }
        (Seg::Key(_), _) => Err(Fail::new(
            Code::NotContainer,
            "the path leads through what is no object",
        )),
        (Seg::Item(_), _) => Err(Fail::new(
            Code::NotContainer,
            "the path leads through what is no array",
        )),
    }
}

/// The fields with a value in the first place of a name, or at the end; once.
fn with_field<'m>(
    bump: &'m Bump,
    fields: &[Field<'m>],
    name: &Name,
    value: Value<'m>,
) -> &'m [Field<'m>] {
    let mut out = Vec::with_capacity_in(fields.len() + 1, bump);
    let mut done = false;
    for field in fields {
        if !field.is(name) {
            out.push(*field);
        } else if !done {
            out.push(Field { value, ..*field });
            done = true;
        }
    }
    if !done {
        out.push(Field::named(*name, value));
    }
    out.into_bump_slice()
}

/// `old` without what stands at a path inside of it; nothing if there is no such thing.
pub(crate) fn remove<'m>(bump: &'m Bump, old: Value<'m>, rest: &[Seg]) -> Option<Value<'m>> {
    let (seg, rest) = rest.split_first()?;
    match (seg, old.read_container(bump)) {
        (Seg::Key(name), Value::Dict(fields)) => {
            fields.iter().any(|field| field.is(name)).then_some(())?;
            let mut out = Vec::with_capacity_in(fields.len(), bump);
            let mut changed = rest.is_empty();
            for field in fields {
                match field.is(name) {
                    true if rest.is_empty() => {}
                    true => match remove(bump, field.value, rest) {
                        Some(value) => {
                            out.push(Field { value, ..*field });
                            changed = true;
                        }
                        None => out.push(*field),
                    },
                    false => out.push(*field),
                }
            }
            changed.then(|| Value::Dict(out.into_bump_slice()))
        }
        (Seg::Item(index), Value::List(items)) => {
            let at = position(*index, items.len())?;
            let mut out = Vec::with_capacity_in(items.len(), bump);
            out.extend_from_slice_copy(items);
            if rest.is_empty() {
                out.remove(at);
            } else {
                out[at] = remove(bump, items[at], rest)?;
            }
            Some(Value::List(out.into_bump_slice()))
        }
        _ => None,
    }
}

/// The object that two paths' last names are in.
pub(crate) struct Parent<'p> {
    pub first: Name,
    pub rest: &'p [Seg],
}

/// Whether two paths name two fields of one object inside of the message: that object, and the
/// last steps.
pub(crate) fn siblings<'p>(from: &'p Path, to: &'p Path) -> Option<(Parent<'p>, &'p Seg, &'p Seg)> {
    let (from_last, from_rest) = from.rest.split_last()?;
    let (to_last, to_rest) = to.rest.split_last()?;
    let names = matches!((from_last, to_last), (Seg::Key(_), Seg::Key(_)));
    let one_object = from.first.text == to.first.text
        && from_rest.len() == to_rest.len()
        && from_rest.iter().zip(to_rest).all(|(x, y)| same_seg(x, y));
    (names && one_object).then_some((
        Parent {
            first: from.first,
            rest: from_rest,
        },
        from_last,
        to_last,
    ))
}

/// Whether two paths are one.
pub(crate) fn same(x: &Path, y: &Path) -> bool {
    x.first.text == y.first.text
        && x.rest.len() == y.rest.len()
        && x.rest.iter().zip(y.rest).all(|(x, y)| same_seg(x, y))
}

fn same_seg(x: &Seg, y: &Seg) -> bool {
    match (x, y) {
        (Seg::Key(x), Seg::Key(y)) => x.text == y.text,
        (Seg::Item(x), Seg::Item(y)) => x == y,
        _ => false,
    }
}

/// `old` with a field renamed in the object at a path inside of it; nothing if it isn't there.
pub(crate) fn rename<'m>(
    bump: &'m Bump,
    old: Value<'m>,
    rest: &[Seg],
    from: &Seg,
    to: &Seg,
) -> Option<Value<'m>> {
    match (rest.split_first(), old.read_container(bump)) {
        (None, Value::Dict(fields)) => {
            let (Seg::Key(from), Seg::Key(to)) = (from, to) else {
                return None;
            };
            let value = value::find(fields, from)?;
            let mut out = Vec::with_capacity_in(fields.len(), bump);
            let mut done = false;
            for field in fields {
                if field.is(from) && !done {
                    out.push(Field::named(*to, value));
                    done = true;
                } else if !field.is(from) && !field.is(to) {
                    out.push(*field);
                }
            }
            Some(Value::Dict(out.into_bump_slice()))
        }
        (Some((Seg::Key(name), rest)), Value::Dict(fields)) => {
            let value = rename(bump, value::find(fields, name)?, rest, from, to)?;
            Some(Value::Dict(with_field(bump, fields, name, value)))
        }
        (Some((Seg::Item(index), rest)), Value::List(items)) => {
            let at = position(*index, items.len())?;
            let items = bump.alloc_slice_copy(items);
            items[at] = rename(bump, items[at], rest, from, to)?;
            Some(Value::List(items))
        }
        _ => None,
    }
}
