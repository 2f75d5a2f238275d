//! Whole batches through a flow: steps, failures, routes; and that a message's result is its own.

use crate::abi::Guest;
use crate::error::{Code, Fail, Result};
use crate::flow::{End, Ended, Flow, OnError, Route, Run, Source, guard, when};
use crate::message::Message;
use crate::path::Path;
use crate::result::{ALL_OUTPUTS, Action, NO_STEP, Reason, Results};
use crate::trace::{After, What};
use crate::value::Value;
use crate::{Context, frame, identity, ops};

const KIND: Path = Path::field(0, "kind");
const N: Path = Path::field(1, "n");
const TWICE: Path = Path::field(2, "twice");
const SEEN: Path = Path::field(3, "seen");
const TOPIC: Path = Path::field(4, "topic");

struct Sample;

pub(crate) fn is_kind(m: &Message, kind: &str) -> bool {
    matches!(m.get(&KIND), Ok(Value::Raw(raw)) if raw.inner() == kind.as_bytes())
}

fn double<'m>(cx: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    // The change before the failure is undone where a failure is skipped.
    m.set(&SEEN, Value::Bool(true))?;
    Ok(m.set(&TWICE, ops::mul(cx, m.need(&N)?, Value::Int(2))?)?)
}

fn skipped<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    m.remove(&SEEN)?;
    if is_kind(m, "skip") {
        return Err(Fail::new(Code::Template, "skipped").into());
    }
    Ok(())
}

fn discarded<'m>(cx: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    when(Value::Bool(!is_kind(m, "pass")))?;
    if is_kind(m, "discard") {
        return Err(Fail::new(Code::Template, "discarded").into());
    }
    Ok(m.set(&TOPIC, cx.meta("topic"))?)
}

fn stops<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    guard(Value::Bool(!is_kind(m, "filter")))?;
    if is_kind(m, "stop") {
        return Err(Fail::new(Code::Template, "stopped").at("kind").into());
    }
    Ok(())
}

fn large<'m>(cx: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    guard(ops::lt(cx, m.need(&N)?, cx.var(0))?)
}

fn large_steps<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.step(4, OnError::DeadLetter, m, large)?;
    run.step(5, OnError::DeadLetter, m, |_, m| Ok(m.remove(&TWICE)?))
}

fn positive<'m>(cx: &Context<'m>, m: &Message<'m>) -> Result<Value<'m>> {
    ops::gt(cx, m.need(&N)?, Value::Int(0))
}

fn tens<'m>(cx: &Context<'m>, m: &Message<'m>) -> Result<Value<'m>> {
    if m.field("broken").truthy()? {
        return ops::fail(Code::Missing, "broken", "it is");
    }
    ops::ge(cx, m.need(&N)?, Value::Int(10))
}

impl Flow for Sample {
    const OUTPUTS: usize = 3;
    const VARS: usize = 1;
    const TABLES: &'static [Source] = &[];
    const PATHS: &'static [Path] = &[KIND, N, TWICE, SEEN, TOPIC];

    fn transform<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.step(0, OnError::DeadLetter, m, double)?;
        run.step(1, OnError::Skip, m, skipped)?;
        run.step(2, OnError::Discard, m, discarded)?;
        run.step(3, OnError::Stop, m, stops)
    }

    fn route<'m>(route: &mut Route<'_, '_, 'm>) {
        route.when(0, positive, Some(large_steps));
        route.when(1, tens, None);
        route.otherwise(2, None);
        route.unmatched(true);
    }
}

/// Two outputs, of which the first that takes a message is the only one; what none takes is
/// discarded.
struct First;

impl Flow for First {
    const OUTPUTS: usize = 3;
    const VARS: usize = 1;
    const TABLES: &'static [Source] = &[];
    const PATHS: &'static [Path] = &[N];

    fn transform<'m>(_: &mut Run<'_, 'm>, _: &mut Message<'m>) -> Result<(), Ended> {
        Ok(())
    }

    fn route<'m>(route: &mut Route<'_, '_, 'm>) {
        route.first();
        route.when(0, tens, None);
        route.when(1, positive, None);
        route.unmatched(false);
    }
}

/// A guest with the variable 100.
pub(crate) fn guest<F: Flow>() -> Guest {
    let mut guest = Guest::default();
    let frame: Vec<u8> = [1u32, 16, 3, 0]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .chain(*b"100")
        .collect();
    guest.configure::<F>(&frame).unwrap();
    guest
}

