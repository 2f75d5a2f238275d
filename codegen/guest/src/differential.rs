//! Expressions and templates at random, computed here and by MiniJinja: where the dialect accepts,
//! the values are the same.

use bumpalo::Bump;
use minijinja::{Environment, UndefinedBehavior};

use crate::build::{Dict, List, Text};
use crate::calls::{Binary, CALLS, Call, OPERATORS, Want};
use crate::context::Context;
use crate::error::{Code, Result};
use crate::value::{Field, Raw, Value};
use crate::{encode, filters, is, ops, oracle, value};

/// A small generator (xorshift64*): a failure can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "-7",
    "10",
    "12345",
    "9223372036854775807",
    "-9223372036854775808",
    "4611686018427387904",
    "0.0",
    "-0",
    "0.5",
    "1.0",
    "-1.5",
    "2.5",
    "2.675",
    "0.1",
    "1e3",
    "1e300",
    "-1e-300",
    "123456789.125",
    "9007199254740993",
];
const TEXTS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""b""#,
    r#""abc""#,
    r#""Hello World""#,
    r#"" x  y ""#,
    r#""é\u00df\ud83d\ude00""#,
    r#""12""#,
    r#""1.5""#,
    r#""-3""#,
    r#""a,b,,c""#,
    r#""ΣΑΣ""#,
    r#""line\nline""#,
    r#""True""#,
    r#""1e5""#,
    r#""0x10""#,
    r#"" 7""#,
];
const OTHERS: &[&str] = &[
    "true",
    "false",
    "null",
    "[]",
    "[1, 2.0, \"a\"]",
    "[1,1.0,true]",
    "[[1],[2]]",
    r#"["b","a","b"]"#,
    "{}",
    r#"{"a":1,"b":[2]}"#,
    r#"{"b":[2],"a":1.0}"#,
    r#"{"a":1,"a":2}"#,
    r#"[null,"it's"]"#,
];

const LISTS: &[&str] = &[
    "[]",
    "[3,1,2]",
    "[1, 2.0, 1.0, -7]",
    "[0.5,1e300,-0,0]",
    r#"["b","A","a","B"]"#,
    r#"["é","É","ß","SS"," "]"#,
    r#"["12","x","1.5"]"#,
    r#"[1,"1",true,null,1.0]"#,
    "[[1],[2,3],[]]",
    "[null,0,\"\",[],1]",
    "[9007199254740993,9007199254740992.0]",
    "[1,2,3,4,5,6,7,8,9,10,11]",
];
const OBJECTS: &[&str] = &[
    "[]",
    r#"[{"a":2,"b":"x"},{"a":1,"b":"X"},{"a":2,"b":"A"}]"#,
    r#"[{"a":1.0,"b":"y"},{"a":1,"b":"y"}]"#,
    r#"[{"a":{"b":3}},{"a":{"b":1}},{"a":{"b":2,"a":0}}]"#,
    r#"[{"a":1},{"b":2},{}]"#,
    r#"[{"a":"z","0":1},{"a":"y"}]"#,
    r#"[[1,2],[0,5]]"#,
    r#"[{"a":null,"b":true},{"a":0,"b":false}]"#,
];
const SMALL: &[&str] = &["0", "1", "2", "3", "-1", "-2", "5", "-100"];
const NAMES: &[&str] = &["'a'", "'b'", "'a.b'", "'0'", "'b,a'", "''", "'1.0'"];

