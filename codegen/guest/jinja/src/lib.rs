//! Templates that MiniJinja renders: those that need more of it than text and values. A flow's
//! module carries MiniJinja only if it has such a template.

mod convert;
mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

pub use minijinja;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, value::Value as Jinja};
use weavster_guest::{Code, Context, Fail, Message, Result, Value};

use own::Failed;
pub use own::{Form, Own};

/// A template of a flow.
pub struct Template {
    source: &'static str,
    /// The names of the flow's variables, in the manifest's order.
    variables: &'static [&'static str],
    /// The files of macros that the template needs, by the names that import them.
    macros: &'static [(&'static str, &'static str)],
    extras: &'static [&'static dyn Extra],
    compiled: OnceLock<Compiled>,
}

/// Filters and tests that MiniJinja doesn't have, from a crate that only some flows carry.
pub trait Extra: Sync {
    fn install(&self, environment: &mut Environment<'static>);
}

struct Compiled {
    environment: Environment<'static>,
    /// The names that the template and its macros look up in the message, and `var`, `meta`, `now`
    /// and `this`. Those of MiniJinja's own functions aren't among them: no field can stand in
    /// their place.
    names: Vec<String>,
}

/// The template's name in its environment, which shows in no error.
const NAME: &str = "template";

impl Template {
    /// A template, which the compiler has checked.
    pub const fn new(
        source: &'static str,
        variables: &'static [&'static str],
        macros: &'static [(&'static str, &'static str)],
        extras: &'static [&'static dyn Extra],
    ) -> Template {
        Template {
            source,
            variables,
            macros,
            extras,
            compiled: OnceLock::new(),
        }
    }

    /// Reads the template, so that no message has to wait for it.
    pub fn compile(&self) {
        self.ready();
    }

    fn ready(&self) -> &Compiled {
        self.compiled.get_or_init(|| self.read())
    }

    fn read(&self) -> Compiled {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        for extra in self.extras {
            extra.install(&mut environment);
        }
        let own = [(NAME, self.source)];
        let mut names = BTreeSet::new();
        for (name, text) in self.macros.iter().chain(&own) {
            if environment.add_template(name, text).is_ok()
                && let Ok(template) = environment.get_template(name)
            {
                names.extend(template.undeclared_variables(false));
            }
        }
        for (function, _) in environment.globals() {
            names.remove(function);
        }
        Compiled {
            names: names.into_iter().collect(),
            environment,
        }
    }
}

/// Renders a template with the message's fields. `var`, `meta`, `now`, `root` and `this` are the
/// flow's own: no field of that name can stand in their place.
pub fn render<'m>(cx: &Context<'m>, m: &Message<'m>, template: &Template) -> Result<Value<'m>> {
    let compiled = template.ready();
    let mut names: BTreeMap<&str, Jinja> = BTreeMap::new();
    for name in &compiled.names {
        let value = match name.as_str() {
            "this" => convert::value(cx, m.this())?,
            "var" => variables(cx, template)?,
            "meta" => metadata(cx)?,
            "now" => now(cx)?,
            "root" => root(cx, m)?,
            _ => convert::value(cx, m.field(name))?,
        };
        names.insert(name, value);
    }
    let found = compiled.environment.get_template(NAME);
    match own::within(cx, || found.and_then(|found| found.render(names))) {
        Ok(text) => Ok(cx.text(&text)),
        Err(error) => {
            Err(Failed::of(&error).unwrap_or_else(|| Fail::new(Code::Template, sentence(&error))))
        }
    }
}

/// The function `var(name)`.
fn variables(cx: &Context, template: &Template) -> Result<Jinja> {
    let mut values = BTreeMap::new();
    for (i, name) in template.variables.iter().enumerate() {
        values.insert(*name, convert::value(cx, cx.var(i))?);
    }
    let values = Arc::new(values);
    Ok(Jinja::from_function(move |name: &str| {
        values
            .get(name)
            .cloned()
            .ok_or(Error::new(ErrorKind::UnknownFunction, "no such variable"))
    }))
}

