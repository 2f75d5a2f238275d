//! Items and parts of messages: steps over them, and how they end.

use crate::batch_tests::{guest, is_kind, run, told};
use crate::each::Each;
use crate::error::{Code, Fail, Result};
use crate::flow::{End, Ended, Flow, OnError, Route, Run, Source, guard};
use crate::message::Message;
use crate::path::{Path, item, key};
use crate::split::{Item, Parts, Split, Unsplit};
use crate::value::Value;
use crate::{Context, ops};

const ITEMS: &Path = &Path::field(0, "items");
const AT: &Path = &Path::field(1, "at");
const ID: &Path = &Path::field(2, "id");
const TAGS: &Path = &Path::field(3, "tags");
const TAG: &Path = &Path::field(4, "tag");
const O_ITEMS: &Path = &Path::deep(5, "o.items", "o", &[key("items")]);
const O_AT: &Path = &Path::deep(6, "o.at", "o", &[key("at")]);
const ITEMS_0: &Path = &Path::deep(7, "items[0]", "items", &[item(0)]);

fn fails<'m>(m: &Message<'m>, kind: &str) -> Result<(), End> {
    match is_kind(m, kind) {
        true => Err(Fail::new(Code::Template, "it does").into()),
        false => Ok(()),
    }
}

fn filters<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    guard(Value::Bool(!is_kind(m, "filter")))
}

fn discards<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    fails(m, "discard")
}

fn stops<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    fails(m, "stop")
}

fn skips<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    m.set(AT, Value::Int(9))?;
    fails(m, "skip")?;
    Ok(m.remove(AT)?)
}

fn needs<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    fails(m, "fail")
}

/// Steps that end an item or a part in every way, from 1 on.
fn every_way<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.step(1, OnError::DeadLetter, m, filters)?;
    run.step(2, OnError::Discard, m, discards)?;
    run.step(3, OnError::Stop, m, stops)?;
    run.step(4, OnError::Skip, m, skips)?;
    run.step(5, OnError::DeadLetter, m, needs)
}

/// Splits a message by its items, which are the messages then.
struct Lines;

const LINES: &Split = &Split {
    path: ITEMS,
    item: Item::Message,
    index: None,
    empty: Unsplit::Filter,
    missing: Unsplit::Error,
};
const BY_TAG: &Split = &Split {
    path: TAGS,
    item: Item::Field(TAG),
    index: Some(AT),
    empty: Unsplit::Filter,
    missing: Unsplit::Keep,
};

fn lines<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<Option<Parts<'m>>, End> {
    m.split(LINES)
}

fn by_tag<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<Option<Parts<'m>>, End> {
    m.split(BY_TAG)
}

fn tag_fails<'m>(_: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    let tag = m.get(TAG)?.number()?.map(crate::number::Number::float);
    guard(Value::Bool(tag != Some(0.0)))?;
    match tag {
        Some(-1.0) => Err(Fail::new(Code::Template, "a tag").into()),
        _ => Ok(()),
    }
}

fn each_tag<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.step(7, OnError::DeadLetter, m, tag_fails)
}

/// The way to the second output splits its copy again.
fn tags<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.split::<Lines>(6, OnError::DeadLetter, m, by_tag, Some(each_tag))
}

fn has_id<'m>(cx: &Context<'m>, m: &Message<'m>) -> Result<Value<'m>> {
    ops::gt(cx, m.need(ID)?, Value::Int(0))
}

fn has_tags<'m>(cx: &Context<'m>, m: &Message<'m>) -> Result<Value<'m>> {
    crate::is::defined(cx, m.get(TAGS)?)
}

impl Flow for Lines {
    const OUTPUTS: usize = 2;
    const VARS: usize = 1;
    const TABLES: &'static [Source] = &[];
    const PATHS: &'static [Path] = &[];

    fn transform<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.split::<Lines>(0, OnError::DeadLetter, m, lines, Some(every_way))
    }

    fn route<'m>(route: &mut Route<'_, '_, 'm>) {
        route.when(0, has_id, None);
        route.when(1, has_tags, Some(tags));
        route.unmatched(true);
    }
}

