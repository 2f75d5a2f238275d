//! What generated flows call: reading, changing and writing messages, the operators and built-ins
//! of expressions, and the module's side of the ABI.
//!
//! Generated code is thin: a constant for each path, a function for each step, and straight-line
//! calls into this crate, which is where behaviour lives and is tested.

pub mod abi;
#[cfg(test)]
mod batch_tests;
pub mod build;
#[cfg(test)]
mod calls;
mod casing;
mod clock;
pub mod codec;
mod compare;
mod context;
pub mod convert;
mod decimal;
#[cfg(test)]
mod decimal_tests;
mod dict;
#[cfg(test)]
mod differential;
pub mod digest;
#[cfg(test)]
mod documented;
mod each;
mod edit;
pub mod encode;
mod error;
pub mod exact;
mod fields;
pub mod filters;
#[cfg(test)]
mod flat_tests;
mod flatten;
mod flow;
pub mod fold;
mod fold_table;
mod frame;
mod group;
#[cfg(test)]
mod hostile;
pub mod identity;
pub mod instant;
pub mod is;
mod keep;
pub mod lists;
mod message;
#[cfg(test)]
mod message_tests;
mod number;
mod open;
pub mod ops;
#[cfg(test)]
mod oracle;
pub mod order;
pub mod panic;
#[cfg(test)]
mod parts_tests;
mod path;
mod print;
mod result;
mod rounding;
mod scan;
mod simd;
mod split;
mod table;
mod text;
pub mod time;
mod trace;
mod unflatten;
mod value;
mod write;

pub use context::{Context, Place};
pub use each::Each;
pub use error::{Code, Fail, Kind, Result};
pub use flatten::Flat;
pub use flow::{End, Ended, Flow, OnError, Route, Run, Source, Steps, When, guard, when};
pub use message::{Message, missing};
pub use open::{Fields, Open};
pub use path::{Name, Path, Seg, item, key};
pub use split::{Item, Parts, Split, Unsplit};
pub use table::Row;
pub use value::Value;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: panic::Noting = panic::Noting;
