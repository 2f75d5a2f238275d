//! Which nodes lie directly below a node, and what the node itself says. An
//! exhaustive match: a MiniJinja with a new kind of node doesn't compile here.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{
    self, BinOpKind, CallArg, CompareOpKind, Expr, Spanned, Stmt, UnaryOpKind,
};
use minijinja::value::{Value, ValueKind};

use crate::tree::Record;

/// A node of either of MiniJinja's two kinds.
#[derive(Clone, Copy)]
pub enum Node<'n> {
    Stmt(&'n Stmt<'n>),
    Expr(&'n Expr<'n>),
    /// The body of a call block, which MiniJinja keeps as a macro without a statement.
    Macro(&'n Spanned<ast::Macro<'n>>),
}

/// Gives each child a place in the list and answers it.
pub trait Sink<'n> {
    fn expr(&mut self, expr: &'n Expr<'n>) -> usize;
    fn stmt(&mut self, stmt: &'n Stmt<'n>) -> usize;
    fn macro_decl(&mut self, decl: &'n Spanned<ast::Macro<'n>>) -> usize;

    fn exprs(&mut self, list: &'n [Expr<'n>]) -> Vec<usize> {
        list.iter().map(|expr| self.expr(expr)).collect()
    }

    fn stmts(&mut self, list: &'n [Stmt<'n>]) -> Vec<usize> {
        list.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn option(&mut self, expr: &'n Option<Expr<'n>>) -> usize {
        expr.as_ref().map_or(0, |expr| self.expr(expr))
    }
}

/// The record of one expression; `sink` takes its children.
pub fn expr<'n>(expr: &'n Expr<'n>, sink: &mut impl Sink<'n>) -> Record {
    match expr {
        Expr::Var(n) => Record::new("var", n.span()).named(n.id),
        Expr::Const(n) => constant(n),
        Expr::Slice(n) => Record::new("slice", n.span())
            .x(sink.expr(&n.expr))
            .optional(vec![
                sink.option(&n.start),
                sink.option(&n.stop),
                sink.option(&n.step),
            ]),
        Expr::UnaryOp(n) => Record::new("unary", n.span())
            .named(unary(&n.op))
            .x(sink.expr(&n.expr)),
        Expr::BinOp(n) => Record::new("binary", n.span())
            .named(binary(n.op))
            .x(sink.expr(&n.left))
            .y(sink.expr(&n.right)),
        Expr::Compare(n) => Record::new("compare", n.span())
            .x(sink.expr(&n.expr))
            .names(n.ops.iter().map(|op| compare(op.op).to_owned()).collect())
            .list(n.ops.iter().map(|op| sink.expr(&op.expr)).collect()),
        Expr::IfExpr(n) => Record::new("cond", n.span())
            .x(sink.expr(&n.test_expr))
            .y(sink.expr(&n.true_expr))
            .z(sink.option(&n.false_expr)),
        Expr::Filter(n) => Record::new("filter", n.span())
            .named(n.name)
            .x(sink.option(&n.expr))
            .args(&n.args, sink),
        Expr::Test(n) => Record::new("test", n.span())
            .named(n.name)
            .x(sink.expr(&n.expr))
            .args(&n.args, sink),
        Expr::GetAttr(n) => Record::new("attr", n.span())
            .named(n.name)
            .x(sink.expr(&n.expr)),
        Expr::GetItem(n) => Record::new("item", n.span())
            .x(sink.expr(&n.expr))
            .y(sink.expr(&n.subscript_expr)),
        Expr::Call(n) => call(n, sink),
        Expr::List(n) => Record::new("list", n.span()).list(sink.exprs(&n.items)),
        Expr::Tuple(n) => Record::new("tuple", n.span()).list(sink.exprs(&n.items)),
        Expr::Map(n) => Record::new("map", n.span())
            .list(sink.exprs(&n.keys))
            .optional(sink.exprs(&n.values)),
    }
}

