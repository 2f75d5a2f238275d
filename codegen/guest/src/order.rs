//! Filters that look at the order of a list's items: numbers among numbers, or texts among texts,
//! which MiniJinja compares without regard to the case of ASCII's letters unless it is told to.

use std::cmp::Ordering;

use bumpalo::collections::{String, Vec};

use crate::casing;
use crate::compare;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::{Fail, Kind, Result};
use crate::exact;
use crate::filters::{flag, text};
use crate::lists;
use crate::number::Number;
use crate::value::Value;

/// What one item is compared by.
#[derive(Clone, Copy)]
enum Key<'m> {
    Null,
    Number(Number),
    /// A number among decimals.
    Exact(Decimal),
    Text(&'m str),
}

impl Key<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Key::Number(x), Key::Number(y)) => {
                compare::unrounded(*x, *y).unwrap_or(Ordering::Equal)
            }
            (Key::Exact(x), Key::Exact(y)) => x.order(y),
            (Key::Text(x), Key::Text(y)) => x.cmp(y),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Key::Null => 0,
            Key::Number(_) | Key::Exact(_) => 1,
            Key::Text(_) => 2,
        }
    }
}

/// The keys of items that have an order: all of them numbers, or all of them texts.
fn ordered<'m>(
    name: &'static str,
    cx: &Context<'m>,
    values: &[Value<'m>],
    case_sensitive: bool,
) -> Result<Vec<'m, Key<'m>>> {
    let mut keys: Vec<Key> = Vec::with_capacity_in(values.len(), cx.bump);
    let exact = decimals(values);
    for value in values {
        let key = match (number(name, *value, exact)?, value.str(cx.bump)?) {
            (Some(number), _) => number,
            (_, Some(text)) if case_sensitive => Key::Text(text),
            (_, Some(text)) => Key::Text(folded(cx, text)),
            _ => return Err(Fail::argument(name, "numbers, or strings", value.kind())),
        };
        if keys.last().is_some_and(|last| last.rank() != key.rank()) {
            return Err(Fail::operands(name, values[0].kind(), value.kind()));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Whether one of the values is a decimal, so that all numbers are compared as such.
fn decimals<'m>(values: &[Value<'m>]) -> Option<Value<'m>> {
    let is = |value: &&Value| matches!(value, Value::Decimal(_));
    values.iter().find(is).copied()
}

/// A number as a key, where the value is one.
fn number<'m>(
    name: &'static str,
    value: Value<'m>,
    decimal: Option<Value<'m>>,
) -> Result<Option<Key<'m>>> {
    let Some(decimal) = decimal else {
        return Ok(value.number()?.map(Key::Number));
    };
    match exact::read(value)? {
        Some(number) => Ok(Some(Key::Exact(number))),
        None if value.kind() == Kind::Float => {
            Err(Fail::operands(name, decimal.kind(), value.kind()))
        }
        None => Ok(None),
    }
}

/// A text as it is compared without regard to case.
fn folded<'m>(cx: &Context<'m>, text: &'m str) -> &'m str {
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return text;
    }
    let mut out = String::from_str_in(text, cx.bump);
    out.make_ascii_lowercase();
    out.into_bump_str()
}

/// `value | min(case_sensitive, attribute)`: missing where there are no items.
pub fn min<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    case_sensitive: Value<'m>,
    attribute: Value<'m>,
) -> Result<Value<'m>> {
    end("min", cx, value, case_sensitive, attribute, Ordering::Less)
}

/// `value | max(case_sensitive, attribute)`.
pub fn max<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    case_sensitive: Value<'m>,
    attribute: Value<'m>,
) -> Result<Value<'m>> {
    end(
        "max",
        cx,
        value,
        case_sensitive,
        attribute,
        Ordering::Greater,
    )
}

/// The first of the items that comes before, or after, all others.
fn end<'m>(
    name: &'static str,
    cx: &Context<'m>,
    value: Value<'m>,
    case_sensitive: Value<'m>,
    attribute: Value<'m>,
    wanted: Ordering,
) -> Result<Value<'m>> {
    let items = lists::items(name, cx, value)?;
    let keys = lists::keys(cx, items, attribute)?;
    let keys = ordered(name, cx, keys, flag(name, case_sensitive)?)?;
    let mut best = 0;
    for at in 1..keys.len() {
        if keys[at].order(&keys[best]) == wanted {
            best = at;
        }
    }
    Ok(items.get(best).copied().unwrap_or(Value::Missing))
}

