//! Expressions at random, computed here and by MiniJinja: where the dialect accepts, the values are
//! the same.

use bumpalo::Bump;
use minijinja::Environment;

use crate::build::{List, Text};
use crate::context::Context;
use crate::error::{Code, Result};
use crate::value::{Field, Raw, Value};
use crate::{filters, is, ops, oracle, value};

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

/// An expression, as text for MiniJinja and as something to compute here.
enum Expr {
    /// A field of the message.
    Name(usize),
    Call(&'static str, Form, Vec<Expr>),
}

#[derive(Clone, Copy)]
enum Form {
    Operator,
    Prefix,
    Filter,
    Test,
    If,
    Item,
    List,
}

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or",
];
const FILTERS: &[(&str, usize)] = &[
    ("upper", 0),
    ("lower", 0),
    ("title", 0),
    ("capitalize", 0),
    ("trim", 0),
    ("trim", 1),
    ("replace", 2),
    ("split", 0),
    ("split", 1),
    ("split", 2),
    ("join", 0),
    ("join", 1),
    ("length", 0),
    ("first", 0),
    ("last", 0),
    ("default", 0),
    ("default", 1),
    ("default", 2),
    ("int", 0),
    ("int", 1),
    ("float", 0),
    ("float", 1),
    ("string", 0),
    ("bool", 0),
    ("abs", 0),
    ("round", 0),
    ("round", 1),
];
const TESTS: &[(&str, usize)] = &[
    ("defined", 0),
    ("undefined", 0),
    ("none", 0),
    ("string", 0),
    ("number", 0),
    ("integer", 0),
    ("float", 0),
    ("boolean", 0),
    ("mapping", 0),
    ("sequence", 0),
    ("true", 0),
    ("false", 0),
    ("odd", 0),
    ("even", 0),
    ("divisibleby", 1),
    ("startingwith", 1),
    ("endingwith", 1),
];

fn generate(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return Expr::Name(random.below(FIELDS));
    }
    let (name, form, args) = match random.below(20) {
        0..=8 => (random.one(OPERATORS), Form::Operator, 2),
        9 => (random.one(&["not ", "-"]), Form::Prefix, 1),
        10..=13 => {
            let (name, args) = random.one(FILTERS);
            (name, Form::Filter, args + 1)
        }
        14..=15 => {
            let (name, args) = random.one(TESTS);
            (name, Form::Test, args + 1)
        }
        16 => ("if", Form::If, 3),
        17 => ("[]", Form::Item, 2),
        _ => ("list", Form::List, 2),
    };
    // What MiniJinja makes of two lists is no sequence to it; here it is a list.
    let depth = if name == "sequence" {
        0
    } else {
        random.below(depth)
    };
    Expr::Call(
        name,
        form,
        (0..args).map(|_| generate(random, depth)).collect(),
    )
}

impl Expr {
    fn text(&self) -> String {
        let Expr::Call(name, form, args) = self else {
            let Expr::Name(index) = self else {
                unreachable!()
            };
            return format!("f{index}");
        };
        let args: Vec<String> = args.iter().map(Expr::text).collect();
        let rest = || args[1..].join(", ");
        match form {
            Form::Operator => format!("({} {name} {})", args[0], args[1]),
            Form::Prefix => format!("({name}{})", args[0]),
            Form::Filter => format!("({}|{name}({}))", args[0], rest()),
            Form::Test => format!("({} is {name}({}))", args[0], rest()),
            Form::If => format!("({} if {} else {})", args[1], args[0], args[2]),
            Form::Item => format!("({})[{}]", args[0], args[1]),
            Form::List => format!("[{}]", args.join(", ")),
        }
    }

    fn compute<'m>(&self, cx: &Context<'m>, fields: &'m [Field<'m>]) -> Result<Value<'m>> {
        let Expr::Call(name, form, args) = self else {
            let Expr::Name(index) = self else {
                unreachable!()
            };
            return Ok(value::find_text(fields, &format!("f{index}")).unwrap_or(Value::Missing));
        };
        let arg = |i: usize| args[i].compute(cx, fields);
        // An argument that is given has to be there; one that isn't given is missing.
        let given = |i: usize| {
            if i < args.len() {
                arg(i).and_then(ops::require)
            } else {
                Ok(Value::Missing)
            }
        };
        match (*form, *name) {
            (Form::Operator, "and") => {
                let x = arg(0)?;
                if x.truthy()? { arg(1) } else { Ok(x) }
            }
            (Form::Operator, "or") => {
                let x = arg(0)?;
                if x.truthy()? { Ok(x) } else { arg(1) }
            }
            (Form::If, _) => {
                if arg(0)?.truthy()? {
                    arg(1)
                } else {
                    arg(2)
                }
            }
            (Form::Item, _) => ops::item(cx, arg(0)?, arg(1)?),
            (Form::List, _) => {
                let mut list = List::new(cx);
                list.add(given(0)?)?;
                list.add(given(1)?)?;
                Ok(list.done())
            }
            (Form::Operator, _) => binary(name)(cx, arg(0)?, arg(1)?),
            (Form::Prefix, "-") => ops::neg(cx, arg(0)?),
            (Form::Prefix, _) => ops::not(cx, arg(0)?),
            (Form::Filter, _) => filter(cx, name, arg(0)?, [given(1)?, given(2)?]),
            (Form::Test, _) => test(cx, name, arg(0)?, given(1)?),
        }
    }
}

