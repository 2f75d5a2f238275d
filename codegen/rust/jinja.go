package rust

import (
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// The crates that a flow calls for templates that MiniJinja renders, and for
// those of them that ask for patterns.
const (
	jinjaCrate      = "weavster_guest_jinja"
	jinjaRegexCrate = "weavster_guest_jinja_regex"
)

// UsesJinja says whether a program has a template that MiniJinja renders, so
// that its crate needs the weavster_guest_jinja crate.
func UsesJinja(p *ir.Program) bool {
	found := false
	var visit func(e ir.Expr)
	visit = func(e ir.Expr) {
		if _, ok := e.(ir.Jinja); ok {
			found = true
		}
		for _, child := range ir.Children(e) {
			visit(child)
		}
	}
	for _, s := range ir.AllSteps(p) {
		ir.VisitOps(s.Ops, func(op ir.Op) {
			for _, e := range ir.Exprs(op) {
				visit(e)
			}
		})
	}
	return found
}

func (b *body) jinja(e ir.Jinja) term {
	return b.call(jinjaCrate+"::render", true, b.cx(), atom(b.m()), b.template(e))
}

// template is the static for a template that MiniJinja renders.
func (b *body) template(e ir.Jinja) term {
	c := b.crate
	name := c.names.take(fmt.Sprintf("TEMPLATE_%d", len(c.templates)), "")
	macros := make([]string, len(e.Macros))
	for i, file := range e.Macros {
		if file < 0 || file >= len(c.program.Macros) {
			c.errorf("file of macros %d of %d", file, len(c.program.Macros))
		}
		macros[i] = fmt.Sprintf("MACROS_%d", file)
	}
	text := fmt.Sprintf("new(%s, &[%s], &[%s], &[%s])", literal(e.Source), c.variables(), strings.Join(macros, ", "), b.jinjaPatterns(e))
	c.templates = append(c.templates, constant{name, text})
	return atom("&" + name)
}

// jinjaPatterns is what a template asks of patterns, or nothing.
func (b *body) jinjaPatterns(e ir.Jinja) string {
	if len(e.Patterns) == 0 {
		return ""
	}
	uses := make([]string, len(e.Patterns))
	for i, p := range e.Patterns {
		pattern, with := b.pattern(p.Pattern).text, "&[]"
		if len(p.With) > 0 {
			with = b.with(p.With).text
		}
		uses[i] = fmt.Sprintf("%s::Use { text: %s, key: %s, pattern: %s, group: %d, with: %s }",
			jinjaRegexCrate, literal(b.crate.program.Patterns[p.Pattern].Text), literal(p.Key), pattern, p.Group, with)
	}
	return fmt.Sprintf("&%s::Patterns(&[%s])", jinjaRegexCrate, strings.Join(uses, ", "))
}

// printTemplates prints the statics of templates and of the macros that they
// import.
func (c *crate) printTemplates(out *strings.Builder) {
	for i, file := range c.program.Macros {
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, fmt.Sprintf("const MACROS_%d: (&str, &str) = (%s, %s);", i, literal(file.Name), literal(file.Text)))
	}
	for _, t := range c.templates {
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, fmt.Sprintf("static %s: %s::Template = %s::Template::%s;", t.name, jinjaCrate, jinjaCrate, t.text))
	}
}

// variables are the names of the variables, which templates ask for by name.
func (c *crate) variables() string {
	list := make([]string, len(c.program.Vars))
	for i, v := range c.program.Vars {
		list[i] = literal(v.Name)
	}
	return strings.Join(list, ", ")
}
