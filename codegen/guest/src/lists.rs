//! Filters that make one list of another, and slices. An argument that wasn't given is
//! [`Value::Missing`].

use bumpalo::collections::{String, Vec};

use crate::context::Context;
use crate::dict;
use crate::error::{Code, Fail, Kind, Result};
use crate::filters::{flag, given, int_argument, text};
use crate::ops;
use crate::value::{self, Value};

/// The items of an array.
pub(crate) fn items<'m>(
    name: &'static str,
    cx: &Context<'m>,
    value: Value<'m>,
) -> Result<&'m [Value<'m>]> {
    match value.read_container(cx.bump) {
        Value::List(items) => Ok(items),
        _ => Err(Fail::argument(name, "an array", value.kind())),
    }
}

/// A list of what an iterator gives.
fn list<'m>(cx: &Context<'m>, items: impl IntoIterator<Item = Value<'m>>) -> Value<'m> {
    Value::List(Vec::from_iter_in(items, cx.bump).into_bump_slice())
}

/// `value[from:to:step]`: a part of a string or of an array. What wasn't written is null.
pub fn part<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    from: Value<'m>,
    to: Value<'m>,
    step: Value<'m>,
) -> Result<Value<'m>> {
    let bound = |bound| match given(bound) {
        Some(bound) => int_argument("a slice", bound).map(Some),
        None => Ok(None),
    };
    let (from, to, step) = (bound(from)?, bound(to)?, bound(step)?.unwrap_or(1));
    // MiniJinja can't turn round the least of all steps.
    if matches!(step, 0 | i64::MIN) {
        return Err(Fail::new(Code::BadArgument, "a slice got a step of 0"));
    }
    match value.kind() {
        Kind::Str => {
            let text = text(cx, "a slice", value)?;
            if step == 1 && text.is_ascii() {
                let taken = places(from, to, step, text.len());
                return Ok(Value::Str(&text[taken.start..taken.start + taken.count]));
            }
            let chars = Vec::from_iter_in(text.chars(), cx.bump);
            let taken = places(from, to, step, chars.len());
            let part = String::from_iter_in(taken.map(|at| chars[at]), cx.bump);
            Ok(Value::Str(part.into_bump_str()))
        }
        Kind::List => {
            let items = items("a slice", cx, value)?;
            let taken = places(from, to, step, items.len());
            Ok(list(cx, taken.map(|at| items[at])))
        }
        kind => Err(Fail::argument("a slice", "a string or an array", kind)),
    }
}

/// The places that a slice takes.
struct Places {
    start: usize,
    count: usize,
    step: i64,
}

impl Iterator for Places {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.count = self.count.checked_sub(1)?;
        let at = self.start;
        self.start = at.wrapping_add_signed(self.step as isize);
        Some(at)
    }
}

/// The places of a slice in so many items, as in Python: bounds below zero count from the end,
/// and those outside are at it.
fn places(from: Option<i64>, to: Option<i64>, step: i64, len: usize) -> Places {
    let len = len as i64;
    // Backwards a slice may begin at the last item, and end before the first.
    let (least, most) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let inside = |bound: i64| {
        if bound < 0 {
            bound.saturating_add(len)
        } else {
            bound
        }
        .clamp(least, most)
    };
    let (start, end) = match step > 0 {
        true => (from.map_or(0, inside), to.map_or(len, inside)),
        false => (from.map_or(len - 1, inside), to.map_or(-1, inside)),
    };
    let distance = if step > 0 { end - start } else { start - end };
    let count = match u64::try_from(distance) {
        Ok(distance) => distance.div_ceil(step.unsigned_abs()),
        Err(_) => 0,
    };
    Places {
        start: start.max(0) as usize,
        count: count as usize,
        step,
    }
}

/// `range(end)`, `range(start, end, step)`.
pub fn range<'m>(
    cx: &Context<'m>,
    start: Value<'m>,
    end: Value<'m>,
    step: Value<'m>,
) -> Result<Value<'m>> {
    const MOST: i128 = 100_000;
    let bound = |value| int_argument("range", value).map(i128::from);
    let (start, end) = match given(end) {
        Some(end) => (bound(start)?, bound(end)?),
        None => (0, bound(start)?),
    };
    let step = given(step).map_or(Ok(1), bound)?;
    if step == 0 {
        return Err(Fail::new(Code::BadArgument, "range got a step of 0"));
    }
    let distance = if step > 0 { end - start } else { start - end };
    let count = (distance.max(0) + step.abs() - 1) / step.abs();
    // Here MiniJinja's own count leaves 64 bits, and has no value to agree with.
    if step < 0 && distance > 0 && distance - step > i128::from(i64::MAX) {
        return crate::ops::integer(None);
    }
    if count > MOST {
        return Err(Fail::new(
            Code::BadArgument,
            "range would have more than 100,000 items",
        ));
    }
    Ok(list(
        cx,
        // All of them lie between the bounds, which have 64 bits.
        (0..count).map(|i| Value::Int((start + i * step) as i64)),
    ))
}

