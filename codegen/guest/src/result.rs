//! The result of a batch, in the layout of `codegen/contract/abi.go`. Its buffers are used again
//! for the next batch.

use std::fmt::Write;

use crate::error::Fail;
use crate::message::Message;
use crate::trace::Trace;

/// A record about the message as a whole.
pub const ALL_OUTPUTS: u16 = 0xffff;
/// A record that is about no step.
pub const NO_STEP: u16 = 0xffff;

/// An intended end without delivery.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u16)]
pub enum Reason {
    Filtered = 1,
    Discarded = 2,
    Unmatched = 3,
}

/// What the flow asks for when a message fails.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u16)]
pub enum Action {
    DeadLetter = 1,
    Stop = 2,
}

/// Where a row ends, and the message it is from.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Row {
    pub message: u32,
    pub end: u32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Drop {
    pub message: u32,
    pub output: u16,
    pub step: u16,
    pub reason: Reason,
    /// 1 where a part of the message ended, and the message didn't end by it.
    pub part: u16,
}

/// A text's place: in [`Results::texts`] while a batch runs, in memory when it is done.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Text {
    pub at: u32,
    pub len: u32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Failure {
    pub message: u32,
    pub output: u16,
    pub step: u16,
    pub code: u16,
    pub action: Action,
    pub field: Text,
    pub detail: Text,
}

/// A record about a message.
trait About {
    fn message(&self) -> u32;
}

impl About for Drop {
    fn message(&self) -> u32 {
        self.message
    }
}

impl About for Failure {
    fn message(&self) -> u32 {
        self.message
    }
}

/// The records of the last message, which stand at the end.
fn of_message<T: About>(records: &[T], message: u32) -> &[T] {
    let count = records
        .iter()
        .rev()
        .take_while(|record| record.message() == message)
        .count();
    &records[records.len() - count..]
}

/// The rows for one output.
#[derive(Default)]
pub struct Output {
    pub data: Vec<u8>,
    pub rows: Vec<Row>,
}

impl Output {
    /// Takes back the rows of the last message.
    fn withdraw(&mut self, message: u32) {
        while self.rows.pop_if(|row| row.message == message).is_some() {}
        let end = self.rows.last().map_or(0, |row| row.end as usize + 1);
        self.data.truncate(end);
    }
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct OutputRecord {
    data: u32,
    data_len: u32,
    rows: u32,
    row_count: u32,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Header {
    outputs: u32,
    output_count: u32,
    drops: u32,
    drop_count: u32,
    failures: u32,
    failure_count: u32,
    events: u32,
    event_count: u32,
}

/// What became of each message of a batch.
#[derive(Default)]
pub struct Results {
    pub outputs: Vec<Output>,
    pub drops: Vec<Drop>,
    pub failures: Vec<Failure>,
    pub trace: Trace,
    texts: String,
    records: Vec<OutputRecord>,
    header: Header,
}

impl Results {
    /// Makes room for the next batch.
    pub fn clear(&mut self, outputs: usize, trace: bool) {
        self.outputs.resize_with(outputs, Output::default);
        for output in &mut self.outputs {
            output.data.clear();
            output.rows.clear();
        }
        self.drops.clear();
        self.failures.clear();
        self.texts.clear();
        self.trace.clear(trace);
    }

    #[inline]
    pub(crate) fn row(&mut self, message: u32, output: u16, m: &Message) {
        let output = &mut self.outputs[usize::from(output)];
        m.write(&mut output.data);
        output.rows.push(Row {
            message,
            end: output.data.len() as u32,
        });
        output.data.push(b'\n');
    }

    /// Whether a message has failed, or its way to an output. Records of the last message alone
    /// are looked at.
    pub(crate) fn has_failed(&self, message: u32, output: u16) -> bool {
        of_message(&self.failures, message)
            .iter()
            .any(|failure| failure.output == output || failure.output == ALL_OUTPUTS)
    }

    /// Takes back what was said of the last message, or of its way to one output.
    #[cold]
    pub(crate) fn withdraw(&mut self, message: u32, output: u16) {
        for (index, rows) in self.outputs.iter_mut().enumerate() {
            if output == ALL_OUTPUTS || usize::from(output) == index {
                rows.withdraw(message);
            }
        }
        let keep = |at: u16| output != ALL_OUTPUTS && output != at;
        self.drops
            .retain(|drop| drop.message != message || keep(drop.output));
        self.failures
            .retain(|failure| failure.message != message || keep(failure.output));
    }

    /// Where all parts of the last message have ended by themselves, the message ended with the
    /// last of them.
    pub(crate) fn end_parts(&mut self, message: u32) {
        let rows = |output: &Output| output.rows.last().is_some_and(|row| row.message == message);
        if self.outputs.iter().any(rows) || !of_message(&self.failures, message).is_empty() {
            return;
        }
        let drops = of_message(&self.drops, message);
        if !drops.is_empty()
            && drops.iter().all(|drop| drop.part == 1)
            && let Some(last) = self.drops.last_mut()
        {
            last.part = 0;
        }
    }

    #[cold]
    pub(crate) fn fail(
        &mut self,
        message: u32,
        output: u16,
        step: u16,
        action: Action,
        fail: &Fail,
    ) {
        let field = self.text(fail.field);
        let detail = self.text(fail.why);
        let code = fail.code as u16;
        self.failures.push(Failure {
            message,
            output,
            step,
            code,
            action,
            field,
            detail,
        });
    }

    fn text(&mut self, text: impl std::fmt::Display) -> Text {
        let at = self.texts.len();
        // Writing to memory doesn't fail.
        let _ = write!(self.texts, "{text}");
        Text {
            at: at as u32,
            len: (self.texts.len() - at) as u32,
        }
    }

    /// A text of a failure of this batch.
    #[cfg(test)]
    pub(crate) fn said(&self, text: Text) -> &str {
        &self.texts[text.at as usize..][..text.len as usize]
    }

    /// Writes down where everything is, and says where that is written. Addresses have 32 bits, as
    /// in the module.
    pub fn finish(&mut self) -> u32 {
        let texts = address(self.texts.as_ptr());
        for failure in &mut self.failures {
            failure.field.at = failure.field.at.wrapping_add(texts);
            failure.detail.at = failure.detail.at.wrapping_add(texts);
        }
        self.records.clear();
        self.records
            .extend(self.outputs.iter().map(|output| OutputRecord {
                data: address(output.data.as_ptr()),
                data_len: output.data.len() as u32,
                rows: address(output.rows.as_ptr()),
                row_count: output.rows.len() as u32,
            }));
        let (events, event_count) = self.trace.finish();
        self.header = Header {
            outputs: address(self.records.as_ptr()),
            output_count: self.records.len() as u32,
            drops: address(self.drops.as_ptr()),
            drop_count: self.drops.len() as u32,
            failures: address(self.failures.as_ptr()),
            failure_count: self.failures.len() as u32,
            events,
            event_count,
        };
        address(&raw const self.header)
    }
}

/// Where something is in the module's memory.
pub(crate) fn address<T>(pointer: *const T) -> u32 {
    pointer as usize as u32
}

const _: () = {
    assert!(size_of::<Row>() == 8);
    assert!(size_of::<Drop>() == 12);
    assert!(size_of::<Failure>() == 28);
    assert!(size_of::<OutputRecord>() == 16);
    assert!(size_of::<Header>() == 32);
};
