//! Regular expressions of flows: the regex crate's engines over trees that the compiler has parsed.
//! A flow's module carries them only if it has a pattern.

mod pattern;
mod replace;
#[cfg(test)]
mod tests;

pub use pattern::Pattern;
pub use replace::{Part, replace};

use weavster_guest::build::List;
use weavster_guest::{Context, Fail, Result, Value};

/// One of several patterns, with the groups of it that are asked for. Where a name that is asked
/// for is no group of this pattern, [`NONE`] stands.
pub type Choice = (&'static Pattern, &'static [u16]);

/// No group.
pub const NONE: u16 = u16::MAX;

/// The groups of the first pattern that matches, a list; missing where none does. A group that
/// took no part in the match is a missing item.
pub fn captures<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    choices: &'static [Choice],
) -> Result<Value<'m>> {
    let text = text(cx, "regex", value)?;
    for (pattern, groups) in choices {
        let mut found = List::new(cx);
        let matched = pattern.groups(text, |group| -> Result<()> {
            for index in *groups {
                found.add(group(*index).map_or(Value::Missing, Value::Str))?;
            }
            Ok(())
        });
        if let Some(done) = matched {
            done?;
            return Ok(found.done());
        }
    }
    Ok(Value::Missing)
}

/// `value is matching(pattern)`: somewhere in the text.
pub fn matching<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
) -> Result<Value<'m>> {
    Ok(Value::Bool(pattern.is_match(text(cx, "matching", value)?)))
}

/// `value | regex_find(pattern)`: the first match, or missing.
pub fn find<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
) -> Result<Value<'m>> {
    let text = text(cx, "regex_find", value)?;
    let found = pattern.find(text);
    Ok(found.map_or(Value::Missing, |span| Value::Str(&text[span])))
}

/// `value | regex_capture(pattern, group)`: a group of the first match, or missing.
pub fn capture<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
    index: u16,
) -> Result<Value<'m>> {
    let text = text(cx, "regex_capture", value)?;
    let found = pattern.groups(text, |group| group(index)).flatten();
    Ok(found.map_or(Value::Missing, Value::Str))
}

/// `value | regex_find_all(pattern)`: all matches, none of which overlap.
pub fn find_all<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
) -> Result<Value<'m>> {
    let text = text(cx, "regex_find_all", value)?;
    let mut list = List::new(cx);
    pattern.each(text, |span| list.add(Value::Str(&text[span])))?;
    Ok(list.done())
}

/// `value | regex_split(pattern)`: what lies between the matches.
pub fn split<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
) -> Result<Value<'m>> {
    let text = text(cx, "regex_split", value)?;
    let mut list = List::new(cx);
    let mut end = 0;
    pattern.each(text, |span| {
        let part = &text[end..span.start];
        end = span.end;
        list.add(Value::Str(part))
    })?;
    list.add(Value::Str(&text[end..]))?;
    Ok(list.done())
}

fn text<'m>(cx: &Context<'m>, name: &'static str, value: Value<'m>) -> Result<&'m str> {
    cx.str(value)?
        .ok_or_else(|| Fail::argument(name, "a string", value.kind()))
}