/// `value | sort(reverse, case_sensitive, attribute)`. Items that are equal keep their order. Of
/// several attributes, with commas between them, the first that differs counts.
pub fn sort<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    reverse: Value<'m>,
    case_sensitive: Value<'m>,
    attribute: Value<'m>,
) -> Result<Value<'m>> {
    let items = lists::items("sort", cx, value)?;
    let (reverse, case_sensitive) = (flag("sort", reverse)?, flag("sort", case_sensitive)?);
    let mut columns = Vec::new_in(cx.bump);
    for name in names(cx, attribute)? {
        let keys = lists::keys(cx, items, name)?;
        columns.push(ordered("sort", cx, keys, case_sensitive)?);
    }
    let mut order = Vec::from_iter_in(0..items.len(), cx.bump);
    order.sort_by(|x, y| {
        let order = columns.iter().map(|keys| keys[*x].order(&keys[*y]));
        let order = order.fold(Ordering::Equal, Ordering::then);
        if reverse { order.reverse() } else { order }
    });
    let sorted = order.iter().map(|at| items[*at]);
    Ok(Value::List(
        Vec::from_iter_in(sorted, cx.bump).into_bump_slice(),
    ))
}

/// The names in `attribute`, or, where it names none, what stands for the item itself.
fn names<'m>(cx: &Context<'m>, attribute: Value<'m>) -> Result<Vec<'m, Value<'m>>> {
    let mut names = Vec::new_in(cx.bump);
    if !matches!(attribute.kind(), Kind::Missing | Kind::Null) {
        let parts = text(cx, "sort", attribute)?.split(',').map(str::trim);
        names.extend(parts.filter(|part| !part.is_empty()).map(Value::Str));
    }
    if names.is_empty() {
        names.push(attribute);
    }
    Ok(names)
}

/// `value | unique(case_sensitive, attribute)`: the first of the items that are equal.
pub fn unique<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    case_sensitive: Value<'m>,
    attribute: Value<'m>,
) -> Result<Value<'m>> {
    let items = lists::items("unique", cx, value)?;
    let case_sensitive = flag("unique", case_sensitive)?;
    let mut keys = Vec::with_capacity_in(items.len(), cx.bump);
    let values = lists::keys(cx, items, attribute)?;
    let exact = decimals(values);
    for value in values {
        keys.push(match number("unique", *value, exact)? {
            Some(number) => number,
            None => key(cx, *value, case_sensitive, exact.is_some())?,
        });
    }
    let mut order = Vec::from_iter_in(0..items.len(), cx.bump);
    order.sort_by(|x, y| keys[*x].order(&keys[*y]));
    let mut first: Vec<usize> = Vec::new_in(cx.bump);
    for same in order.chunk_by(|x, y| keys[*x].order(&keys[*y]) == Ordering::Equal) {
        first.push(same[0]);
    }
    first.sort_unstable();
    let kept = first.iter().map(|at| items[*at]);
    Ok(Value::List(
        Vec::from_iter_in(kept, cx.bump).into_bump_slice(),
    ))
}

/// What an item that is no number is equal by: true is 1, as it is for `==`.
fn key<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    case_sensitive: bool,
    exact: bool,
) -> Result<Key<'m>> {
    if let Some(text) = value.str(cx.bump)? {
        return Ok(Key::Text(if case_sensitive {
            text
        } else {
            casing::lower(cx.bump, text)
        }));
    }
    match value.kind() {
        Kind::Bool => {
            let int = i64::from(value.truthy()?);
            Ok(match exact {
                true => Key::Exact(int.into()),
                false => Key::Number(Number::Int(int)),
            })
        }
        Kind::Null => Ok(Key::Null),
        kind => Err(Fail::argument("unique", "items without parts", kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use bumpalo::Bump;

    fn decimal<'m>(cx: &Context<'m>, digits: &str) -> Value<'m> {
        exact::value(cx, Decimal::parse(digits.as_bytes()).unwrap())
    }

    #[test]
    fn among_decimals_numbers_are_exact() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let big = "12345678901234567890.5";
        let items = [
            decimal(&cx, big),
            Value::Int(3),
            Value::constant("2.50"),
            decimal(&cx, "2.5"),
        ];
        let list = Value::List(bump.alloc_slice_copy(&items));
        let text = |value| {
            let mut out = String::new_in(&bump);
            crate::print::value(&bump, &mut out, value).unwrap();
            out.as_str().to_owned()
        };
        let no = Value::Missing;
        assert_eq!(text(max(&cx, list, no, no).unwrap()), big);
        let Ok(Value::List(sorted)) = sort(&cx, list, no, no, no) else {
            panic!("not sorted")
        };
        assert_eq!((sorted.len(), text(sorted[2])), (4, "3".to_owned()));
        let Ok(Value::List(kept)) = unique(&cx, list, no, no) else {
            panic!("no list")
        };
        assert_eq!(kept.len(), 3);
    }

    #[test]
    fn unlike_items_have_no_order() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let no = Value::Missing;
        for (items, code) in [
            ([Value::Int(1), Value::Str("1")], Code::UnlikeKinds),
            ([decimal(&cx, "1"), Value::Float(1.5)], Code::UnlikeKinds),
            ([Value::Int(1), Value::Bool(true)], Code::BadArgument),
        ] {
            let list = Value::List(bump.alloc_slice_copy(&items));
            for result in [sort(&cx, list, no, no, no), min(&cx, list, no, no)] {
                assert_eq!(result.unwrap_err().code, code, "{items:?}");
            }
        }
    }
}
