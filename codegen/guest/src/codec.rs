//! Text as other systems write it, and back: base64, hexadecimal, URLs and JSON.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bumpalo::collections::String;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::context::Context;
use crate::error::{Code, Fail, Result};
use crate::filters::{flag, text};
use crate::scan;
use crate::text;
use crate::value::{Raw, Value};
use crate::write;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// Without padding, as it stands in URLs.
const URL_SAFE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

fn alphabet(name: &'static str, url: Value) -> Result<&'static GeneralPurpose> {
    Ok(if flag(name, url)? {
        &URL_SAFE
    } else {
        &STANDARD
    })
}

/// `value | base64_encode(url)`.
pub fn base64_encode<'m>(cx: &Context<'m>, value: Value<'m>, url: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "base64_encode", value)?;
    Ok(cx.text(&alphabet("base64_encode", url)?.encode(text)))
}

/// `value | base64_decode(url)`: padded or not, and the text has to be UTF-8.
pub fn base64_decode<'m>(cx: &Context<'m>, value: Value<'m>, url: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "base64_decode", value)?;
    match alphabet("base64_decode", url)?.decode(text) {
        Ok(bytes) => decoded(cx, &bytes),
        Err(_) => Err(Fail::new(
            Code::BadArgument,
            "base64_decode got a string that isn't base64",
        )),
    }
}

/// `value | hex_encode`.
pub fn hex_encode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    Ok(hex(cx, text(cx, "hex_encode", value)?.as_bytes()))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex<'m>(cx: &Context<'m>, bytes: &[u8]) -> Value<'m> {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
    Value::Str(String::from_iter_in(digits, cx.bump).into_bump_str())
}

/// `value | hex_decode`.
pub fn hex_decode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "hex_decode", value)?;
    let byte = |pair: &[u8]| match *pair {
        [high, low] => {
            let digit = |digit| char::from(digit).to_digit(16);
            Some((digit(high)? << 4 | digit(low)?) as u8)
        }
        _ => None,
    };
    match text
        .as_bytes()
        .chunks(2)
        .map(byte)
        .collect::<Option<Vec<u8>>>()
    {
        Some(bytes) => decoded(cx, &bytes),
        None => Err(Fail::new(
            Code::BadArgument,
            "hex_decode got a string that isn't hexadecimal",
        )),
    }
}

/// What stays as it is in any part of a URL, after RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `value | url_encode`.
pub fn url_encode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "url_encode", value)?;
    let parts = utf8_percent_encode(text, RESERVED);
    let mut out = String::with_capacity_in(text.len(), cx.bump);
    parts.for_each(|part| out.push_str(part));
    Ok(Value::Str(out.into_bump_str()))
}

/// `value | url_decode`: a `+` stays one.
pub fn url_decode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "url_decode", value)?;
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    decoded(cx, &bytes)
}

fn decoded<'m>(cx: &Context<'m>, bytes: &[u8]) -> Result<Value<'m>> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Ok(cx.text(text)),
        Err(_) => Err(Fail::new(
            Code::BadArgument,
            "what was decoded isn't text in UTF-8",
        )),
    }
}

/// `value | json_encode`: JSON as a message holds it; numbers keep their digits.
pub fn json_encode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let mut out = Vec::new();
    write::value(&mut out, value);
    Ok(cx.text(text::utf8(&out)))
}

/// `value | json_decode`: the value of a JSON text.
pub fn json_decode<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    let text = text(cx, "json_decode", value)?;
    match scan::check(text.as_bytes()) {
        Ok(json) => Ok(Value::Raw(Raw(json))),
        Err(_) => Err(Fail::new(
            Code::BadArgument,
            "json_decode got a string that isn't JSON",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;
    use bumpalo::Bump;

    fn value(json: &'static str) -> Value<'static> {
        Value::constant(json)
    }

    fn shown(result: Result<Value>) -> std::string::String {
        match result {
            Ok(value) => {
                let mut out = Vec::new();
                write::value(&mut out, value);
                std::string::String::from_utf8(out).unwrap()
            }
            Err(fail) => format!("{:?}", fail.code),
        }
    }

    /// RFC 1321, A.5; FIPS 180; RFC 4231, 4.3 (test case 2); RFC 4648, 10.
    #[test]
    fn hashes_and_codes_are_those_of_their_standards() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let no = Value::Missing;
        let abc = Value::Str("abc");
        for (result, want) in [
            (
                digest::md5(&cx, abc, no),
                "900150983cd24fb0d6963f7d28e17f72",
            ),
            (
                digest::sha1(&cx, abc, no),
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                digest::sha256(&cx, abc, no),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                digest::sha512(&cx, abc, Value::Str("base64")),
                "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==",
            ),
            (
                digest::hmac_sha256(
                    &cx,
                    Value::Str("what do ya want for nothing?"),
                    Value::Str("Jefe"),
                    no,
                ),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                digest::sha256(&cx, abc, Value::Str("base64url")),
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
            ),
            (base64_encode(&cx, Value::Str("fooba"), no), "Zm9vYmE="),
            (
                base64_encode(&cx, Value::Str("??>"), Value::Bool(true)),
                "Pz8-",
            ),
            (base64_decode(&cx, Value::Str("Zm9vYmE="), no), "fooba"),
            (base64_decode(&cx, Value::Str("Zm9vYmE"), no), "fooba"),
            (hex_encode(&cx, Value::Str("é")), "c3a9"),
            (hex_decode(&cx, Value::Str("C3a9")), "é"),
            (url_encode(&cx, Value::Str("a b/é~+")), "a%20b%2F%C3%A9~%2B"),
            (
                url_decode(&cx, Value::Str("a%20b%2f%C3%A9+%zz")),
                "a b/é+%zz",
            ),
        ] {
            assert_eq!(result.unwrap().str(&bump), Ok(Some(want)));
        }
    }

    #[test]
    fn json_goes_there_and_back() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let json = r#"{"a":[1.10,"\u00e9",null],"a":123456789012345678901}"#;
        let encoded = json_encode(&cx, value(json)).unwrap();
        assert_eq!(encoded.str(&bump), Ok(Some(json)));
        assert_eq!(shown(json_decode(&cx, encoded)), json);
        assert_eq!(shown(json_decode(&cx, value(r#"" [ 1 ] ""#))), "[ 1 ]");
    }

    #[test]
    fn what_is_no_code_is_an_error() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let no = Value::Missing;
        for (i, result) in [
            base64_decode(&cx, Value::Str("Zm9v!"), no),
            base64_decode(&cx, Value::Str("Pz8-"), no),
            base64_decode(&cx, Value::Str("/w=="), no),
            hex_decode(&cx, Value::Str("abc")),
            hex_decode(&cx, Value::Str("zz")),
            hex_decode(&cx, Value::Str("ff")),
            url_decode(&cx, Value::Str("%ff")),
            json_decode(&cx, Value::Str("{")),
            json_decode(&cx, Value::Str("")),
            digest::md5(&cx, Value::Int(1), no),
            digest::md5(&cx, Value::Str(""), Value::Str("base32")),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(shown(result), "BadArgument", "{i}");
        }
    }
}
