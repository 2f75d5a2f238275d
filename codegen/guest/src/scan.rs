//! One strict pass over JSON text (RFC 8259): nothing is built, the text is only checked and the
//! ends of its parts are found.

use crate::error::{Code, Fail, Why};
use crate::simd;

/// How deep objects and arrays may be nested, the message itself included.
pub const MAX_DEPTH: u32 = 128;

/// Why a text isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bad {
    code: Code,
    expected: &'static str,
    at: usize,
}

impl From<Bad> for Fail {
    #[cold]
    fn from(bad: Bad) -> Fail {
        let why = match bad.code {
            Code::TooDeep => Why::Said("objects and arrays are nested more than 128 deep"),
            _ => Why::Expected(bad.expected, bad.at as u32),
        };
        Fail::tell(bad.code, why)
    }
}

/// Where a name stands, its quotes included.
#[derive(Clone, Copy)]
pub struct Quoted {
    pub start: usize,
    pub end: usize,
    pub escapes: bool,
}

type Scan<T = ()> = Result<T, Bad>;

/// A place in a JSON text.
pub struct Scanner<'s> {
    pub text: &'s [u8],
    pub at: usize,
    /// Whether a line break stood between the parts so far.
    pub line_break: bool,
}

impl<'s> Scanner<'s> {
    pub fn new(text: &'s [u8]) -> Scanner<'s> {
        Scanner {
            text,
            at: 0,
            line_break: false,
        }
    }

    /// The byte here, or 0 at the end: no part of JSON begins with a zero byte.
    #[inline(always)]
    pub fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    /// Passes over white space.
    #[inline(always)]
    pub fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.line_break |= matches!(self.peek(), b'\n' | b'\r');
            self.at += 1;
        }
    }

    /// Passes over one byte that has to be here.
    #[inline(always)]
    pub fn byte(&mut self, want: u8, expected: &'static str) -> Scan {
        if self.peek() != want || self.at == self.text.len() {
            return Err(self.bad(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Scan {
        self.space();
        if self.at < self.text.len() {
            return Err(self.bad("the end"));
        }
        Ok(())
    }

    /// Passes over a value inside of `depth` containers.
    #[inline(always)]
    pub fn value(&mut self, depth: u32) -> Scan {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'0'..=b'9' | b'-' => self.number(),
            b'{' | b'[' => self.container(depth),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => Err(self.bad("a value")),
        }
    }

    #[inline(never)]
    fn container(&mut self, depth: u32) -> Scan {
        if depth >= MAX_DEPTH {
            return Err(Bad {
                code: Code::TooDeep,
                ..self.bad("")
            });
        }
        let object = self.peek() == b'{';
        let close = if object { b'}' } else { b']' };
        self.at += 1;
        self.space();
        if self.peek() == close {
            self.at += 1;
            return Ok(());
        }
        loop {
            if object {
                self.name()?;
            }
            self.value(depth + 1)?;
            if !self.more(close)? {
                return Ok(());
            }
        }
    }

    /// Passes over a name, the colon and the space around it.
    #[inline(always)]
    pub fn name(&mut self) -> Scan<Quoted> {
        if self.peek() != b'"' {
            return Err(self.bad("a name"));
        }
        let start = self.at;
        let escapes = self.string()?;
        let end = self.at;
        self.space();
        self.byte(b':', "a colon")?;
        self.space();
        Ok(Quoted {
            start,
            end,
            escapes,
        })
    }

    /// Passes over a comma, or over the end of a container. Says whether something follows.
    #[inline(always)]
    pub fn more(&mut self, close: u8) -> Scan<bool> {
        self.space();
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            self.space();
            return Ok(true);
        }
        if byte == close {
            self.at += 1;
            return Ok(false);
        }
        Err(self.bad(if close == b'}' {
            "a comma or }"
        } else {
            "a comma or ]"
        }))
    }

    /// Passes over a string, from its first quote. Says whether it has escapes.
    #[inline(always)]
    pub fn string(&mut self) -> Scan<bool> {
        let mut escapes = false;
        self.at += 1;
        loop {
            self.at = simd::special(self.text, self.at);
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(escapes);
                }
                b'\\' => {
                    escapes = true;
                    self.escape()?;
                }
                _ => return Err(self.bad("the end of a string, or an escape of this character")),
            }
        }
    }

    fn escape(&mut self) -> Scan {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.text.get(self.at + 2..self.at + 6) {
                Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                _ => return Err(self.bad("\\u and four hexadecimal digits")),
            },
            _ => return Err(self.bad("an escape that JSON knows")),
        }
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self) -> Scan {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline(always)]
    fn digits(&mut self) -> Scan {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == from {
            return Err(self.bad("a digit"));
        }
        Ok(())
    }

    #[inline(always)]
    fn word(&mut self, word: &[u8]) -> Scan {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.bad("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    #[cold]
    fn bad(&self, expected: &'static str) -> Bad {
        Bad {
            code: Code::Malformed,
            expected,
            at: self.at,
        }
    }
}

/// Checks that a text is one JSON value, and says where it stands without the space around it.
pub fn check(text: &[u8]) -> Result<&[u8], Bad> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    let start = scanner.at;
    scanner.value(0)?;
    let end = scanner.at;
    scanner.end()?;
    Ok(&text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[&str] = &[
        "{}",
        "[]",
        " [ ] ",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10.25",
        "1e5",
        "1E+5",
        "1.0e-10",
        r#""""#,
        r#""\u00e9\n\\\/\"""#,
        r#""\ud800""#,
        "\"\u{7f}\"",
        r#"{"a":{"b":[1,{}]}}"#,
        "\t{\r\n\"a\" : [ 1 , 2 ] }\n",
        r#"{"a":1,"a":2}"#,
        r#""a string that is longer than a block""#,
    ];
    const BAD: &[&str] = &[
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "[,1]",
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        "{a:1}",
        "{'a':1}",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "nul",
        "truex",
        "tru",
        r#"""#,
        r#""\x""#,
        r#""\u12g4""#,
        r#""\u12"#,
        "\"\n\"",
        "\"\t\"",
        "\"\0\"",
        "1 2",
        "{} {}",
        "[1 2]",
        "\u{feff}{}",
        "\0",
        "[\0]",
        "// c\n1",
        "[1]]",
    ];

    #[test]
    fn takes_json_and_nothing_else() {
        for text in GOOD {
            assert_eq!(
                check(text.as_bytes()).map(<[u8]>::len),
                Ok(text.trim().len()),
                "{text:?}"
            );
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_ok() || text.contains("ud800")
            );
        }
        for text in BAD {
            assert!(check(text.as_bytes()).is_err(), "{text:?}");
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn every_cut_of_a_text_is_an_error_at_its_end() {
        let text = br#"{"a":[1.5e3,{"b":"\u00e9"}],"c":null}"#;
        for end in 0..text.len() {
            assert!(check(&text[..end]).is_err());
        }
        let fail = Fail::from(check(&text[..8]).unwrap_err());
        assert_eq!(
            fail.why.to_string(),
            "expected a digit at byte 8 of the message"
        );
    }

    #[test]
    fn the_limit_of_depth_is_exact() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(check(nested(128).as_bytes()).is_ok());
        let fail = Fail::from(check(nested(129).as_bytes()).unwrap_err());
        assert_eq!(fail.code, Code::TooDeep);
        assert_eq!(
            Fail::from(check("[".repeat(1 << 20).as_bytes()).unwrap_err()).code,
            Code::TooDeep
        );
    }

    #[test]
    fn line_breaks_are_noticed_between_parts_only() {
        for (text, want) in [
            ("[1]\n", true),
            ("[1,\r2]", true),
            (r#"["\n"]"#, false),
            ("[1, 2]", false),
        ] {
            let mut scanner = Scanner::new(text.as_bytes());
            scanner.value(0).unwrap();
            scanner.end().unwrap();
            assert_eq!(scanner.line_break, want, "{text:?}");
        }
    }
}
