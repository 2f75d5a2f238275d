//! Identifiers that are made of who a message is, so that a replay makes the same ones: of its
//! origin, of its number there, and of how many were made for it before.

use sha2::Sha256;
use sha2::digest::Digest;
use uuid::Builder;

use crate::context::Context;
use crate::error::{Code, Fail, Result};
use crate::filters::given;
use crate::instant;
use crate::value::Value;

impl Context<'_> {
    /// Bytes that look random, and that nothing but this message has, and this call for it.
    fn draw(&self) -> [u8; 32] {
        let (origin, number) = self.identity;
        let count = self.made.replace(self.made.get() + 1);
        let mut hash = Sha256::new();
        hash.update(origin);
        hash.update(number.to_le_bytes());
        hash.update(count.to_le_bytes());
        hash.finalize().into()
    }
}

/// The first of some bytes.
fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

/// `uuid_v4()`.
pub fn uuid_v4<'m>(cx: &Context<'m>) -> Result<Value<'m>> {
    let uuid = Builder::from_random_bytes(first(&cx.draw())).into_uuid();
    Ok(cx.text(uuid.hyphenated().encode_lower(&mut [0; 36])))
}

/// `uuid_v7(time)`: of the batch's time where none is given.
pub fn uuid_v7<'m>(cx: &Context<'m>, time: Value<'m>) -> Result<Value<'m>> {
    let nanoseconds = match given(time) {
        Some(time) => instant::read("uuid_v7", cx, time)?.nanoseconds(),
        None => cx.now.into(),
    };
    match u64::try_from(nanoseconds.div_euclid(1_000_000)) {
        Ok(millis) if millis < 1 << 48 => {
            let uuid = Builder::from_unix_timestamp_millis(millis, &first(&cx.draw())).into_uuid();
            Ok(cx.text(uuid.hyphenated().encode_lower(&mut [0; 36])))
        }
        _ => Err(Fail::new(
            Code::BadArgument,
            "uuid_v7 takes a time from 1970 on",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bumpalo::Bump;

    fn texts(identity: ([u8; 16], u64), now: i64) -> Vec<String> {
        let bump = Bump::new();
        let cx = Context {
            identity,
            ..Context::new(&bump, &[], None, now)
        };
        let time = Value::Str("2022-02-22T19:22:22Z");
        let all = [
            uuid_v4(&cx),
            uuid_v4(&cx),
            uuid_v7(&cx, Value::Missing),
            uuid_v7(&cx, time),
        ];
        let text = |id: Result<Value>| id.unwrap().str(&bump).unwrap().unwrap().to_owned();
        all.map(text).to_vec()
    }

    #[test]
    fn a_replay_makes_the_same_and_nobody_else_does() {
        let first = texts(([1; 16], 7), 1_000_000);
        assert_eq!(first, texts(([1; 16], 7), 1_000_000));
        let mut all = first.clone();
        all.extend(texts(([1; 16], 8), 1_000_000));
        all.extend(texts(([2; 16], 7), 1_000_000));
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), 12, "{all:?}");
        // Only the time of the third differs when it is another.
        let later = texts(([1; 16], 7), 2_000_000_000_000);
        assert_eq!(first[2][14..], later[2][14..]);
        assert_eq!((&first[..2], &first[3]), (&later[..2], &later[3]));
    }

    #[test]
    fn they_have_the_form_of_rfc_9562() {
        let ids = texts(([1; 16], 7), 0);
        for (id, version) in ids.iter().zip(*b"4477") {
            assert_eq!((id.len(), id.as_bytes()[14]), (36, version), "{id}");
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
        assert!(ids[2].starts_with("00000000-0000-7"));
        // The time of the example in RFC 9562, A.6.
        assert!(ids[3].starts_with("017f22e2-79b0-7"), "{}", ids[3]);
    }
}