/// The record of one statement. What only concerns MiniJinja's own rendering
/// (which names a `from` imports, a macro's arguments) is left out: the host
/// needs to see where expressions stand and which statements there are.
pub fn stmt<'n>(stmt: &'n Stmt<'n>, sink: &mut impl Sink<'n>) -> Record {
    match stmt {
        Stmt::Template(n) => Record::new("template", n.span()).list(sink.stmts(&n.children)),
        Stmt::EmitExpr(n) => Record::new("emit", n.span()).x(sink.expr(&n.expr)),
        Stmt::EmitRaw(n) => Record::new("raw", n.span()).named(n.raw),
        Stmt::ForLoop(n) => Record::new("for", n.span())
            .binds(&n.target)
            .x(sink.expr(&n.iter))
            .y(sink.option(&n.filter_expr))
            .list(sink.stmts(&n.body))
            .optional(sink.stmts(&n.else_body)),
        Stmt::IfCond(n) => Record::new("if", n.span())
            .x(sink.expr(&n.expr))
            .list(sink.stmts(&n.true_body))
            .optional(sink.stmts(&n.false_body)),
        Stmt::WithBlock(n) => {
            let record = n
                .assignments
                .iter()
                .fold(Record::new("with", n.span()), |r, (target, _)| {
                    r.binds(target)
                });
            let values = n
                .assignments
                .iter()
                .map(|(_, value)| sink.expr(value))
                .collect();
            record.optional(values).list(sink.stmts(&n.body))
        }
        Stmt::Set(n) => Record::new("set", n.span())
            .binds(&n.target)
            .x(sink.expr(&n.expr)),
        Stmt::SetBlock(n) => Record::new("set_block", n.span())
            .binds(&n.target)
            .x(sink.option(&n.filter))
            .list(sink.stmts(&n.body)),
        Stmt::AutoEscape(n) => Record::new("autoescape", n.span())
            .x(sink.expr(&n.enabled))
            .list(sink.stmts(&n.body)),
        Stmt::FilterBlock(n) => Record::new("filter_block", n.span())
            .x(sink.expr(&n.filter))
            .list(sink.stmts(&n.body)),
        Stmt::Block(n) => Record::new("block", n.span())
            .named(n.name)
            .list(sink.stmts(&n.body)),
        Stmt::Import(n) => Record::new("import", n.span())
            .binds(&n.name)
            .x(sink.expr(&n.expr)),
        Stmt::FromImport(n) => n
            .names
            .iter()
            .fold(Record::new("from", n.span()), |r, (name, alias)| {
                r.binds(alias.as_ref().unwrap_or(name))
            })
            .x(sink.expr(&n.expr)),
        Stmt::Extends(n) => Record::new("extends", n.span()).x(sink.expr(&n.name)),
        Stmt::Include(n) => Record::new("include", n.span()).x(sink.expr(&n.name)),
        Stmt::Macro(n) => macro_decl(n, sink),
        Stmt::CallBlock(n) => Record::new("call_block", n.span())
            .args(&n.call.args, sink)
            .x(sink.expr(&n.call.expr))
            .y(sink.macro_decl(&n.macro_decl)),
        Stmt::Do(n) => Record::new("do", n.span())
            .args(&n.call.args, sink)
            .x(sink.expr(&n.call.expr)),
    }
}

fn call<'n>(n: &'n Spanned<ast::Call<'n>>, sink: &mut impl Sink<'n>) -> Record {
    Record::new("call", n.span())
        .x(sink.expr(&n.expr))
        .args(&n.args, sink)
}

/// A macro's arguments are names, so they are bound; `optional` holds the defaults.
pub fn macro_decl<'n>(n: &'n Spanned<ast::Macro<'n>>, sink: &mut impl Sink<'n>) -> Record {
    let record = n
        .args
        .iter()
        .fold(Record::new("macro", n.span()).named(n.name), |r, arg| {
            r.binds(arg)
        });
    record
        .optional(sink.exprs(&n.defaults))
        .list(sink.stmts(&n.body))
}

impl Record {
    fn args<'n>(mut self, args: &'n [CallArg<'n>], sink: &mut impl Sink<'n>) -> Record {
        for arg in args {
            let (how, value) = match arg {
                CallArg::Pos(value) => (String::new(), value),
                CallArg::Kwarg(name, value) => ((*name).to_owned(), value),
                CallArg::PosSplat(value) => ("*".to_owned(), value),
                CallArg::KwargSplat(value) => ("**".to_owned(), value),
            };
            self.names.push(how);
            self.list.push(sink.expr(value));
        }
        self
    }

    /// Notes the names that an assignment's left side binds.
    fn binds(mut self, target: &Expr<'_>) -> Record {
        match target {
            Expr::Var(var) => self.names.push(var.id.to_owned()),
            Expr::List(list) => self = list.items.iter().fold(self, Record::binds),
            Expr::Tuple(tuple) => self = tuple.items.iter().fold(self, Record::binds),
            // `ns.x = …` changes an object that is bound already.
            _ => {}
        }
        self
    }
}

fn constant(n: &Spanned<ast::Const>) -> Record {
    let kind = match n.value.kind() {
        ValueKind::None => "none",
        ValueKind::Bool => "bool",
        ValueKind::Number if n.value.is_integer() => "int",
        ValueKind::Number => "float",
        _ => "string",
    };
    Record::new(kind, n.span()).named(&text(&n.value))
}

fn text(value: &Value) -> String {
    match value.kind() {
        ValueKind::None => "none".to_owned(),
        ValueKind::Bool => value.is_true().to_string(),
        _ => value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    }
}

fn unary(op: &UnaryOpKind) -> &'static str {
    match op {
        UnaryOpKind::Not => "not",
        UnaryOpKind::Neg => "-",
    }
}

fn binary(op: BinOpKind) -> &'static str {
    match op {
        BinOpKind::Eq => "==",
        BinOpKind::Ne => "!=",
        BinOpKind::Lt => "<",
        BinOpKind::Lte => "<=",
        BinOpKind::Gt => ">",
        BinOpKind::Gte => ">=",
        BinOpKind::ScAnd => "and",
        BinOpKind::ScOr => "or",
        BinOpKind::Add => "+",
        BinOpKind::Sub => "-",
        BinOpKind::Mul => "*",
        BinOpKind::Div => "/",
        BinOpKind::FloorDiv => "//",
        BinOpKind::Rem => "%",
        BinOpKind::Pow => "**",
        BinOpKind::Concat => "~",
        BinOpKind::In => "in",
    }
}

fn compare(op: CompareOpKind) -> &'static str {
    match op {
        CompareOpKind::Eq => "==",
        CompareOpKind::Ne => "!=",
        CompareOpKind::Lt => "<",
        CompareOpKind::Lte => "<=",
        CompareOpKind::Gt => ">",
        CompareOpKind::Gte => ">=",
        CompareOpKind::In => "in",
        CompareOpKind::NotIn => "not in",
    }
}

/// The bytes that a span covers.
pub fn bytes(span: Span) -> [usize; 2] {
    [span.start_offset as usize, span.end_offset as usize]
}
