//! Names put together, and taken apart.

use bumpalo::Bump;

use crate::error::Result;
use crate::flatten::Flat;
use crate::message::Message;
use crate::path::{Path, item, key};

const A: &Path = &Path::field(0, "a");
const O_A: &Path = &Path::deep(1, "o.a", "o", &[key("a")]);
const L_A: &Path = &Path::deep(2, "l[0].a", "l", &[item(0), key("a")]);

const ALL: Flat = Flat {
    path: None,
    name: "",
    separator: "_",
    prefix: "",
    depth: u32::MAX,
    arrays: false,
};
const INDEXED: Flat = Flat {
    arrays: true,
    ..ALL
};
const ONE: Flat = Flat { depth: 1, ..ALL };
const FIELD: Flat = Flat {
    path: Some(A),
    name: "a",
    prefix: "a_",
    ..ALL
};
const INSIDE: Flat = Flat {
    path: Some(O_A),
    ..FIELD
};
const ITEM: Flat = Flat {
    path: Some(L_A),
    prefix: "",
    depth: 1,
    ..FIELD
};

fn changed(text: &str, change: impl Fn(&mut Message) -> Result<()>) -> String {
    let bump = Bump::new();
    let mut m = Message::read(&bump, text.as_bytes()).unwrap();
    if let Err(fail) = change(&mut m) {
        return format!("W{} {}", fail.code as u16, fail.field);
    }
    let mut out = Vec::new();
    m.write(&mut out);
    String::from_utf8(out).unwrap()
}

fn flat(text: &str, flat: &Flat) -> String {
    changed(text, |m| m.flatten(flat))
}

fn nested(text: &str, flat: &Flat) -> String {
    changed(text, |m| m.unflatten(flat))
}

