//! What becomes of messages' bytes.

use bumpalo::Bump;

use crate::error::{Code, Result};
use crate::message::Message;
use crate::path::{Path, item, key};
use crate::value::Value;

const A: Path = Path::field(0, "a");
const B: Path = Path::field(1, "b");
const LONG: Path = Path::field(2, "a_name_of_more_than_eight_bytes");
const O_A: Path = Path::deep(3, "o.a", "o", &[key("a")]);
const O_B: Path = Path::deep(4, "o.b", "o", &[key("b")]);
const O_P_A: Path = Path::deep(5, "o.p.a", "o", &[key("p"), key("a")]);
const L_0: Path = Path::deep(6, "l[0]", "l", &[item(0)]);
const L_LAST_A: Path = Path::deep(7, "l[-1].a", "l", &[item(-1), key("a")]);
const A_B: Path = Path::deep(8, "a.b", "a", &[key("b")]);

const A_1: Path = Path::deep(9, "a[1]", "a", &[item(1)]);
const L_BEFORE: Path = Path::deep(10, "l[-3]", "l", &[item(-3)]);
const O_0: Path = Path::deep(11, "o[0]", "o", &[item(0)]);

type Change = for<'m> fn(&mut Message<'m>) -> Result<()>;

fn changed(text: &str, change: Change) -> Result<String> {
    let bump = Bump::new();
    let mut m = Message::read(&bump, text.as_bytes())?;
    change(&mut m)?;
    let mut out = Vec::new();
    m.write(&mut out);
    Ok(String::from_utf8(out).unwrap())
}

fn check(text: &str, change: Change, want: &str) {
    assert_eq!(changed(text, change).as_deref(), Ok(want), "{text}");
}

const NOTHING: Change = |_| Ok(());
const SET_A: Change = |m| m.set(&A, Value::Int(7));

