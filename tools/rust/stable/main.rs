//! Runs rustc so that what it makes doesn't depend on where Bazel put the sources.
//!
//! `rules_rust` gives rustc a hash of the target's label as crate metadata, and paths below `external/` and
//! `bazel-out/`. Both read differently when a repository is the root module and when it is a dependency, and both end
//! up in the module: metadata in symbol names (so in the order of functions) and in `TypeId`s, paths in panic messages.
//! This program rewrites the command line to name neither, and becomes rustc.
//!
//! The environment variable `STABLE_RUSTC` names the compiler.

mod args;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Reads arguments that stand in a file: `@FILE`, one a line.
fn expand(given: impl Iterator<Item = String>) -> std::io::Result<Vec<String>> {
    let mut all = Vec::new();
    for argument in given {
        match argument.strip_prefix('@') {
            Some(file) => all.extend(std::fs::read_to_string(file)?.lines().map(String::from)),
            None => all.push(argument),
        }
    }
    Ok(all)
}

fn main() -> ExitCode {
    let Ok(rustc) = std::env::var("STABLE_RUSTC") else {
        eprintln!("stable rustc: STABLE_RUSTC doesn't name a compiler");
        return ExitCode::FAILURE;
    };
    let arguments = match expand(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("stable rustc: can't read the arguments' file: {error}");
            return ExitCode::FAILURE;
        }
    };
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let directory = std::env::current_dir().unwrap_or_default();
    let error = Command::new(&rustc)
        .args(args::stable(
            &arguments,
            &version,
            &directory.to_string_lossy(),
        ))
        .exec();
    eprintln!("stable rustc: can't run {rustc}: {error}");
    ExitCode::FAILURE
}