/// An expression, as text for MiniJinja and as something to compute here.
enum Expr {
    /// A field of the message.
    Field(usize),
    /// An attribute's name.
    Name(&'static str),
    Call(&'static Call, Vec<Expr>),
    Special(Special, Vec<Expr>),
}

/// Forms that don't compute all of their parts, or that have no fixed number of them.
#[derive(Clone, Copy)]
enum Special {
    And,
    Or,
    If,
    IfAlone,
    Operator(&'static str),
    List,
    Dict,
    Sequence,
    Escape,
}

/// The fields of the messages, by what they hold.
const FIELDS: &[(Want, &[&str])] = &[
    (Want::Number, NUMBERS),
    (Want::Number, NUMBERS),
    (Want::Number, NUMBERS),
    (Want::Text, TEXTS),
    (Want::Text, TEXTS),
    (Want::Text, TEXTS),
    (Want::Any, OTHERS),
    (Want::Any, OTHERS),
    (Want::List, LISTS),
    (Want::List, LISTS),
    (Want::Objects, OBJECTS),
    (Want::Small, SMALL),
    (Want::Small, SMALL),
    (Want::Small, SMALL),
    (Want::Bool, &["true", "false"]),
];

/// Whether a value of one kind will do where another is wanted.
fn fits(gives: Want, want: Want) -> bool {
    match want {
        Want::Any => true,
        Want::Number => matches!(gives, Want::Number | Want::Small),
        Want::List => matches!(gives, Want::List | Want::Objects),
        _ => gives == want,
    }
}

fn generate(random: &mut Random, depth: usize, want: Want) -> Expr {
    // Now and then something else than what is wanted.
    let want = if random.below(12) == 0 {
        Want::Any
    } else {
        want
    };
    if want == Want::Name {
        return Expr::Name(random.one(NAMES));
    }
    if depth == 0 {
        let fields: Vec<usize> = (0..FIELDS.len())
            .filter(|i| fits(FIELDS[*i].0, want))
            .collect();
        return Expr::Field(random.one(&fields));
    }
    let depth = depth - 1;
    if random.below(8) == 0 {
        return special(random, depth, want);
    }
    let calls: Vec<&'static Call> = CALLS.iter().filter(|call| fits(call.gives, want)).collect();
    if calls.is_empty() {
        return generate(random, 0, want);
    }
    let call = random.one(&calls);
    let operands = call.text.split('#').skip(1);
    let operands = operands.map(|rest| {
        let want = Want::named(rest.chars().next().unwrap_or('A'));
        let depth = random.below(depth + 1);
        generate(random, depth, want)
    });
    Expr::Call(call, operands.collect())
}

fn special(random: &mut Random, depth: usize, want: Want) -> Expr {
    let (form, wants): (_, &[Want]) = match random.below(10) {
        0 => (Special::And, &[want, want]),
        1 => (Special::Or, &[want, want]),
        2 => (Special::If, &[Want::Any, want, want]),
        3 => (Special::IfAlone, &[Want::Bool, want]),
        4..=5 => {
            let (operator, _) = random.one(OPERATORS);
            (Special::Operator(operator), &[Want::Any, Want::Any])
        }
        6 => (Special::List, &[Want::Any, Want::Any, Want::Any]),
        7 => (Special::Dict, &[Want::Any, Want::Any]),
        8 => (Special::Sequence, &[Want::Any]),
        _ => (Special::Escape, &[Want::Any]),
    };
    // What MiniJinja makes of two lists is no sequence to it, and here it is a list; and what it
    // escapes once it doesn't escape again, which the compiler refuses.
    let depth = match form {
        Special::Sequence | Special::Escape => 0,
        _ => depth,
    };
    let parts = wants.iter().map(|want| generate(random, depth, *want));
    Expr::Special(form, parts.collect())
}

impl Expr {
    fn text(&self) -> String {
        match self {
            Expr::Field(index) => format!("f{index}"),
            Expr::Name(name) => name.to_string(),
            Expr::Call(call, operands) => {
                let mut parts = call.text.split('#');
                let mut text = parts.next().unwrap_or_default().to_owned();
                for (part, operand) in parts.zip(operands) {
                    text += &operand.text();
                    text += &part[1..];
                }
                text
            }
            Expr::Special(form, parts) => {
                let parts: Vec<String> = parts.iter().map(Expr::text).collect();
                match form {
                    Special::And => format!("({} and {})", parts[0], parts[1]),
                    Special::Or => format!("({} or {})", parts[0], parts[1]),
                    Special::If => format!("({} if {} else {})", parts[1], parts[0], parts[2]),
                    Special::IfAlone => format!("({} if {})", parts[1], parts[0]),
                    Special::Operator(op) => format!("({} {op} {})", parts[0], parts[1]),
                    Special::List => format!("[{}]", parts.join(", ")),
                    Special::Dict => format!("{{'k': {}, 'a': {}}}", parts[0], parts[1]),
                    Special::Sequence => format!("({} is sequence)", parts[0]),
                    Special::Escape => format!("({}|escape)", parts[0]),
                }
            }
        }
    }

    fn compute<'m>(&self, cx: &Context<'m>, fields: &'m [Field<'m>]) -> Result<Value<'m>> {
        match self {
            Expr::Field(index) => {
                Ok(value::find_text(fields, &format!("f{index}")).unwrap_or(Value::Missing))
            }
            Expr::Name(name) => Ok(Value::Str(name.trim_matches('\''))),
            Expr::Call(call, operands) => {
                let mut values = [Value::Missing; 4];
                for (i, operand) in operands.iter().enumerate() {
                    let value = operand.compute(cx, fields)?;
                    // What is given has to be there; what isn't given is missing.
                    values[i] = match i == 0 && call.lenient {
                        true => value,
                        false => ops::require(value)?,
                    };
                }
                (call.run)(cx, values)
            }
            Expr::Special(form, parts) => {
                special_value(cx, *form, |i| parts[i].compute(cx, fields))
            }
        }
    }
}

