//! Renders a template whose functions the host answers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use crate::Host;
use crate::failure::Failure;

/// How deep macros and includes may call each other. The stack of the
/// interpreter that runs us ends soon after.
const MAX_CALLS: usize = 50;

/// One rendering.
#[derive(Deserialize)]
pub struct Job<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    /// What the source sees; macros of other templates see it too.
    #[serde(default)]
    globals: BTreeMap<String, Value>,
    /// Functions that the host answers.
    #[serde(default)]
    functions: Vec<String>,
    /// Other templates by name, for `import` and `include`.
    #[serde(default)]
    templates: BTreeMap<String, String>,
    /// Macros that the source may call without importing them: template → names.
    #[serde(default)]
    imports: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    undefined: Undefined,
    /// How many instructions the rendering may take.
    fuel: u64,
}

/// What a name without a value does.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Undefined {
    /// As in flows' templates: an error where it is printed or looked into.
    #[default]
    SemiStrict,
    /// An error wherever it is used.
    Strict,
}

#[derive(Serialize)]
struct Call<'a> {
    name: &'a str,
    args: &'a [Value],
    kwargs: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Value(Value),
    Error(String),
}

/// The text that a job renders to.
pub fn render(job: Job<'_>, host: Host) -> Result<String, Failure> {
    let prefix = prefix(&job.imports);
    let source = format!("{prefix}{}", job.source);
    environment(&job, host)
        .and_then(|env| env.template_from_named_str("<source>", &source)?.render(()))
        .map_err(|err| Failure::from(err).without_prefix(prefix.len()))
}

/// Imports, on the source's own first line so that lines stay true.
fn prefix(imports: &BTreeMap<String, Vec<String>>) -> String {
    imports
        .iter()
        .map(|(template, names)| {
            let template = serde_json::to_string(template).expect("a name is text");
            format!("{{% from {template} import {} %}}", names.join(", "))
        })
        .collect()
}

fn environment<'j>(job: &'j Job<'_>, host: Host) -> Result<Environment<'j>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(match job.undefined {
        Undefined::SemiStrict => UndefinedBehavior::SemiStrict,
        Undefined::Strict => UndefinedBehavior::Strict,
    });
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_debug(true); // errors then carry their place in the source
    env.set_fuel(Some(job.fuel));
    env.set_recursion_limit(MAX_CALLS);
    env.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .build()?,
    );
    for name in &job.functions {
        let called = name.clone();
        env.add_function(name.as_str(), move |args: Rest<Value>, kwargs: Kwargs| {
            call(&called, &args, &kwargs, host)
        });
    }
    for (name, value) in &job.globals {
        env.add_global(name.as_str(), value.clone());
    }
    for (name, text) in &job.templates {
        env.add_template(name, text)?;
    }
    Ok(env)
}

fn call(name: &str, args: &[Value], kwargs: &Kwargs, host: Host) -> Result<Value, Error> {
    let mut named = BTreeMap::new();
    for key in kwargs.args() {
        named.insert(key.to_owned(), kwargs.get::<Value>(key)?);
    }
    // JSON has no undefined, and null would pass for a default that was given.
    if args.iter().chain(named.values()).any(Value::is_undefined) {
        return Err(Error::new(
            ErrorKind::UndefinedError,
            format!("an argument of {name}() is undefined"),
        ));
    }
    let call = serde_json::to_vec(&Call {
        name,
        args,
        kwargs: named,
    })
    .map_err(invalid)?;
    match serde_json::from_slice(&host(&call)).map_err(invalid)? {
        Reply::Value(value) => Ok(value),
        Reply::Error(text) => Err(Error::new(ErrorKind::InvalidOperation, text)),
    }
}

fn invalid(err: serde_json::Error) -> Error {
    Error::new(ErrorKind::InvalidOperation, err.to_string())
}