/// The function `meta(name)`.
fn metadata(cx: &Context) -> Result<Jinja> {
    let all = convert::value(cx, cx.all_meta())?;
    Ok(Jinja::from_function(move |name: &str| {
        all.get_attr(name).unwrap_or(Jinja::UNDEFINED)
    }))
}

/// The function `root()`.
fn root<'m>(cx: &Context<'m>, m: &Message<'m>) -> Result<Jinja> {
    let root = match cx.root() {
        Value::Missing => m.this(),
        root => root,
    };
    let root = convert::value(cx, root)?;
    Ok(Jinja::from_function(move || root.clone()))
}

/// The function `now()`.
fn now(cx: &Context) -> Result<Jinja> {
    let now = convert::value(cx, cx.now())?;
    Ok(Jinja::from_function(move || now.clone()))
}

/// What to say of an error: MiniJinja's own words may hold values of the message.
fn sentence(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::UndefinedError => "the template needs a value that is missing",
        ErrorKind::InvalidOperation => {
            "the template has an operation that doesn't take its operands"
        }
        ErrorKind::UnknownFilter => "the template uses a filter that MiniJinja doesn't know",
        ErrorKind::UnknownTest => "the template uses a test that MiniJinja doesn't know",
        ErrorKind::UnknownFunction => {
            "the template calls what is no function, or asks for an unknown variable"
        }
        ErrorKind::UnknownMethod => "the template calls a method that the value doesn't have",
        ErrorKind::MissingArgument | ErrorKind::TooManyArguments => {
            "the template calls something with too few or too many arguments"
        }
        ErrorKind::CannotUnpack => "the template takes apart a list of another length",
        _ => "MiniJinja couldn't render the template",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bumpalo::Bump;

    const MESSAGE: &str = r#"{"items":[{"sku":"é\n"},{"sku":7}],"big":123456789012345678901234567890,"var":"field","range":7,"tag":8,
        "price":1.10,"none":null,"b":true,"z":1,"a":{"y":2,"x":[1.0,"q"]},"this":0}"#;

    const MACROS: &[(&str, &str)] = &[(
        "m.jinja",
        "{% macro tag(a, b='-') %}<{{ a }}{{ b }}{{ z }}{{ var('shop') }}>{% endmacro %}",
    )];

    fn rendered(source: &'static str) -> Result<String, Fail> {
        rendered_from(MESSAGE, source)
    }

    const OWN: &[&dyn Extra] = &[
        &Own {
            form: Form::Filter,
            name: "sha256",
            params: &["value", "encoding"],
            run: |cx, v| weavster_guest::digest::sha256(cx, v[0], v[1]),
        },
        &Own {
            form: Form::Filter,
            name: "json_encode",
            params: &["value"],
            run: |cx, v| weavster_guest::codec::json_encode(cx, v[0]),
        },
        &Own {
            form: Form::Filter,
            name: "json_decode",
            params: &["text"],
            run: |cx, v| weavster_guest::codec::json_decode(cx, v[0]),
        },
        &Own {
            form: Form::Function,
            name: "uuid_v4",
            params: &[],
            run: |cx, _| weavster_guest::identity::uuid_v4(cx),
        },
        &Own {
            form: Form::Test,
            name: "odd_text",
            params: &["value"],
            run: |cx, v| {
                let length = weavster_guest::filters::length(cx, v[0])?;
                weavster_guest::is::odd(cx, length)
            },
        },
    ];

    #[test]
    fn built_ins_of_ours_are_those_of_expressions() {
        for (source, want) in [
            (
                "{{ 'abc'|sha256 }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "{{ 'abc'|sha256(encoding='base64url') }}",
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
            ),
            (
                "{{ a|json_encode }}{{ [1, b, none, 'x']|json_encode }}",
                r#"{"y":2,"x":[1.0,"q"]}[1,true,null,"x"]"#,
            ),
            ("{{ ('{\"k\":[7]}'|json_decode).k[0] }}", "7"),
            (
                "{% set u = uuid_v4() %}{{ u|length }}{{ u == uuid_v4() }}",
                "36False",
            ),
            (
                "{% for i in range(z, 3) %}{{ i }}{% endfor %}{{ 'abc' is odd_text }}",
                "12True",
            ),
        ] {
            assert_eq!(rendered(source).as_deref(), Ok(want), "{source}");
        }
        let fail = rendered("{{ price|sha256 }}").unwrap_err();
        assert_eq!(
            (fail.code, fail.why.to_string().as_str()),
            (Code::BadArgument, "sha256 takes a string, not a float")
        );
        for (source, words) in [
            (
                "{{ gone|sha256 }}",
                "the template needs a value that is missing",
            ),
            (
                "{{ 'x'|sha256(1, 2) }}",
                "the template calls something with too few or too many arguments",
            ),
        ] {
            assert_eq!(rendered(source).unwrap_err().why.to_string(), words);
        }
    }

    #[test]
    fn identifiers_go_on_from_one_template_to_the_next() {
        let bump = Bump::new();
        let m = Message::read(&bump, b"{}").unwrap();
        let cx = Context::new(&bump, &[], None, 0);
        let template = Template::new("{{ uuid_v4() }}", &[], &[], OWN);
        let next = || match render(&cx, &m, &template) {
            Ok(Value::Str(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_ne!(next(), next());
    }

    fn rendered_from(message: &str, source: &'static str) -> Result<String, Fail> {
        let bump = Bump::new();
        let m = Message::read(&bump, message.as_bytes())?;
        let vars = [Value::constant("\"corner\"")];
        let cx = Context::new(&bump, &vars, Some(br#"{"topic":"orders"}"#), 0);
        let template = Template::new(source, &["shop"], MACROS, OWN);
        match render(&cx, &m, &template)? {
            Value::Str(text) => Ok(text.to_owned()),
            _ => panic!("a template gives text"),
        }
    }

    #[test]
    fn templates_see_the_message_and_what_the_flow_gives() {
        for (source, want) in [
            (
                "{% for i in items %}{{ loop.index }}:{{ i.sku }};{% endfor %}",
                "1:é\n;2:7;",
            ),
            (
                "{{ price }} {{ none }} {{ b }} {{ big }}",
                "1.1 None True 123456789012345678901234567890",
            ),
            (
                "{{ a }} {{ a|tojson }}",
                "{'y': 2, 'x': [1.0, 'q']} {\"y\": 2, \"x\": [1.0, \"q\"]}",
            ),
            (
                "{{ var('shop') }} {{ meta('topic') }} {{ now() }}",
                "corner orders 1970-01-01T00:00:00Z",
            ),
            ("{{ this.z }}{% if gone is defined %}x{% endif %}", "1"),
            ("<{{ items[0].sku|upper }}>", "<É\n>"),
            ("{% for i in range(2) %}{{ i }}{% endfor %}", "01"),
            (
                "{% set t = 'x' %}{% macro twice(s) %}{{ s }}{{ s }}{% endmacro %}{{ twice(t) }}",
                "xx",
            ),
            (
                "{% from 'm.jinja' import tag %}{{ tag(z) }}{{ tag('q', b=2) }}",
                "<1-1corner><q21corner>",
            ),
            (
                "{% for k, v in a|items %}{{ k }}={{ v }};{% endfor %}",
                "y=2;x=[1.0, 'q'];",
            ),
            (
                "{% if gone %}x{% else %}{{ gone|default('y') }}{% endif %}",
                "y",
            ),
        ] {
            assert_eq!(rendered(source).as_deref(), Ok(want), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_rendered_fails_the_message_without_its_values() {
        for (source, words) in [
            ("{{ gone }}", "the template needs a value that is missing"),
            (
                "{{ meta('none') }}",
                "the template needs a value that is missing",
            ),
            (
                "{{ b + items }}",
                "the template has an operation that doesn't take its operands",
            ),
            (
                "{{ var('other') }}",
                "the template calls what is no function, or asks for an unknown variable",
            ),
        ] {
            let fail = rendered(source).unwrap_err();
            assert_eq!(
                (fail.code, fail.why.to_string().as_str()),
                (Code::Template, words),
                "{source}"
            );
        }
        let bad = rendered_from(r#"{"bad":"\ud800"}"#, "{{ bad }}");
        assert_eq!(bad.unwrap_err().code, Code::BadText);
    }
}
