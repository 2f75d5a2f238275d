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
	l := &lowerer{Compiler: c, node: n, code: n.Text, diags: &found, scope: c.Known.Sure}
	if concat, plain := l.concat(stmts); plain && !l.outside {
		c.Diags.Append(&found)
		return c.recheck(l, contract.FormTemplate, concat, func(l *lowerer) ir.Expr {
			again, _ := l.concat(stmts)
			return again
		})
	}
	found = source.Diagnostics{}
	l = &lowerer{Compiler: c, node: n, code: n.Text, diags: &found}
	l.survey(stmts)
	c.Diags.Append(&found)
	return l.result(contract.FormTemplate, ir.Jinja{Source: l.withParams(n.Text)})
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

// refused are statements that reach outside the template: a flow has no other
// templates to reach.
var refused = []string{"import", "from", "extends", "include", "block"}

// survey looks at a template that MiniJinja renders for what has to be known
// now: variables, metadata, names of filters, tests and functions.
func (l *lowerer) survey(stmts []minijinja.Stmt) {
	bound := map[string]bool{"loop": true, "self": true, "caller": true}
	walkStmts(stmts, func(s minijinja.Stmt) {
		if b, ok := s.(*minijinja.Block); ok {
			for _, name := range append(b.Binds, b.Name) {
				bound[name] = true
			}
		}
	})
	walkStmts(stmts, func(s minijinja.Stmt) {
		switch s := s.(type) {
		case *minijinja.Emit:
			l.surveyExpr(s.X, bound)
		case *minijinja.Block:
			if slices.Contains(refused, s.Tag) {
				l.errorf(s.Span(), source.NotInDialect, "a flow's template has no `%s`", s.Tag)
			}
			for _, e := range s.Reads {
				l.surveyExpr(e, bound)
			}
		}
	})
}

func (l *lowerer) surveyExpr(e minijinja.Expr, bound map[string]bool) {
	walkExpr(e, func(e minijinja.Expr) {
		switch e := e.(type) {
		case *minijinja.Var:
			if !bound[e.Name] && e.Name != "this" {
				l.read(ir.Path{e.Name}, e.Span(), true)
			}
		case *minijinja.Filter:
			l.known(Filter, e.Name, e.NameAt)
		case *minijinja.Test:
			l.known(Test, e.Name, e.NameAt)
		case *minijinja.Call:
			if name, ok := e.Fun.(*minijinja.Var); ok && !bound[name.Name] {
				l.surveyCall(name, e)
			}
		}
	})
}

func (l *lowerer) surveyCall(name *minijinja.Var, e *minijinja.Call) {
	switch name.Name {
	case "var", "meta":
		l.function(e)
		return
	case "param":
		l.jinjaParam(e)
		return
	}
	l.known(Function, name.Name, name.Span())
}

func (l *lowerer) known(form Form, name string, at source.Span) {
	if _, theirs := beyond[form][name]; theirs {
		return
	}
	if b := l.builtin(form, name, at); b != nil && b.Regex != "" {
		l.errorf(at, source.NotInDialect, "a template with statements has no patterns").
			Hintf("compute the value in a step before it")
	}
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
