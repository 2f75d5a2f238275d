//! Bytes as a tree.

use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, Look,
    Repetition,
};

use crate::op;

/// The tree of [`crate::encode`]'s bytes, or nothing where they are none.
pub fn decode(code: &[u8]) -> Option<Hir> {
    let mut reader = Reader { code };
    let mut trees: Vec<Hir> = Vec::new();
    while let Some(op) = reader.byte() {
        let tree = match op {
            op::EMPTY => Hir::empty(),
            op::LITERAL => Hir::literal(reader.text()?.as_bytes()),
            op::CHARS => Hir::class(reader.chars()?),
            op::BYTES => Hir::class(reader.bytes()?),
            op::LOOK => Hir::look(Look::from_repr(1_u32.checked_shl(reader.number()?)?)?),
            op::REPEAT => Hir::repetition(Repetition {
                min: reader.number()?,
                max: reader.number()?.checked_sub(1),
                greedy: reader.number()? == 1,
                sub: Box::new(trees.pop()?),
            }),
            op::CAPTURE => Hir::capture(Capture {
                index: reader.number()?,
                name: Some(reader.text()?)
                    .filter(|name| !name.is_empty())
                    .map(Box::from),
                sub: Box::new(trees.pop()?),
            }),
            op::CONCAT => Hir::concat(reader.parts(&mut trees)?),
            op::ALTERNATION => Hir::alternation(reader.parts(&mut trees)?),
            _ => return None,
        };
        trees.push(tree);
    }
    let whole = trees.pop()?;
    trees.is_empty().then_some(whole)
}

struct Reader<'c> {
    code: &'c [u8],
}

impl<'c> Reader<'c> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.code.split_first()?;
        self.code = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).ok();
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'c str> {
        let len = self.number()? as usize;
        let (text, rest) = self.code.split_at_checked(len)?;
        self.code = rest;
        std::str::from_utf8(text).ok()
    }

    fn parts(&mut self, trees: &mut Vec<Hir>) -> Option<Vec<Hir>> {
        let from = trees.len().checked_sub(self.number()? as usize)?;
        Some(trees.split_off(from))
    }

    fn chars(&mut self) -> Option<Class> {
        let ranges = self.ranges(|start, end| {
            Some(ClassUnicodeRange::new(
                char::from_u32(start)?,
                char::from_u32(end)?,
            ))
        })?;
        Some(Class::Unicode(ClassUnicode::new(ranges)))
    }

    fn bytes(&mut self) -> Option<Class> {
        let ranges = self.ranges(|start, end| {
            Some(ClassBytesRange::new(
                start.try_into().ok()?,
                end.try_into().ok()?,
            ))
        })?;
        Some(Class::Bytes(ClassBytes::new(ranges)))
    }

    fn ranges<R>(&mut self, range: impl Fn(u32, u32) -> Option<R>) -> Option<Vec<R>> {
        let mut ranges = Vec::new();
        let mut last = 0_u32;
        for _ in 0..self.number()? {
            let start = last.checked_add(self.number()?)?;
            last = start.checked_add(self.number()?)?;
            ranges.push(range(start, last)?);
        }
        Some(ranges)
    }
}
