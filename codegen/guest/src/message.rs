//! A message: its fields in order, as spans of the text that came. Values are never changed in
//! place, so that a copy for an output, or to go back to, is a copy of the list of fields.

use bumpalo::Bump;

use crate::edit;
use crate::error::{Code, Fail, Result};
use crate::fields::Fields;
use crate::flatten::Changed;
use crate::keep;
use crate::path::{Name, Path, Seg};
use crate::scan::Scanner;
use crate::simd;
use crate::value::{self, Field, Raw, Value};
use crate::write;

/// Room for this many fields is made at once.
const USUAL: usize = 32;

/// A message while a flow works on it.
pub struct Message<'m> {
    bump: &'m Bump,
    text: &'m [u8],
    /// Where the message begins in the text.
    start: usize,
    fields: Fields<'m>,
    changed: bool,
}

/// What a message was before a step.
pub(crate) struct Before<'m> {
    fields: &'m [Field<'m>],
    changed: bool,
}

impl<'m> Message<'m> {
    /// Reads a message, which has to be UTF-8: the whole of it is checked, and its own fields are
    /// found.
    pub fn read(bump: &'m Bump, text: &'m [u8]) -> Result<Message<'m>> {
        let mut scanner = Scanner::new(text);
        scanner.space();
        if scanner.peek() != b'{' {
            scanner.value(0)?;
            scanner.end()?;
            return Err(Fail::new(Code::NotObject, "the message is no JSON object"));
        }
        let start = scanner.at;
        // Line breaks before and after the message aren't part of it.
        scanner.line_break = false;
        let mut fields = Fields::with_capacity(USUAL, bump);
        scanner.at += 1;
        scanner.space();
        if scanner.peek() == b'}' {
            scanner.at += 1;
        } else {
            loop {
                fields.push(field(bump, &mut scanner)?);
                if !scanner.more(b'}')? {
                    break;
                }
            }
        }
        let text = &text[..scanner.at];
        // A message that came on several lines leaves on one, so its text can't be copied.
        let changed = scanner.line_break;
        if changed {
            fields.forget_spans();
        }
        scanner.end()?;
        Ok(Message {
            bump,
            text,
            start,
            fields,
            changed,
        })
    }

    /// The value at a path; missing where the path leads nowhere.
    #[inline]
    pub fn get(&self, path: &Path) -> Result<Value<'m>> {
        let Some(value) = self.fields.last(&path.first) else {
            return Ok(Value::Missing);
        };
        if path.rest.is_empty() {
            return Ok(value);
        }
        self.get_deep(value, path.rest)
    }

    fn get_deep(&self, mut value: Value<'m>, rest: &[Seg]) -> Result<Value<'m>> {
        for seg in rest {
            value = match (seg, value.read_container(self.bump)) {
                (Seg::Key(name), Value::Dict(fields)) => {
                    value::find(fields, name).unwrap_or(Value::Missing)
                }
                (Seg::Item(index), Value::List(items)) => match edit::position(*index, items.len())
                {
                    Some(at) => items[at],
                    None => Value::Missing,
                },
                (Seg::Item(index), text) => match text.str(self.bump)? {
                    Some(text) => edit::character(text, (*index).into()),
                    None => Value::Missing,
                },
                _ => Value::Missing,
            };
        }
        Ok(value)
    }

    /// The value at a path, which has to be there.
    #[inline]
    pub fn need(&self, path: &Path) -> Result<Value<'m>> {
        match self.get(path)? {
            Value::Missing => Err(missing(path)),
            value => Ok(value),
        }
    }

    /// The whole message.
    pub fn this(&self) -> Value<'m> {
        Value::Dict(self.bump.alloc_slice_copy(self.fields.list()))
    }

    /// The value of the message's own field of a name that isn't known ahead.
    pub fn field(&self, name: &str) -> Value<'m> {
        value::find_text(self.fields.list(), name).unwrap_or(Value::Missing)
    }

    /// Puts a value at a path, and makes the objects on the way. A missing value changes nothing.
    pub fn set(&mut self, path: &Path, value: Value<'m>) -> Result<()> {
        if matches!(value, Value::Missing) {
            return Ok(());
        }
        let value = match path.rest {
            [] => value,
            rest => {
                let old = self.fields.last(&path.first).unwrap_or(Value::Missing);
                edit::set(self.bump, old, rest, value).map_err(|fail| fail.at(path.name))?
            }
        };
        self.set_own(path.first, value);
        Ok(())
    }

    /// Puts a value into a field of the message itself.
    fn set_own(&mut self, name: Name, value: Value<'m>) {
        self.changed = true;
        match self.fields.position(&name, 0) {
            Some(at) => {
                // The name keeps the escapes that it came with.
                let quoted = self.fields.list()[at].quoted;
                let new = Field::named(name, value);
                self.fields.put(at, Field { quoted, ..new });
                self.fields.remove_named(&name, at + 1);
            }
            None => self.fields.push(Field::named(name, value)),
        }
    }

    /// Changes the fields of the object that a field is in, or those of the message. What is no
    /// object is left alone.
    pub(crate) fn change_holder(
        &mut self,
        field: Option<&Path>,
        change: impl FnOnce(&'m [Field<'m>]) -> Changed<'m>,
    ) -> Result<()> {
        let Some((path, above)) = field.and_then(|path| Some((path, path.rest.split_last()?.1)))
        else {
            let list: &'m [Field<'m>] = self.bump.alloc_slice_copy(self.fields.list());
            let name = field.map_or("", |path| path.name);
            if let Some(fields) = change(list).map_err(|fail| fail.at(name))? {
                self.fields.clear();
                self.fields.extend(fields);
                self.changed = true;
            }
            return Ok(());
        };
        let Some(outer) = self.fields.last(&path.first) else {
            return Ok(());
        };
        if let Value::Dict(list) = self.get_deep(outer, above)?.read_container(self.bump)
            && let Some(fields) = change(list).map_err(|fail| fail.at(path.name))?
        {
            let value = edit::set(self.bump, outer, above, Value::Dict(fields))?;
            self.set_own(path.first, value);
        }
        Ok(())
    }

    /// Takes a field away, if it is there.
    pub fn remove(&mut self, path: &Path) -> Result<()> {
        if path.rest.is_empty() {
            self.changed |= self.fields.remove_named(&path.first, 0);
            return Ok(());
        }
        self.change_each(&path.first, |bump, value| {
            edit::remove(bump, value, path.rest)
        });
        Ok(())
    }

    /// Takes away what none of the paths leads to. What stays keeps its place and its bytes; an
    /// object or array of which nothing stays goes, too.
    pub fn keep(&mut self, paths: &[&Path]) {
        if let Some(kept) = keep::message(self.bump, self.fields.list(), paths) {
            self.fields.clear();
            self.fields.extend(&kept);
            self.changed = true;
        }
    }

    /// A message without fields, beside this one.
    pub fn empty(&self) -> Message<'m> {
        Message {
            bump: self.bump,
            text: self.text,
            start: self.start,
            fields: Fields::with_capacity(USUAL, self.bump),
            changed: true,
        }
    }

    /// A message with one field, that of a path.
    pub(crate) fn holding(bump: &'m Bump, path: &Path, value: Value<'m>) -> Message<'m> {
        let mut fields = Fields::with_capacity(4, bump);
        fields.push(Field::named(path.first, value));
        Message {
            bump,
            text: &[],
            start: 0,
            fields,
            changed: false,
        }
    }

    /// The message that an object is; nothing if it is none. It doesn't count as changed.
    pub(crate) fn of(bump: &'m Bump, object: Value<'m>) -> Option<Message<'m>> {
        let Value::Dict(list) = object.read_container(bump) else {
            return None;
        };
        let mut fields = Fields::with_capacity(list.len() + 4, bump);
        fields.extend(list);
        fields.forget_spans();
        Some(Message {
            bump,
            text: &[],
            start: 0,
            fields,
            changed: false,
        })
    }

    /// Becomes what an object is.
    pub(crate) fn become_object(&mut self, object: Value<'m>) {
        self.fields.clear();
        if let Value::Dict(list) = object.read_container(self.bump) {
            self.fields.extend(list);
            self.fields.forget_spans();
        }
        (self.text, self.start, self.changed) = (&[], 0, true);
        // What stands on one line can be written as it stands.
        if let Value::Raw(raw) = object
            && !simd::has_line_break(raw.0)
        {
            (self.text, self.changed) = (raw.0, false);
        }
    }

    /// Becomes what another message is.
    pub(crate) fn become_copy(&mut self, other: &Message<'m>) {
        self.fields.clear();
        self.fields.extend(other.fields.list());
        (self.text, self.start, self.changed) = (other.text, other.start, other.changed);
    }

    /// Puts an object's fields among those of the message, over those of the same names.
    pub(crate) fn merge(&mut self, object: Value<'m>) {
        if let Value::Dict(list) = object.read_container(self.bump) {
            for field in list {
                let span = (0, 0);
                self.fields.put_named(Field { span, ..*field });
            }
            self.changed = true;
        }
    }

    /// Whether something has been changed since the message was read or made.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    pub(crate) fn bump(&self) -> &'m Bump {
        self.bump
    }

    /// Changes the values of all fields of a name in which there is something to change.
    fn change_each(
        &mut self,
        name: &Name,
        change: impl Fn(&'m Bump, Value<'m>) -> Option<Value<'m>>,
    ) {
        let mut from = 0;
        while let Some(at) = self.fields.position(name, from) {
            if let Some(value) = change(self.bump, self.fields.list()[at].value) {
                self.fields.put_value(at, value);
                self.changed = true;
            }
            from = at + 1;
        }
    }

    /// Renames a field, if it is there. Within one object it keeps its place.
    pub fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        if from.rest.is_empty() && to.rest.is_empty() {
            self.rename_own(&from.first, to.first);
            return Ok(());
        }
        let value = self.get(from)?;
        if matches!(value, Value::Missing) || edit::same(from, to) {
            return Ok(());
        }
        if let Some((parent, from, to)) = edit::siblings(from, to) {
            self.change_each(&parent.first, |bump, value| {
                edit::rename(bump, value, parent.rest, from, to)
            });
            return Ok(());
        }
        let saved = self.save();
        self.remove(from)?;
        self.set(to, value).inspect_err(|_| self.restore(&saved))
    }

    /// Renames a field of the message itself.
    fn rename_own(&mut self, from: &Name, to: Name) {
        let fields = &mut self.fields;
        let Some(mut at) = fields.position(from, 0).filter(|_| from.text != to.text) else {
            return;
        };
        let value = fields.last(from).unwrap_or(Value::Missing);
        fields.remove_named(from, at + 1);
        while let Some(old) = fields.position(&to, 0) {
            fields.remove(old);
            at -= usize::from(old < at);
        }
        fields.put(at, Field::named(to, value));
        self.changed = true;
    }

    /// What the message is now, for [`Message::restore`].
    pub(crate) fn save(&self) -> Before<'m> {
        Before {
            fields: self.bump.alloc_slice_copy(self.fields.list()),
            changed: self.changed,
        }
    }

    /// Makes the message again what it was.
    pub(crate) fn restore(&mut self, before: &Before<'m>) {
        self.fields.clear();
        self.fields.extend(before.fields);
        self.changed = before.changed;
    }

    /// A copy, which may be changed without changing this message.
    pub(crate) fn copy(&self) -> Message<'m> {
        let list = self.fields.list();
        let mut fields = Fields::with_capacity(list.len() + 4, self.bump);
        fields.extend(list);
        Message {
            bump: self.bump,
            text: self.text,
            start: self.start,
            fields,
            changed: self.changed,
        }
    }

    /// Writes the message on one line. What nothing has changed is written as it came: the whole
    /// message, runs of fields, values.
    pub fn write(&self, out: &mut std::vec::Vec<u8>) {
        // A message that was made has no text.
        if self.changed || self.text.is_empty() {
            write::message(out, self.text, self.fields.list());
        } else {
            write::copy(out, &self.text[self.start..]);
        }
    }
}

/// The error of a field that has to be there.
#[cold]
pub fn missing(path: &Path) -> Fail {
    Fail::new(Code::Missing, "a field that is needed is missing").at(path.name)
}

/// Takes the field here, and notes whether it is written without space in it.
#[inline(always)]
fn field<'m>(bump: &'m Bump, scanner: &mut Scanner<'m>) -> Result<Field<'m>> {
    let name = scanner.name()?;
    let start = scanner.at;
    scanner.value(1)?;
    let value = Value::Raw(Raw(&scanner.text[start..scanner.at]));
    let mut field = Field::at(bump, scanner.text, name, value);
    if name.end + 1 == start {
        field.span = (name.start as u32, scanner.at as u32);
    }
    Ok(field)
}
