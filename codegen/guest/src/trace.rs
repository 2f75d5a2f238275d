//! What each step did to each message, kept where the host asks for it. Records have the layout of
//! `codegen/contract/trace.go`.

use std::fmt::Write;

use crate::error::Told;
use crate::flow::OnError;
use crate::message::Message;
use crate::result::{Text, address};

/// How many bytes of messages are kept of one batch, or little more.
const KEPT: usize = 4 << 20;

/// What has happened.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
pub enum What {
    MessageBegan = 1,
    ItemBegan = 2,
    PartBegan = 3,
    StepRan = 4,
    StepPassed = 5,
    StepSkipped = 6,
    StepFiltered = 7,
    StepDiscarded = 8,
    StepFailed = 9,
    OutputTook = 10,
    OutputDeclined = 11,
    OutputClosed = 12,
    OutputFailed = 13,
    NoOutput = 14,
}

/// What is known of the message after an event.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
pub enum After {
    Same = 0,
    Changed = 1,
    NotKept = 2,
}

#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Event {
    pub message: u32,
    pub output: u16,
    pub step: u16,
    pub what: What,
    pub after: After,
    pub code: u16,
    /// Which item or part it is.
    pub number: u32,
    pub field: Text,
    pub detail: Text,
    pub value: Text,
}

const NOTHING: Text = Text { at: 0, len: 0 };

/// Where an event happens: a message, its way to one output or to all, and a step.
#[derive(Clone, Copy)]
pub struct Place {
    pub message: u32,
    pub output: u16,
    pub step: u16,
}

/// How a step went. It is made of its result where a trace is wanted: a result whose address were
/// taken would lie in memory for each step of all others, too.
pub enum Done<'f> {
    Ran,
    Passed,
    Filtered,
    Failed(&'f Told),
}

/// The events of a batch.
#[derive(Default)]
pub struct Trace {
    /// The host wants to know.
    pub on: bool,
    pub events: Vec<Event>,
    /// What the events' texts are parts of.
    text: Vec<u8>,
    /// The message as it was written last.
    last: Before,
}

/// The message as it was before a branch of its way.
#[derive(Clone, Copy, Default)]
pub struct Before {
    start: usize,
    end: usize,
}

impl Trace {
    /// Makes room for the next batch.
    pub fn clear(&mut self, on: bool) {
        if self.on && !on {
            *self = Trace::default();
        }
        self.on = on;
        self.events.clear();
        self.text.clear();
    }

    /// A message, an item of one, or a part of one begins its way. What it was before is for
    /// [`Trace::back`].
    #[cold]
    pub fn begin(&mut self, place: Place, what: What, number: u32, m: &Message) -> Before {
        let before = self.last;
        self.last = Before::default();
        let (after, value) = self.look(m);
        let event = self.event(place, what);
        *event = Event {
            after,
            number,
            value,
            ..*event
        };
        before
    }

    /// The message as it was written last, for [`Trace::back`].
    pub fn before(&self) -> Before {
        self.last
    }

    /// The way goes on with what the message was before it branched.
    pub fn back(&mut self, before: Before) {
        self.last = before;
    }

    /// A step is done.
    #[cold]
    pub fn step(&mut self, place: Place, on_error: OnError, done: Done, m: &Message) {
        match done {
            Done::Ran => {
                let (after, value) = self.look(m);
                let event = self.event(place, What::StepRan);
                (event.after, event.value) = (after, value);
            }
            Done::Passed => _ = self.event(place, What::StepPassed),
            Done::Filtered => _ = self.event(place, What::StepFiltered),
            Done::Failed(fail) => {
                let what = match on_error {
                    OnError::Skip => What::StepSkipped,
                    OnError::Discard => What::StepDiscarded,
                    OnError::DeadLetter | OnError::Stop | OnError::Group => What::StepFailed,
                };
                self.failed(place, what, fail);
            }
        }
    }

    /// An output, or all of them, has taken or not taken the message.
    #[cold]
    pub fn output(&mut self, place: Place, what: What) {
        self.event(place, what);
    }

    /// Something has failed.
    #[cold]
    pub fn failed(&mut self, place: Place, what: What, fail: &Told) {
        let (field, detail) = (self.said(fail.field), self.said(fail.why));
        let event = self.event(place, what);
        *event = Event {
            code: fail.code as u16,
            field,
            detail,
            ..*event
        };
    }

    fn event(&mut self, place: Place, what: What) -> &mut Event {
        self.events.push(Event {
            message: place.message,
            output: place.output,
            step: place.step,
            what,
            after: After::Same,
            code: 0,
            number: 0,
            field: NOTHING,
            detail: NOTHING,
            value: NOTHING,
        });
        let last = self.events.len() - 1;
        &mut self.events[last]
    }

    /// Writes the message down if it isn't what it was.
    fn look(&mut self, m: &Message) -> (After, Text) {
        let start = self.text.len();
        if start >= KEPT {
            return (After::NotKept, NOTHING);
        }
        m.write(&mut self.text);
        let end = self.text.len();
        if self.text[self.last.start..self.last.end] == self.text[start..end] {
            self.text.truncate(start);
            return (After::Same, NOTHING);
        }
        self.last = Before { start, end };
        (After::Changed, self.since(start))
    }

    fn said(&mut self, text: impl std::fmt::Display) -> Text {
        let start = self.text.len();
        let mut said = String::new();
        // Writing to memory doesn't fail.
        let _ = write!(said, "{text}");
        self.text.extend_from_slice(said.as_bytes());
        self.since(start)
    }

    fn since(&self, start: usize) -> Text {
        Text {
            at: start as u32,
            len: (self.text.len() - start) as u32,
        }
    }

    /// A text of an event of this batch.
    #[cfg(test)]
    pub(crate) fn text(&self, text: Text) -> &str {
        std::str::from_utf8(&self.text[text.at as usize..][..text.len as usize]).unwrap()
    }

    /// Makes places in the text addresses, and says where the events are and how many.
    pub fn finish(&mut self) -> (u32, u32) {
        let base = address(self.text.as_ptr());
        for event in &mut self.events {
            for text in [&mut event.field, &mut event.detail, &mut event.value] {
                text.at = text.at.wrapping_add(base);
            }
        }
        (address(self.events.as_ptr()), self.events.len() as u32)
    }
}

const _: () = assert!(size_of::<Event>() == 40);
