//! The fuel: every function entry and every turn of a loop is a unit of work. The sequences are
//! those of `README.md`, which the loader compares byte for byte.

use wasm_encoder::{BlockType, ConstExpr, Function, GlobalSection, GlobalType, ValType};

/// Units in a slice: what lies between two ticks.
pub const SLICE: i32 = 1_000_000;
/// How many slices a message may use unless the host says otherwise.
pub const DEFAULT_LIMIT: i32 = 100;

/// The function that the host gives.
pub const TICK: u32 = 0;
/// Called by the check when a slice is used up.
pub const REFUEL: u32 = 1;
/// Called by the guest before each message.
pub const MESSAGE_START: u32 = 2;
/// `memory.copy`, charged.
pub const COPY: u32 = 3;
/// `memory.fill`, charged.
pub const FILL: u32 = 4;
/// How many functions stand before the module's own, WASI's replacements not counted.
pub const HELPERS: u32 = 5;

const FUEL: u32 = 0;
const BUDGET: u32 = 1;
/// The global that is exported as `weavster_limit`.
pub const LIMIT: u32 = 2;
const CARRY: u32 = 3;
/// How many globals stand before the module's own.
pub const GLOBALS: u32 = 4;

/// A unit of copying or filling is this many bytes, as a power of two.
const BULK_SHIFT: i32 = 8;

/// Adds the fuel's globals.
pub fn globals(section: &mut GlobalSection) {
    for initial in [SLICE, DEFAULT_LIMIT, DEFAULT_LIMIT, 0] {
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        section.global(ty, &ConstExpr::i32_const(initial));
    }
}

/// Takes one unit.
pub fn check(f: &mut Function) {
    f.instructions()
        .global_get(FUEL)
        .i32_const(1)
        .i32_sub()
        .global_set(FUEL)
        .global_get(FUEL)
        .i32_eqz()
        .if_(BlockType::Empty)
        .call(REFUEL)
        .end();
}

/// The next slice of the message's budget, or the end of it. The limit then becomes 0, which
/// tells the host why, and the slice is filled so that it may ask for the panic's text.
pub fn refuel() -> Function {
    let mut f = Function::new([]);
    f.instructions()
        .global_get(BUDGET)
        .i32_const(1)
        .i32_sub()
        .global_set(BUDGET)
        .global_get(BUDGET)
        .i32_const(1)
        .i32_lt_s()
        .if_(BlockType::Empty)
        .i32_const(0)
        .global_set(LIMIT)
        .i32_const(SLICE)
        .global_set(FUEL)
        .unreachable()
        .end()
        .i32_const(SLICE)
        .global_set(FUEL)
        .call(TICK)
        .end();
    f
}

/// A full budget for the next message. What the last one left of its slice is carried over, so
/// that a tick still comes once in [`SLICE`] units.
pub fn message_start() -> Function {
    let mut f = Function::new([]);
    f.instructions()
        .global_get(CARRY)
        .i32_const(SLICE)
        .i32_add()
        .global_get(FUEL)
        .i32_sub()
        .global_set(CARRY)
        .i32_const(SLICE)
        .global_set(FUEL)
        .global_get(LIMIT)
        .global_set(BUDGET)
        .global_get(CARRY)
        .i32_const(SLICE)
        .i32_ge_s()
        .if_(BlockType::Empty)
        .global_get(CARRY)
        .i32_const(SLICE)
        .i32_sub()
        .global_set(CARRY)
        .call(TICK)
        .end()
        .end();
    f
}

/// `memory.copy` or `memory.fill`, after a unit for every 256 bytes was taken.
pub fn bulk(helper: u32) -> Function {
    let mut f = Function::new([(1, ValType::I32)]);
    check(&mut f);
    f.instructions()
        .local_get(2)
        .i32_const(BULK_SHIFT)
        .i32_shr_u()
        .local_tee(3)
        .if_(BlockType::Empty)
        .loop_(BlockType::Empty);
    check(&mut f);
    f.instructions()
        .local_get(3)
        .i32_const(1)
        .i32_sub()
        .local_tee(3)
        .br_if(0)
        .end()
        .end()
        .local_get(0)
        .local_get(1)
        .local_get(2);
    if helper == COPY {
        f.instructions().memory_copy(0, 0);
    } else {
        f.instructions().memory_fill(0);
    }
    f.instructions().end();
    f
}
