//! A message reduced to some of its fields.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::edit;
use crate::path::{Path, Seg};
use crate::value::{Field, Value};

/// What is left of a path at some depth: the next step, and those after it. Lists of them are
/// sorted by [`Way::rank`], so that however many there are, those of one name are found quickly.
#[derive(Clone, Copy)]
struct Way<'p> {
    next: Seg,
    rest: &'p [Seg],
}

type Rank = (bool, u64);

impl Way<'_> {
    fn rank(&self) -> Rank {
        match self.next {
            Seg::Key(name) => (false, name.print),
            Seg::Item(at) => (true, at as u64),
        }
    }
}

/// What is kept of a value.
enum Kept<'m> {
    Nothing,
    Part(Value<'m>),
    Whole,
}

/// The message's own fields, reduced; nothing where all of them are kept as they are.
pub(crate) fn message<'m>(
    bump: &'m Bump,
    fields: &[Field<'m>],
    paths: &[&Path],
) -> Option<Vec<'m, Field<'m>>> {
    let mut ways = Vec::from_iter_in(paths.iter().map(|path| first(path)), bump);
    ways.sort_unstable_by_key(Way::rank);
    object(bump, fields, &ways)
}

fn first<'p>(path: &'p Path) -> Way<'p> {
    Way {
        next: Seg::Key(path.first),
        rest: path.rest,
    }
}

/// An object's fields, reduced; nothing where all of them are kept as they are.
fn object<'m>(bump: &'m Bump, fields: &[Field<'m>], ways: &[Way]) -> Option<Vec<'m, Field<'m>>> {
    let mut kept = Vec::with_capacity_in(fields.len(), bump);
    let mut changed = false;
    for field in fields {
        let here = of_rank(ways, (false, field.print))
            .filter(|way| matches!(&way.next, Seg::Key(name) if field.is(name)));
        let left = below(bump, field.value, here);
        changed |= !matches!(left, Kept::Whole);
        match left {
            Kept::Whole => kept.push(*field),
            Kept::Part(value) => kept.push(Field {
                value,
                span: (0, 0),
                ..*field
            }),
            Kept::Nothing => {}
        }
    }
    changed.then_some(kept)
}

/// An array's items, reduced; nothing where all of them are kept as they are.
fn array<'m>(bump: &'m Bump, items: &[Value<'m>], ways: &[Way]) -> Option<Vec<'m, Value<'m>>> {
    let mut kept = Vec::new_in(bump);
    let mut changed = false;
    for (at, item) in items.iter().enumerate() {
        let left = below(bump, *item, of_rank(ways, (true, at as u64)));
        changed |= !matches!(left, Kept::Whole);
        match left {
            Kept::Whole => kept.push(*item),
            Kept::Part(value) => kept.push(value),
            Kept::Nothing => {}
        }
    }
    changed.then_some(kept)
}

fn of_rank<'w, 'p>(ways: &'w [Way<'p>], rank: Rank) -> impl Iterator<Item = &'w Way<'p>> {
    let start = ways.partition_point(|way| way.rank() < rank);
    ways[start..]
        .iter()
        .take_while(move |way| way.rank() == rank)
}

/// What is kept of a value that these ways lead to.
fn below<'m, 'w, 'p: 'w>(
    bump: &'m Bump,
    value: Value<'m>,
    ways: impl Iterator<Item = &'w Way<'p>>,
) -> Kept<'m> {
    let mut deeper = Vec::new_in(bump);
    for way in ways {
        match way.rest.split_first() {
            Some((next, rest)) => deeper.push(Way { next: *next, rest }),
            None => return Kept::Whole,
        }
    }
    if deeper.is_empty() {
        return Kept::Nothing;
    }
    match value.read_container(bump) {
        Value::Dict(fields) if !fields.is_empty() => {
            deeper.sort_unstable_by_key(Way::rank);
            reduced(object(bump, fields, &deeper), |kept| {
                Value::Dict(kept.into_bump_slice())
            })
        }
        Value::List(items) if !items.is_empty() => {
            count_from_start(&mut deeper, items.len());
            deeper.sort_unstable_by_key(Way::rank);
            reduced(array(bump, items, &deeper), |kept| {
                Value::List(kept.into_bump_slice())
            })
        }
        _ => Kept::Nothing,
    }
}

/// A container of which nothing stays goes, too.
fn reduced<'m, T>(
    kept: Option<Vec<'m, T>>,
    value: impl FnOnce(Vec<'m, T>) -> Value<'m>,
) -> Kept<'m> {
    match kept {
        None => Kept::Whole,
        Some(kept) if kept.is_empty() => Kept::Nothing,
        Some(kept) => Kept::Part(value(kept)),
    }
}

/// Makes indexes that count from the end count from the start.
fn count_from_start(ways: &mut [Way], len: usize) {
    for way in ways {
        if let Seg::Item(index) = way.next
            && let Some(at) = edit::position(index, len)
        {
            way.next = Seg::Item(at as i32);
        }
    }
}
