//! Regular expressions: regex-syntax parses them, and regex-automata says how they would run.
//! What a flow carries is the tree, as `weavster_pattern` encodes it.

use regex_automata::dfa::onepass;
use regex_automata::nfa::thompson::{NFA, WhichCaptures};
use regex_syntax::hir::{Hir, HirKind, Look};
use regex_syntax::{Error, Parser, ParserBuilder};
use serde::Serialize;

use crate::failure::Failure;

/// How long a pattern may be, in bytes.
const MAX_LENGTH: usize = 4 << 10;
/// How much memory the states of one pattern may take in a flow's module, in bytes.
const MAX_SIZE: usize = 4 << 20;

/// What the compiler has to know of a pattern.
#[derive(Serialize, Debug)]
pub struct Pattern {
    /// The names of its groups from 1 on; empty for one without a name.
    groups: Vec<String>,
    /// Every group takes part in every match.
    all: bool,
    /// There is a text that it matches.
    matches: bool,
    /// It matches the empty text.
    empty: bool,
    /// A match begins where the text does.
    anchored: bool,
    /// The only text that it matches, if it has no groups and is nothing but that text.
    literal: Option<String>,
    /// Groups are found in one pass over the text, at least if the text is ASCII: at each character
    /// there is one way on.
    one_pass: bool,
    /// How many bytes its states take.
    size: usize,
    /// The tree, in hexadecimal digits.
    code: String,
}

/// Reads a pattern.
pub fn parse(source: &str) -> Result<Pattern, Failure> {
    if source.len() > MAX_LENGTH {
        let words = format!("is longer than {MAX_LENGTH} bytes");
        return Err(failure("too_large", words, [0, source.len()]));
    }
    let tree = parser().parse(source).map_err(|err| refusal(&err))?;
    let nfa = states(&tree).ok_or_else(|| {
        let words = format!(
            "takes more than {} KiB of memory: its repetitions multiply",
            MAX_SIZE >> 10
        );
        failure("too_large", words, [0, source.len()])
    })?;
    let facts = tree.properties();
    let groups = facts.explicit_captures_len();
    Ok(Pattern {
        groups: nfa
            .group_info()
            .pattern_names(regex_automata::PatternID::ZERO)
            .skip(1)
            .map(|name| name.unwrap_or_default().to_owned())
            .collect(),
        all: facts.static_explicit_captures_len() == Some(groups),
        matches: facts.minimum_len().is_some(),
        empty: facts.minimum_len() == Some(0),
        anchored: facts.look_set_prefix().contains(Look::Start),
        literal: literal(&tree),
        one_pass: one_pass(&nfa) || ascii(source).is_some_and(|nfa| one_pass(&nfa)),
        size: nfa.memory_usage(),
        code: weavster_pattern::encode(&tree)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    })
}

/// The parser is the regex crate's as it comes, but for how deep a pattern may nest.
fn parser() -> Parser {
    ParserBuilder::new()
        .nest_limit(weavster_pattern::MAX_DEPTH)
        .build()
}

/// The states that a pattern runs through, unless they take too much memory.
fn states(tree: &Hir) -> Option<NFA> {
    let config = NFA::config()
        .nfa_size_limit(Some(MAX_SIZE))
        .which_captures(WhichCaptures::All);
    NFA::compiler().configure(config).build_from_hir(tree).ok()
}

/// The states of the pattern where its classes are those of ASCII: what is plain there, such as
/// `\w+\s`, may begin with the same bytes in all of Unicode.
fn ascii(source: &str) -> Option<NFA> {
    let mut parser = ParserBuilder::new()
        .nest_limit(weavster_pattern::MAX_DEPTH)
        .unicode(false)
        .utf8(false)
        .build();
    states(&parser.parse(source).ok()?)
}

fn one_pass(nfa: &NFA) -> bool {
    onepass::DFA::builder()
        .configure(onepass::DFA::config().size_limit(Some(weavster_pattern::MAX_ONE_PASS)))
        .build_from_nfa(nfa.clone())
        .is_ok()
}

fn literal(tree: &Hir) -> Option<String> {
    match tree.kind() {
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
        _ => None,
    }
}

/// The parser's words, at the bytes that they are about.
fn refusal(err: &Error) -> Failure {
    let (words, span) = match err {
        Error::Parse(err) => (err.kind().to_string(), Some(err.span())),
        Error::Translate(err) => (err.kind().to_string(), Some(err.span())),
        other => (other.to_string(), None),
    };
    let at = span.map(|span| [span.start.offset, span.end.offset]);
    Failure {
        at,
        ..failure("syntax", words, [0, 0])
    }
}

fn failure(kind: &'static str, message: String, at: [usize; 2]) -> Failure {
    Failure {
        kind,
        message,
        template: String::new(),
        at: Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_those_of_the_pattern() {
        let p = parse(r"^(?P<family>[A-Z]+)-(?P<number>\d+)$").unwrap();
        assert_eq!(p.groups, ["family", "number"]);
        assert!(p.all && p.matches && p.anchored && p.one_pass && !p.empty);
        assert_eq!(p.literal, None);

        let p = parse(r"(a)|b*(?P<x>c)?").unwrap();
        assert_eq!(p.groups, ["", "x"]);
        assert!(!p.all && p.empty && !p.anchored);

        assert!(!parse(r"^(.+)@(.+)$").unwrap().one_pass);
        assert!(parse(r"^([^@]+)@(.+)$").unwrap().one_pass);
        assert!(parse(r"^(\w+)\s+(\w+)$").unwrap().one_pass);
        assert!(!parse(r"[a&&b]").unwrap().matches);
        assert_eq!(parse("a.b").unwrap().literal, None);
        assert_eq!(parse(r"a\.b").unwrap().literal.as_deref(), Some("a.b"));
    }

    #[test]
    fn errors_have_their_place() {
        for (source, words, at) in [
            ("a(b", "unclosed group", [1, 2]),
            (
                r"(?=a)",
                "look-around, including look-ahead and look-behind, is not supported",
                [0, 3],
            ),
            (r"é(\1)", "backreferences are not supported", [3, 5]),
            (r"\p{Klingon}", "Unicode property not found", [0, 11]),
        ] {
            let failure = parse(source).unwrap_err();
            assert_eq!(
                (failure.kind, failure.message.as_str(), failure.at),
                ("syntax", words, Some(at)),
                "{source}"
            );
        }
    }

    #[test]
    fn bombs_are_refused() {
        for source in [
            "(a{1000}){1000}",
            "((a{100}){100}){100}",
            r"\w{1000}",
            r"(?:\w{100}){3}",
            &"a".repeat(MAX_LENGTH + 1),
        ] {
            assert_eq!(parse(source).unwrap_err().kind, "too_large");
        }
        let deep = format!("{}a{}", "(".repeat(101), ")".repeat(101));
        assert_eq!(parse(&deep).unwrap_err().kind, "syntax");
    }
}