#[test]
fn parts_go_on_one_by_one() {
    let cases: &[(&str, &str)] = &[
        (
            r#"{"items":[{ "id":1 },{"id":2,"kind":"skip"}],"x":0}"#,
            r#"0 {"id":1}; 0 {"id":2,"kind":"skip"}"#,
        ),
        // A part that ends by itself leaves the others alone.
        (
            r#"{"items":[{"kind":"filter"},{"id":2},{"kind":"discard"}]}"#,
            r#"0 {"id":2}; part Filtered by 1 for -1; part Discarded by 2 for -1"#,
        ),
        // Where all of them do, so does the message, with the last.
        (
            r#"{"items":[{"kind":"filter"},{"kind":"discard"}]}"#,
            "part Filtered by 1 for -1; Discarded by 2 for -1",
        ),
        (r#"{"items":[]}"#, "Filtered by 0 for -1"),
        (
            r#"{"a":1}"#,
            r#"DeadLetter W1101 in 0 for -1 ("items", "a field that is needed is missing")"#,
        ),
        (
            r#"{"items":null}"#,
            r#"DeadLetter W1105 in 0 for -1 ("items", "split takes an array, not null")"#,
        ),
        (
            r#"{"items":{}}"#,
            r#"DeadLetter W1105 in 0 for -1 ("items", "split takes an array, not an object")"#,
        ),
        (
            r#"{"items":[{"id":1},7]}"#,
            r#"DeadLetter W1105 in 0 for -1 ("items", "split takes objects as items here, not an integer")"#,
        ),
    ];
    fare(cases);
}

#[test]
fn a_message_of_which_a_part_fails_fails_as_a_whole() {
    let failed = r#"DeadLetter W1203 in 5 for -1 ("", "it does")"#;
    fare(&[
        (r#"{"items":[{"id":1},{"kind":"fail"},{"id":3}]}"#, failed),
        (r#"{"items":[{"kind":"filter"},{"kind":"fail"}]}"#, failed),
        // Whatever an earlier part has met on its way to an output is told no more.
        (
            r#"{"items":[{"id":1,"tags":[-1]},{"id":"x"},{"kind":"fail"}]}"#,
            failed,
        ),
        (
            r#"{"items":[{"id":1},{"kind":"stop"},{"id":3}]}"#,
            r#"Stop W1203 in 3 for -1 ("", "it does")"#,
        ),
        (
            r#"{"items":[{"id":1},{"id":0}]}"#,
            r#"DeadLetter W1202 in -1 for -1 ("", "no output takes the message")"#,
        ),
    ]);
}

#[test]
fn a_part_that_fails_on_the_way_to_an_output_takes_that_from_the_others() {
    fare(&[
        // The condition of an output.
        (
            r#"{"items":[{"id":1,"tags":[5]},{"id":"x"},{"id":3}]}"#,
            r#"1 {"id":1,"tag":5,"at":0}; DeadLetter W1102 in -1 for 0 ("", "> doesn't take a string and an integer")"#,
        ),
        // Its steps, before, between and after others.
        (
            r#"{"items":[{"id":1,"tags":[5,6]},{"id":2,"tags":[7,-1,0]},{"id":3,"tags":[8]}]}"#,
            r#"0 {"id":1,"tags":[5,6]}; 0 {"id":2,"tags":[7,-1,0]}; 0 {"id":3,"tags":[8]}; DeadLetter W1203 in 7 for 1 ("", "a tag")"#,
        ),
    ]);
}

#[test]
fn the_way_to_one_output_may_be_split_again() {
    fare(&[
        (
            r#"{"items":[{"id":1,"tags":[5,0,6]},{"id":2,"tags":null}]}"#,
            r#"0 {"id":1,"tags":[5,0,6]}; 0 {"id":2,"tags":null}; 1 {"id":1,"tag":5,"at":0}; 1 {"id":1,"tag":6,"at":2}; 1 {"id":2,"tags":null}; Filtered by 7 for 1"#,
        ),
        (r#"{"items":[{"id":0,"tags":[]}]}"#, "Filtered by 6 for 1"),
    ]);
}

/// Holds each message's fate against what it should be, alone and after the others.
fn fare(cases: &[(&str, &str)]) {
    let mut warm = guest::<Lines>();
    let messages: Vec<&[u8]> = cases.iter().map(|case| case.0.as_bytes()).collect();
    let want: Vec<&str> = cases.iter().map(|case| case.1).collect();
    assert_eq!(run::<Lines>(&mut warm, &messages), want);
    for (message, want) in messages.iter().zip(want) {
        assert_eq!(run::<Lines>(&mut guest::<Lines>(), &[message]), [want]);
    }
}

#[test]
fn a_trace_tells_of_parts() {
    let message = r#"{"items":[{"id":1},{"kind":"filter"}]}"#;
    let want = r#"-1 -1 MessageBegan {"items":[{"id":1},{"kind":"filter"}]}
-1 0 StepRan
-1 0 PartBegan {"id":1}
-1 1 StepRan
-1 2 StepRan
-1 3 StepRan
-1 4 StepRan
-1 5 StepRan
0 -1 OutputTook
1 -1 OutputDeclined
-1 0 PartBegan {"kind":"filter"}
-1 1 StepFiltered"#;
    assert_eq!(told::<Lines>(message), want);
}

/// Takes each item through the steps above.
struct Items;

const EACH: &Each = &Each {
    path: ITEMS,
    item: None,
    values: false,
    root: true,
};

fn with_root<'m>(cx: &Context<'m>, m: &mut Message<'m>) -> Result<(), End> {
    if is_kind(m, "root") {
        m.set(ID, ops::item(cx, cx.root(), Value::Str("id"))?)?;
    }
    Ok(())
}

fn in_item<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    every_way(run, m)?;
    // An item has items of its own.
    run.each(6, OnError::DeadLetter, m, |_, _| Ok(EACH), every_way)?;
    run.step(7, OnError::DeadLetter, m, with_root)
}

impl Flow for Items {
    const OUTPUTS: usize = 1;
    const VARS: usize = 1;
    const TABLES: &'static [Source] = &[];
    const PATHS: &'static [Path] = &[];

    fn transform<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
        run.each(0, OnError::DeadLetter, m, |_, _| Ok(EACH), in_item)?;
        run.each(8, OnError::Skip, m, |_, _| Ok(EACH), fails_later)?;
        run.each(10, OnError::Discard, m, |_, _| Ok(EACH), discards_whole)
    }

    fn route<'m>(route: &mut Route<'_, '_, 'm>) {
        route.always(0, None);
    }
}