/// `value | list`: characters, items or names of fields.
pub fn of<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    match value.read(cx.bump)? {
        Value::Str(text) => Ok(list(cx, characters(text))),
        Value::Dict(fields) => {
            let mut names = Vec::new_in(cx.bump);
            for field in dict::unique(cx.bump, fields) {
                names.push(Value::Str(field.text(cx.bump)?));
            }
            Ok(Value::List(names.into_bump_slice()))
        }
        Value::List(items) => Ok(Value::List(items)),
        other => Err(Fail::argument(
            "list",
            "a string, an array or an object",
            other.kind(),
        )),
    }
}

fn characters(text: &str) -> impl Iterator<Item = Value<'_>> {
    text.char_indices()
        .map(|(at, c)| Value::Str(&text[at..at + c.len_utf8()]))
}

/// `value | reverse`.
pub fn reverse<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    match value.kind() {
        Kind::Str => {
            let text = text(cx, "reverse", value)?;
            let back = String::from_iter_in(text.chars().rev(), cx.bump);
            Ok(Value::Str(back.into_bump_str()))
        }
        Kind::List => {
            let items = items("reverse", cx, value)?;
            Ok(list(cx, items.iter().rev().copied()))
        }
        kind => Err(Fail::argument("reverse", "a string or an array", kind)),
    }
}

/// `value | lines`.
pub fn lines<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(list(cx, text(cx, "lines", value)?.lines().map(Value::Str)))
}

/// `value | batch(count, fill)`: lists of so many items each.
pub fn batch<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    count: Value<'m>,
    fill: Value<'m>,
) -> Result<Value<'m>> {
    let items = items("batch", cx, value)?;
    let count = positive("batch", count)?;
    let lists = items.chunks(count).map(|chunk| {
        let lacking = match given(fill) {
            Some(_) => count - chunk.len(),
            None => 0,
        };
        list(
            cx,
            chunk
                .iter()
                .copied()
                .chain(std::iter::repeat_n(fill, lacking)),
        )
    });
    Ok(list(cx, lists))
}

/// `value | slice(count, fill)`: so many lists, as equal in length as can be.
pub fn slice<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    count: Value<'m>,
    fill: Value<'m>,
) -> Result<Value<'m>> {
    let mut rest = items("slice", cx, value)?;
    let count = positive("slice", count)?;
    let (each, longer) = (rest.len() / count, rest.len() % count);
    let fill = given(fill);
    let lists = (0..count).map(|index| {
        let (part, after) = rest.split_at(each + usize::from(index < longer));
        rest = after;
        let filled = fill.filter(|_| index >= longer);
        list(cx, part.iter().copied().chain(filled))
    });
    Ok(list(cx, lists))
}

fn positive(name: &'static str, count: Value) -> Result<usize> {
    match int_argument(name, count)? {
        count @ 1..=100_000 => Ok(count as usize),
        _ => Err(Fail::new(
            Code::BadArgument,
            "batch and slice take a count from 1 to 100,000",
        )),
    }
}

/// How many spaces a line begins with.
pub(crate) fn width(name: &'static str, width: Value) -> Result<usize> {
    match int_argument(name, width)? {
        width @ 0..=1000 => Ok(width as usize),
        _ => Err(Fail::new(
            Code::BadArgument,
            "indent and tojson take a width from 0 to 1000",
        )),
    }
}

/// What `attribute=` names of an item: a field, an index, or a path of them with dots. Of text or
/// of a number it is missing, as of an object that lacks it.
pub(crate) fn attribute<'m>(
    cx: &Context<'m>,
    item: Value<'m>,
    name: Value<'m>,
) -> Result<Value<'m>> {
    let Some(path) = name.str(cx.bump)? else {
        return ops::item(cx, item, name);
    };
    path.split('.').try_fold(item, |value, part| {
        if matches!(value, Value::Missing) {
            return Err(lacking());
        }
        match (value.read_container(cx.bump), part.parse::<u64>()) {
            (Value::Dict(fields), Err(_)) => {
                Ok(value::find_text(fields, part).unwrap_or(Value::Missing))
            }
            (Value::Dict(_), Ok(_)) | (_, Err(_)) => Ok(Value::Missing),
            (value, Ok(index)) => match i64::try_from(index) {
                Ok(index) => ops::item(cx, value, Value::Int(index)),
                Err(_) => Ok(Value::Missing),
            },
        }
    })
}

/// Checks that an attribute's name is text.
fn path(name: Value) -> Result<()> {
    match name.kind() {
        Kind::Str => Ok(()),
        kind => Err(Fail::argument("attribute", "a string", kind)),
    }
}

