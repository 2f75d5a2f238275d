//! For tests: messages' values as MiniJinja's, so that what it makes of them can be compared.

use bumpalo::Bump;

use crate::value::{Raw, Value};

/// A JSON text as a value of MiniJinja.
pub fn value(json: &str) -> minijinja::Value {
    let bump = Bump::new();
    convert(&bump, Value::Raw(Raw(json.as_bytes())))
}

/// A value as one of MiniJinja.
pub fn convert<'m>(bump: &'m Bump, value: Value<'m>) -> minijinja::Value {
    match value.read(bump).expect("a value that can be read") {
        Value::Missing => minijinja::Value::UNDEFINED,
        Value::Null => ().into(),
        Value::Bool(b) => b.into(),
        Value::Int(i) => i.into(),
        Value::Float(f) => f.into(),
        Value::Decimal(_) => panic!("MiniJinja has no decimals"),
        Value::Str(s) => s.into(),
        Value::List(items) => items.iter().map(|item| convert(bump, *item)).collect(),
        Value::Dict(fields) => minijinja::Value::from_pairs(fields.iter().map(|field| {
            (
                field.text(bump).expect("a name"),
                convert(bump, field.value),
            )
        })),
        Value::Raw(_) => unreachable!("was read"),
    }
}
