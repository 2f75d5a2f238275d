//! What the host calls. One module is one instance of one flow on one thread.

use std::cell::UnsafeCell;

use bumpalo::Bump;

use crate::context::Context;
use crate::error::{Code, Fail};
use crate::flow::{self, Flow};
use crate::frame::{self, Batch};
use crate::result::{ALL_OUTPUTS, Action, NO_STEP, Results, Text, address};
use crate::scan;
use crate::table::Table;
use crate::value::{Raw, Value};

/// The version of the layout, `contract.ABIVersion`.
pub const VERSION: u32 = 1;

/// How many bytes after an input may be read and written, `contract.InputSlack`.
const SLACK: usize = 64;

/// The input is aligned as this is.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Block([u8; 16]);

/// All that a module keeps between calls.
#[derive(Default)]
pub struct Guest {
    input: Vec<Block>,
    bump: Bump,
    vars: Vec<Value<'static>>,
    tables: Vec<Table<'static>>,
    results: Results,
    /// Why a configuration was refused.
    refusal: String,
    text: Option<Text>,
}

impl Guest {
    /// Makes room for an input, and says where; 0 if there is none.
    pub fn alloc(&mut self, len: usize) -> u32 {
        let blocks = len.saturating_add(SLACK).div_ceil(size_of::<Block>());
        if blocks > self.input.len() {
            // What was there isn't needed any more.
            self.input = Vec::new();
            if self.input.try_reserve_exact(blocks).is_err() {
                return 0;
            }
            self.input.resize(blocks, Block([0; 16]));
        }
        address(self.input.as_ptr())
    }

    /// Takes a configuration frame. Gives 0, or the address of a text that says why not.
    pub fn init<F: Flow>(&mut self, at: u32, len: usize) -> u32 {
        let frame = input(&mut self.input, at, len).to_vec();
        match self.configure::<F>(&frame) {
            Ok(()) => 0,
            Err(why) => {
                self.refusal = why;
                let text = Text {
                    at: address(self.refusal.as_ptr()),
                    len: self.refusal.len() as u32,
                };
                address(self.text.insert(text))
            }
        }
    }

    /// Variables and tables live as long as the module: a module is configured once.
    pub(crate) fn configure<F: Flow>(&mut self, frame: &[u8]) -> Result<(), String> {
        F::start();
        let (vars, tables) = frame::configuration(frame);
        let run_time = F::TABLES
            .iter()
            .filter(|source| source.blob.is_none())
            .count();
        if (vars.len(), tables.len()) != (F::VARS, run_time) {
            return Err(format!(
                "the flow takes {} variables and {run_time} tables",
                F::VARS
            ));
        }
        for (i, json) in vars.into_iter().enumerate() {
            let json: &'static [u8] = json.to_vec().leak();
            let good = std::str::from_utf8(json)
                .is_ok()
                .then(|| scan::check(json).ok())
                .flatten();
            self.vars.push(Value::Raw(Raw(
                good.ok_or(format!("variable {i} isn't JSON"))?
            )));
        }
        let mut given = tables.into_iter();
        for (i, source) in F::TABLES.iter().enumerate() {
            let table = match source.blob {
                Some(blob) => Table::new(blob, source.columns),
                None => {
                    let blob = given.next().unwrap_or_default().to_vec().leak();
                    Table::check(blob, source.columns).map_err(|why| format!("table {i}: {why}"))?
                }
            };
            self.tables.push(table);
        }
        Ok(())
    }

    /// Takes a batch frame, and gives the address of its result.
    pub fn run<F: Flow>(&mut self, at: u32, len: usize) -> u32 {
        message_start();
        let Guest {
            input: memory,
            bump,
            vars,
            tables,
            results,
            ..
        } = self;
        let batch = Batch::read(input(memory, at, len));
        results.clear(F::OUTPUTS, batch.trace);
        batch_through::<F>(&batch, bump, vars, tables, results);
        results.finish()
    }

