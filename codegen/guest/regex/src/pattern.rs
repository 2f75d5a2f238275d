//! A pattern and the engine that runs it.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use regex_automata::Input;
use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::util::iter::Searcher;
use regex_automata::util::primitives::NonMaxUsize;

/// A pattern of a flow, a static of its crate.
pub struct Pattern {
    code: &'static [u8],
    engine: Mutex<Option<Engine>>,
}

/// What runs a pattern, with its working memory.
pub(crate) struct Engine {
    regex: Regex,
    cache: Cache,
    /// The groups' places of the last search that asked for them.
    slots: Vec<Option<NonMaxUsize>>,
}

/// Patterns run by engines whose work on a text is the same whatever came before. The lazy DFA's
/// isn't: it would let a message's fuel depend on its neighbours.
fn config() -> Config {
    Regex::config()
        .onepass_size_limit(Some(weavster_pattern::MAX_ONE_PASS))
        .nfa_size_limit(None) // the compiler has bounded it
}

impl Pattern {
    /// A pattern's tree, which the compiler has made.
    pub const fn new(code: &'static [u8]) -> Pattern {
        Pattern {
            code,
            engine: Mutex::new(None),
        }
    }

    /// Makes the engine, so that no message has to wait for it.
    pub fn compile(&self) {
        self.run(|engine| engine.is_match(""));
    }

    /// Whether the pattern matches somewhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.run(|engine| engine.is_match(text))
    }

    /// Where the first match is.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.run(|engine| engine.find(&Input::new(text)))
    }

    /// Hands each match to `take`, in order. None overlaps another.
    pub fn each<E>(
        &self,
        text: &str,
        mut take: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.run(|engine| {
            let mut searcher = Searcher::new(Input::new(text));
            while let Some(found) =
                searcher.advance(|input| Ok(engine.regex.search_with(&mut engine.cache, input)))
            {
                take(found.range())?;
            }
            Ok(())
        })
    }

    /// Looks for the first match, and calls `take` with its groups by their numbers.
    pub fn groups<'t, R>(
        &self,
        text: &'t str,
        take: impl FnOnce(&dyn Fn(u16) -> Option<&'t str>) -> R,
    ) -> Option<R> {
        self.run(|engine| {
            engine.search(&Input::new(text))?;
            Some(take(&|group| Some(&text[engine.group(group)?])))
        })
    }

    /// Hands each match to `take`, by its place and its groups.
    pub(crate) fn each_groups<'t, E>(
        &self,
        text: &'t str,
        limit: usize,
        mut take: impl FnMut(Range<usize>, &dyn Fn(u16) -> Option<&'t str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.run(|engine| {
            let mut searcher = Searcher::new(Input::new(text));
            for _ in 0..limit {
                let Some(found) = searcher.advance(|input| Ok(engine.search(input))) else {
                    break;
                };
                take(found.range(), &|group| Some(&text[engine.group(group)?]))?;
            }
            Ok(())
        })
    }

    fn run<R>(&self, f: impl FnOnce(&mut Engine) -> R) -> R {
        let mut engine: MutexGuard<Option<Engine>> =
            self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        f(engine.get_or_insert_with(|| Engine::new(self.code)))
    }
}

impl Engine {
    fn new(code: &[u8]) -> Engine {
        let tree = weavster_pattern::decode(code).expect("the compiler has encoded it");
        let regex = Regex::builder()
            .configure(config())
            .build_from_hir(&tree)
            .expect("the compiler has built it before");
        Engine {
            cache: regex.create_cache(),
            slots: vec![None; regex.group_info().slot_len()],
            regex,
        }
    }

    fn is_match(&mut self, text: &str) -> bool {
        // To ask for the earliest end sends long texts to a slower engine.
        let input = Input::new(text);
        self.regex
            .search_half_with(&mut self.cache, &input)
            .is_some()
    }

    fn find(&mut self, input: &Input) -> Option<Range<usize>> {
        Some(self.regex.search_with(&mut self.cache, input)?.range())
    }

    /// Looks for a match, and notes where its groups are.
    fn search(&mut self, input: &Input) -> Option<regex_automata::Match> {
        let pattern = self
            .regex
            .search_slots_with(&mut self.cache, input, &mut self.slots)?;
        Some(regex_automata::Match::new(pattern, self.group(0)?))
    }

    /// Where a group of the last match is.
    fn group(&self, group: u16) -> Option<Range<usize>> {
        let at = 2 * usize::from(group);
        let start = self.slots.get(at).copied().flatten()?;
        let end = self.slots.get(at + 1).copied().flatten()?;
        Some(start.get()..end.get())
    }
}
