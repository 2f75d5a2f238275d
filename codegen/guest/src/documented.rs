//! What docs/messages.md says of messages is so: its tables are read, and each line is tried.

use bumpalo::Bump;

use crate::context::Context;
use crate::error::{Code, Result};
use crate::frame::{self, Batch};
use crate::message::Message;
use crate::path::Path;
use crate::value::Value;
use crate::{build, convert, exact, filters, ops, write};

const PAGE: &str = include_str!("../../../docs/messages.md");
const X: Path = Path::field(0, "x");
const Y: Path = Path::field(1, "y");

/// The lines of the table under a heading, each by its cells.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let section = PAGE.split("\n## ").find(|part| part.starts_with(heading));
    let lines = section.expect("the heading").lines();
    let rows = lines.filter(|line| line.starts_with("| "));
    rows.skip(1)
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// What stands in a cell as code, with the bytes that it spells in angle brackets. Two backticks are
/// nothing at all.
fn code(cell: &str) -> Vec<u8> {
    let text = cell
        .split('`')
        .nth(1)
        .unwrap_or_else(|| panic!("no code in {cell:?}"));
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        bytes.extend(before.as_bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).expect("a byte"));
        rest = &after[3..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// A value as JSON, or the code of the error.
fn told(result: Result<Value>) -> Vec<u8> {
    match result {
        Ok(Value::Missing) => b"missing".to_vec(),
        Ok(value) => {
            let mut out = Vec::new();
            write::value(&mut out, value);
            out
        }
        Err(fail) => format!("W{}", fail.code as u16).into_bytes(),
    }
}

/// A message on its way through a flow without steps, or with one.
fn left(text: &[u8], step: impl FnOnce(&mut Message)) -> Result<Vec<u8>> {
    let bump = Bump::new();
    let mut message = Message::read(&bump, text)?;
    step(&mut message);
    let mut out = Vec::new();
    message.write(&mut out);
    Ok(out)
}

/// Holds the cells of a line, from the second on, to be what is computed of the value in the first.
fn compare(row: &[&str], columns: &[fn(&Context, Value<'_>) -> Vec<u8>]) {
    let value = code(row[0]);
    let message = [br#"{"x":"#, &value[..], b"}"].concat();
    let stored = left(&message, |m| m.rename(&X, &Y).unwrap()).unwrap();
    assert_eq!(
        stored,
        [br#"{"y":"#, &code(row[1])[..], b"}"].concat(),
        "{row:?}"
    );
    assert_eq!(row.len(), columns.len() + 2, "{row:?}");
    for (cell, column) in row[2..].iter().zip(columns) {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let m = Message::read(&bump, &message).unwrap();
        let got = column(&cx, m.get(&X).unwrap());
        assert_eq!(
            String::from_utf8(got),
            String::from_utf8(code(cell)),
            "{row:?}"
        );
    }
}

/// `{{ x }}`.
fn printed<'m>(cx: &Context<'m>, x: Value<'m>) -> Result<Value<'m>> {
    let mut text = build::Text::new(cx);
    text.add(x)?;
    Ok(text.done())
}

#[test]
fn numbers() {
    let rows = table("Numbers");
    assert!(rows.len() > 10);
    for row in rows {
        compare(
            &row,
            &[
                |cx, x| told(ops::add(cx, x, Value::Int(0))),
                |cx, x| told(exact::decimal(cx, x, Value::Missing)),
                |cx, x| told(ops::eq(cx, x, x)),
                |cx, x| told(printed(cx, x)),
                |cx, x| told(convert::string(cx, x)),
            ],
        );
    }
}

#[test]
fn text() {
    let rows = table("Text");
    assert!(rows.len() > 5);
    for row in rows {
        compare(
            &row,
            &[
                |cx, x| told(ops::concat(cx, x, Value::Str(""))),
                |cx, x| told(filters::length(cx, x)),
                |cx, x| told(ops::eq(cx, x, x)),
            ],
        );
    }
}

#[test]
fn keys() {
    let rows = table("Keys");
    assert!(rows.len() > 5);
    for row in rows {
        let message = code(row[0]);
        let bump = Bump::new();
        let m = Message::read(&bump, &message).unwrap();
        let read = told(m.get(&X));
        let want = if row[2] == "missing" {
            b"missing".to_vec()
        } else {
            code(row[2])
        };
        assert_eq!(read, want, "{row:?}");
        let steps: [fn(&mut Message); 4] = [
            |_| {},
            |m| m.set(&X, Value::Int(7)).unwrap(),
            |m| m.remove(&X).unwrap(),
            |m| m.rename(&X, &Y).unwrap(),
        ];
        for (step, column) in steps.into_iter().zip([1, 3, 4, 5]) {
            let got = left(&message, step).unwrap();
            assert_eq!(
                String::from_utf8(got),
                String::from_utf8(code(row[column])),
                "{row:?}"
            );
        }
    }
}

#[test]
fn what_is_no_message() {
    let rows = table("What is no message");
    assert!(rows.len() > 20);
    for row in rows {
        let text = code(row[0]);
        let mut frame = frame::write(&[&text], None, 0);
        let read = match Batch::read(&mut frame).message(0) {
            Some(text) => left(text, |_| {}).map_err(|fail| fail.code),
            None => Err(Code::NotUtf8),
        };
        match read {
            Ok(_) => assert!(row[1].starts_with("is one"), "{row:?}"),
            Err(got) => assert_eq!(
                format!("W{}", got as u16).into_bytes(),
                code(row[1]),
                "{row:?}"
            ),
        }
    }
}