type Binary = for<'m> fn(&Context<'m>, Value<'m>, Value<'m>) -> Result<Value<'m>>;

fn binary(name: &str) -> Binary {
    match name {
        "+" => ops::add,
        "-" => ops::sub,
        "*" => ops::mul,
        "/" => ops::div,
        "//" => ops::floor_div,
        "%" => ops::rem,
        "**" => ops::pow,
        "~" => ops::concat,
        "==" => ops::eq,
        "!=" => ops::ne,
        "<" => ops::lt,
        "<=" => ops::le,
        ">" => ops::gt,
        ">=" => ops::ge,
        _ => ops::is_in,
    }
}

fn filter<'m>(
    cx: &Context<'m>,
    name: &str,
    x: Value<'m>,
    [a, b]: [Value<'m>; 2],
) -> Result<Value<'m>> {
    match name {
        "upper" => filters::upper(cx, x),
        "lower" => filters::lower(cx, x),
        "title" => filters::title(cx, x),
        "capitalize" => filters::capitalize(cx, x),
        "trim" => filters::trim(cx, x, a),
        "replace" => filters::replace(cx, x, a, b),
        "split" => filters::split(cx, x, a, b),
        "join" => filters::join(cx, x, a),
        "length" => filters::length(cx, x),
        "first" => filters::first(cx, x),
        "last" => filters::last(cx, x),
        "default" => filters::default(cx, x, a, b),
        "int" => filters::int(cx, x, a),
        "float" => filters::float(cx, x, a),
        "string" => filters::string(cx, x),
        "bool" => filters::bool(cx, x),
        "abs" => filters::abs(cx, x),
        _ => filters::round(cx, x, a, Value::Missing),
    }
}

fn test<'m>(cx: &Context<'m>, name: &str, x: Value<'m>, a: Value<'m>) -> Result<Value<'m>> {
    match name {
        "defined" => is::defined(cx, x),
        "undefined" => is::undefined(cx, x),
        "none" => is::none(cx, x),
        "string" => is::string(cx, x),
        "number" => is::number(cx, x),
        "integer" => is::integer(cx, x),
        "float" => is::float(cx, x),
        "boolean" => is::boolean(cx, x),
        "mapping" => is::mapping(cx, x),
        "sequence" => is::sequence(cx, x),
        "true" => is::is_true(cx, x),
        "false" => is::is_false(cx, x),
        "odd" => is::odd(cx, x),
        "even" => is::even(cx, x),
        "divisibleby" => is::divisibleby(cx, x, a),
        "startingwith" => is::startingwith(cx, x, a),
        _ => is::endingwith(cx, x, a),
    }
}

const FIELDS: usize = 8;

/// A message with fields of every kind; now and then one is missing.
fn message(random: &mut Random) -> String {
    let mut fields = Vec::new();
    for index in 0..FIELDS {
        let json = match index {
            0..=2 => random.one(NUMBERS),
            3..=5 => random.one(TEXTS),
            _ => random.one(OTHERS),
        };
        if random.below(12) > 0 {
            fields.push(format!("\"f{index}\":{json}"));
        }
    }
    format!("{{{}}}", fields.join(","))
}

/// Runs expressions on messages, and says how many of them were accepted.
fn compare(random: &mut Random, cases: usize, depth: usize) -> usize {
    let environment = Environment::new();
    let mut bump = Bump::new();
    let mut accepted = 0;
    for _ in 0..cases {
        let json = message(random);
        let expr = generate(random, depth);
        let text = expr.text();
        let cx = Context::new(&bump, &[], None, 0);
        let Ok(Value::Dict(fields)) = Value::Raw(Raw(json.as_bytes())).read(&bump) else {
            panic!()
        };
        let theirs = environment
            .compile_expression(&text)
            .and_then(|e| e.eval(oracle::value(&json)));
        match expr.compute(&cx, fields) {
            Ok(ours) => {
                accepted += 1;
                let theirs =
                    theirs.unwrap_or_else(|e| panic!("{text} of {json}: MiniJinja refuses: {e}"));
                let ours = oracle::convert(&bump, ours);
                // How values are printed inside of lists tells what equality doesn't: 1 from 1.0,
                // from true and from "1".
                let seen =
                    |v: &minijinja::Value| minijinja::Value::from(vec![v.clone()]).to_string();
                assert_eq!(seen(&ours), seen(&theirs), "{text} of {json}");
            }
            Err(fail) => assert!(
                matches!(fail.code as u16, 1101..=1105),
                "{text} of {json}: {fail:?}"
            ),
        }
        bump.reset();
    }
    accepted
}

#[test]
fn single_operations_agree_with_minijinja() {
    let accepted = compare(&mut Random(0x5eed), 20_000, 1);
    assert!(accepted > 7_000, "only {accepted} of 20,000 were accepted");
}

#[test]
fn nested_expressions_agree_with_minijinja() {
    let accepted = compare(&mut Random(0xf00d), 25_000, 4);
    assert!(accepted > 5_000, "only {accepted} of 25,000 were accepted");
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
    for op in OPERATORS.iter().filter(|op| !matches!(**op, "and" | "or")) {
        let fail = binary(op)(&cx, Value::Missing, Value::Int(1)).expect_err(op);
        assert_eq!(fail.code, Code::Missing, "missing {op} 1");
    }
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
