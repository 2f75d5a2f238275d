package expr

import (
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Template lowers a template. One of text and `{{ }}` within the dialect
// becomes code; for any other the module carries MiniJinja itself.
func (c *Compiler) Template(n *syntax.Node) ir.Expr {
	if !c.scalar(n, "a template") {
		return nil
	}
	stmts, err := c.engine.ParseTemplate(c.ctx, n.Text)
	if err != nil {
		c.failure(n, source.BadTemplate, "template", err)
		return nil
	}
	var found source.Diagnostics
	l := &lowerer{Compiler: c, node: n, code: n.Text, diags: &found, template: true, scope: c.Known.Sure}
	if concat, plain := l.concat(stmts); plain && !l.outside {
		c.Diags.Append(&found)
		return c.recheck(l, contract.FormTemplate, concat, func(l *lowerer) ir.Expr {
			again, _ := l.concat(stmts)
			return again
		})
	}
	found = source.Diagnostics{}
	l = &lowerer{Compiler: c, node: n, code: n.Text, diags: &found, template: true, rendered: &rendered{}}
	l.survey(stmts, nil)
	(&reader{&l.rendered.reads}).block(stmts, nil)
	l.rendered.reads.Vars, l.rendered.reads.Meta = once(l.vars), once(l.meta)
	c.Diags.Append(&found)
	return l.result(contract.FormTemplate, l.rendered.jinja(l.withParams(n.Text)))
}

// concat says whether the template has no statements.
func (l *lowerer) concat(stmts []minijinja.Stmt) (ir.Expr, bool) {
	parts := []ir.Expr{}
	for _, s := range stmts {
		switch s := s.(type) {
		case *minijinja.Raw:
			parts = append(parts, ir.Const{Text: syntax.Quote(s.Text), Of: ir.String})
		case *minijinja.Emit:
			parts = append(parts, l.need(s.X))
		default:
			return nil, false
		}
	}
	return ir.Concat{Parts: parts}, true
}

func walkStmts(stmts []minijinja.Stmt, visit func(minijinja.Stmt)) {
	for _, s := range stmts {
		visit(s)
		if b, ok := s.(*minijinja.Block); ok {
			walkStmts(b.Body, visit)
			walkStmts(b.Else, visit)
		}
	}
}

// walkExpr visits an expression and what it is made of. The name of a called
// function is no part of it.
func walkExpr(e minijinja.Expr, visit func(minijinja.Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, child := range children(e) {
		walkExpr(child, visit)
	}
}

func children(e minijinja.Expr) []minijinja.Expr {
	switch e := e.(type) {
	case *minijinja.Unary:
		return []minijinja.Expr{e.X}
	case *minijinja.Binary:
		return []minijinja.Expr{e.X, e.Y}
	case *minijinja.Compare:
		return append([]minijinja.Expr{e.X}, e.Y...)
	case *minijinja.Cond:
		return []minijinja.Expr{e.Test, e.Then, e.Else}
	case *minijinja.Filter:
		return append([]minijinja.Expr{e.X}, values(e.Args)...)
	case *minijinja.Test:
		return append([]minijinja.Expr{e.X}, values(e.Args)...)
	case *minijinja.Attr:
		return []minijinja.Expr{e.X}
	case *minijinja.Item:
		return []minijinja.Expr{e.X, e.Key}
	case *minijinja.Slice:
		return []minijinja.Expr{e.X, e.From, e.To, e.Step}
	case *minijinja.Call:
		if method, ok := e.Fun.(*minijinja.Attr); ok {
			return append([]minijinja.Expr{method.X}, values(e.Args)...)
		}
		return values(e.Args)
	case *minijinja.List:
		return e.Items
	case *minijinja.Tuple:
		return e.Items
	case *minijinja.Map:
		return append(slices.Clone(e.Keys), e.Values...)
	}
	return nil
}

func values(args []minijinja.Arg) []minijinja.Expr {
	list := make([]minijinja.Expr, len(args))
	for i, arg := range args {
		list[i] = arg.Value
	}
	return list
}
