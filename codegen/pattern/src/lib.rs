//! A regular expression on its way from the compiler to a flow's module: the tree that
//! regex-syntax makes of it, as bytes in postfix order.

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;

/// How deep groups, repetitions and classes of a pattern may nest.
pub const MAX_DEPTH: u32 = 100;

/// How much memory the states that match in one pass may take, in bytes. A pattern that needs more
/// has none, and is matched by trying.
pub const MAX_ONE_PASS: usize = 1 << 20;

/// What a byte of the code says. Numbers that follow are LEB128.
mod op {
    pub const EMPTY: u8 = 0;
    /// The length, and the text.
    pub const LITERAL: u8 = 1;
    /// How many ranges of characters, and for each how far it begins after the end of the one
    /// before, and how much further it goes.
    pub const CHARS: u8 = 2;
    /// The same of bytes.
    pub const BYTES: u8 = 3;
    /// The assertion's number.
    pub const LOOK: u8 = 4;
    /// Least, 1 + most or 0, and whether it takes as much as it can; of the tree before.
    pub const REPEAT: u8 = 5;
    /// The group's number, and its name's length and text; of the tree before.
    pub const CAPTURE: u8 = 6;
    /// How many; of the trees before.
    pub const CONCAT: u8 = 7;
    pub const ALTERNATION: u8 = 8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_comes_back_as_it_was() {
        for pattern in [
            "",
            "a",
            r"^(?P<family>[A-Z]+)-(?P<number>\d+)$",
            r"(?i)straße|\bw{2,5}?\B",
            r"(a*)*(b+?)?(?:c|)",
            r"[^\w\s]{3,}\p{Greek}(?s:.)(?-u:\b\w)",
            r"(?m)^.*$",
            r"(?-u:[a-z&&[b-y]])\pL\x{10FFFF}",
            r"[a&&b]|\z\A\b{start}\b{end-half}",
        ] {
            let tree = regex_syntax::parse(pattern).unwrap();
            assert_eq!(decode(&encode(&tree)), Some(tree), "{pattern}");
        }
    }

    #[test]
    fn what_is_no_code_is_no_tree() {
        let code = encode(&regex_syntax::parse(r"^(?P<a>x[0-9]|\b)+").unwrap());
        for end in 0..code.len() {
            // What is cut off may be a tree, but never a panic.
            decode(&code[..end]);
        }
        for bad in [
            &[][..],
            &[9],
            &[op::LITERAL, 200],
            &[op::LITERAL, 1, 0xff],
            &[op::CHARS, 1, 0xff, 0xff, 0xff, 0x7f, 0],
            &[op::BYTES, 1, 0xff, 0x7f, 0],
            &[op::CONCAT, 2],
            &[op::REPEAT, 1, 1, 1],
            &[op::LOOK, 63],
            &[op::EMPTY, op::EMPTY],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
