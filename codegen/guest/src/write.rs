//! Writing values as JSON, on one line.

use crate::decimal;
use crate::number;
use crate::simd;
use crate::text;
use crate::value::{Field, Value};

/// Above this length the machine's own copy is faster than a loop over blocks.
const SHORT: usize = 128;

/// A buffer that bytes are added to.
pub trait Buffer {
    /// Makes room for so many bytes, and says where.
    fn room(&mut self, len: usize) -> *mut u8;

    /// Takes that many bytes more as written.
    ///
    /// # Safety
    /// There was room for them, and they have been written.
    unsafe fn grow(&mut self, len: usize);
}

impl Buffer for Vec<u8> {
    #[inline(always)]
    fn room(&mut self, len: usize) -> *mut u8 {
        self.reserve(len);
        self.spare_capacity_mut().as_mut_ptr().cast()
    }

    #[inline(always)]
    unsafe fn grow(&mut self, len: usize) {
        unsafe { self.set_len(self.len() + len) }
    }
}

impl Buffer for bumpalo::collections::Vec<'_, u8> {
    #[inline(always)]
    fn room(&mut self, len: usize) -> *mut u8 {
        self.reserve(len);
        // The room begins behind the last byte, within the same allocation.
        unsafe { self.as_mut_ptr().add(self.len()) }
    }

    #[inline(always)]
    unsafe fn grow(&mut self, len: usize) {
        unsafe { self.set_len(self.len() + len) }
    }
}

/// Appends bytes. Most of a message is copied in short pieces, for which calling the machine's copy
/// costs more than the copy.
#[inline]
pub fn copy(out: &mut impl Buffer, bytes: &[u8]) {
    let len = bytes.len();
    let (from, to) = (bytes.as_ptr(), out.room(len));
    // There is room for all of the bytes, and nothing is read or written beyond them: the last
    // piece reaches back over what the one before it has written.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                *to = *from;
                *to.add(len / 2) = *from.add(len / 2);
                *to.add(len - 1) = *from.add(len - 1);
            }
            4..8 => pieces::<4>(from, to, len),
            8..16 => pieces::<8>(from, to, len),
            16..SHORT => pieces::<16>(from, to, len),
            _ => std::ptr::copy_nonoverlapping(from, to, len),
        }
        out.grow(len);
    }
}

/// Copies by pieces of N bytes, of which there is at least one.
///
/// # Safety
/// Both have `len` bytes, and N is at most that.
#[inline(always)]
unsafe fn pieces<const N: usize>(from: *const u8, to: *mut u8, len: usize) {
    let piece = |at: usize| unsafe {
        let bytes = from.add(at).cast::<[u8; N]>().read();
        to.add(at).cast::<[u8; N]>().write(bytes);
    };
    let mut at = 0;
    while at + N < len {
        piece(at);
        at += N;
    }
    piece(len - N);
}

/// Writes a message of which something has changed. Fields that stand side by side in the text
/// that came are copied in one piece.
pub fn message(out: &mut Vec<u8>, text: &[u8], fields: &[Field]) {
    out.push(b'{');
    let mut index = 0;
    while let Some(field) = fields.get(index) {
        if index > 0 {
            out.push(b',');
        }
        index += 1;
        let (start, mut end) = field.span;
        if end == 0 {
            write_field(out, field);
            continue;
        }
        while let Some(next) = fields.get(index).filter(|next| next.span.0 == end + 1) {
            end = next.span.1;
            index += 1;
        }
        copy(out, &text[start as usize..end as usize]);
    }
    out.push(b'}');
}

fn write_field(out: &mut Vec<u8>, field: &Field) {
    if field.quoted.is_empty() {
        text::write_json(out, text::utf8(field.name));
    } else {
        copy(out, field.quoted);
    }
    out.push(b':');
    value(out, field.value);
}

/// Writes a value. One that isn't there is written as null, which only a list can hold.
pub fn value(out: &mut Vec<u8>, value: Value) {
    match value {
        Value::Missing | Value::Null => copy(out, b"null"),
        Value::Bool(true) => copy(out, b"true"),
        Value::Bool(false) => copy(out, b"false"),
        Value::Int(int) => number::write_int(out, int),
        Value::Float(float) => number::write_json(out, float),
        Value::Decimal(d) => copy(out, d.text(&mut [0; decimal::WIDTH]).as_bytes()),
        Value::Str(s) => text::write_json(out, s),
        Value::Raw(raw) => write_raw(out, raw.0),
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                self::value(out, *item);
            }
            out.push(b']');
        }
        Value::Dict(fields) => {
            out.push(b'{');
            for (i, field) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_field(out, field);
            }
            out.push(b'}');
        }
    }
}

/// Copies JSON text as it stands. A container with line breaks in it loses all space between its
/// parts, because a message is one line.
#[inline]
fn write_raw(out: &mut Vec<u8>, raw: &[u8]) {
    if matches!(raw[0], b'{' | b'[') && simd::has_line_break(raw) {
        write_compact(out, raw);
    } else {
        copy(out, raw);
    }
}

fn write_compact(out: &mut Vec<u8>, raw: &[u8]) {
    let mut at = 0;
    while at < raw.len() {
        if raw[at] == b'"' {
            let mut end = simd::special(raw, at + 1);
            while raw[end] == b'\\' {
                end = simd::special(raw, end + 2);
            }
            copy(out, &raw[at..=end]);
            at = end;
        } else if !raw[at].is_ascii_whitespace() {
            out.push(raw[at]);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Raw;

    fn written(v: Value) -> String {
        let mut out = Vec::new();
        value(&mut out, v);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn copies_pieces_of_every_length() {
        for len in 0..300 {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut out = vec![7];
            copy(&mut out, &bytes);
            assert_eq!(&out[1..], bytes);
        }
    }

    #[test]
    fn containers_come_verbatim_unless_they_have_line_breaks() {
        for (raw, want) in [
            (r#"{ "a" : 1 }"#, r#"{ "a" : 1 }"#),
            ("[1,\n 2]", "[1,2]"),
            ("{\"a b\\\"\\\\\" :\r[ ]}", "{\"a b\\\"\\\\\":[]}"),
            (r#""a b""#, r#""a b""#),
            ("1.10", "1.10"),
        ] {
            assert_eq!(written(Value::Raw(Raw(raw.as_bytes()))), want);
        }
    }

    #[test]
    fn computed_values_are_json() {
        let list = [
            Value::Null,
            Value::Bool(true),
            Value::Int(-3),
            Value::Float(2.0),
            Value::Str("a\"b"),
        ];
        let dict = [
            Field::new("k\n", Value::List(&list)),
            Field::new("e", Value::Dict(&[])),
        ];
        assert_eq!(
            written(Value::Dict(&dict)),
            r#"{"k\n":[null,true,-3,2.0,"a\"b"],"e":{}}"#
        );
    }
}
