package expr

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Known is what is known of the message at a place of a flow, from three
// sources. Messages aren't held against a schema when they come, so code is
// made of what is sure alone, and the rest is for finding mistakes.
type Known struct {
	// Sure is what the steps before have made of any message at all.
	Sure *Scope
	// Promised counts on the flow's schema as well; nil: it has none.
	Promised *Scope
	// Seen counts on the messages of the flow's fixtures; nil: there are none.
	// They show what is usual, so they make warnings.
	Seen *Scope
}

// Map is what is known after something happened.
func (k Known) Map(change func(*Scope) *Scope) Known {
	for _, scope := range []**Scope{&k.Sure, &k.Promised, &k.Seen} {
		if *scope != nil {
			*scope = change(*scope)
		}
	}
	return k
}

// checked lowers an expression by what is sure, and looks for mistakes by what
// else is known. It is nil after an error.
func (c *Compiler) checked(n *syntax.Node, form string, lower func(*lowerer) ir.Expr) ir.Expr {
	l := &lowerer{Compiler: c, node: n, code: n.Text, diags: c.Diags, scope: c.Known.Sure}
	return c.recheck(l, form, lower(l), lower)
}

// recheck lowers an expression anew by what isn't sure.
func (c *Compiler) recheck(l *lowerer, form string, x ir.Expr, lower func(*lowerer) ir.Expr) ir.Expr {
	if l.failed {
		return l.result(form, x)
	}
	if promised := c.mistakes(l, c.Known.Promised, lower); promised.Failed() {
		for _, one := range promised.Sorted() {
			if one.Severity != source.Error {
				continue
			}
			one.Message += ", by the flow's schema"
			c.Diags.Add(one)
		}
		l.failed = true
		return l.result(form, x)
	}
	seen := c.mistakes(l, c.Known.Seen, lower)
	for _, one := range seen.Sorted() {
		if one.Severity != source.Error {
			continue // said before
		}
		one.Severity = source.Warning
		one.Message += ", which is what the messages of all fixtures come to"
		c.Diags.Add(one)
	}
	return l.result(form, x)
}

// mistakes is what is wrong with an expression in a scope.
func (c *Compiler) mistakes(l *lowerer, scope *Scope, lower func(*lowerer) ir.Expr) *source.Diagnostics {
	found := &source.Diagnostics{}
	if scope != nil {
		lower(&lowerer{Compiler: c, node: l.node, code: l.code, diags: found, scope: scope})
	}
	return found
}