    /// Takes a batch frame, for tests.
    #[cfg(test)]
    pub(crate) fn process<F: Flow>(&mut self, frame: &mut [u8]) -> &Results {
        let batch = Batch::read(frame);
        self.results.clear(F::OUTPUTS, batch.trace);
        batch_through::<F>(
            &batch,
            &mut self.bump,
            &self.vars,
            &self.tables,
            &mut self.results,
        );
        &self.results
    }
}

fn batch_through<F: Flow>(
    batch: &Batch,
    bump: &mut Bump,
    vars: &[Value<'static>],
    tables: &[Table<'static>],
    results: &mut Results,
) {
    for index in 0..batch.len() {
        message_start();
        match batch.message(index) {
            Some(text) => {
                let meta = batch.meta(index);
                let cx = Context {
                    tables,
                    identity: batch.identity(index),
                    ..Context::new(bump, vars, meta, batch.now)
                };
                flow::process::<F>(&cx, results, index as u32, text);
            }
            None => {
                let fail = Fail::new(Code::NotUtf8, "the message isn't UTF-8");
                results.fail(
                    index as u32,
                    ALL_OUTPUTS,
                    NO_STEP,
                    Action::DeadLetter,
                    &fail,
                );
            }
        }
        bump.reset();
    }
}

/// The bytes that the host has written where [`Guest::alloc`] said.
fn input(memory: &mut [Block], at: u32, len: usize) -> &mut [u8] {
    let size = size_of_val(memory);
    assert!(
        at == address(memory.as_ptr()) && len <= size,
        "no such input"
    );
    // A block is nothing but bytes.
    unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast(), len) }
}

/// Says that a message's work begins, so that what it may use is its own.
fn message_start() {
    #[cfg(target_arch = "wasm32")]
    {
        #[link(wasm_import_module = "weavster")]
        unsafe extern "C" {
            fn message_start();
        }
        // The link tool puts a function of the module itself in its place.
        unsafe { message_start() }
    }
}

/// A static that only the module's one thread touches.
pub struct Only<T>(UnsafeCell<Option<T>>);

// There is one thread in a module, and the host calls one function at a time.
unsafe impl<T> Sync for Only<T> {}

impl<T: Default> Only<T> {
    pub const fn new() -> Only<T> {
        Only(UnsafeCell::new(None))
    }

    /// Calls `f` with what is there, which is made when it is needed first.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // No function that is called here calls back into this one.
        f(unsafe { &mut *self.0.get() }.get_or_insert_with(T::default))
    }
}

impl<T: Default> Default for Only<T> {
    fn default() -> Only<T> {
        Only::new()
    }
}

/// Makes a flow's type the module that the host calls.
#[macro_export]
macro_rules! export {
    ($flow:ty) => {
        #[cfg(target_arch = "wasm32")]
        mod exports {
            use super::*;
            use $crate::abi::{self, Guest, Only};

            static GUEST: Only<Guest> = Only::new();

            unsafe extern "C" {
                fn __wasm_call_ctors();
            }

            #[unsafe(no_mangle)]
            extern "C" fn _initialize() {
                // The linker makes this function; it may be called once.
                unsafe { __wasm_call_ctors() }
                $crate::panic::install();
            }

            #[unsafe(no_mangle)]
            extern "C" fn weavster_abi() -> u32 {
                abi::VERSION
            }

            #[unsafe(no_mangle)]
            extern "C" fn weavster_alloc(len: u32) -> u32 {
                GUEST.with(|guest| guest.alloc(len as usize))
            }

            #[unsafe(no_mangle)]
            extern "C" fn weavster_init(at: u32, len: u32) -> u32 {
                GUEST.with(|guest| guest.init::<$flow>(at, len as usize))
            }

            #[unsafe(no_mangle)]
            extern "C" fn weavster_run(at: u32, len: u32) -> u32 {
                GUEST.with(|guest| guest.run::<$flow>(at, len as usize))
            }

            #[unsafe(no_mangle)]
            extern "C" fn weavster_panic() -> u32 {
                $crate::panic::text()
            }
        }
    };
}
