//! Finished modules, held to the layout of `README.md` byte for byte.

use wasmparser::{Operator, Parser, Payload, TypeRef, Validator};

use crate::read::FEATURES;
use crate::rewrite::finish;

/// A module that exports the ABI, with more in it.
fn module(fields: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {fields}
             (func (export "_initialize"))
             (func (export "weavster_abi") (result i32) i32.const 1)
             (func (export "weavster_alloc") (param i32) (result i32) i32.const 0)
             (func (export "weavster_init") (param i32 i32) (result i32) i32.const 0)
             (func (export "weavster_run") (param i32 i32) (result i32) i32.const 0)
             (func (export "weavster_panic") (result i32) i32.const 0))"#
    );
    wat::parse_str(text).unwrap_or_else(|e| panic!("{e}"))
}

const MEMORY: &str = r#"(memory (export "memory") 1)"#;

fn finished(fields: &str) -> Vec<u8> {
    finish(&module(fields), 16).unwrap_or_else(|e| panic!("{e}"))
}

fn refused(fields: &str) -> String {
    finish(&module(fields), 16).expect_err(fields)
}

/// The bodies of a module's functions, with their locals.
fn bodies(module: &[u8]) -> Vec<Vec<u8>> {
    let payloads = Parser::new(0).parse_all(module).map(|p| p.unwrap());
    let range = |payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body.range()),
        _ => None,
    };
    payloads
        .filter_map(range)
        .map(|r| module[r.start as usize..r.end as usize].to_vec())
        .collect()
}

/// The sequences as `README.md` writes them down, of which the loader has a copy, too.
fn documented(title: &str) -> Vec<u8> {
    let readme = include_str!("../README.md");
    let section = readme
        .split("\n\n")
        .find(|part| part.trim_start().starts_with(title))
        .expect(title);
    let mut bytes = Vec::new();
    for line in section.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["CHECK"] {
            bytes.extend(check());
        }
        // The bytes stand at a line's end, after what they mean.
        let hex = |word: &&&str| {
            word.len() == 2 && u8::from_str_radix(word, 16).is_ok() || **word == "op"
        };
        let code = line.split(";;").next().unwrap_or_default();
        let words: Vec<&str> = code.split_whitespace().collect();
        let count = words.iter().rev().take_while(hex).count();
        for word in &words[words.len() - count..] {
            match u8::from_str_radix(word, 16) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend([0xff]),
            }
        }
    }
    bytes
}

fn check() -> Vec<u8> {
    vec![
        0x23, 0, 0x41, 1, 0x6b, 0x24, 0, 0x23, 0, 0x45, 4, 0x40, 0x10, 1, 0x0b,
    ]
}

#[test]
fn the_helpers_are_those_of_the_documentation() {
    let bodies = bodies(&finished(MEMORY));
    assert_eq!(documented("global.get 0"), check());
    assert_eq!(bodies[0], [vec![0], documented(";; 1 refuel")].concat());
    assert_eq!(
        bodies[1],
        [vec![0], documented(";; 2 message_start")].concat()
    );
    let bulk = documented(";; 3 copy");
    let at = bulk.iter().position(|byte| *byte == 0xff).expect("op");
    for (body, op) in bodies[2..4]
        .iter()
        .zip([&[0xfc, 10, 0, 0][..], &[0xfc, 11, 0]])
    {
        assert_eq!(*body, [&bulk[..at], op, &bulk[at + 1..]].concat());
    }
}

#[test]
fn every_entry_and_loop_takes_a_unit() {
    let source = format!(
        r#"{MEMORY} (func $work (param i32) (result i32) (local i64 i64 f32)
             loop $a (result i32) loop $b local.get 0 br_if $b end i32.const 7 end)"#
    );
    let bodies = bodies(&finished(&source));
    // Two groups of locals: two i64, one f32.
    let want = [
        vec![2, 2, 0x7e, 1, 0x7d],
        check(),
        vec![0x03, 0x7f],
        check(),
        vec![0x03, 0x40],
        check(),
        vec![0x20, 0, 0x0d, 0, 0x0b, 0x41, 7, 0x0b, 0x0b],
    ];
    assert_eq!(bodies[4], want.concat());
    for body in &bodies[5..] {
        assert_eq!(body[1..16], check());
    }
}

#[test]
fn bulk_copies_are_calls_and_own_globals_move_up() {
    let source = format!(
        r#"(import "weavster" "message_start" (func $start)) {MEMORY} (global $own (mut i32) (i32.const 9))
           (func i32.const 0 i32.const 1 i32.const 2 memory.copy i32.const 3 i32.const 4 global.get $own memory.fill
                 call $start i32.const 5 global.set $own)"#
    );
    let bodies = bodies(&finished(&source));
    let want = [
        vec![0],
        check(),
        vec![
            0x41, 0, 0x41, 1, 0x41, 2, 0x10, 3, 0x41, 3, 0x41, 4, 0x23, 4, 0x10, 4, 0x10, 2, 0x41,
            5, 0x24, 4, 0x0b,
        ],
    ];
    assert_eq!(bodies[4], want.concat());
}

