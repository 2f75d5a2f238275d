//! Hashes of text. The algorithms are the RustCrypto crates'.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use crate::codec;
use crate::context::Context;
use crate::error::{Code, Fail, Result};
use crate::filters::{given, text};
use crate::value::Value;

/// Gives a filter for a hash.
macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident: $hash:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name<'m>(
            cx: &Context<'m>,
            value: Value<'m>,
            encoding: Value<'m>,
        ) -> Result<Value<'m>> {
            let text = text(cx, stringify!($name), value)?;
            encoded(cx, &<$hash>::digest(text), encoding)
        }
    )*};
}

hashes! {
    /// `value | sha256(encoding)`.
    sha256: Sha256;
    /// `value | sha512(encoding)`.
    sha512: Sha512;
    /// `value | sha1(encoding)`: for what asks for it, and no protection against anyone.
    sha1: sha1::Sha1;
    /// `value | md5(encoding)`: likewise.
    md5: md5::Md5;
}

/// `value | hmac_sha256(key, encoding)`.
pub fn hmac_sha256<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    key: Value<'m>,
    encoding: Value<'m>,
) -> Result<Value<'m>> {
    let (value, key) = (
        text(cx, "hmac_sha256", value)?,
        text(cx, "hmac_sha256", key)?,
    );
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return Err(Fail::new(Code::BadArgument, "hmac_sha256 got a bad key"));
    };
    mac.update(value.as_bytes());
    encoded(cx, &mac.finalize().into_bytes(), encoding)
}

/// Bytes as text.
fn encoded<'m>(cx: &Context<'m>, bytes: &[u8], encoding: Value<'m>) -> Result<Value<'m>> {
    let encoding = given(encoding).map_or(Ok("hex"), |encoding| text(cx, "encoding", encoding))?;
    match encoding {
        "hex" => Ok(codec::hex(cx, bytes)),
        "base64" => Ok(cx.text(&STANDARD.encode(bytes))),
        "base64url" => Ok(cx.text(&URL_SAFE_NO_PAD.encode(bytes))),
        _ => Err(Fail::new(
            Code::BadArgument,
            "a hash is encoded as hex, base64 or base64url",
        )),
    }
}
