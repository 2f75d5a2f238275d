//! MiniJinja's tree as a flat list. Nothing recurses, so that depth costs no
//! stack: neither here nor where the list is read.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{Expr, Macro, Spanned, Stmt};
use serde::Serialize;

use crate::failure::Failure;
use crate::kids::{self, Node, Sink};

/// How deep a tree may be. Chains count, `a + b + c` being 2 deep: whatever
/// walks the tree later may recurse.
pub const MAX_DEPTH: usize = 250;

/// One node. Children are places in the list, always later ones; 0, the
/// root's place, means none. What a field holds depends on the kind: see `kids`.
#[derive(Serialize, Debug, PartialEq)]
pub struct Record {
    pub kind: &'static str,
    pub at: [usize; 2],
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "none")]
    pub x: usize,
    #[serde(skip_serializing_if = "none")]
    pub y: usize,
    #[serde(skip_serializing_if = "none")]
    pub z: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<usize>,
}

fn none(place: &usize) -> bool {
    *place == 0
}

/// The tree below `root`, which is the list's first.
pub fn flatten(root: Node<'_>) -> Result<Vec<Record>, Failure> {
    let mut queue = Queue {
        pending: vec![(root, 0)],
        depth: 0,
    };
    let mut records = Vec::new();
    while records.len() < queue.pending.len() {
        let (node, depth) = queue.pending[records.len()];
        queue.depth = depth + 1;
        let record = match node {
            Node::Expr(expr) => kids::expr(expr, &mut queue),
            Node::Stmt(stmt) => kids::stmt(stmt, &mut queue),
            Node::Macro(decl) => kids::macro_decl(decl, &mut queue),
        };
        if queue.depth > MAX_DEPTH {
            return Err(Failure::too_deep(MAX_DEPTH, record.at));
        }
        records.push(record);
    }
    Ok(records)
}

/// Nodes in the order of their places, each with its depth.
struct Queue<'n> {
    pending: Vec<(Node<'n>, usize)>,
    depth: usize,
}

impl<'n> Queue<'n> {
    fn push(&mut self, node: Node<'n>) -> usize {
        self.pending.push((node, self.depth));
        self.pending.len() - 1
    }
}

impl<'n> Sink<'n> for Queue<'n> {
    fn expr(&mut self, expr: &'n Expr<'n>) -> usize {
        self.push(Node::Expr(expr))
    }

    fn stmt(&mut self, stmt: &'n Stmt<'n>) -> usize {
        self.push(Node::Stmt(stmt))
    }

    fn macro_decl(&mut self, decl: &'n Spanned<Macro<'n>>) -> usize {
        self.push(Node::Macro(decl))
    }
}

impl Record {
    pub fn new(kind: &'static str, span: Span) -> Record {
        Record {
            kind,
            at: kids::bytes(span),
            name: String::new(),
            x: 0,
            y: 0,
            z: 0,
            names: Vec::new(),
            list: Vec::new(),
            optional: Vec::new(),
        }
    }

    pub fn named(self, name: &str) -> Record {
        Record {
            name: name.to_owned(),
            ..self
        }
    }

    pub fn names(self, names: Vec<String>) -> Record {
        Record { names, ..self }
    }

    pub fn x(self, x: usize) -> Record {
        Record { x, ..self }
    }

    pub fn y(self, y: usize) -> Record {
        Record { y, ..self }
    }

    pub fn z(self, z: usize) -> Record {
        Record { z, ..self }
    }

    pub fn list(self, list: Vec<usize>) -> Record {
        Record { list, ..self }
    }

    pub fn optional(self, optional: Vec<usize>) -> Record {
        Record { optional, ..self }
    }
}
