//! Why a message fails. The numbers are those of `codegen/contract/errorcode.go`.

use std::fmt;
use std::ops::Deref;

use crate::result::NO_STEP;

/// An error code of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Code {
    Malformed = 1001,
    NotUtf8 = 1002,
    NotObject = 1003,
    TooDeep = 1004,
    BadText = 1005,
    Missing = 1101,
    UnlikeKinds = 1102,
    IntegerRange = 1103,
    NotFinite = 1104,
    BadArgument = 1105,
    NotContainer = 1106,
    NoRow = 1201,
    Unmatched = 1202,
    Template = 1203,
    NoMatch = 1204,
    Conflict = 1205,
}

/// What kind of value an operand was, for the words of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Missing,
    Null,
    Bool,
    Int,
    Float,
    Decimal,
    Str,
    List,
    Dict,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Kind::Missing => "a missing value",
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Int => "an integer",
            Kind::Float => "a float",
            Kind::Decimal => "a decimal",
            Kind::Str => "a string",
            Kind::List => "an array",
            Kind::Dict => "an object",
        })
    }
}

/// The sentence of a failure. It never holds a field's value: messages are somebody's data.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Why {
    /// A sentence that is known beforehand.
    Said(&'static str),
    /// What the scanner wanted to see, and at which byte of the message.
    Expected(&'static str, u32),
    /// An operator and the kinds of its operands.
    Operands(&'static str, Kind, Kind),
    /// What a built-in takes, and what it got.
    Takes(&'static str, &'static str, Kind),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Why::Said(sentence) => f.write_str(sentence),
            Why::Expected(what, at) => write!(f, "expected {what} at byte {at} of the message"),
            Why::Operands(op, x, y) => {
                write!(f, "{op} doesn't take {x} and {y}")?;
                if matches!(
                    (x, y),
                    (Kind::Decimal, Kind::Float) | (Kind::Float, Kind::Decimal)
                ) {
                    f.write_str(": convert the float by `| decimal`")?;
                }
                Ok(())
            }
            Why::Takes(name, what, kind) => write!(f, "{name} takes {what}, not {kind}"),
        }
    }
}

/// A failure of a message. It is one word, so that results that may fail are no larger than those
/// that can't.
#[derive(Clone, PartialEq, Debug)]
pub struct Fail(Box<Told>);

/// What is told of a failure.
#[derive(Clone, PartialEq, Debug)]
pub struct Told {
    pub code: Code,
    /// The path that the error is about, or nothing.
    pub field: &'static str,
    pub why: Why,
    /// The step inside of another that failed, or [`NO_STEP`].
    pub step: u16,
    /// A step inside of another says that the flow stops.
    pub stops: bool,
}

impl Deref for Fail {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

/// What everything that can fail gives.
pub type Result<T, E = Fail> = std::result::Result<T, E>;

impl Fail {
    #[cold]
    pub(crate) fn tell(code: Code, why: Why) -> Fail {
        Fail(Box::new(Told {
            code,
            field: "",
            why,
            step: NO_STEP,
            stops: false,
        }))
    }

    /// A failure with a sentence that is known beforehand.
    #[cold]
    pub fn new(code: Code, why: &'static str) -> Fail {
        Fail::tell(code, Why::Said(why))
    }

    /// An operator got operands that it doesn't take.
    #[cold]
    pub fn operands(op: &'static str, x: Kind, y: Kind) -> Fail {
        if x == Kind::Missing || y == Kind::Missing {
            return Fail::new(Code::Missing, "an operand is missing");
        }
        Fail::tell(Code::UnlikeKinds, Why::Operands(op, x, y))
    }

    /// A built-in got an argument that it doesn't take.
    #[cold]
    pub fn argument(name: &'static str, takes: &'static str, got: Kind) -> Fail {
        if got == Kind::Missing {
            return Fail::new(Code::Missing, "an argument is missing");
        }
        Fail::tell(Code::BadArgument, Why::Takes(name, takes, got))
    }

    /// The same failure, said to be that of a step inside of another.
    #[cold]
    pub(crate) fn within(mut self, step: u16, stops: bool) -> Fail {
        if self.0.step == NO_STEP {
            self.0.step = step;
        }
        self.0.stops |= stops;
        self
    }

    /// The same failure, said to be about a field.
    #[cold]
    pub fn at(mut self, field: &'static str) -> Fail {
        self.0.field = field;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_kinds_and_never_values() {
        let fail = Fail::operands("*", Kind::Str, Kind::Int);
        assert_eq!(fail.code as u16, 1102);
        assert_eq!(
            fail.why.to_string(),
            "* doesn't take a string and an integer"
        );
        let fail = Fail::operands("+", Kind::Decimal, Kind::Float);
        assert_eq!(
            fail.why.to_string(),
            "+ doesn't take a decimal and a float: convert the float by `| decimal`"
        );
        let fail = Fail::argument("upper", "a string", Kind::List);
        assert_eq!(fail.why.to_string(), "upper takes a string, not an array");
        let why = Why::Expected("a value", 7);
        assert_eq!(why.to_string(), "expected a value at byte 7 of the message");
    }

    #[test]
    fn a_missing_operand_has_a_code_of_its_own() {
        assert_eq!(
            Fail::operands("+", Kind::Missing, Kind::Str).code,
            Code::Missing
        );
        assert_eq!(
            Fail::argument("upper", "a string", Kind::Missing).code,
            Code::Missing
        );
    }
}
