//! Values of a message as values of MiniJinja.

use minijinja::value::{Value as Jinja, ValueKind};
use weavster_guest::build::{Dict, List};
use weavster_guest::{Code, Context, Fail, Open, Result, Value};

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

/// A value of MiniJinja's as one of ours.
pub fn back<'m>(cx: &Context<'m>, value: &Jinja) -> Result<Value<'m>> {
    match value.kind() {
        ValueKind::Undefined => Ok(Value::Missing),
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(value.is_true())),
        ValueKind::Number => number(value),
        ValueKind::String => Ok(cx.text(value.as_str().unwrap_or_default())),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut list = List::new(cx);
            for item in value.try_iter().map_err(|_| strange())? {
                list.add(back(cx, &item)?)?;
            }
            Ok(list.done())
        }
        ValueKind::Map => {
            let mut dict = Dict::new(cx);
            for key in value.try_iter().map_err(|_| strange())? {
                let field = value.get_item(&key).map_err(|_| strange())?;
                dict.add(back(cx, &key)?, back(cx, &field)?)?;
            }
            Ok(dict.done())
        }
        _ => Err(strange()),
    }
}

fn number<'m>(value: &Jinja) -> Result<Value<'m>> {
    if value.is_integer() {
        return match i64::try_from(value.clone()) {
            Ok(int) => Ok(Value::Int(int)),
            Err(_) => Err(Fail::new(
                Code::IntegerRange,
                "an integer outside of 64 bits was given to a built-in",
            )),
        };
    }
    match f64::try_from(value.clone()) {
        Ok(float) if float.is_finite() => Ok(Value::Float(float)),
        _ => Err(Fail::new(
            Code::NotFinite,
            "a number that isn't finite was given to a built-in",
        )),
    }
}

#[cold]
fn strange() -> Fail {
    Fail::new(
        Code::BadArgument,
        "a built-in was given what is no value of a message",
    )
}