/// What became of each message, in words.
fn fates(results: &Results, messages: usize) -> Vec<String> {
    let mut fates = vec![Vec::new(); messages];
    for (i, output) in results.outputs.iter().enumerate() {
        let mut start = 0;
        for row in &output.rows {
            let text = std::str::from_utf8(&output.data[start..row.end as usize]).unwrap();
            assert_eq!(output.data[row.end as usize], b'\n');
            start = row.end as usize + 1;
            fates[row.message as usize].push(format!("{i} {text}"));
        }
    }
    for drop in &results.drops {
        let part = ["", "part "][usize::from(drop.part)];
        let what = format!(
            "{part}{:?} by {} for {}",
            drop.reason, drop.step as i16, drop.output as i16
        );
        fates[drop.message as usize].push(what);
    }
    for f in &results.failures {
        let text = (results.said(f.field), results.said(f.detail));
        let what = format!(
            "{:?} W{} in {} for {} {text:?}",
            f.action, f.code, f.step as i16, f.output as i16
        );
        fates[f.message as usize].push(what);
    }
    fates.into_iter().map(|fate| fate.join("; ")).collect()
}

pub(crate) fn run<F: Flow>(guest: &mut Guest, messages: &[&[u8]]) -> Vec<String> {
    let metas: Vec<String> = messages
        .iter()
        .map(|m| format!("{{\"topic\":\"t{}\"}}", m.len() % 3))
        .collect();
    let metas: Vec<&str> = metas.iter().map(String::as_str).collect();
    let mut frame = frame::write(messages, Some(&metas), 0);
    fates(guest.process::<F>(&mut frame), messages.len())
}

