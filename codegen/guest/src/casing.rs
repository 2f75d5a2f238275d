//! Upper and lower case, as MiniJinja has them. Results lie in the message's arena.

use bumpalo::Bump;
use bumpalo::collections::String;

/// All of a text in upper case.
pub fn upper<'m>(bump: &'m Bump, text: &str) -> &'m str {
    if text.is_ascii() {
        let out = bump.alloc_str(text);
        out.make_ascii_uppercase();
        return out;
    }
    let mut out = String::with_capacity_in(text.len(), bump);
    for c in text.chars() {
        push_upper(&mut out, c);
    }
    out.into_bump_str()
}

/// All of a text in lower case.
pub fn lower<'m>(bump: &'m Bump, text: &str) -> &'m str {
    if text.is_ascii() {
        let out = bump.alloc_str(text);
        out.make_ascii_lowercase();
        return out;
    }
    let mut out = String::with_capacity_in(text.len(), bump);
    push_lower(&mut out, text, 0);
    out.into_bump_str()
}

/// Each word with its first letter in upper case.
pub fn title<'m>(bump: &'m Bump, text: &str) -> &'m str {
    let mut out = String::with_capacity_in(text.len(), bump);
    for word in text.split_inclusive(separates) {
        let end = word.len()
            - word
                .chars()
                .next_back()
                .filter(|c| separates(*c))
                .map_or(0, char::len_utf8);
        let (letters, separator) = word.split_at(end);
        if let Some(first) = letters.chars().next() {
            push_upper(&mut out, first);
            push_lower(&mut out, letters, first.len_utf8());
        }
        out.push_str(separator);
    }
    out.into_bump_str()
}

fn separates(c: char) -> bool {
    matches!(c, '-' | '(' | '{' | '[' | '<') || c.is_whitespace()
}

/// The first letter in title case, the others in lower case.
pub fn capitalize<'m>(bump: &'m Bump, text: &str) -> &'m str {
    let mut out = String::with_capacity_in(text.len(), bump);
    if let Some(first) = text.chars().next() {
        push_title(&mut out, first);
        push_lower(&mut out, text, first.len_utf8());
    }
    out.into_bump_str()
}

fn push_upper(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_uppercase());
    } else {
        out.extend(c.to_uppercase());
    }
}

/// Adds `text[start..]` in lower case. What a capital sigma becomes depends on its neighbours,
/// those before `start` included, and only the standard library's whole-text conversion knows.
fn push_lower(out: &mut String, text: &str, start: usize) {
    let tail = &text[start..];
    if tail.contains('Σ') {
        // The part before `start` has as many bytes as its letters have by themselves: both small
        // sigmas have two.
        let before: usize = text[..start]
            .chars()
            .flat_map(char::to_lowercase)
            .map(char::len_utf8)
            .sum();
        out.push_str(&text.to_lowercase()[before..]);
        return;
    }
    for c in tail.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
}

/// Adds a letter in title case, after Unicode's UnicodeData and SpecialCasing. It is the upper
/// case but for letters that stand for several.
fn push_title(out: &mut String, c: char) {
    match c {
        // Croatian digraphs come in threes: DŽ, Dž, dž.
        'Ǆ'..='ǌ' => out.extend(char::from_u32(c as u32 - (c as u32 - 'Ǆ' as u32) % 3 + 1)),
        'Ǳ'..='ǳ' => out.push('ǲ'),
        // Georgian has no title case.
        'ა'..='ჺ' | 'ჽ'..='ჿ' => out.push(c),
        // Greek letters with an iota below keep it below.
        'ᾀ'..='ᾯ' => out.extend(char::from_u32(c as u32 | 8)),
        'ᾳ' | 'ῃ' | 'ῳ' => out.extend(char::from_u32(c as u32 + 9)),
        'ᾼ' | 'ῌ' | 'ῼ' => out.push(c),
        _ => {
            let mut letters = c.to_uppercase();
            let Some(first) = letters.next() else { return };
            out.push(first);
            for letter in letters {
                match letter {
                    'Ι' if ('ᾀ'..='ῼ').contains(&c) => out.push('\u{345}'),
                    _ if first.is_uppercase() => out.extend(letter.to_lowercase()),
                    _ => out.push(letter),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::{Environment, context};

    fn minijinja(filter: &str, text: &str) -> std::string::String {
        let env = Environment::new();
        let template = format!("{{{{ text|{filter} }}}}");
        env.render_str(&template, context!(text => text)).unwrap()
    }

    fn check(text: &str) {
        let bump = Bump::new();
        assert_eq!(upper(&bump, text), minijinja("upper", text));
        assert_eq!(lower(&bump, text), minijinja("lower", text));
        assert_eq!(title(&bump, text), minijinja("title", text));
        assert_eq!(capitalize(&bump, text), minijinja("capitalize", text));
    }

    #[test]
    fn words_are_cased_as_in_minijinja() {
        for text in [
            "",
            "a",
            "hello wORLD",
            "o'neill-smith (jr.) <x>{y}[z]",
            "straße ǆ ŉ",
            "ΟΔΥΣΣΕΥΣ",
            "ΟΔΟΣ ΟΔΟΣ",
            "σΣ",
            "Σ",
            "ΑΣ.Σ Σ",
            "  two  spaces\tand\u{a0}others",
            "İSTANBUL ﬁn",
            "a-Σ",
            "aΣ-b",
        ] {
            check(text);
        }
    }

    #[test]
    fn every_letter_is_cased_as_in_minijinja() {
        let env = Environment::new();
        let template = env
            .template_from_str("{{ t|capitalize }}\n{{ t|title }}\n{{ t|upper }}\n{{ t|lower }}")
            .unwrap();
        for c in (0..=0x10ffff)
            .filter_map(char::from_u32)
            .filter(|c| c.is_alphabetic() || *c < '\u{600}')
        {
            let bump = Bump::new();
            let text = format!("{c}{c}");
            let ours = [
                capitalize(&bump, &text),
                title(&bump, &text),
                upper(&bump, &text),
                lower(&bump, &text),
            ];
            assert_eq!(
                ours.join("\n"),
                template.render(context!(t => text)).unwrap(),
                "{c:?}"
            );
        }
    }
}