#[test]
fn a_finished_module_imports_the_tick_and_exports_the_abi_alone() {
    let source = r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
         (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
         (memory (export "memory") 2) (table 3 funcref) (func (export "other"))
         (global (export "__data_end") i32 (i32.const 0)) (@custom "producers" "rustc")"#;
    let output = finished(source);
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(&output) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map(|i| i.unwrap()) {
                    assert!(matches!(import.ty, TypeRef::Func(_)));
                    imports.push((import.module, import.name));
                }
            }
            Payload::ExportSection(section) => {
                exports.extend(
                    section
                        .into_iter()
                        .map(|e| e.unwrap())
                        .map(|e| (e.name, e.index)),
                );
            }
            Payload::MemorySection(section) => {
                let ty = section.into_iter().next().unwrap().unwrap();
                assert_eq!((ty.initial, ty.maximum), (2, Some(16)));
            }
            Payload::TableSection(section) => {
                let ty = section.into_iter().next().unwrap().unwrap().ty;
                assert_eq!((ty.initial, ty.maximum), (3, Some(3)));
            }
            Payload::CustomSection(_) | Payload::StartSection { .. } => {
                panic!("a section too many")
            }
            _ => {}
        }
    }
    assert_eq!(imports, [("weavster", "tick")]);
    // The tick, the helpers, two replacements and the function `other` come before.
    let first = 1 + 4 + 2 + 1;
    let names = [
        "_initialize",
        "weavster_abi",
        "weavster_alloc",
        "weavster_init",
        "weavster_run",
        "weavster_panic",
    ];
    let functions = names
        .iter()
        .zip(first..)
        .map(|(name, index)| (*name, index));
    let want: Vec<_> = std::iter::once(("memory", 0))
        .chain(functions)
        .chain([("weavster_limit", 2)])
        .collect();
    assert_eq!(exports, want);
    assert_eq!(
        output,
        finished(source),
        "the same input gives the same bytes"
    );
}

#[test]
fn wasi_becomes_functions_that_always_give_the_same() {
    let source = format!(
        r#"(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
           (import "wasi_snapshot_preview1" "clock_res_get" (func (param i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "environ_sizes_get" (func (param i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
           (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "path_open" (func (param i32) (result i32)))
           (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) {MEMORY}"#
    );
    let output = finished(&source);
    let bodies = bodies(&output);
    let body = |code: &[u8]| [&[0], &check()[..], code].concat();
    // random_get: fill (pointer, 0x57, length), then success.
    assert_eq!(
        bodies[4],
        body(&[0x20, 0, 0x41, 0xd7, 0, 0x20, 1, 0x10, 4, 0x41, 0, 0x0b])
    );
    // path_open: error 52; proc_exit: unreachable.
    assert_eq!(bodies[11], body(&[0x41, 52, 0x0b]));
    assert_eq!(bodies[12], body(&[0x00, 0x0b]));
    let mut loops = 0;
    for payload in Parser::new(0).parse_all(&output) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let operators = body.get_operators_reader().unwrap().into_iter();
            loops += operators
                .filter(|op| matches!(op, Ok(Operator::Loop { .. })))
                .count();
        }
    }
    // Those of copy, fill and fd_write.
    assert_eq!(loops, 3);
}

#[test]
fn what_a_flow_has_no_use_for_is_refused() {
    for (fields, why) in [
        (
            format!(r#"(import "env" "f" (func)) {MEMORY}"#),
            "imports env.f, which flows can't",
        ),
        (
            format!(r#"(import "weavster" "tick" (func)) {MEMORY}"#),
            "imports weavster.tick, which flows can't",
        ),
        (
            format!(r#"(import "env" "g" (global i32)) {MEMORY}"#),
            "import env.g is no function",
        ),
        (
            format!(r#"(import "weavster" "message_start" (func (param i32))) {MEMORY}"#),
            "import weavster.message_start takes and gives nothing",
        ),
        (
            format!(r#"(import "wasi_snapshot_preview1" "fd_write" (func (result i32))) {MEMORY}"#),
            "import fd_write has another type than WASI's",
        ),
        (
            format!("{MEMORY} (func $s) (start $s)"),
            "has a start section",
        ),
        (
            r#"(memory (export "memory") 17)"#.into(),
            "needs 17 pages of memory, more than 16",
        ),
        ("(memory 1)".into(), "doesn't export memory"),
        (
            format!("{MEMORY} (data \"x\")"),
            "has a data segment that isn't active",
        ),
        (
            format!("{MEMORY} (func $f) (elem func $f)"),
            "has an element segment that isn't active",
        ),
        (
            format!(
                "{MEMORY} (table 1 funcref) (func (result i32) ref.null func i32.const 1 table.grow)"
            ),
            "uses TableGrow { table: 0 }, which flows can't",
        ),
    ] {
        assert_eq!(refused(&fields), why, "{fields}");
    }
    // What the validator itself refuses, because it is beyond the features of a flow.
    for fields in [
        r#"(memory (export "memory") 1 1 shared)"#,
        r#"(memory (export "memory") i64 1)"#,
        r#"(memory (export "memory") 1) (memory 1)"#,
        r#"(memory (export "memory") 1) (func $f return_call $f)"#,
        r#"(memory (export "memory") 1) (tag)"#,
    ] {
        refused(fields);
    }
    let other =
        wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "weavster_abi")))"#)
            .unwrap();
    assert_eq!(
        finish(&other, 16).unwrap_err(),
        "doesn't export _initialize"
    );
    assert!(finish(b"not wasm", 16).is_err());
}

#[test]
fn finished_modules_are_valid() {
    let source = format!(
        r#"{MEMORY} (table 2 funcref) (elem (i32.const 0) $f $f) (type $t (func (param i32) (result i32)))
           (func $f (param i32) (result i32) local.get 0 i32.const 0 call_indirect (type $t))
           (func (param v128) (result v128) local.get 0 local.get 0 i8x16.add)
           (data (i32.const 8) "bytes")"#
    );
    let output = finished(&source);
    Validator::new_with_features(FEATURES)
        .validate_all(&output)
        .unwrap();
    assert!(output.windows(5).any(|window| window == b"bytes"));
}
