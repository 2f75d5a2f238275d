//! Paths into a message. Generated code names each as a constant.

/// A path, with its place among the flow's paths.
///
/// Every path that a flow reads has a number of its own, from 0, so that a reader of messages may
/// find the fields of all of them in one pass. [`crate::Flow::PATHS`] lists them in that order.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// The path's place in [`crate::Flow::PATHS`].
    pub index: u16,
    /// The path as the flow spells it, for errors.
    pub name: &'static str,
    /// The first step, a field of the message.
    pub first: Name,
    /// The steps after it.
    pub rest: &'static [Seg],
}

/// A step of a path.
#[derive(Clone, Copy, Debug)]
pub enum Seg {
    /// A field of an object.
    Key(Name),
    /// An item of an array; from the end where it is negative.
    Item(i32),
}

/// A field's name, with a fingerprint that tells most names apart in one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    pub text: &'static str,
    pub print: u64,
}

impl Path {
    /// A field of the message itself.
    pub const fn field(index: u16, name: &'static str) -> Path {
        Path {
            index,
            name,
            first: Name::new(name),
            rest: &[],
        }
    }

    /// A path of several steps, or whose field is spelt in another way than its name.
    pub const fn deep(
        index: u16,
        name: &'static str,
        first: &'static str,
        rest: &'static [Seg],
    ) -> Path {
        Path {
            index,
            name,
            first: Name::new(first),
            rest,
        }
    }
}

/// A step into an object.
pub const fn key(text: &'static str) -> Seg {
    Seg::Key(Name::new(text))
}

/// A step into an array.
pub const fn item(index: i32) -> Seg {
    Seg::Item(index)
}

impl Name {
    pub const fn new(text: &'static str) -> Name {
        Name {
            text,
            print: print(text.as_bytes()),
        }
    }
}

/// The fingerprint of a name: its first eight bytes, and its length in the highest.
pub const fn print(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let mut i = 0;
    while i < 8 && i < text.len() {
        bytes[i] = text[i];
        i += 1;
    }
    u64::from_le_bytes(bytes) ^ (text.len() as u64) << 56
}

/// The fingerprint of `text[start..end]`, which mostly takes one load.
pub fn print_within(text: &[u8], start: usize, end: usize) -> u64 {
    let len = end - start;
    match text.get(start..start + 8) {
        Some(eight) => {
            let word = u64::from_le_bytes([
                eight[0], eight[1], eight[2], eight[3], eight[4], eight[5], eight[6], eight[7],
            ]);
            let mask = if len < 8 {
                (1 << (len * 8)) - 1
            } else {
                u64::MAX
            };
            (word & mask) ^ (len as u64) << 56
        }
        None => print(&text[start..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_a_fingerprint_agree() {
        let text = b"a long line in which names of every length stand".as_slice();
        for start in 0..text.len() {
            for end in start..text.len() {
                assert_eq!(print_within(text, start, end), print(&text[start..end]));
            }
        }
    }

    #[test]
    fn short_names_have_fingerprints_of_their_own() {
        let names = [
            "", "a", "b", "ab", "ba", "a\0", "\0a", "id", "idx", "abcdefg",
        ];
        for (i, x) in names.iter().enumerate() {
            for y in &names[i + 1..] {
                assert_ne!(print(x.as_bytes()), print(y.as_bytes()), "{x:?} {y:?}");
            }
        }
    }
}