#[test]
fn flat_names_and_back() {
    for (how, deep, shallow) in [
        (
            &ALL,
            r#"{"a":{"b":1.10,"c":{"d":"\u0061","e":[{"f":1}]}},"g":{},"h":null}"#,
            r#"{"a_b":1.10,"a_c_d":"\u0061","a_c_e":[{"f":1}],"g":{},"h":null}"#,
        ),
        (
            &INDEXED,
            r#"{"a":[1,[2,{"b":3}],[]],"c":{"d":[0]}}"#,
            r#"{"a_0":1,"a_1_0":2,"a_1_1_b":3,"a_2":[],"c_d_0":0}"#,
        ),
        (
            &ONE,
            r#"{"a":{"b":{"c":1}},"d":2}"#,
            r#"{"a_b":{"c":1},"d":2}"#,
        ),
        (
            &FIELD,
            r#"{"x":0,"a":{"b":1,"c":{"d":2}},"b":{"c":3}}"#,
            r#"{"x":0,"a_b":1,"a_c_d":2,"b":{"c":3}}"#,
        ),
        (
            &INSIDE,
            r#"{"a":{"b":0},"o":{"x":1,"a":{"b":2}}}"#,
            r#"{"a":{"b":0},"o":{"x":1,"a_b":2}}"#,
        ),
    ] {
        assert_eq!(flat(deep, how), shallow);
        assert_eq!(nested(shallow, how), deep);
    }
    let items = r#"{"l":[{"x":0,"a":{"b":{"c":1},"d":2}},3]}"#;
    assert_eq!(flat(items, &ITEM), r#"{"l":[{"x":0,"b":{"c":1},"d":2},3]}"#);
}

#[test]
fn what_is_not_flattened_keeps_its_bytes() {
    for text in [
        r#"{ "a" : 1, "b":[ {"c":1} ] , "d":{ } }"#,
        r#"{ "a" : null }"#,
        r#"{ }"#,
    ] {
        for how in [&ALL, &FIELD, &INSIDE, &ITEM] {
            assert_eq!(flat(text, how), text);
            assert_eq!(nested(text, how), text);
        }
    }
    let text = r#"{"b":{ "c" : 1 } ,"a":{"x":{ "y" : 1 }}}"#;
    assert_eq!(flat(text, &FIELD), r#"{"b":{ "c" : 1 },"a_x_y":1}"#);
}

#[test]
fn fields_of_one_name() {
    for (text, want) in [
        // What was there is overwritten, in the first of the two places.
        (r#"{"a_b":1,"x":0,"a":{"b":2}}"#, r#"{"a_b":2,"x":0}"#),
        (r#"{"a":{"b":2},"x":0,"a_b":1}"#, r#"{"a_b":2,"x":0}"#),
        (r#"{"a":{"b_c":1,"b":{"c":2}}}"#, "W1205 "),
        // Of two fields of an object the last counts.
        (r#"{"a":{"b":1,"c":0,"b":2}}"#, r#"{"a_b":2,"a_c":0}"#),
        (r#"{"x":1,"x":2,"a":{"b":0}}"#, r#"{"x":1,"x":2,"a_b":0}"#),
        (r#"{"a":{"\ud800":1}}"#, "W1005 "),
    ] {
        assert_eq!(flat(text, &ALL), want, "{text}");
    }
    for (text, want) in [
        (r#"{"a":{"x":1},"a_b":2}"#, r#"{"a":{"x":1,"b":2}}"#),
        (r#"{"a_b":2,"a":{"x":1}}"#, r#"{"a":{"b":2,"x":1}}"#),
        (
            r#"{"a_b":{"x":1},"a_b_c":2}"#,
            r#"{"a":{"b":{"x":1,"c":2}}}"#,
        ),
        (r#"{"a":{"b":1},"a_b":2}"#, "W1205 a"),
        (r#"{"a":7,"a_b":2}"#, "W1205 a"),
        (r#"{"a_b":1,"a_b_c":2}"#, "W1205 a"),
        (r#"{"a_b":1,"a_b":2}"#, r#"{"a":{"b":2}}"#),
        (r#"{"a_":1,"a__b":2,"_a":3}"#, r#"{"a_":1,"a__b":2,"_a":3}"#),
        (
            r#"{"\u0061_b":1,"\ud800":2}"#,
            r#"{"a":{"b":1},"\ud800":2}"#,
        ),
    ] {
        assert_eq!(nested(text, &FIELD), want, "{text}");
    }
}

#[test]
fn places_make_an_array_where_none_is_left_out() {
    for (text, want) in [
        (r#"{"a_1":1,"a_0":0}"#, r#"{"a":[0,1]}"#),
        (r#"{"a_0":0,"a_2":2}"#, r#"{"a":{"0":0,"2":2}}"#),
        (r#"{"a_0":0,"a_01":1}"#, r#"{"a":{"0":0,"01":1}}"#),
        (r#"{"a_0":0,"a_+1":1}"#, r#"{"a":{"0":0,"+1":1}}"#),
        (r#"{"a_0":0,"a_x":1}"#, r#"{"a":{"0":0,"x":1}}"#),
        (r#"{"a":[0],"a_1":1}"#, "W1205 "),
    ] {
        assert_eq!(nested(text, &INDEXED), want, "{text}");
    }
}

#[test]
fn depth_has_a_limit() {
    let name = |parts: usize| vec!["a"; parts].join("_");
    let made = nested(&format!("{{\"{}\":1}}", name(127)), &ALL);
    assert_eq!(made.matches('{').count(), 127);
    assert_eq!(flat(&made, &ALL), format!("{{\"{}\":1}}", name(127)));
    assert_eq!(nested(&format!("{{\"{}\":1}}", name(128)), &ALL), "W1004 ");
    let one = nested(&format!("{{\"{}\":1}}", name(10_000)), &ONE);
    assert_eq!(one, format!("{{\"a\":{{\"{}\":1}}}}", name(9_999)));
}

/// The next of a row of numbers that look like chance (xorshift).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// A value of chance; names have no separator in them, and aren't numbers.
fn value(state: &mut u64, depth: u32, out: &mut String) {
    match next(state) % if depth > 5 { 4 } else { 7 } {
        0 => out.push_str("null"),
        1 => out.push_str("1.10"),
        2 => out.push_str(r#""_\u00e9_""#),
        3 => out.push_str(if next(state).is_multiple_of(2) {
            "{}"
        } else {
            "[]"
        }),
        4 => {
            out.push('[');
            for i in 0..=next(state) % 3 {
                if i > 0 {
                    out.push(',');
                }
                value(state, depth + 1, out);
            }
            out.push(']');
        }
        _ => object(state, depth, out),
    }
}

fn object(state: &mut u64, depth: u32, out: &mut String) {
    const NAMES: [&str; 8] = [
        "a",
        "b b",
        "é",
        "x1",
        "d.e",
        "-",
        "\\\"",
        "long name of a field",
    ];
    out.push('{');
    let (first, step) = (next(state) % 8, 1 + 2 * (next(state) % 4));
    for i in 0..next(state) % 5 {
        if i > 0 {
            out.push(',');
        }
        let name = NAMES[((first + i * step) % 8) as usize];
        out.push_str(&format!("\"{name}\":"));
        value(state, depth + 1, out);
    }
    out.push('}');
}

#[test]
fn unflatten_takes_back_what_flatten_does() {
    let mut state = 42;
    let mut deep = 0;
    for _ in 0..20_000 {
        let mut text = String::new();
        object(&mut state, 0, &mut text);
        for (there, back) in [(&ALL, &ALL), (&INDEXED, &INDEXED), (&ONE, &ALL)] {
            let shallow = flat(&text, there);
            assert_eq!(nested(&shallow, back), text, "by way of {shallow}");
            deep += usize::from(shallow != text);
        }
    }
    assert!(deep > 20_000, "{deep} messages had something to make flat");
}

#[test]
fn ten_thousand_fields() {
    let fields: Vec<String> = (0..10_000).map(|i| format!("\"f{i}\":{i}")).collect();
    let deep = format!("{{\"a\":{{{}}}}}", fields.join(","));
    let shallow = flat(&deep, &ALL);
    assert_eq!(shallow.matches("a_f").count(), 10_000);
    assert_eq!(nested(&shallow, &ALL), deep);
}

#[test]
fn a_name_that_stands_twice_keeps_its_last_value() {
    for (text, want) in [
        (r#"{"x":1,"a_b":2,"x":3}"#, r#"{"x":3,"a":{"b":2}}"#),
        (r#"{"x":1,"x":{"y":2},"x_z":3}"#, r#"{"x":{"y":2,"z":3}}"#),
    ] {
        assert_eq!(nested(text, &ALL), want);
    }
}

#[test]
fn names_that_are_no_text_stay_apart() {
    let text = r#"{"":1,"\ud800":2,"\ud801":{"x":3},"a_b":4}"#;
    let want = r#"{"":1,"\ud800":2,"\ud801":{"x":3},"a":{"b":4}}"#;
    assert_eq!(nested(text, &ALL), want);
}
