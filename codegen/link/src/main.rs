//! Turns the module that rustc and wasm-ld made of a generated crate into the module that is
//! shipped. `README.md` has the layout of the result, byte for byte.

mod abi;
mod fuel;
mod read;
mod rewrite;
#[cfg(test)]
mod tests;
mod wasi;

use std::process::ExitCode;

/// The most memory that a module may have unless told otherwise, in pages of 64 KiB.
const DEFAULT_PAGES: u64 = 1024;
/// What a 32-bit memory can have at all.
const MAX_PAGES: u64 = 65536;

const USAGE: &str = "usage: weavster-link [--pages N] IN.wasm OUT.wasm";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("weavster-link: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl Iterator<Item = String>) -> Result<(), String> {
    let options = Options::parse(args)?;
    let input = std::fs::read(&options.input).map_err(|e| format!("{}: {e}", options.input))?;
    let output =
        rewrite::finish(&input, options.pages).map_err(|e| format!("{}: {e}", options.input))?;
    std::fs::write(&options.output, output).map_err(|e| format!("{}: {e}", options.output))
}

struct Options {
    pages: u64,
    input: String,
    output: String,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut pages = DEFAULT_PAGES;
        let mut files = Vec::new();
        while let Some(arg) = args.next() {
            if arg == "--pages" {
                let given = args.next().ok_or(USAGE)?;
                pages = given
                    .parse()
                    .ok()
                    .filter(|n| (1..=MAX_PAGES).contains(n))
                    .ok_or(format!(
                        "--pages {given}: not a number from 1 to {MAX_PAGES}"
                    ))?;
            } else if arg.starts_with('-') {
                return Err(format!("unknown option {arg}; {USAGE}"));
            } else {
                files.push(arg);
            }
        }
        let [input, output] = <[String; 2]>::try_from(files).map_err(|_| USAGE)?;
        Ok(Options {
            pages,
            input,
            output,
        })
    }
}

#[cfg(test)]
mod options {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        Options::parse(args.iter().map(|a| a.to_string()))
    }

    #[test]
    fn options_have_a_default_and_bounds() {
        let plain = parse(&["a", "b"]).ok().unwrap();
        assert_eq!(
            (plain.pages, plain.input.as_str(), plain.output.as_str()),
            (1024, "a", "b")
        );
        assert_eq!(parse(&["--pages", "7", "a", "b"]).ok().unwrap().pages, 7);
        for bad in [
            &["a"][..],
            &["a", "b", "c"],
            &["--pages"],
            &["--x", "a", "b"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        let why = parse(&["--pages", "65537", "a", "b"]).err().unwrap();
        assert_eq!(why, "--pages 65537: not a number from 1 to 65536");
    }
}