fn fails_later<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.step(9, OnError::DeadLetter, m, |_, m| {
        m.set(AT, Value::Int(1))?;
        fails(m, "later")
    })
}

fn discards_whole<'m>(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {
    run.step(11, OnError::DeadLetter, m, |_, m| {
        m.remove(AT)?;
        fails(m, "whole")
    })
}

#[test]
fn items_end_by_themselves_and_fail_with_the_message() {
    for (message, want) in [
        (
            r#"{"id":7,"items":[{"a":1.0 },{"kind":"filter"},{"kind":"discard"},{"kind":"root"}]}"#,
            r#"0 {"id":7,"items":[{"a":1.0},{"kind":"root","id":7}]}"#,
        ),
        (r#"{"items":null, "a":1}"#, r#"0 {"items":null, "a":1}"#),
        (r#"{ "a":1}"#, r#"0 { "a":1}"#),
        (r#"{"items":[ ] }"#, r#"0 {"items":[ ] }"#),
        (
            r#"{"id":7,"items":[{"items":[{"kind":"filter"},{"b":1}]}]}"#,
            r#"0 {"id":7,"items":[{"items":[{"b":1}]}]}"#,
        ),
        (
            r#"{"items":7}"#,
            r#"DeadLetter W1105 in 0 for -1 ("items", "each takes an array, not an integer")"#,
        ),
        (
            r#"{"items":[{},7]}"#,
            r#"DeadLetter W1105 in 0 for -1 ("items", "each takes objects as items, or a name for them by `as`, not an integer")"#,
        ),
        (
            r#"{"items":[{"kind":"fail"}]}"#,
            r#"DeadLetter W1203 in 5 for -1 ("", "it does")"#,
        ),
        // An item's item: the innermost step is to blame.
        (
            r#"{"items":[{"items":[{"kind":"fail"}]}]}"#,
            r#"DeadLetter W1203 in 5 for -1 ("", "it does")"#,
        ),
        (
            r#"{"items":[{"items":[{"kind":"stop"}]}]}"#,
            r#"Stop W1203 in 3 for -1 ("", "it does")"#,
        ),
        // The outer step's on_error has the last word, and undoes all items.
        (
            r#"{"items":[{"a":1},{"kind":"later"}]}"#,
            r#"0 {"items":[{"a":1},{"kind":"later"}]}"#,
        ),
        (r#"{"items":[{"kind":"whole"}]}"#, "Discarded by 10 for -1"),
    ] {
        let got = run::<Items>(&mut guest::<Items>(), &[message.as_bytes()]);
        assert_eq!(got, [want], "{message}");
    }
}

#[test]
fn a_trace_tells_of_items() {
    let message = r#"{"items":[{"kind":"discard"}]}"#;
    let want = r#"-1 -1 MessageBegan {"items":[{"kind":"discard"}]}
-1 0 ItemBegan {"kind":"discard"}
-1 1 StepRan
-1 2 StepDiscarded W1203 : it does
-1 0 StepRan {"items":[]}
-1 8 StepRan
-1 10 StepRan
0 -1 OutputTook"#;
    assert_eq!(told::<Items>(message), want);
}

/// The parts of a message, each written.
fn parts(text: &str, split: &'static Split) -> String {
    let bump = bumpalo::Bump::new();
    let mut m = Message::read(&bump, text.as_bytes()).unwrap();
    let parts = match m.split(split) {
        Ok(Some(parts)) => parts,
        Ok(None) => return "whole".to_owned(),
        Err(End::Failed(fail)) => return format!("W{} {}", fail.code as u16, fail.field),
        Err(end) => return format!("{end:?}"),
    };
    let mut part = parts.blank();
    let mut out = Vec::new();
    for at in 0..parts.len() {
        parts.make(&mut part, at).unwrap();
        part.write(&mut out);
        out.push(b' ');
    }
    String::from_utf8(out).unwrap().trim_end().to_owned()
}

#[test]
fn what_an_item_becomes() {
    const fn split(path: &'static Path, item: Item, index: Option<&'static Path>) -> Split {
        let (empty, missing) = (Unsplit::Error, Unsplit::Keep);
        Split {
            path,
            item,
            index,
            empty,
            missing,
        }
    }
    const IN_PLACE: &Split = &split(ITEMS, Item::Field(ITEMS), None);
    const INTO: &Split = &split(O_ITEMS, Item::Field(O_AT), Some(AT));
    const MERGED: &Split = &split(O_ITEMS, Item::Merge, Some(O_AT));
    const ALONE: &Split = &split(ITEMS, Item::Message, None);
    const FIRST: &Split = &split(ITEMS_0, Item::Field(ITEMS_0), None);
    for (text, split, want) in [
        // Bytes and places stay.
        (
            r#"{"a":1.10,"items":[ 1.0,null ],"b":2}"#,
            IN_PLACE,
            r#"{"a":1.10,"items":1.0,"b":2} {"a":1.10,"items":null,"b":2}"#,
        ),
        (
            r#"{"o":{"items":[[],2],"x":0}}"#,
            INTO,
            r#"{"o":{"x":0,"at":[]},"at":0} {"o":{"x":0,"at":2},"at":1}"#,
        ),
        (
            r#"{"id":0,"o":{"items":[{"i\u0064":"\u0061","n":1},{}]},"z":1}"#,
            MERGED,
            r#"{"i\u0064":"\u0061","o":{"at":0},"z":1,"n":1} {"id":0,"o":{"at":1},"z":1}"#,
        ),
        // An item's field may stand where the place should go.
        (
            r#"{"o":{"items":[{"o":{}},{"o":7}]}}"#,
            MERGED,
            "W1106 o.at",
        ),
        (
            "{\"items\":[{ \"a\" : 1 },{\n \"b\":[1, 2]}]}",
            ALONE,
            r#"{ "a" : 1 } {"b":[1, 2]}"#,
        ),
        (
            r#"{"items":[[1,2],3]}"#,
            FIRST,
            r#"{"items":[1,3]} {"items":[2,3]}"#,
        ),
        (r#"{"items":[]}"#, ALONE, "W1105 items"),
        (r#"{"items":null}"#, ALONE, "whole"),
        (r#"{"o":7}"#, INTO, "whole"),
    ] {
        assert_eq!(parts(text, split), want, "{text}");
    }
}

#[test]
fn parts_of_a_message_that_was_made() {
    // What holds fields of the message by their places in its text.
    let bump = bumpalo::Bump::new();
    let mut m = Message::read(&bump, br#"{"id":1,"at":"x"}"#).unwrap();
    let copies = bump.alloc_slice_copy(&[m.this(), m.this()]);
    m.set(ITEMS, Value::List(copies)).unwrap();
    let parts = m.split(LINES).unwrap().unwrap();
    let mut part = parts.blank();
    parts.make(&mut part, 1).unwrap();
    part.remove(AT).unwrap();
    let mut out = Vec::new();
    part.write(&mut out);
    assert_eq!(out, br#"{"id":1}"#);
}
