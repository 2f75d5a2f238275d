//! Built-ins of ours in templates: the same functions that compiled expressions call.

use std::cell::Cell;
use std::error::Error as _;
use std::fmt;

use bumpalo::Bump;
use minijinja::value::{Kwargs, Rest, Value as Jinja};
use minijinja::{Environment, Error, ErrorKind};
use weavster_guest::{Context, Fail, Place, Result, Value};

use crate::{Extra, convert};

/// What computes it: an argument that isn't given is missing.
pub type Run = for<'m> fn(&Context<'m>, [Value<'m>; 4]) -> Result<Value<'m>>;

/// A built-in that MiniJinja doesn't have.
#[derive(Clone, Copy)]
pub struct Own {
    pub form: Form,
    pub name: &'static str,
    pub params: &'static [&'static str],
    pub run: Run,
}

/// How a built-in is written.
#[derive(Clone, Copy)]
pub enum Form {
    Filter,
    Test,
    Function,
}

impl Extra for Own {
    fn install(&self, environment: &mut Environment<'static>) {
        let own = *self;
        let call = move |args: Rest<Jinja>, kwargs: Kwargs| own.call(&args, &kwargs);
        match self.form {
            Form::Filter => environment.add_filter(self.name, call),
            Form::Test => environment.add_test(self.name, call),
            Form::Function => environment.add_function(self.name, call),
        }
    }
}

impl Own {
    fn call(self, args: &[Jinja], kwargs: &Kwargs) -> Result<Jinja, Error> {
        if args.len() > self.params.len() {
            return Err(ErrorKind::TooManyArguments.into());
        }
        let bump = Bump::new();
        let place = PLACE.get().ok_or(ErrorKind::InvalidOperation)?;
        let cx = Context::at(place, &bump);
        let mut values = [Value::Missing; 4];
        for (i, name) in self.params.iter().enumerate() {
            let given = match args.get(i) {
                Some(arg) => Some(arg.clone()),
                None if kwargs.has(name) => Some(kwargs.get(name)?),
                None => None,
            };
            if let Some(given) = given {
                if given.is_undefined() {
                    return Err(ErrorKind::UndefinedError.into());
                }
                values[i] = convert::back(&cx, &given).map_err(Failed::error)?;
            }
        }
        kwargs.assert_all_used()?;
        let result = (self.run)(&cx, values).and_then(|value| convert::value(&cx, value));
        PLACE.set(Some(cx.place()));
        result.map_err(Failed::error)
    }
}

thread_local! {
    /// Where the message that is worked on has got to. A module has one thread.
    static PLACE: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Renders at the place where a context is, and moves it on.
pub(crate) fn within<T>(cx: &Context, render: impl FnOnce() -> T) -> T {
    PLACE.set(Some(cx.place()));
    let result = render();
    if let Some(place) = PLACE.take() {
        cx.go_on(place);
    }
    result
}

/// A failure of ours on its way through MiniJinja.
#[derive(Debug)]
pub(crate) struct Failed(Fail);

impl Failed {
    fn error(fail: Fail) -> Error {
        Error::new(ErrorKind::InvalidOperation, "").with_source(Failed(fail))
    }

    /// The failure that an error of MiniJinja's was made of.
    pub(crate) fn of(error: &Error) -> Option<Fail> {
        let failed = error.source()?.downcast_ref::<Failed>()?;
        Some(failed.0.clone())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.why.fmt(f)
    }
}

impl std::error::Error for Failed {}
