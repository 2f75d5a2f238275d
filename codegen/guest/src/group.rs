//! Steps that are taken, or undone, together.

use crate::context::Context;
use crate::error::Result;
use crate::flow::{End, Ended, OnError, Run, Steps};
use crate::message::Message;

impl<'m> Run<'_, 'm> {
    /// Takes a step that others are in, unless its own condition doesn't hold. Those with
    /// [`OnError::Group`] have no say in their failures: where this one skips them, it undoes what
    /// all of them have done.
    #[inline(never)]
    pub fn group(
        &mut self,
        index: u16,
        on_error: OnError,
        m: &mut Message<'m>,
        condition: for<'x> fn(&Context<'x>, &mut Message<'x>) -> Result<(), End>,
        steps: Steps,
    ) -> Result<(), Ended> {
        let before = (on_error == OnError::Skip).then(|| (m.save(), self.results.trace.before()));
        let mut holds = false;
        self.step(index, on_error, m, |cx, m| {
            condition(cx, m)?;
            holds = true;
            Ok(())
        })?;
        if !holds || steps(self, m).is_ok() {
            return Ok(());
        }
        let Some((before, told)) = before else {
            return Err(Ended);
        };
        // A failure that has a say of its own is no more than an end here.
        let fail = self.handed.take().ok_or(Ended)?;
        self.tell(index, on_error, &Err(End::Failed(fail)), m);
        m.restore(&before);
        self.results.trace.back(told);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::flow::guard;
    use crate::path::Path;
    use crate::result::Results;
    use crate::trace::What;
    use crate::value::Value;

    const SEEN: Path = Path::field(0, "seen");

    fn condition<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
        crate::flow::when(m.field("when"))
    }

    /// Sets a field, and ends as the message says.
    fn steps<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.step(1, OnError::Group, m, |_, m| {
            Ok(m.set(&SEEN, Value::Bool(true))?)
        })?;
        run.step(2, OnError::Group, m, |_, m| {
            guard(m.field("passes"))?;
            crate::ops::require(m.field("needed"))?;
            Ok(())
        })
    }

    fn nested<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.group(3, OnError::Group, m, condition, steps)
    }

    /// What becomes of a message, and how many drops and failures are noted.
    fn taken(on_error: OnError, inner: Steps, text: &str) -> (bool, String, usize, usize) {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let mut results = Results::default();
        results.clear(1, false);
        let mut run = Run::new(&cx, &mut results, 0);
        let mut m = Message::read(&bump, text.as_bytes()).unwrap();
        let good = run.group(0, on_error, &mut m, condition, inner).is_ok();
        assert!(run.handed.is_none() || on_error == OnError::Group);
        let mut out = Vec::new();
        m.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        (good, text, results.drops.len(), results.failures.len())
    }

    #[test]
    fn a_failure_inside_undoes_all_that_was_done() {
        let text = r#"{"when":true,"passes":true}"#;
        for inner in [steps as Steps, nested] {
            let done = taken(OnError::Skip, inner, text);
            assert_eq!(done, (true, text.to_owned(), 0, 0));
            let done = taken(OnError::Group, inner, text);
            let seen = r#"{"when":true,"passes":true,"seen":true}"#;
            assert_eq!(done, (false, seen.to_owned(), 0, 0));
        }
    }

    #[test]
    fn a_trace_goes_on_with_what_was_before() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let mut results = Results::default();
        results.clear(1, true);
        let mut run = Run::new(&cx, &mut results, 0);
        let mut m = Message::read(&bump, br#"{"when":true,"passes":true}"#).unwrap();
        let before = run.begin(What::PartBegan, 9, 0, &m);
        run.group(0, OnError::Skip, &mut m, condition, steps)
            .unwrap();
        run.step(3, OnError::DeadLetter, &mut m, |_, _| Ok(()))
            .unwrap();
        run.back(before);
        let events: Vec<_> = results
            .trace
            .events
            .iter()
            .map(|e| (e.step, e.what, e.after))
            .collect();
        use crate::trace::After::*;
        use What::*;
        assert_eq!(
            events,
            [
                (9, PartBegan, Changed),
                (0, StepRan, Same),
                (1, StepRan, Changed),
                (2, StepFailed, Same),
                (0, StepSkipped, Same),
                (3, StepRan, Same),
            ]
        );
    }

    #[test]
    fn what_is_no_failure_stays() {
        let seen = r#"{"when":true,"passes":1,"needed":1,"seen":true}"#;
        let text = r#"{"when":true,"passes":1,"needed":1}"#;
        assert_eq!(
            taken(OnError::Skip, nested, text),
            (true, seen.to_owned(), 0, 0)
        );
        let text = r#"{"when":false}"#;
        assert_eq!(
            taken(OnError::Skip, nested, text),
            (true, text.to_owned(), 0, 0)
        );
        let filtered = r#"{"when":true,"passes":0,"seen":true}"#;
        let text = r#"{"when":true,"passes":0}"#;
        assert_eq!(
            taken(OnError::Skip, nested, text),
            (false, filtered.to_owned(), 1, 0)
        );
    }
}
