//! A tree as bytes.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::op;

/// The bytes of a tree, which nests no deeper than [`crate::MAX_DEPTH`] makes it.
pub fn encode(tree: &Hir) -> Vec<u8> {
    let mut code = Code(Vec::new());
    code.tree(tree);
    code.0
}

struct Code(Vec<u8>);

impl Code {
    fn tree(&mut self, tree: &Hir) {
        match tree.kind() {
            HirKind::Empty => self.0.push(op::EMPTY),
            HirKind::Literal(literal) => {
                self.0.push(op::LITERAL);
                self.text(&literal.0);
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges().iter();
                self.class(
                    op::CHARS,
                    ranges.map(|r| (r.start().into(), r.end().into())),
                );
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.ranges().iter();
                self.class(
                    op::BYTES,
                    ranges.map(|r| (r.start().into(), r.end().into())),
                );
            }
            HirKind::Look(look) => {
                self.0.push(op::LOOK);
                self.number(look.as_repr().trailing_zeros());
            }
            HirKind::Repetition(repetition) => {
                self.tree(&repetition.sub);
                self.0.push(op::REPEAT);
                self.number(repetition.min);
                self.number(repetition.max.map_or(0, |max| max + 1));
                self.number(repetition.greedy.into());
            }
            HirKind::Capture(capture) => {
                self.tree(&capture.sub);
                self.0.push(op::CAPTURE);
                self.number(capture.index);
                self.text(capture.name.as_deref().unwrap_or_default().as_bytes());
            }
            HirKind::Concat(parts) => self.parts(op::CONCAT, parts),
            HirKind::Alternation(parts) => self.parts(op::ALTERNATION, parts),
        }
    }

    fn parts(&mut self, op: u8, parts: &[Hir]) {
        for part in parts {
            self.tree(part);
        }
        self.0.push(op);
        self.number(parts.len() as u32);
    }

    fn class(&mut self, op: u8, ranges: impl ExactSizeIterator<Item = (u32, u32)>) {
        self.0.push(op);
        self.number(ranges.len() as u32);
        let mut last = 0;
        for (start, end) in ranges {
            self.number(start - last);
            self.number(end - start);
            last = end;
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u32);
        self.0.extend_from_slice(text);
    }

    fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}