#[cold]
fn lacking() -> Fail {
    Fail::new(Code::Missing, "an item lacks the attribute")
}

/// What a filter looks at of each item: the item itself, or its attribute, which has to be there.
pub(crate) fn keys<'m>(
    cx: &Context<'m>,
    items: &'m [Value<'m>],
    name: Value<'m>,
) -> Result<&'m [Value<'m>]> {
    let Some(name) = given(name) else {
        return Ok(items);
    };
    path(name)?;
    let mut keys = Vec::with_capacity_in(items.len(), cx.bump);
    for item in items {
        match attribute(cx, *item, name)? {
            Value::Missing => return Err(lacking()),
            key => keys.push(key),
        }
    }
    Ok(keys.into_bump_slice())
}

/// `value | map(attribute=name, default=…)`.
pub fn map_attribute<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    name: Value<'m>,
    default: Value<'m>,
) -> Result<Value<'m>> {
    if !matches!(name.kind(), Kind::Str | Kind::Int) {
        return Err(Fail::argument(
            "attribute",
            "a string or an integer",
            name.kind(),
        ));
    }
    let mut out = Vec::new_in(cx.bump);
    for item in items("map", cx, value)? {
        let found = match attribute(cx, *item, name) {
            Ok(Value::Missing) => default,
            Err(fail) if fail.code == Code::Missing => default,
            found => found?,
        };
        if matches!(found, Value::Missing) {
            return Err(lacking());
        }
        out.push(found);
    }
    Ok(Value::List(out.into_bump_slice()))
}

/// `value | map('filter')`.
pub fn map<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    filter: impl Fn(Value<'m>) -> Result<Value<'m>>,
) -> Result<Value<'m>> {
    let mut out = Vec::new_in(cx.bump);
    for item in items("map", cx, value)? {
        out.push(ops::require(filter(*item)?)?);
    }
    Ok(Value::List(out.into_bump_slice()))
}

/// `value | select('test')`: the items of which the test holds; `reject` takes the others.
pub fn select<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    wanted: bool,
    test: impl Fn(Value<'m>) -> Result<Value<'m>>,
) -> Result<Value<'m>> {
    select_by(cx, value, wanted, Ok, test)
}

/// `value | selectattr(name, 'test')`, and `rejectattr`.
pub fn select_attribute<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    name: Value<'m>,
    wanted: bool,
    test: impl Fn(Value<'m>) -> Result<Value<'m>>,
) -> Result<Value<'m>> {
    path(name)?;
    select_by(cx, value, wanted, |item| attribute(cx, item, name), test)
}

fn select_by<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    wanted: bool,
    key: impl Fn(Value<'m>) -> Result<Value<'m>>,
    test: impl Fn(Value<'m>) -> Result<Value<'m>>,
) -> Result<Value<'m>> {
    let mut out = Vec::new_in(cx.bump);
    for item in items("select", cx, value)? {
        if test(key(*item)?)?.truthy()? == wanted {
            out.push(*item);
        }
    }
    Ok(Value::List(out.into_bump_slice()))
}

/// `value | sum(attribute, start)`.
pub fn sum<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    name: Value<'m>,
    start: Value<'m>,
) -> Result<Value<'m>> {
    let start = given(start).unwrap_or(Value::Int(0));
    keys(cx, items("sum", cx, value)?, name)?
        .iter()
        .try_fold(start, |sum, item| ops::add(cx, sum, *item))
}

/// `value | join(separator, attribute)`.
pub fn join<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    separator: Value<'m>,
    name: Value<'m>,
) -> Result<Value<'m>> {
    let items = keys(cx, items("join", cx, value)?, name)?;
    let separator = match given(separator) {
        Some(separator) => text(cx, "join", separator)?,
        None => "",
    };
    let mut out = String::new_in(cx.bump);
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i > 0 { separator } else { "" });
        crate::print::value(cx.bump, &mut out, *item)?;
    }
    Ok(Value::Str(out.into_bump_str()))
}

/// `value | indent(width, first, blank)`: each line but the first begins with so many spaces.
pub fn indent<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    width: Value<'m>,
    first: Value<'m>,
    blank: Value<'m>,
) -> Result<Value<'m>> {
    let value = text(cx, "indent", value)?;
    let width = given(width).map_or(Ok(4), |width| self::width("indent", width))?;
    let (first, blank) = (flag("indent", first)?, flag("indent", blank)?);
    let mut out = String::new_in(cx.bump);
    for (i, line) in without_end(value).split('\n').enumerate() {
        let empty = matches!(line, "" | "\r");
        if (i > 0 || first) && (blank || !empty) {
            out.extend(std::iter::repeat_n(' ', width));
        }
        out.push_str(line);
        out.push('\n');
    }
    let len = without_end(&out).len();
    Ok(Value::Str(&out.into_bump_str()[..len]))
}

/// A text without the end of its last line.
fn without_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