const CASES: &[(&[u8], &str)] = &[
    (br#"{"n":1}"#, r#"0 {"n":1,"topic":"t1"}"#),
    (
        br#"{"n":10}"#,
        r#"0 {"n":10,"topic":"t2"}; 1 {"n":10,"twice":20,"topic":"t2"}"#,
    ),
    (br#"{"n":-1}"#, r#"2 {"n":-1,"twice":-2,"topic":"t2"}"#),
    (
        br#"{"n":100}"#,
        r#"1 {"n":100,"twice":200,"topic":"t0"}; Filtered by 4 for 0"#,
    ),
    (
        br#"{"n":1,"kind":"skip"}"#,
        r#"0 {"n":1,"kind":"skip","seen":true,"topic":"t0"}"#,
    ),
    (br#"{"n":1,"kind":"pass"}"#, r#"0 {"n":1,"kind":"pass"}"#),
    (br#"{"n":1,"kind":"discard"}"#, "Discarded by 2 for -1"),
    (br#"{"n":1,"kind":"filter"}"#, "Filtered by 3 for -1"),
    (
        br#"{"n":1,"kind":"stop"}"#,
        r#"Stop W1203 in 3 for -1 ("kind", "stopped")"#,
    ),
    (
        br#"{"n":"x"}"#,
        r#"DeadLetter W1102 in 0 for -1 ("", "* doesn't take a string and an integer")"#,
    ),
    (
        b"{}",
        r#"DeadLetter W1101 in 0 for -1 ("n", "a field that is needed is missing")"#,
    ),
    (
        br#"{"n":0,"broken":1}"#,
        r#"DeadLetter W1101 in -1 for 1 ("broken", "it is")"#,
    ),
    (
        br#"{"n":1"#,
        r#"DeadLetter W1001 in -1 for -1 ("", "expected a comma or } at byte 6 of the message")"#,
    ),
    (
        b"{\"n\":\"\xff\"}",
        r#"DeadLetter W1002 in -1 for -1 ("", "the message isn't UTF-8")"#,
    ),
    (
        b"[1]",
        r#"DeadLetter W1003 in -1 for -1 ("", "the message is no JSON object")"#,
    ),
];

#[test]
fn each_message_ends_where_the_flow_says() {
    let messages: Vec<&[u8]> = CASES.iter().map(|case| case.0).collect();
    let got = run::<Sample>(&mut guest::<Sample>(), &messages);
    for ((message, want), got) in CASES.iter().zip(got) {
        assert_eq!(got, *want, "{}", String::from_utf8_lossy(message));
    }
}

#[test]
fn the_first_output_that_takes_a_message_is_the_only_one() {
    let messages: [&[u8]; 4] = [
        br#"{"n":10}"#,
        br#"{"n":1}"#,
        br#"{"n":0}"#,
        br#"{"n":5,"broken":true}"#,
    ];
    let want = [
        r#"0 {"n":10}"#,
        r#"1 {"n":1}"#,
        "Unmatched by -1 for -1",
        r#"DeadLetter W1101 in -1 for 0 ("broken", "it is")"#,
    ];
    assert_eq!(run::<First>(&mut guest::<First>(), &messages), want);
}

#[test]
fn a_message_fares_alone_as_among_others() {
    let mut warm = guest::<Sample>();
    for first in CASES {
        // After any other message, in a batch of three, and in a guest that has seen much.
        for second in CASES {
            let batch = [first, second, first];
            let got = run::<Sample>(&mut warm, &batch.map(|case| case.0));
            assert_eq!(got, batch.map(|case| case.1));
        }
        assert_eq!(run::<Sample>(&mut guest::<Sample>(), &[first.0]), [first.1]);
    }
}

#[test]
fn records_are_about_the_whole_message_unless_they_say_so() {
    let mut guest = guest::<Sample>();
    let mut batch = frame::write(&[b"[]", br#"{"n":100}"#], None, 0);
    let results = guest.process::<Sample>(&mut batch);
    let (failure, drop) = (results.failures[0], results.drops[0]);
    assert_eq!(
        (failure.output, failure.step, failure.action),
        (ALL_OUTPUTS, NO_STEP, Action::DeadLetter)
    );
    assert_eq!(
        (drop.message, drop.output, drop.step, drop.reason),
        (1, 0, 4, Reason::Filtered)
    );
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_in_words() {
    let frame = |vars: &[&str]| {
        let mut at = 8 + 8 * vars.len() as u32;
        let mut frame = (vars.len() as u32).to_le_bytes().to_vec();
        for var in vars {
            frame.extend([at.to_le_bytes(), (var.len() as u32).to_le_bytes()].concat());
            at += var.len() as u32;
        }
        frame.extend([0; 4]);
        frame.extend(vars.concat().into_bytes());
        frame
    };
    let refusal = |vars: &[&str]| {
        Guest::default()
            .configure::<Sample>(&frame(vars))
            .unwrap_err()
    };
    assert_eq!(refusal(&[]), "the flow takes 1 variables and 0 tables");
    assert_eq!(refusal(&["nul"]), "variable 0 isn't JSON");
    assert!(
        Guest::default()
            .configure::<Sample>(&frame(&["\"x\""]))
            .is_ok()
    );
}

/// What is told of a message's way, an event a line.
pub(crate) fn told<F: Flow>(message: &str) -> String {
    let mut guest = guest::<F>();
    let mut frame = frame::write(&[message.as_bytes()], Some(&["{\"topic\":\"t\"}"]), 0);
    frame[28] = frame::TRACE as u8;
    let results = guest.process::<F>(&mut frame);
    let trace = &results.trace;
    let line = |e: &crate::trace::Event| {
        let mut line = format!("{} {} {:?}", e.output as i16, e.step as i16, e.what);
        match e.after {
            After::Changed => line += &format!(" {}", trace.text(e.value)),
            after => assert_eq!((after, e.value.len), (After::Same, 0)),
        }
        if e.code > 0 {
            let (field, detail) = (trace.text(e.field), trace.text(e.detail));
            line += &format!(" W{} {field}: {detail}", e.code);
        }
        line
    };
    trace.events.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_trace_tells_of_each_step_and_output_in_turn() {
    for (message, want) in [
        (
            r#"{"n":10,"kind":"skip"}"#,
            r#"-1 -1 MessageBegan {"n":10,"kind":"skip"}
-1 0 StepRan {"n":10,"kind":"skip","seen":true,"twice":20}
-1 1 StepSkipped W1203 : skipped
-1 2 StepRan {"n":10,"kind":"skip","seen":true,"twice":20,"topic":"t"}
-1 3 StepRan
0 -1 OutputTook
0 4 StepRan
0 5 StepRan {"n":10,"kind":"skip","seen":true,"topic":"t"}
1 -1 OutputTook
2 -1 OutputClosed"#,
        ),
        (
            r#"{"n":100,"kind":"pass","broken":1}"#,
            r#"-1 -1 MessageBegan {"n":100,"kind":"pass","broken":1}
-1 0 StepRan {"n":100,"kind":"pass","broken":1,"seen":true,"twice":200}
-1 1 StepRan {"n":100,"kind":"pass","broken":1,"twice":200}
-1 2 StepPassed
-1 3 StepRan
0 -1 OutputTook
0 4 StepFiltered
1 -1 OutputFailed W1101 broken: it is
2 -1 OutputClosed"#,
        ),
        (
            r#"{"n":-1,"kind":"stop"}"#,
            r#"-1 -1 MessageBegan {"n":-1,"kind":"stop"}
-1 0 StepRan {"n":-1,"kind":"stop","seen":true,"twice":-2}
-1 1 StepRan {"n":-1,"kind":"stop","twice":-2}
-1 2 StepRan {"n":-1,"kind":"stop","twice":-2,"topic":"t"}
-1 3 StepFailed W1203 kind: stopped"#,
        ),
        ("[", ""),
    ] {
        assert_eq!(told::<Sample>(message), want);
    }
    let want =
        "-1 -1 MessageBegan {\"n\":0}\n0 -1 OutputDeclined\n1 -1 OutputDeclined\n-1 -1 NoOutput";
    assert_eq!(told::<First>(r#"{"n":0}"#), want);
    let want = "-1 -1 MessageBegan {\"n\":10}\n0 -1 OutputTook\n1 -1 OutputClosed";
    assert_eq!(told::<First>(r#"{"n":10}"#), want);
}

#[test]
fn a_trace_changes_no_result_and_ends_with_its_batch() {
    let mut guest = guest::<Sample>();
    for (message, want) in CASES {
        let meta = format!("{{\"topic\":\"t{}\"}}", message.len() % 3);
        let mut frame = frame::write(&[message], Some(&[&meta]), 0);
        for flags in [1, 0] {
            frame[28] = flags;
            let results = guest.process::<Sample>(&mut frame);
            assert_eq!(fates(results, 1), [*want]);
            assert!(flags == 1 || results.trace.events.is_empty());
        }
    }
}

#[test]
fn a_trace_keeps_so_much_of_a_batch_and_says_where_it_ends() {
    let long = format!(r#"{{"n":1,"text":"{}"}}"#, "x".repeat(1 << 20));
    let messages: Vec<&[u8]> = vec![long.as_bytes(); 3];
    let mut guest = guest::<Sample>();
    let mut frame = frame::write(&messages, Some(&["{}", "{}", "{}"]), 0);
    frame[28] = frame::TRACE as u8;
    let results = guest.process::<Sample>(&mut frame);
    let kept: u32 = results.trace.events.iter().map(|e| e.value.len).sum();
    assert!((4 << 20..6 << 20).contains(&kept), "{kept}");
    let last = results
        .trace
        .events
        .iter()
        .rev()
        .find(|e| e.what == What::StepRan);
    assert_eq!(last.unwrap().after, After::NotKept);
    assert_eq!(results.outputs[0].rows.len(), 3);
}

/// Gives each message two identifiers.
struct Identified;

const FIRST: Path = Path::field(0, "first");
const SECOND: Path = Path::field(1, "second");

fn identify<'m>(cx: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    m.set(&FIRST, identity::uuid_v4(cx)?)?;
    Ok(m.set(&SECOND, identity::uuid_v4(cx)?)?)
}

impl Flow for Identified {
    const OUTPUTS: usize = 1;
    const VARS: usize = 0;
    const TABLES: &'static [Source] = &[];
    const PATHS: &'static [Path] = &[FIRST, SECOND];

    fn transform<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.step(0, OnError::DeadLetter, m, identify)
    }

    fn route<'m>(route: &mut Route<'_, '_, 'm>) {
        route.always(0, None);
    }
}

#[test]
fn identifiers_are_the_messages_own_however_they_are_batched() {
    let batch = |numbers: &[u64]| -> Vec<String> {
        let messages = vec![&b"{}"[..]; numbers.len()];
        let mut frame = frame::write(&messages, None, 0);
        frame::identify(&mut frame, [7; 16], numbers);
        let mut guest = Guest::default();
        let results = guest.process::<Identified>(&mut frame);
        let data = String::from_utf8(results.outputs[0].data.clone()).unwrap();
        data.lines().map(str::to_owned).collect()
    };
    let whole = batch(&[1, 2, 3, 9]);
    let mut parts = batch(&[1]);
    parts.extend(batch(&[2, 3]));
    parts.extend(batch(&[9]));
    assert_eq!(whole, parts);
    let ids: Vec<&str> = whole
        .iter()
        .flat_map(|row| row.split('"').skip(3).step_by(4))
        .collect();
    let different: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!((ids.len(), different.len()), (8, 8), "{whole:?}");
}
