//! Values of a message as values of MiniJinja.

use minijinja::value::Value as Jinja;
use weavster_guest::{Context, Open, Result, Value};

/// The value, with all that is in it. Messages are nested at most 128 deep.
pub fn value<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Jinja> {
    Ok(match value.open(cx)? {
        Open::Missing => Jinja::UNDEFINED,
        Open::Null => Jinja::from(()),
        Open::Bool(b) => Jinja::from(b),
        Open::Int(int) => Jinja::from(int),
        Open::Long(int) => Jinja::from(int),
        Open::Float(float) => Jinja::from(float),
        Open::Str(s) => Jinja::from(s),
        Open::List(items) => {
            let items: Result<Vec<Jinja>> =
                items.iter().map(|item| self::value(cx, *item)).collect();
            Jinja::from(items?)
        }
        Open::Dict(fields) => {
            let mut pairs = Vec::new();
            for field in fields.iter(cx) {
                let (name, value) = field?;
                pairs.push((name, self::value(cx, value)?));
            }
            Jinja::from_pairs(pairs)
        }
    })
}
