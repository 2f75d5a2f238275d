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

/// Replaces matches, the first `limit` of them, or all where it is 0. A text without a match stays
/// the value that it was, so that its bytes stay what they were.
pub fn replace<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    pattern: &'static Pattern,
    with: &'static [Part],
    limit: usize,
) -> Result<Value<'m>> {
    let text = crate::text(cx, "regex_replace", value)?;
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut out: Option<Text> = None;
    let mut end = 0;
    pattern.each_groups(text, limit, |span, group| -> Result<()> {
        let out = out.get_or_insert_with(|| Text::new(cx));
        out.add(Value::Str(&text[end..span.start]))?;
        for part in with {
            out.add(Value::Str(match part {
                Part::Text(text) => text,
                Part::Group(index) => group(*index).unwrap_or_default(),
            }))?;
        }
        end = span.end;
        Ok(())
    })?;
    let Some(mut out) = out else {
        return Ok(value);
    };
    out.add(Value::Str(&text[end..]))?;
    Ok(out.done())
}