fn special_value<'m>(
    cx: &Context<'m>,
    form: Special,
    part: impl Fn(usize) -> Result<Value<'m>>,
) -> Result<Value<'m>> {
    match form {
        Special::And | Special::Or => {
            let x = part(0)?;
            if x.truthy()? == matches!(form, Special::And) {
                part(1)
            } else {
                Ok(x)
            }
        }
        Special::If if part(0)?.truthy()? => part(1),
        Special::If => part(2),
        Special::IfAlone if part(0)?.truthy()? => part(1),
        Special::IfAlone => Ok(Value::Missing),
        Special::Operator(op) => binary(op)(cx, part(0)?, part(1)?),
        Special::List => {
            let mut list = List::new(cx);
            for i in 0..3 {
                list.add(ops::require(part(i)?)?)?;
            }
            Ok(list.done())
        }
        Special::Dict => {
            let mut dict = Dict::new(cx);
            for (i, name) in ["k", "a"].into_iter().enumerate() {
                dict.add(Value::Str(name), ops::require(part(i)?)?)?;
            }
            Ok(dict.done())
        }
        Special::Sequence => is::sequence(cx, part(0)?),
        Special::Escape => encode::escape(cx, ops::require(part(0)?)?),
    }
}

fn binary(name: &str) -> Binary {
    let found = OPERATORS.iter().find(|(operator, _)| *operator == name);
    found.expect("an operator").1
}

/// A message with fields of every kind; now and then one is missing.
fn message(random: &mut Random) -> String {
    let mut fields = Vec::new();
    for (index, (_, values)) in FIELDS.iter().enumerate() {
        let json = random.one(values);
        if random.below(16) > 0 {
            fields.push(format!("\"f{index}\":{json}"));
        }
    }
    format!("{{{}}}", fields.join(","))
}

/// Computes one expression by both, and says whether it was accepted.
fn agree(environment: &Environment, bump: &Bump, json: &str, expr: &Expr) -> bool {
    let text = expr.text();
    let cx = Context::new(bump, &[], None, 0);
    let Ok(Value::Dict(fields)) = Value::Raw(Raw(bump.alloc_str(json).as_bytes())).read(bump)
    else {
        panic!()
    };
    match expr.compute(&cx, fields) {
        Ok(ours) => {
            let theirs = environment
                .compile_expression(&text)
                .and_then(|e| e.eval(oracle::value(json)))
                .unwrap_or_else(|e| panic!("{text} of {json}: MiniJinja refuses: {e}"));
            let ours = oracle::convert(bump, ours);
            // How values are printed inside of lists tells what equality doesn't: 1 from 1.0, from
            // true and from "1".
            let seen = |v: &minijinja::Value| minijinja::Value::from(vec![v.clone()]).to_string();
            assert_eq!(seen(&ours), seen(&theirs), "{text} of {json}");
            true
        }
        Err(fail) => {
            assert!(
                matches!(fail.code as u16, 1101..=1105),
                "{text} of {json}: {fail:?}"
            );
            false
        }
    }
}

/// Renders a template of text and expressions by both.
fn agree_on_template(
    random: &mut Random,
    environment: &Environment,
    bump: &Bump,
    json: &str,
) -> bool {
    let cx = Context::new(bump, &[], None, 0);
    let Ok(Value::Dict(fields)) = Value::Raw(Raw(bump.alloc_str(json).as_bytes())).read(bump)
    else {
        panic!()
    };
    let (mut template, mut text, mut refused) = (String::new(), Text::new(&cx), false);
    for _ in 0..1 + random.below(4) {
        let raw = random.one(&["", " ", "é: ", "a\n b", "<p>", "}} ", "'\"\\"]);
        template += raw;
        refused |= text.add(Value::Str(raw)).is_err();
        let depth = random.below(3);
        let expr = generate(random, depth, Want::Any);
        template += &format!("{{{{ {} }}}}", expr.text());
        let value = expr.compute(&cx, fields).and_then(ops::require);
        refused |= value.and_then(|value| text.add(value)).is_err();
    }
    if refused {
        return false;
    }
    let theirs = environment
        .render_str(&template, oracle::value(json))
        .unwrap_or_else(|e| panic!("{template} of {json}: MiniJinja refuses: {e}"));
    let ours = text.done();
    assert_eq!(
        ours.str(bump),
        Ok(Some(theirs.as_str())),
        "{template} of {json}"
    );
    true
}

/// How many cases to run, and from which seed: `WEAVSTER_CASES` and `WEAVSTER_SEED`, for longer
/// runs than those of every change.
fn cases(usual: usize, seed: u64) -> (usize, Random) {
    let given = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seed =
        given("WEAVSTER_SEED").map_or(seed, |given| given.wrapping_mul(2).wrapping_add(seed) | 1);
    let cases = given("WEAVSTER_CASES").map_or(usual, |cases| cases as usize);
    (cases, Random(seed))
}

