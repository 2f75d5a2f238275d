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
	return hasJinja(p, func(ir.Jinja) bool { return true })
}

// usesPatternsInJinja says whether one of those templates asks for patterns.
func usesPatternsInJinja(p *ir.Program) bool {
	return hasJinja(p, func(e ir.Jinja) bool { return len(e.Patterns) > 0 })
}

func hasJinja(p *ir.Program, which func(ir.Jinja) bool) (found bool) {
	var visit func(e ir.Expr)
	visit = func(e ir.Expr) {
		if e, ok := e.(ir.Jinja); ok && which(e) {
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
	text := fmt.Sprintf("new(%s, &[%s], &[%s], &[%s])", literal(e.Source), c.variables(), strings.Join(macros, ", "), strings.Join(b.extras(e), ", "))
	c.templates = append(c.templates, constant{name, text})
	return atom("&" + name)
}

// extras are what a template calls that MiniJinja doesn't have.
func (b *body) extras(e ir.Jinja) (list []string) {
	if len(e.Patterns) > 0 {
		list = append(list, b.jinjaPatterns(e))
	}
	for _, own := range e.Own {
		list = append(list, b.crate.own(own))
	}
	return list
}

// own is a built-in of ours for a template.
func (c *crate) own(o ir.Own) string {
	var call string
	if last := len(o.Params) - 1; o.Zoned {
		call = fmt.Sprintf("if matches!(v[%d], Value::Missing) { %s } else { %s }", last, c.ownCall(o.Call, last), c.ownCall(o.Call+"_in", last+1))
	} else {
		call = c.ownCall(o.Call, len(o.Params))
	}
	params := make([]string, len(o.Params))
	for i, name := range o.Params {
		params[i] = literal(name)
	}
	values := "v"
	if len(params) == 0 {
		values = "_"
	}
	return fmt.Sprintf("&%s::Own { form: %s::Form::%s, name: %s, params: &[%s], run: |cx, %s| %s }",
		jinjaCrate, jinjaCrate, strings.ToUpper(o.Form[:1])+o.Form[1:], literal(o.Name), strings.Join(params, ", "), values, call)
}

func (c *crate) ownCall(name string, args int) string {
	known, ok := builtins[name]
	if !ok || args > known.args {
		c.errorf("the guest has no built-in %q of %d arguments", name, args)
	}
	call := known.path + "(cx"
	for i := range known.args {
		call += fmt.Sprintf(", v[%d]", i)
	}
	return call + ")"
}

// jinjaPatterns is what a template asks of patterns.
func (b *body) jinjaPatterns(e ir.Jinja) string {
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
