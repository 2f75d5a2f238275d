//! JSON strings: what their escapes mean, and which escapes a text needs.

use bumpalo::Bump;

use crate::error::{Code, Fail, Result};
use crate::simd;
use crate::write;

/// The text between a JSON string's quotes, which the scanner has accepted. Without escapes it is
/// the message's own bytes. A lone surrogate stands for no character, and is an error.
pub fn decode<'m>(bump: &'m Bump, inner: &'m [u8]) -> Result<&'m str> {
    if !has_escapes(inner) {
        return Ok(utf8(inner));
    }
    let text = unescape(bump, inner);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text),
        Err(_) => Err(Fail::new(
            Code::BadText,
            "a string with half a surrogate pair was read",
        )),
    }
}

/// The bytes between a JSON string's quotes without escapes. A lone surrogate becomes the three
/// bytes that UTF-8 would have for it if it were a character, which equal no text.
pub fn unescape<'m>(bump: &'m Bump, inner: &'m [u8]) -> &'m [u8] {
    let mut out = bumpalo::collections::Vec::with_capacity_in(inner.len(), bump);
    let mut at = 0;
    while at < inner.len() {
        let plain = simd::special(inner, at);
        write::copy(&mut out, &inner[at..plain]);
        at = plain;
        if at < inner.len() {
            at += escape(&inner[at..], &mut out);
        }
    }
    out.into_bump_slice()
}

/// Text that a batch's check, or a table's, has found to be UTF-8, or that was cut at an ASCII
/// byte from such text.
pub fn utf8(bytes: &[u8]) -> &str {
    debug_assert!(std::str::from_utf8(bytes).is_ok());
    // Every way into the guest checks its text before anything reads it: crate::frame the
    // messages, crate::table the cells, crate::abi the variables.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

fn has_escapes(inner: &[u8]) -> bool {
    simd::special(inner, 0) < inner.len()
}

/// Puts what the escape at the beginning of `rest` stands for, and says how long the escape is.
fn escape(rest: &[u8], out: &mut bumpalo::collections::Vec<u8>) -> usize {
    let short = match rest[1] {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(rest, out),
        byte => byte,
    };
    out.push(short);
    2
}

fn unicode(rest: &[u8], out: &mut bumpalo::collections::Vec<u8>) -> usize {
    let high = hex(&rest[2..6]);
    if (0xd800..0xdc00).contains(&high) && rest.get(6..8) == Some(b"\\u") {
        let low = hex(&rest[8..12]);
        if (0xdc00..0xe000).contains(&low) {
            push(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), out);
            return 12;
        }
    }
    push(high, out);
    6
}

fn hex(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            _ => (digit | 0x20) - b'a' + 10,
        };
        sum << 4 | u32::from(value)
    })
}

fn push(code: u32, out: &mut bumpalo::collections::Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
            out.extend_from_slice(&[0xe0 | (code >> 12) as u8, tail(6), tail(0)]);
        }
    }
}

/// Writes a text as a JSON string, with the escapes that serde_json writes.
pub fn write_json(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut at = 0;
    loop {
        let plain = simd::special(bytes, at);
        write::copy(out, &bytes[at..plain]);
        let Some(&byte) = bytes.get(plain) else { break };
        write_escape(out, byte);
        at = plain + 1;
    }
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let digit = |n: u8| b"0123456789abcdef"[usize::from(n & 0xf)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_serde_json_decodes() {
        let bump = Bump::new();
        for inner in [
            "",
            "plain",
            "é€😀",
            r#"\"\\\/\b\f\n\r\t"#,
            r"\u0041\u00e9\u20AC",
            r"\ud83d\ude00!",
            r"a long run of plain text before \u0000 and a long run of it behind",
        ] {
            let want: String = serde_json::from_str(&format!("\"{inner}\"")).unwrap();
            assert_eq!(decode(&bump, inner.as_bytes()), Ok(want.as_str()));
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_an_error_and_equals_nothing() {
        let bump = Bump::new();
        for inner in [
            r"\ud800",
            r"x\udc00y",
            r"\ud800\ud800",
            r"\ud800\n",
            r"\ud800\u0041",
            r"\udfff\ud800",
        ] {
            assert_eq!(
                decode(&bump, inner.as_bytes()).unwrap_err().code,
                Code::BadText,
                "{inner}"
            );
            assert!(std::str::from_utf8(unescape(&bump, inner.as_bytes())).is_err());
        }
    }

    #[test]
    fn writes_what_serde_json_writes() {
        let mut every: String = (0..0x300).filter_map(char::from_u32).collect();
        every.push_str("\u{2028}😀 and a run that is longer than sixteen bytes\"");
        for text in ["", "plain", &every] {
            let mut out = Vec::new();
            write_json(&mut out, text);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                serde_json::to_string(text).unwrap()
            );
        }
    }
}
