package expr

import (
	"slices"

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
	var found source.Diagnostics
	l := &lowerer{Compiler: c, node: n, code: n.Text, diags: &found, scope: c.Known.Sure}
	x := lower(l)
	c.Diags.Append(&found)
	return c.recheck(l, form, x, lower)
}

// recheck lowers an expression anew by what isn't sure.
func (c *Compiler) recheck(l *lowerer, form string, x ir.Expr, lower func(*lowerer) ir.Expr) ir.Expr {
	if l.failed {
		return l.result(form, x)
	}
	for _, one := range c.mistakes(l, c.Known.Promised, lower) {
		one.Message += ", by the flow's schema"
		c.Diags.Add(one)
		l.failed = l.failed || one.Severity == source.Error
	}
	if l.failed {
		return l.result(form, x)
	}
	for _, one := range c.mistakes(l, c.Known.Seen, lower) {
		if one.Severity != source.Error {
			continue // other messages may well make a difference
		}
		one.Severity = source.Warning
		one.Message += ", which is what the messages of all fixtures come to"
		c.Diags.Add(one)
	}
	return l.result(form, x)
}

// mistakes is what is wrong with an expression in a scope, and hasn't been
// said by what is sure.
func (c *Compiler) mistakes(l *lowerer, scope *Scope, lower func(*lowerer) ir.Expr) []source.Diagnostic {
	if scope == nil {
		return nil
	}
	found := &source.Diagnostics{}
	lower(&lowerer{Compiler: c, node: l.node, code: l.code, diags: found, template: l.template, scope: scope})
	said := l.diags.Sorted()
	return slices.DeleteFunc(found.Sorted(), func(one source.Diagnostic) bool {
		return slices.ContainsFunc(said, func(other source.Diagnostic) bool {
			return other.Code == one.Code && other.Span.Start == one.Span.Start
		})
	})
}

// judge warns of a condition whose answer is known beforehand.
func (l *lowerer) judge(at source.Span, x ir.Expr) {
	// A library's conditions are for all that use it: one use may well decide them.
	if l.failed || l.decided || l.scope == nil || l.Params != nil || l.readsNothing() {
		return
	}
	if _, possible, why := l.scope.assume(x, true); !possible {
		one := l.diags.Warnf(l.node.File, l.span(at), source.Constant, "this never holds")
		if why != "" {
			one.Hintf("%s", why)
		}
	} else if _, possible, why := l.scope.assume(x, false); !possible {
		one := l.diags.Warnf(l.node.File, l.span(at), source.Constant, "this always holds")
		if why != "" {
			one.Hintf("%s", why)
		}
	}
}

// readsNothing says whether a field is read that isn't there, about which more
// is said than that.
func (l *lowerer) readsNothing() bool {
	return slices.ContainsFunc(l.reads, func(read Read) bool {
		return (!read.Lenient || l.scope != l.Known.Sure) && l.scope.field(read.Path).Kind == ir.Missing
	})
}

// likeness warns of a comparison of kinds that are never equal.
func (l *lowerer) likeness(at source.Span, op ir.BinaryOp, x, y ir.Kind) {
	if op != ir.Eq && op != ir.Ne || l.Params != nil || x&^ir.Missing == 0 || y&^ir.Missing == 0 || x&comparable(y) != 0 {
		return
	}
	l.decided = true
	one := l.diags.Warnf(l.node.File, l.span(at), source.Constant, "%s never equals %s", describe(x), describe(y))
	if (x|y)&ir.String != 0 && (x|y)&ir.Number != 0 {
		one.Hintf("convert one side: `| int`, `| float` or `| string`")
	}
}
