//! Replacing what a pattern matches.

use weavster_guest::build::Text;
use weavster_guest::{Context, Result, Value};

use crate::pattern::Pattern;

/// A part of what stands in for a match. The compiler has taken `$name` apart.
pub enum Part {
    Text(&'static str),
    /// The text of a group; nothing where it took no part.
    Group(u16),
}

impl Pattern {
    /// Hands the parts of a text to `put` in which matches are replaced, the first `limit` of them,
    /// or all where it is 0; no part where there is no match.
    pub fn replace<'t, E>(
        &self,
        text: &'t str,
        with: &'static [Part],
        limit: usize,
        mut put: impl FnMut(&'t str) -> Result<(), E>,
    ) -> Result<(), E> {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let mut end = None;
        self.each_groups(text, limit, |span, group| {
            put(&text[end.unwrap_or(0)..span.start])?;
            for part in with {
                put(match part {
                    Part::Text(text) => text,
                    Part::Group(index) => group(*index).unwrap_or_default(),
                })?;
            }
            end = Some(span.end);
            Ok(())
        })?;
        end.map_or(Ok(()), |end| put(&text[end..]))
    }
}

/// `value | regex_replace(pattern, with, limit)`. A text without a match stays the value that it
/// was, so that its bytes stay what they were.
pub fn replace<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
    with: &'static [Part],
    limit: usize,
) -> Result<Value<'m>> {
    let text = crate::text(cx, "regex_replace", value)?;
    let mut out: Option<Text> = None;
    pattern.replace(text, with, limit, |part| {
        out.get_or_insert_with(|| Text::new(cx))
            .add(Value::Str(part))
    })?;
    Ok(out.map_or(value, Text::done))
}