#[test]
fn what_is_not_touched_keeps_its_bytes() {
    let odd = r#"{ "b" : 1.10,"é\u00e9":"\ud800\/", "n":123456789012345678901234567890 ,"o":{ "x" : [ 1 ] }}"#;
    check(odd, NOTHING, odd);
    check(&format!(" \r\n\t{odd}\n "), NOTHING, odd);
    check(
        odd,
        SET_A,
        r#"{"b":1.10,"é\u00e9":"\ud800\/","n":123456789012345678901234567890,"o":{ "x" : [ 1 ] },"a":7}"#,
    );
    check(r#"{"a":1,"b":2,"c":3}"#, SET_A, r#"{"a":7,"b":2,"c":3}"#);
    check(
        r#"  {"b":"x, y","a":1,"c":{},"d":[]}"#,
        SET_A,
        r#"{"b":"x, y","a":7,"c":{},"d":[]}"#,
    );
    check("{}", NOTHING, "{}");
    check("{ }", SET_A, r#"{"a":7}"#);
}

#[test]
fn a_message_on_several_lines_comes_out_on_one() {
    let pretty = "{\n  \"b\": {\r\n    \"x\": [1, \"two  words\"]\n  },\n  \"c\": [1, 2]\n}\n";
    check(
        pretty,
        NOTHING,
        r#"{"b":{"x":[1,"two  words"]},"c":[1, 2]}"#,
    );
    check(
        pretty,
        SET_A,
        r#"{"b":{"x":[1,"two  words"]},"c":[1, 2],"a":7}"#,
    );
}

#[test]
fn a_field_that_is_set_keeps_its_place() {
    check(
        r#"{"b":1,"a":{"deep":[]},"c":2}"#,
        SET_A,
        r#"{"b":1,"a":7,"c":2}"#,
    );
    check(r#"{"\u0061":1}"#, SET_A, r#"{"\u0061":7}"#);
    check(
        r#"{"a_name_of_more_than_eight_bytez":1}"#,
        |m| m.set(&LONG, Value::Null),
        r#"{"a_name_of_more_than_eight_bytez":1,"a_name_of_more_than_eight_bytes":null}"#,
    );
    check(r#"{"a":1}"#, |m| m.set(&A, Value::Missing), r#"{"a":1}"#);
}

#[test]
fn setting_makes_the_objects_on_the_way() {
    let set: Change = |m| m.set(&O_P_A, Value::Str("x"));
    check("{}", set, r#"{"o":{"p":{"a":"x"}}}"#);
    check(r#"{"o":{"q": 1}}"#, set, r#"{"o":{"q":1,"p":{"a":"x"}}}"#);
    check(
        r#"{"o":{"p":{"a":1,"b": 2}}}"#,
        set,
        r#"{"o":{"p":{"a":"x","b":2}}}"#,
    );
    check(
        r#"{"l":[1,{"a":2}]}"#,
        |m| m.set(&L_LAST_A, Value::Null),
        r#"{"l":[1,{"a":null}]}"#,
    );
    for (text, path) in [
        (r#"{"o":1}"#, &O_A),
        (r#"{"o":null}"#, &O_A),
        (r#"{"o":[]}"#, &O_A),
        (r#"{"l":{}}"#, &L_0),
        (r#"{"l":[]}"#, &L_0),
        ("{}", &L_0),
    ] {
        let bump = Bump::new();
        let mut m = Message::read(&bump, text.as_bytes()).unwrap();
        let fail = m.set(path, Value::Null).unwrap_err();
        assert_eq!(
            (fail.code, fail.field),
            (Code::NotContainer, path.name),
            "{text}"
        );
    }
}

#[test]
fn what_is_removed_leaves_the_rest_alone() {
    check(
        r#"{"a":1,"b":2,"c":3}"#,
        |m| m.remove(&B),
        r#"{"a":1,"c":3}"#,
    );
    check(r#"{"a":1}"#, |m| m.remove(&A), "{}");
    check(r#"{ "a":1}"#, |m| m.remove(&B), r#"{ "a":1}"#);
    check(
        r#"{"o":{"a":1, "b":[ ]},"a":1}"#,
        |m| m.remove(&O_A),
        r#"{"o":{"b":[ ]},"a":1}"#,
    );
    check(r#"{ "o":{"b":1}}"#, |m| m.remove(&O_A), r#"{ "o":{"b":1}}"#);
    check(r#"{ "o":3}"#, |m| m.remove(&O_P_A), r#"{ "o":3}"#);
    check(r#"{"l":[1,2]}"#, |m| m.remove(&L_0), r#"{"l":[2]}"#);
    check(
        r#"{"l":[{"a":1,"b":2}]}"#,
        |m| m.remove(&L_LAST_A),
        r#"{"l":[{"b":2}]}"#,
    );
}

#[test]
fn what_is_renamed_keeps_its_bytes_and_its_place() {
    check(
        r#"{"c":0,"a":1.10,"d":2}"#,
        |m| m.rename(&A, &B),
        r#"{"c":0,"b":1.10,"d":2}"#,
    );
    check(
        r#"{"b":0,"a":null,"d":2}"#,
        |m| m.rename(&A, &B),
        r#"{"b":null,"d":2}"#,
    );
    check(r#"{ "b":0}"#, |m| m.rename(&A, &B), r#"{ "b":0}"#);
    check(r#"{ "a":0}"#, |m| m.rename(&A, &A), r#"{ "a":0}"#);
    check(
        r#"{"o":{"x":1,"a":2,"b":3}}"#,
        |m| m.rename(&O_A, &O_B),
        r#"{"o":{"x":1,"b":2}}"#,
    );
    check(
        r#"{"o":{"a":"\u00e9"},"x":1}"#,
        |m| m.rename(&O_A, &A),
        r#"{"o":{},"x":1,"a":"\u00e9"}"#,
    );
    check(
        r#"{"a":1}"#,
        |m| m.rename(&A, &O_P_A),
        r#"{"o":{"p":{"a":1}}}"#,
    );
    // A field may move into what it was.
    check(r#"{"a":1}"#, |m| m.rename(&A, &A_B), r#"{"a":{"b":1}}"#);
}

#[test]
fn a_rename_that_fails_changes_nothing() {
    let bump = Bump::new();
    let mut m = Message::read(&bump, br#"{ "a":1,"o":2}"#).unwrap();
    let fail = m.rename(&A, &O_A).unwrap_err();
    assert_eq!((fail.code, fail.field), (Code::NotContainer, "o.a"));
    let mut out = Vec::new();
    m.write(&mut out);
    assert_eq!(out, br#"{ "a":1,"o":2}"#);
}

const KEEP_B: Change = |m| {
    m.keep(&[&B]);
    Ok(())
};
const KEEP_PARTS: Change = |m| {
    m.keep(&[&L_LAST_A, &O_P_A, &O_B, &LONG]);
    Ok(())
};

#[test]
fn what_is_kept_keeps_its_bytes_and_its_place() {
    check(r#"{"c":1,"b":1.10,"a":2}"#, KEEP_B, r#"{"b":1.10}"#);
    check(r#"{ "b" : 1.10 }"#, KEEP_B, r#"{ "b" : 1.10 }"#);
    check(r#"{"b":null,"a":1}"#, KEEP_B, r#"{"b":null}"#);
    check(r#"{"a":1}"#, KEEP_B, "{}");
    check(
        r#"{"l":[0,{"a":1.0, "b":2}],"a":1,"o":{"p":{"a":"\u00e9","x":0},"a":1,"b":[ ]}}"#,
        KEEP_PARTS,
        r#"{"l":[{"a":1.0}],"o":{"p":{"a":"\u00e9"},"b":[ ]}}"#,
    );
    // An object that holds nothing else is as it came.
    check(
        r#"{"a":1,"o":{ "b" : 1, "p":{"a":2 } }}"#,
        KEEP_PARTS,
        r#"{"o":{ "b" : 1, "p":{"a":2 } }}"#,
    );
}

#[test]
fn a_container_of_which_nothing_is_kept_goes() {
    for text in [
        r#"{"o":{"x":1}}"#,
        r#"{"o":{}}"#,
        r#"{"o":{"p":{"x":1}}}"#,
        r#"{"o":null}"#,
        r#"{"l":[]}"#,
        r#"{"l":[{"x":1}],"o":7}"#,
    ] {
        check(text, KEEP_PARTS, "{}");
    }
}

#[test]
fn a_path_within_another_that_is_kept_changes_nothing() {
    let change: Change = |m| {
        m.keep(&[&A_B, &A]);
        Ok(())
    };
    check(
        r#"{"a":{"b":1,"c":2},"d":0}"#,
        change,
        r#"{"a":{"b":1,"c":2}}"#,
    );
}

#[test]
fn of_two_fields_of_one_name_the_last_is_read_and_one_is_left() {
    let twice = r#"{"a":1,"b":0,"\u0061":2}"#;
    let bump = Bump::new();
    let m = Message::read(&bump, twice.as_bytes()).unwrap();
    assert_eq!(
        m.get(&A).unwrap().number(),
        Ok(Some(crate::number::Number::Int(2)))
    );
    check(twice, NOTHING, twice);
    check(twice, SET_A, r#"{"a":7,"b":0}"#);
    check(twice, |m| m.remove(&A), r#"{"b":0}"#);
    check(
        twice,
        |m| m.rename(&A, &LONG),
        r#"{"a_name_of_more_than_eight_bytes":2,"b":0}"#,
    );
    check(
        r#"{"o":{"a":1,"a":2}}"#,
        |m| m.rename(&O_A, &O_B),
        r#"{"o":{"b":2}}"#,
    );
    check(
        r#"{"o":{"a":1,"b":0,"a":2}}"#,
        |m| m.set(&O_A, Value::Int(3)),
        r#"{"o":{"a":3,"b":0}}"#,
    );
}

#[test]
fn paths_read_as_minijinja_does() {
    let bump = Bump::new();
    let text = r#"{"o":{"a":"x","p":{"a":null}},"l":["é1",{"a":[]}],"a":"text"}"#;
    let m = Message::read(&bump, text.as_bytes()).unwrap();
    let read = |path: &Path| {
        let mut out = Vec::new();
        match m.get(path).unwrap() {
            Value::Missing => out.extend(b"missing"),
            value => crate::write::value(&mut out, value),
        }
        String::from_utf8(out).unwrap()
    };
    assert_eq!(read(&O_A), r#""x""#);
    assert_eq!(read(&O_P_A), "null");
    assert_eq!(read(&L_0), r#""é1""#);
    assert_eq!(read(&L_LAST_A), "[]");
    assert_eq!(read(&A_B), "missing");
    assert_eq!(read(&A_1), r#""e""#);
    assert_eq!(read(&L_BEFORE), "missing");
    assert_eq!(read(&O_0), "missing");
    assert_eq!(m.need(&A_B).unwrap_err().field, "a.b");
}

#[test]
fn a_message_has_to_be_an_object_of_bounded_depth() {
    for (text, code) in [
        ("", Code::Malformed),
        ("[]", Code::NotObject),
        ("7", Code::NotObject),
        ("[", Code::Malformed),
        ("{} {}", Code::Malformed),
        (r#"{"a":1"#, Code::Malformed),
        (r#"{"a":1,}"#, Code::Malformed),
    ] {
        assert_eq!(changed(text, NOTHING).unwrap_err().code, code, "{text}");
    }
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    check(&nested(127), NOTHING, &nested(127));
    assert_eq!(
        changed(&nested(128), NOTHING).unwrap_err().code,
        Code::TooDeep
    );
}
