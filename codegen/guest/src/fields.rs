//! The fields of a message, with a mark for each so that one is found without looking at them all.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::path::Name;
use crate::simd::{self, Marks};
use crate::value::{Field, Value};

/// A list of fields. `marks` has, in the same order, 32 bits of each name's fingerprint; what
/// stands in it behind the last field is left over and means nothing.
pub struct Fields<'m> {
    list: Vec<'m, Field<'m>>,
    marks: Vec<'m, Marks>,
}

#[inline(always)]
fn mark(print: u64) -> u32 {
    (print ^ print >> 32) as u32
}

impl<'m> Fields<'m> {
    pub fn with_capacity(capacity: usize, bump: &'m Bump) -> Fields<'m> {
        Fields {
            list: Vec::with_capacity_in(capacity, bump),
            marks: Vec::with_capacity_in(capacity.div_ceil(8), bump),
        }
    }

    pub fn list(&self) -> &[Field<'m>] {
        &self.list
    }

    #[inline(always)]
    pub fn push(&mut self, field: Field<'m>) {
        let at = self.list.len();
        if at / 8 == self.marks.len() {
            self.marks.push([0; 8]);
        }
        self.marks[at / 8][at % 8] = mark(field.print);
        self.list.push(field);
    }

    pub fn extend(&mut self, fields: &[Field<'m>]) {
        for field in fields {
            self.push(*field);
        }
    }

    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Puts another field in a place.
    pub fn put(&mut self, at: usize, field: Field<'m>) {
        self.list[at] = field;
        self.marks[at / 8][at % 8] = mark(field.print);
    }

    /// Puts another value into a field, which is then no more as it came.
    pub fn put_value(&mut self, at: usize, value: Value<'m>) {
        self.list[at].value = value;
        self.list[at].span = (0, 0);
    }

    /// The place of the first field of a name at or after a place.
    #[inline]
    pub fn position(&self, name: &Name, mut from: usize) -> Option<usize> {
        loop {
            let at = simd::find(&self.marks, mark(name.print), from)?;
            if self.list.get(at)?.is(name) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// The last value under a name.
    #[inline]
    pub fn last(&self, name: &Name) -> Option<Value<'m>> {
        let mut at = self.position(name, 0)?;
        while let Some(later) = self.position(name, at + 1) {
            at = later;
        }
        Some(self.list[at].value)
    }

    pub fn remove(&mut self, at: usize) {
        self.list.remove(at);
        let marks = self.marks.as_flattened_mut();
        marks.copy_within(at + 1..=self.list.len(), at);
    }

    /// Takes away the fields of a name at or after a place. Says whether there were any.
    #[inline]
    pub fn remove_named(&mut self, name: &Name, mut from: usize) -> bool {
        let mut found = false;
        while let Some(at) = self.position(name, from) {
            self.remove(at);
            (found, from) = (true, at);
        }
        found
    }

    /// Puts a field in the place of those of its name, or at the end.
    pub fn put_named(&mut self, field: Field<'m>) {
        let (mut from, mut done) = (0, false);
        while let Some(at) = simd::find(&self.marks, mark(field.print), from) {
            match self.list.get(at) {
                None => break,
                Some(old) if old.name != field.name => from = at + 1,
                Some(_) if done => self.remove(at),
                Some(_) => {
                    self.put(at, field);
                    (from, done) = (at + 1, true);
                }
            }
        }
        if !done {
            self.push(field);
        }
    }

    /// No field is as it came.
    pub fn forget_spans(&mut self) {
        for field in &mut self.list {
            field.span = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_one_mark_are_told_apart() {
        // The two halves of a fingerprint are added without carry, so these two agree.
        const NAMES: [Name; 3] = [
            Name::new("abcdABCD"),
            Name::new("ABCDabcd"),
            Name::new("other"),
        ];
        assert_eq!(mark(NAMES[0].print), mark(NAMES[1].print));
        let bump = Bump::new();
        let mut fields = Fields::with_capacity(2, &bump);
        for (i, name) in [0, 1, 2, 1, 0].iter().enumerate() {
            fields.push(Field::named(NAMES[*name], Value::Int(i as i64)));
        }
        assert_eq!(fields.position(&NAMES[1], 0), Some(1));
        assert_eq!(fields.position(&NAMES[1], 2), Some(3));
        assert!(matches!(fields.last(&NAMES[0]), Some(Value::Int(4))));
        assert!(fields.remove_named(&NAMES[1], 0));
        assert!(!fields.remove_named(&NAMES[1], 0));
        fields.put(1, Field::named(NAMES[1], Value::Null));
        let places = NAMES.map(|name| fields.position(&name, 0));
        assert_eq!(places, [Some(0), Some(1), None]);
        assert_eq!(fields.list().len(), 3);
    }
}
