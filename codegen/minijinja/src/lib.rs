//! MiniJinja and the regex crate's parser behind two functions, so that a Go
//! program parses and renders with the very engines that compiled flows
//! carry: a request and its answer are JSON. The Go package in this folder is the only caller.

mod failure;
mod kids;
mod pattern;
mod render;
mod tree;
#[cfg(target_arch = "wasm32")]
mod wasm;

use minijinja::machinery;
use serde::{Deserialize, Serialize};

use failure::Failure;

/// How the engine calls a function of the host: JSON in, JSON out.
pub type Host = fn(&[u8]) -> Vec<u8>;

/// What the host asks for.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Request<'a> {
    ParseExpr {
        #[serde(borrow)]
        source: std::borrow::Cow<'a, str>,
    },
    ParseTemplate {
        #[serde(borrow)]
        source: std::borrow::Cow<'a, str>,
    },
    ParsePattern {
        #[serde(borrow)]
        source: std::borrow::Cow<'a, str>,
    },
    Render(#[serde(borrow)] render::Job<'a>),
}

/// What the host gets; one of the four.
#[derive(Serialize, Default)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<tree::Record>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<pattern::Pattern>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

/// Answers one request. The only panic is that of a stack that ran out.
pub fn answer(request: &[u8], host: Host) -> Vec<u8> {
    let answer = handle(request, host).unwrap_or_else(|failure| Answer {
        failure: Some(failure),
        ..Answer::default()
    });
    serde_json::to_vec(&answer).expect("an answer is plain data")
}

fn handle(request: &[u8], host: Host) -> Result<Answer, Failure> {
    match serde_json::from_slice(request).map_err(Failure::request)? {
        Request::ParseExpr { source } => {
            let expr = machinery::parse_expr(&source)?;
            Ok(nodes(tree::flatten(kids::Node::Expr(&expr)), expr)?)
        }
        Request::ParseTemplate { source } => {
            let template = machinery::parse(&source, "<template>", Default::default())?;
            Ok(nodes(tree::flatten(kids::Node::Stmt(&template)), template)?)
        }
        Request::ParsePattern { source } => Ok(Answer {
            pattern: Some(pattern::parse(&source)?),
            ..Answer::default()
        }),
        Request::Render(job) => Ok(Answer {
            text: Some(render::render(job, host)?),
            ..Answer::default()
        }),
    }
}

/// A tree that is too deep to flatten is too deep to drop, too: dropping
/// recurses. It stays in memory, and the host throws an instance away whose
/// memory has grown.
fn nodes<T>(flat: Result<Vec<tree::Record>, Failure>, parsed: T) -> Result<Answer, Failure> {
    match flat {
        Ok(nodes) => Ok(Answer {
            nodes: Some(nodes),
            ..Answer::default()
        }),
        Err(failure) => {
            std::mem::forget(parsed);
            Err(failure)
        }
    }
}

#[cfg(test)]
mod tests;