/// Runs expressions on messages, and says what part of them was accepted, in percent.
fn compare(usual: usize, seed: u64, depth: usize) -> usize {
    let environment = Environment::new();
    let (cases, mut random) = cases(usual, seed);
    let mut bump = Bump::new();
    let mut accepted = 0;
    for _ in 0..cases {
        let json = message(&mut random);
        let expr = generate(&mut random, depth, Want::Any);
        accepted += usize::from(agree(&environment, &bump, &json, &expr));
        bump.reset();
    }
    accepted * 100 / cases
}

#[test]
fn single_operations_agree_with_minijinja() {
    let accepted = compare(40_000, 0x5eed, 1);
    assert!(accepted >= 60, "only {accepted} % were accepted");
}

#[test]
fn nested_expressions_agree_with_minijinja() {
    let accepted = compare(40_000, 0xf00d, 4);
    assert!(accepted >= 25, "only {accepted} % were accepted");
}

#[test]
fn templates_agree_with_minijinja() {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let (cases, mut random) = cases(20_000, 0x7e47);
    let mut bump = Bump::new();
    let mut accepted = 0;
    for _ in 0..cases {
        let json = message(&mut random);
        accepted += usize::from(agree_on_template(&mut random, &environment, &bump, &json));
        bump.reset();
    }
    assert!(
        accepted * 100 / cases >= 25,
        "only {accepted} of {cases} were accepted"
    );
}

/// A letter of `#` in each call's text is a kind of operand, and there are at most four.
#[test]
fn every_call_is_reached() {
    let mut random = Random(0xca11);
    let mut reached = vec![0; CALLS.len()];
    let environment = Environment::new();
    for (i, call) in CALLS.iter().enumerate() {
        for _ in 0..400 {
            let bump = Bump::new();
            let json = message(&mut random);
            let operands = call.text.split('#').skip(1);
            let operands = operands.map(|rest| {
                generate(
                    &mut random,
                    0,
                    Want::named(rest.chars().next().unwrap_or('A')),
                )
            });
            let expr = Expr::Call(call, operands.collect());
            reached[i] += usize::from(agree(&environment, &bump, &json, &expr));
        }
        assert!(
            reached[i] >= 10,
            "{} was accepted {} times",
            call.text,
            reached[i]
        );
    }
}

/// What the dialect refuses though MiniJinja has a value for it.
#[test]
fn the_dialect_is_stricter_where_it_says_so() {
    let bump = Bump::new();
    let cx = Context::new(&bump, &[], None, 0);
    let json = Value::constant;
    for (op, x, y, code) in [
        ("<", "\"9\"", "10", Code::UnlikeKinds),
        (">", "null", "0", Code::UnlikeKinds),
        ("*", "\"12\"", "3", Code::UnlikeKinds),
        ("+", "true", "1", Code::UnlikeKinds),
        ("+", "9223372036854775807", "1", Code::IntegerRange),
        ("*", "9223372036854775807", "-2", Code::IntegerRange),
        ("**", "2", "63", Code::IntegerRange),
        ("//", "-9223372036854775808", "-1", Code::IntegerRange),
        ("==", "9223372036854775808", "1", Code::IntegerRange),
        ("*", "1e300", "1e300", Code::NotFinite),
        ("/", "1", "0", Code::NotFinite),
        ("%", "1.5", "0.0", Code::NotFinite),
        ("**", "0", "-1", Code::NotFinite),
        ("in", "3", "\"a3\"", Code::UnlikeKinds),
        ("==", "\"\\ud800\"", "\"a\"", Code::BadText),
    ] {
        let fail = binary(op)(&cx, json(x), json(y)).expect_err(op);
        assert_eq!(fail.code, code, "{x} {op} {y}");
    }
    for (op, run) in OPERATORS {
        let fail = run(&cx, Value::Missing, Value::Int(1)).expect_err(op);
        assert_eq!(fail.code, Code::Missing, "missing {op} 1");
    }
    // MiniJinja counts these by a sum that leaves 64 bits.
    let range = crate::lists::range(&cx, Value::Int(2), Value::Int(1), Value::Int(i64::MIN));
    assert_eq!(range.unwrap_err().code, Code::IntegerRange);
    assert_eq!(
        ops::neg(&cx, Value::Int(i64::MIN)).unwrap_err().code,
        Code::IntegerRange
    );
    assert_eq!(
        Text::new(&cx).add(Value::Missing).unwrap_err().code,
        Code::Missing
    );
    for (text, code) in [
        ("\"nan\"", Code::NotFinite),
        ("\"inf\"", Code::NotFinite),
        ("\"x\"", Code::BadArgument),
    ] {
        assert_eq!(
            filters::float(&cx, json(text), Value::Missing)
                .unwrap_err()
                .code,
            code
        );
    }
}
