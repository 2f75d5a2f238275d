//! Case folding of lookup keys, character by character, as `codegen/contract` folds the keys of
//! tables.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::context::Context;
use crate::error::{Kind, Result};
use crate::fold_table::{RANGES, SPECIAL};
use crate::value::Value;

/// A key without upper and lower case: text is folded, other values stay as they are.
pub fn key<'m>(cx: &Context<'m>, value: Value<'m>) -> Result<Value<'m>> {
    if value.kind() != Kind::Str {
        return Ok(value);
    }
    let text = value.str(cx.bump)?.unwrap_or_default();
    Ok(Value::Str(fold(cx.bump, text)))
}

fn fold<'m>(bump: &'m Bump, text: &str) -> &'m str {
    if text.is_ascii() {
        let out = bump.alloc_str(text);
        out.make_ascii_lowercase();
        return out;
    }
    let mut out = String::with_capacity_in(text.len(), bump);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if let Ok(at) = SPECIAL.binary_search_by_key(&(c as u32), |(from, _)| *from) {
            out.push_str(SPECIAL[at].1);
        } else {
            out.push(one(c));
        }
    }
    out.into_bump_str()
}

fn one(c: char) -> char {
    let code = c as u32;
    let at = RANGES.partition_point(|(_, last, ..)| *last < code);
    match RANGES.get(at) {
        Some((first, _, step, delta)) if *first <= code && (code - first).is_multiple_of(*step) => {
            char::from_u32(code.wrapping_add_signed(*delta)).unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> std::string::String {
        fold(&Bump::new(), text).to_owned()
    }

    #[test]
    fn case_is_folded_as_unicode_has_it() {
        for (text, want) in [
            ("GB-7 z", "gb-7 z"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("ΟΔΟΣ ς", "οδοσ σ"),
            ("İ", "i\u{307}"),
            ("ÀĀā", "àāā"),
            ("ŉ", "\u{2bc}n"),
            ("ᎠꭰᏰᏸ", "ᎠᎠᏰᏰ"),
            ("𐐀", "𐐨"),
            ("日本", "日本"),
        ] {
            assert_eq!(folded(text), want);
        }
    }

    /// Lower case of the standard library is Unicode's, too; folding differs from it for a few.
    #[test]
    fn letters_with_a_lower_case_fold_to_it() {
        let mut others = 0;
        for c in ('\0'..=char::MAX).filter(|c| c.is_uppercase()) {
            let lower: std::string::String = c.to_lowercase().collect();
            others += usize::from(folded(&c.to_string()) != lower);
        }
        assert!(others < 150, "{others}");
    }

    #[test]
    fn what_is_no_text_stays() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        assert!(matches!(key(&cx, Value::Int(7)), Ok(Value::Int(7))));
        assert!(matches!(key(&cx, Value::Missing), Ok(Value::Missing)));
        let escaped = key(&cx, Value::constant("\"\\u00C9A\"")).unwrap();
        assert_eq!(escaped.str(&bump).unwrap(), Some("éa"));
    }
}
