use bumpalo::Bump;
use regex_automata::meta::Regex;
use weavster_guest::build::Text;
use weavster_guest::{Code, Context, Fail, Value};

use crate::*;

/// A pattern, as the compiler hands it over.
fn pattern(source: &str) -> &'static Pattern {
    let tree = regex_syntax::parse(source).unwrap();
    let code = weavster_pattern::encode(&tree).leak();
    Box::leak(Box::new(Pattern::new(code)))
}

fn cx(bump: &Bump) -> Context<'_> {
    Context::new(bump, &[], None, 0)
}

/// A value as a template prints it.
fn shown<'m>(cx: &Context<'m>, value: Value<'m>) -> String {
    let mut text = Text::new(cx);
    match value {
        Value::Missing => return "missing".to_owned(),
        value => text.add(value).unwrap(),
    }
    cx.str(text.done()).unwrap().unwrap().to_owned()
}

const TEXTS: [&str; 10] = [
    "",
    "AB-12",
    "x AB-12 CD-3 y",
    "straße STRASSE Straße",
    "é٣3 ﬀ",
    "a\nb\r\nc",
    "aaa",
    "2026-01-02T03:04:05Z",
    "user@example.com, other@example.org",
    "🙂 word🙂word 🙂",
];

const PATTERNS: [&str; 16] = [
    "",
    "a*",
    r"^(?P<family>[A-Z]+)-(?P<number>\d+)$",
    r"(?P<family>[A-Z]+)-(?P<number>\d+)",
    r"(?i)straße",
    r"\d",
    r"(?-u:\d)",
    r"\b\w+\b",
    r"(?m)^.$",
    r"(?s).+",
    r"^(.+)@(.+)$",
    r"([^@\s]+)@([\w.]+)",
    r"(\d{4})-(\d\d)(?:-(\d\d))?",
    r"(a)|(b)",
    r"[[:^alpha:]]+",
    r"🙂|\s",
];

/// What the compiler's way gives is what the regex crate's engine gives for the pattern itself.
#[test]
fn engines_agree_with_the_regex_crate() {
    for source in PATTERNS {
        let (ours, theirs) = (pattern(source), Regex::new(source).unwrap());
        for text in TEXTS {
            let case = format!("{source:?} on {text:?}");
            assert_eq!(ours.is_match(text), theirs.is_match(text), "{case}");
            assert_eq!(
                ours.find(text),
                theirs.find(text).map(|m| m.range()),
                "{case}"
            );
            let mut all = Vec::new();
            ours.each(text, |span| {
                all.push(span);
                Ok::<_, ()>(())
            })
            .unwrap();
            let want: Vec<_> = theirs.find_iter(text).map(|m| m.range()).collect();
            assert_eq!(all, want, "{case}");

            let count = theirs.captures_len() as u16;
            let groups = ours.groups(text, |group| (0..count).map(group).collect::<Vec<_>>());
            let mut captures = theirs.create_captures();
            theirs.captures(text, &mut captures);
            let want = captures.is_match().then(|| {
                captures
                    .iter()
                    .map(|span| span.map(|span| &text[span.range()]))
                    .collect::<Vec<_>>()
            });
            assert_eq!(groups, want, "{case}");
        }
    }
}

#[test]
fn the_first_pattern_that_matches_gives_its_groups() {
    let bump = Bump::new();
    let cx = cx(&bump);
    let choices: &[Choice] = Box::leak(Box::new([
        (
            pattern(r"^(?<a>\d+)(?:/(?<b>\d+))?$"),
            &[1_u16, 2, NONE][..],
        ),
        (pattern(r"^(?<c>\w+)$"), &[NONE, NONE, 1][..]),
    ]));
    for (text, want) in [
        ("1/2", vec!["1", "2", "missing"]),
        ("1", vec!["1", "missing", "missing"]),
        ("x", vec!["missing", "missing", "x"]),
    ] {
        let Value::List(items) = captures(&cx, Value::Str(text), choices).unwrap() else {
            panic!("{text} isn't matched")
        };
        let items: Vec<_> = items.iter().map(|item| shown(&cx, *item)).collect();
        assert_eq!(items, want, "{text}");
    }
    let none = captures(&cx, Value::Str("-"), choices);
    assert!(matches!(none, Ok(Value::Missing)));
}

#[test]
fn built_ins_give_what_their_names_say() {
    let bump = Bump::new();
    let cx = cx(&bump);
    let text = Value::Str("a1, b22;c");
    let p = pattern(r"(\w)(\d*)");
    let cut = pattern(r"[,;]\s*");
    for (got, want) in [
        (matching(&cx, text, p), "True"),
        (matching(&cx, text, pattern("x")), "False"),
        (find(&cx, text, p), "a1"),
        (find(&cx, text, pattern("x")), "missing"),
        (capture(&cx, text, p, 2), "1"),
        (capture(&cx, text, pattern("(x)|a"), 1), "missing"),
        (find_all(&cx, text, p), "['a1', 'b22', 'c']"),
        (find_all(&cx, text, pattern("x")), "[]"),
        (split(&cx, text, cut), "['a1', 'b22', 'c']"),
        (split(&cx, Value::Str(""), cut), "['']"),
        (
            split(&cx, Value::Str("ab"), pattern("")),
            "['', 'a', 'b', '']",
        ),
    ] {
        assert_eq!(shown(&cx, got.unwrap()), want);
    }
}

#[test]
fn replacements_take_groups_and_stop_at_their_limit() {
    let bump = Bump::new();
    let cx = cx(&bump);
    static SWAPPED: [Part; 4] = [
        Part::Group(2),
        Part::Text("<"),
        Part::Group(1),
        Part::Group(0),
    ];
    let p = pattern(r"(\w)=(\d)?");
    let text = Value::Str("a=1 b= c=3");
    for (limit, want) in [(0, "1<aa=1 <bb= 3<cc=3"), (1, "1<aa=1 b= c=3")] {
        let got = replace(&cx, text, p, &SWAPPED, limit).unwrap();
        assert_eq!(shown(&cx, got), want);
    }
    static DASH: [Part; 1] = [Part::Text("-")];
    let got = replace(&cx, Value::Str("abc"), pattern("x*"), &DASH, 0).unwrap();
    assert_eq!(shown(&cx, got), "-a-b-c-");
    // What has no match keeps its bytes.
    let raw = Value::constant(r#""caf\u00e9""#);
    let got = replace(&cx, raw, pattern(" "), &DASH, 0).unwrap();
    assert!(matches!(got, Value::Raw(_)));
}

#[test]
fn what_is_no_text_is_an_error() {
    let bump = Bump::new();
    let cx = cx(&bump);
    let fail: Fail = find(&cx, Value::Int(1), pattern("1")).unwrap_err();
    assert_eq!(fail.code, Code::BadArgument);
    assert_eq!(
        fail.why.to_string(),
        "regex_find takes a string, not an integer"
    );
}
