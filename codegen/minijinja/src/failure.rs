//! What went wrong, for the host to print.

use minijinja::{Error, ErrorKind};
use serde::Serialize;

/// An error of MiniJinja's, or a limit of ours.
#[derive(Serialize, Debug, PartialEq)]
pub struct Failure {
    /// A stable word for the kind of error.
    pub kind: &'static str,
    pub message: String,
    /// The template that the place is in; empty for the source itself.
    pub template: String,
    /// The bytes of the source that the error is about; absent where MiniJinja names none.
    pub at: Option<[usize; 2]>,
}

impl Failure {
    /// The request wasn't understood: a value in it that JSON can't carry into MiniJinja.
    pub fn request(err: serde_json::Error) -> Failure {
        Failure {
            kind: "request",
            message: err.to_string(),
            template: String::new(),
            at: None,
        }
    }

    /// Nested beyond the limit at the given bytes.
    pub fn too_deep(limit: usize, at: [usize; 2]) -> Failure {
        Failure {
            kind: "too_deep",
            message: format!("nests more than {limit} levels deep"),
            template: String::new(),
            at: Some(at),
        }
    }

    /// The same failure as seen by a user whose source begins after a prefix
    /// that was put before it.
    pub fn without_prefix(mut self, prefix: usize) -> Failure {
        if self.template.is_empty() {
            self.at = self
                .at
                .map(|[start, end]| [start.saturating_sub(prefix), end.saturating_sub(prefix)]);
        }
        self
    }
}

impl From<Error> for Failure {
    fn from(err: Error) -> Failure {
        let kind = match err.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape => "syntax",
            ErrorKind::UndefinedError => "undefined",
            ErrorKind::OutOfFuel => "fuel",
            _ => "render",
        };
        // An error inside a macro or an include is wrapped; the user wants the first cause.
        let mut cause = &err;
        while let Some(inner) =
            std::error::Error::source(cause).and_then(|e| e.downcast_ref::<Error>())
        {
            cause = inner;
        }
        let name = cause.name().unwrap_or_default();
        Failure {
            kind,
            message: message(cause),
            template: if name.starts_with('<') {
                String::new()
            } else {
                name.to_owned()
            },
            at: cause.range().map(|range| [range.start, range.end]),
        }
    }
}

/// MiniJinja's text without the place, which the host prints in its own way.
fn message(err: &Error) -> String {
    match (err.kind(), err.detail()) {
        (ErrorKind::UndefinedError, None) => undefined(err),
        (kind, None) => kind.to_string(),
        (
            ErrorKind::SyntaxError | ErrorKind::InvalidOperation | ErrorKind::UndefinedError,
            Some(detail),
        ) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
    }
}

/// MiniJinja names the undefined value in the outermost template only.
fn undefined(err: &Error) -> String {
    let source = err.template_source().zip(err.range());
    match source.and_then(|(text, range)| text.get(range)) {
        Some(expr) => format!("`{expr}` is undefined"),
        None => err.kind().to_string(),
    }
}
