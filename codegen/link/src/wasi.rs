//! What stands in for WASI: local functions whose results are always the same.

use wasm_encoder::{BlockType, Function, MemArg, MemArgTarget, ValType};
use wasmparser::FuncType;

use crate::fuel;

/// WASI's number for "function not supported".
const ENOSYS: i32 = 52;
/// What random bytes are.
const RANDOM: i32 = 0x57;

/// The function that replaces an import of that name and type.
pub fn replacement(name: &str, ty: &FuncType) -> Result<Function, String> {
    let locals = if name == "fd_write" {
        vec![(1, ValType::I32)]
    } else {
        vec![]
    };
    let mut f = Function::new(locals);
    fuel::check(&mut f);
    match name {
        "proc_exit" => {
            f.instructions().unreachable();
        }
        "fd_write" => fd_write(&mut f),
        "random_get" => {
            f.instructions()
                .local_get(0)
                .i32_const(RANDOM)
                .local_get(1)
                .call(fuel::FILL);
        }
        "clock_time_get" => {
            f.instructions().local_get(2).i64_const(0).i64_store(at(0));
        }
        "clock_res_get" => {
            f.instructions().local_get(1).i64_const(0).i64_store(at(0));
        }
        "environ_sizes_get" | "args_sizes_get" => {
            for pointer in 0..2 {
                f.instructions()
                    .local_get(pointer)
                    .i32_const(0)
                    .i32_store(at(0));
            }
        }
        "environ_get" | "args_get" | "sched_yield" => {}
        _ => return unsupported(f, name, ty),
    }
    check_type(name, ty)?;
    if !ty.results().is_empty() {
        f.instructions().i32_const(0);
    }
    f.instructions().end();
    Ok(f)
}

fn unsupported(mut f: Function, name: &str, ty: &FuncType) -> Result<Function, String> {
    match ty.results() {
        [] => f.instructions().unreachable().end(),
        [wasmparser::ValType::I32] => f.instructions().i32_const(ENOSYS).end(),
        _ => return Err(format!("import {name} has results that WASI doesn't know")),
    };
    Ok(f)
}

/// Adds up the lengths of the buffers, and says that all of it was written.
/// Parameters: file, buffers, count, where to put the sum.
fn fd_write(f: &mut Function) {
    f.instructions()
        .local_get(3)
        .i32_const(0)
        .i32_store(at(0))
        .local_get(2)
        .local_tee(4)
        .if_(BlockType::Empty)
        .loop_(BlockType::Empty);
    fuel::check(f);
    f.instructions()
        .local_get(3)
        .local_get(3)
        .i32_load(at(0))
        .local_get(1)
        .i32_load(at(4))
        .i32_add()
        .i32_store(at(0))
        .local_get(1)
        .i32_const(8)
        .i32_add()
        .local_set(1)
        .local_get(4)
        .i32_const(1)
        .i32_sub()
        .local_tee(4)
        .br_if(0)
        .end()
        .end();
}

/// Refuses a function that goes by a WASI name but has another type.
fn check_type(name: &str, ty: &FuncType) -> Result<(), String> {
    use wasmparser::ValType::{I32, I64};
    let params: &[wasmparser::ValType] = match name {
        "proc_exit" => &[I32],
        "fd_write" => &[I32, I32, I32, I32],
        "clock_time_get" => &[I32, I64, I32],
        "sched_yield" => &[],
        _ => &[I32, I32],
    };
    let results: &[wasmparser::ValType] = if name == "proc_exit" { &[] } else { &[I32] };
    if ty.params() == params && ty.results() == results {
        Ok(())
    } else {
        Err(format!("import {name} has another type than WASI's"))
    }
}

fn at(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 2,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}
