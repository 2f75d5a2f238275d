//! Values as text for elsewhere: JSON and HTML as MiniJinja writes them.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::context::Context;
use crate::dict;
use crate::error::{Kind, Result};
use crate::filters::given;
use crate::lists;
use crate::number;
use crate::print;
use crate::text;
use crate::value::{Raw, Value};
use crate::write;

/// `value | tojson(indent)`: JSON with a space after each comma and colon, or over several lines.
pub fn tojson<'m>(cx: &Context<'m>, value: Value<'m>, indent: Value<'m>) -> Result<Value<'m>> {
    let width = match given(indent) {
        None => None,
        Some(indent) if indent.kind() == Kind::Bool => indent.truthy()?.then_some(2),
        Some(indent) => Some(lists::width("tojson", indent)?),
    };
    let mut json = Json {
        bump: cx.bump,
        out: Vec::new(),
        width,
    };
    json.value(value, 1)?;
    Ok(cx.text(text::utf8(&json.out)))
}

struct Json<'m> {
    bump: &'m Bump,
    out: Vec<u8>,
    /// How far the parts of a container are indented, where they have lines of their own.
    width: Option<usize>,
}

impl<'m> Json<'m> {
    fn value(&mut self, value: Value<'m>, depth: usize) -> Result<()> {
        if let Value::Raw(Raw(digits)) = value
            && matches!(digits[0], b'0'..=b'9' | b'-')
            && number::is_integer(digits)
        {
            self.put(digits);
            return Ok(());
        }
        match value.read(self.bump)? {
            Value::Str(text) => self.text(text),
            Value::List(items) => {
                self.out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    self.before(i == 0, depth);
                    self.value(*item, depth + 1)?;
                }
                self.close(b']', items.is_empty(), depth);
            }
            Value::Dict(fields) => {
                let fields = dict::unique(self.bump, fields);
                self.out.push(b'{');
                for (i, field) in fields.iter().enumerate() {
                    self.before(i == 0, depth);
                    self.text(field.text(self.bump)?);
                    self.put(b": ");
                    self.value(field.value, depth + 1)?;
                }
                self.close(b'}', fields.is_empty(), depth);
            }
            plain => write::value(&mut self.out, plain),
        }
        Ok(())
    }

    fn before(&mut self, first: bool, depth: usize) {
        match self.width {
            None if first => {}
            None => self.put(b", "),
            Some(_) => {
                self.put(if first { b"" } else { b"," });
                self.line(depth);
            }
        }
    }

    fn close(&mut self, close: u8, empty: bool, depth: usize) {
        if self.width.is_some() && !empty {
            self.line(depth - 1);
        }
        self.out.push(close);
    }

    fn line(&mut self, depth: usize) {
        self.out.push(b'\n');
        let spaces = self.width.unwrap_or(0).saturating_mul(depth);
        self.out.extend(std::iter::repeat_n(b' ', spaces));
    }

    /// A text that may stand in HTML too.
    fn text(&mut self, text: &str) {
        let start = self.out.len();
        text::write_json(&mut self.out, text);
        if !self.out[start..].iter().any(|byte| in_html(*byte)) {
            return;
        }
        let quoted = self.out.split_off(start);
        for byte in quoted {
            match in_html(byte) {
                true => self.put(format!("\\u{byte:04x}").as_bytes()),
                false => self.out.push(byte),
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        write::copy(&mut self.out, bytes);
    }
}

/// Characters that mean something in HTML.
fn in_html(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'&' | b'\'')
}

/// `value | escape`: text that can stand in HTML.
pub fn escape<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let mut plain = String::new_in(cx.bump);
    print::value(cx.bump, &mut plain, value)?;
    let mut out = String::with_capacity_in(plain.len(), cx.bump);
    for c in plain.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '/' => out.push_str("&#x2f;"),
            c => out.push(c),
        }
    }
    Ok(Value::Str(out.into_bump_str()))
}
