//! What a generated flow looks like to the guest, and how a message goes through it.

use crate::context::Context;
use crate::each::Each;
use crate::error::{Code, Fail, Result};
use crate::message::{self, Message};
use crate::path::Path;
use crate::result::{ALL_OUTPUTS, Action, Drop, NO_STEP, Reason, Results};
use crate::split::Parts;
use crate::trace::{Before, Done, Place, What};
use crate::value::Value;

/// A compiled flow. Generated code implements it.
pub trait Flow {
    /// How many outputs there are.
    const OUTPUTS: usize;
    /// How many variables there are.
    const VARS: usize;
    /// The tables, compiled in or given when the flow starts.
    const TABLES: &'static [Source];
    /// All paths that the flow names, each at the place that it says.
    const PATHS: &'static [Path];

    /// Makes ready what takes time and is the same for every message: patterns and templates.
    fn start() {}

    /// The steps that every message goes through.
    fn transform<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended>;

    /// Sends a transformed message to its outputs.
    fn route<'m>(route: &mut Route<'_, '_, 'm>);
}

/// Where a table comes from: compiled in, or given when the flow starts.
pub struct Source {
    pub columns: &'static [&'static str],
    pub blob: Option<&'static [u8]>,
}

/// What a step's failure does.
#[derive(Clone, Copy, PartialEq)]
pub enum OnError {
    DeadLetter,
    /// Undoes the step's changes and goes on.
    Skip,
    Discard,
    Stop,
    /// Leaves it to the step around.
    Group,
}

/// The message, or its way to one output, has ended, and the result says how.
#[derive(Debug)]
pub struct Ended;

/// Why a step ends before its last operation.
#[derive(Debug)]
pub enum End {
    /// Its condition doesn't hold; the message goes on.
    Passed,
    Filtered,
    Failed(Fail),
}

impl From<Fail> for End {
    fn from(fail: Fail) -> End {
        End::Failed(fail)
    }
}

/// Passes the step over unless its condition holds.
#[inline]
pub fn when(condition: Value) -> Result<(), End> {
    if condition.truthy()? {
        Ok(())
    } else {
        Err(End::Passed)
    }
}

/// Ends the message, counted as filtered, unless the condition holds.
#[inline]
pub fn guard(condition: Value) -> Result<(), End> {
    if condition.truthy()? {
        Ok(())
    } else {
        Err(End::Filtered)
    }
}

/// A message's way through the steps.
pub struct Run<'r, 'm> {
    pub(crate) cx: &'r Context<'m>,
    pub(crate) results: &'r mut Results,
    pub(crate) message: u32,
    pub(crate) output: u16,
    /// What failed in a step that leaves that to the one around.
    pub(crate) handed: Option<Fail>,
    /// The message is a part of one that was split.
    pub(crate) part: bool,
    /// The message is an item of one, and its end is no end of that.
    pub(crate) item: bool,
    /// What failed of the item, and no step inside has handled.
    pub(crate) unhandled: Option<Fail>,
}

impl<'r, 'm> Run<'r, 'm> {
    pub(crate) fn new(cx: &'r Context<'m>, results: &'r mut Results, message: u32) -> Run<'r, 'm> {
        Run {
            cx,
            results,
            message,
            output: ALL_OUTPUTS,
            part: false,
            item: false,
            handed: None,
            unhandled: None,
        }
    }
}

impl<'m> Run<'_, 'm> {
    /// Takes a step, and does what the flow says if it fails.
    #[inline]
    pub fn step(
        &mut self,
        index: u16,
        on_error: OnError,
        m: &mut Message<'m>,
        body: impl FnOnce(&Context<'m>, &mut Message<'m>) -> Result<(), End>,
    ) -> Result<(), Ended> {
        let before = (on_error == OnError::Skip).then(|| m.save());
        let done = body(self.cx, m);
        self.done(index, on_error, m, before, done)
    }

    /// Takes a step that takes each item of an array through steps of its own.
    #[inline(never)]
    pub fn each(
        &mut self,
        index: u16,
        on_error: OnError,
        m: &mut Message<'m>,
        body: for<'x> fn(&Context<'x>, &mut Message<'x>) -> Result<&'static Each, End>,
        steps: Steps,
    ) -> Result<(), Ended> {
        let before = (on_error == OnError::Skip).then(|| m.save());
        let done = body(self.cx, m).and_then(|each| self.items(each, index, m, steps));
        self.done(index, on_error, m, before, done)
    }

    #[inline(always)]
    fn done(
        &mut self,
        index: u16,
        on_error: OnError,
        m: &mut Message<'m>,
        before: Option<message::Before<'m>>,
        done: Result<(), End>,
    ) -> Result<(), Ended> {
        self.tell(index, on_error, &done, m);
        match done {
            Ok(()) | Err(End::Passed) => Ok(()),
            Err(End::Filtered) => {
                self.drop(self.output, index, Reason::Filtered);
                Err(Ended)
            }
            Err(End::Failed(fail)) => match before {
                Some(before) if !fail.stops => {
                    m.restore(&before);
                    Ok(())
                }
                _ if on_error == OnError::Group && !fail.stops => {
                    self.handed = Some(fail);
                    Err(Ended)
                }
                _ => {
                    self.failed(index, on_error, fail);
                    Err(Ended)
                }
            },
        }
    }

    /// Notes what has come of a step, for the trace.
    #[inline]
    pub(crate) fn tell(
        &mut self,
        index: u16,
        on_error: OnError,
        done: &Result<(), End>,
        m: &Message<'m>,
    ) {
        if self.results.trace.on {
            let place = self.place(index);
            let done = match done {
                Ok(()) => Done::Ran,
                Err(End::Passed) => Done::Passed,
                Err(End::Filtered) => Done::Filtered,
                Err(End::Failed(fail)) => Done::Failed(fail),
            };
            self.results.trace.step(place, on_error, done, m);
        }
    }

    /// The way of a step's own items, which see a context of theirs.
    pub(crate) fn inside<'i>(&'i mut self, cx: &'i Context<'m>) -> Run<'i, 'm> {
        Run {
            cx,
            results: self.results,
            item: true,
            handed: None,
            unhandled: None,
            ..*self
        }
    }

    /// Begins the way of an item or a part, for the trace. What it returns goes to [`Run::back`]
    /// when that way has ended.
    pub(crate) fn begin(
        &mut self,
        what: What,
        step: u16,
        number: u32,
        m: &Message<'m>,
    ) -> Option<Before> {
        let place = self.place(step);
        let trace = &mut self.results.trace;
        trace.on.then(|| trace.begin(place, what, number, m))
    }

    /// Ends what [`Run::begin`] has begun.
    pub(crate) fn back(&mut self, before: Option<Before>) {
        if let Some(before) = before {
            self.results.trace.back(before);
        }
    }

    fn place(&self, step: u16) -> Place {
        Place {
            message: self.message,
            output: self.output,
            step,
        }
    }

    #[cold]
    fn failed(&mut self, step: u16, on_error: OnError, fail: Fail) {
        let stops = fail.stops || on_error == OnError::Stop;
        if on_error == OnError::Discard && !stops {
            return self.drop(self.output, step, Reason::Discarded);
        }
        let fail = fail.within(step, stops);
        if self.item {
            self.unhandled = Some(fail);
            return;
        }
        let action = if stops {
            Action::Stop
        } else {
            Action::DeadLetter
        };
        self.fail(self.output, fail.step, action, &fail);
    }

    /// Notes an intended end: of the message or a part of it, or of its way to an output. An item's
    /// is none.
    fn drop(&mut self, output: u16, step: u16, reason: Reason) {
        if self.item {
            return;
        }
        let part = u16::from(self.part && output == ALL_OUTPUTS);
        self.results.drops.push(Drop {
            message: self.message,
            output,
            step,
            reason,
            part,
        });
    }

    /// Notes a failure. A message of which a part fails fails as a whole, or its way to an output.
    #[cold]
    fn fail(&mut self, output: u16, step: u16, action: Action, fail: &Fail) {
        if self.part {
            self.results.withdraw(self.message, output);
        }
        self.results.fail(self.message, output, step, action, fail);
    }

    /// Takes the step that splits the message. Each part goes through the steps after it and to
    /// the outputs, and with that the message's own way has ended.
    #[inline(never)]
    pub fn split<F: Flow>(
        &mut self,
        index: u16,
        on_error: OnError,
        m: &mut Message<'m>,
        body: for<'x> fn(&Context<'x>, &mut Message<'x>) -> Result<Option<Parts<'x>>, End>,
        after: Option<Steps>,
    ) -> Result<(), Ended> {
        let mut parts = None;
        self.step(index, on_error, m, |cx, m| {
            parts = body(cx, m)?;
            Ok(())
        })?;
        let Some(parts) = parts else {
            return after.map_or(Ok(()), |after| after(self, m));
        };
        let outermost = !std::mem::replace(&mut self.part, true);
        self.each_part::<F>(&parts, index, after);
        if outermost {
            self.part = false;
            self.results.end_parts(self.message);
        }
        Err(Ended)
    }

    fn each_part<F: Flow>(&mut self, parts: &Parts<'m>, index: u16, after: Option<Steps>) {
        let mut part = parts.blank();
        for at in 0..parts.len() {
            if let Err(fail) = parts.make(&mut part, at) {
                return self.failed(index, OnError::DeadLetter, fail);
            }
            let before = self.begin(What::PartBegan, index, at as u32, &part);
            if after.is_none_or(|after| after(self, &mut part).is_ok()) {
                self.arrive::<F>(&part);
            }
            self.back(before);
            if self.results.has_failed(self.message, self.output) {
                return;
            }
        }
    }

    /// Does what comes after the last step.
    #[inline]
    fn arrive<F: Flow>(&mut self, m: &Message<'m>) {
        if self.output != ALL_OUTPUTS {
            return self.results.row(self.message, self.output, m);
        }
        F::route(&mut Route {
            run: self,
            message: m,
            matched: false,
            taken: false,
            first: false,
        });
    }
}

/// The steps of one output.
pub type Steps = for<'m> fn(&mut Run<'_, 'm>, &mut Message<'m>) -> Result<(), Ended>;
/// The condition of one output.
pub type When = for<'m> fn(&Context<'m>, &Message<'m>) -> Result<Value<'m>>;

/// A transformed message on its way to the outputs.
pub struct Route<'r, 'a, 'm> {
    run: &'r mut Run<'a, 'm>,
    message: &'r Message<'m>,
    /// An output took the message, other than by `otherwise`.
    matched: bool,
    /// An output took the message.
    taken: bool,
    first: bool,
}

impl<'m> Route<'_, '_, 'm> {
    /// From here on, the first output that takes the message is the only one.
    pub fn first(&mut self) {
        self.first = true;
    }

    /// An output that takes every message.
    #[inline]
    pub fn always(&mut self, output: u16, steps: Option<Steps>) {
        if self.closed() {
            return self.decided(output, What::OutputClosed);
        }
        self.matched = true;
        self.send(output, steps);
    }

    /// An output that takes the messages for which a condition holds. Where that can't be told
    /// the message has failed on its way to this output, and isn't sent elsewhere instead.
    #[inline]
    pub fn when(&mut self, output: u16, when: When, steps: Option<Steps>) {
        if self.closed() {
            return self.decided(output, What::OutputClosed);
        }
        match when(self.run.cx, self.message).and_then(Value::truthy) {
            Ok(false) => self.decided(output, What::OutputDeclined),
            Ok(true) => {
                self.matched = true;
                self.send(output, steps);
            }
            Err(fail) => {
                self.matched = true;
                self.taken = true;
                if self.run.results.trace.on {
                    let place = self.place(output);
                    let trace = &mut self.run.results.trace;
                    trace.failed(place, What::OutputFailed, &fail);
                }
                if !self.lost(output) {
                    self.run.fail(output, NO_STEP, Action::DeadLetter, &fail);
                }
            }
        }
    }

    /// An output that takes the messages that no output before took. These come last.
    #[inline]
    pub fn otherwise(&mut self, output: u16, steps: Option<Steps>) {
        if self.matched || self.closed() {
            return self.decided(output, What::OutputClosed);
        }
        self.send(output, steps);
    }

    /// Ends the message if no output took it.
    #[inline]
    pub fn unmatched(&mut self, dead_letter: bool) {
        if self.taken {
            return;
        }
        self.decided(ALL_OUTPUTS, What::NoOutput);
        if dead_letter {
            let fail = Fail::new(Code::Unmatched, "no output takes the message");
            self.run
                .fail(ALL_OUTPUTS, NO_STEP, Action::DeadLetter, &fail);
        } else {
            self.run.drop(ALL_OUTPUTS, NO_STEP, Reason::Unmatched);
        }
    }

    /// Whether the message's way to an output has failed with an earlier part.
    fn lost(&self, output: u16) -> bool {
        self.run.part && self.run.results.has_failed(self.run.message, output)
    }

    /// Whether nothing more takes the message.
    fn closed(&self) -> bool {
        self.first && self.taken
    }

    /// Notes what was decided of an output, where the host asks.
    #[inline]
    fn decided(&mut self, output: u16, what: What) {
        if self.run.results.trace.on {
            let place = self.place(output);
            self.run.results.trace.output(place, what);
        }
    }

    fn place(&self, output: u16) -> Place {
        Place {
            message: self.run.message,
            output,
            step: NO_STEP,
        }
    }

    #[inline]
    fn send(&mut self, output: u16, steps: Option<Steps>) {
        self.taken = true;
        self.decided(output, What::OutputTook);
        if self.lost(output) {
            return;
        }
        let Some(steps) = steps else {
            return self.run.results.row(self.run.message, output, self.message);
        };
        let mut copy = self.message.copy();
        let before = self.run.results.trace.before();
        self.run.output = output;
        let done = steps(self.run, &mut copy);
        self.run.output = ALL_OUTPUTS;
        self.run.results.trace.back(before);
        if done.is_ok() {
            self.run.results.row(self.run.message, output, &copy);
        }
    }
}

/// Takes one message through a flow.
pub(crate) fn process<'m, F: Flow>(
    cx: &Context<'m>,
    results: &mut Results,
    message: u32,
    text: &'m [u8],
) {
    let mut m = match Message::read(cx.bump, text) {
        Ok(m) => m,
        Err(fail) => return results.fail(message, ALL_OUTPUTS, NO_STEP, Action::DeadLetter, &fail),
    };
    let mut run = Run::new(cx, results, message);
    run.begin(What::MessageBegan, NO_STEP, 0, &m);
    if F::transform(&mut run, &mut m).is_ok() {
        run.arrive::<F>(&m);
    }
}
