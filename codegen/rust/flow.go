package rust

import (
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

const stepsHead = "(run: &mut Run<'_, 'm>, m: &mut Message<'m>) -> Result<(), Ended> {"

var onError = map[ir.OnError]string{
	ir.OnErrorDeadLetter: "OnError::DeadLetter", ir.OnErrorSkip: "OnError::Skip",
	ir.OnErrorDiscard: "OnError::Discard", ir.OnErrorStop: "OnError::Stop", ir.OnErrorGroup: "OnError::Group",
}

// flow prints the flow's type and how messages go through it.
func (c *crate) flow() string {
	p := c.program
	var out strings.Builder
	indent(&out, 0, "struct Compiled;")
	indent(&out, 0, "")
	indent(&out, 0, "impl Flow for Compiled {")
	indent(&out, 1, fmt.Sprintf("const OUTPUTS: usize = %d;", len(p.Outputs)))
	indent(&out, 1, fmt.Sprintf("const VARS: usize = %d;", len(p.Vars)))
	indent(&out, 1, "const TABLES: &'static [Source] = TABLES;")
	indent(&out, 1, "const PATHS: &'static [Path] = PATHS;")
	indent(&out, 0, "")
	c.transform(&out, 1, "fn transform<'m>", p.Steps)
	indent(&out, 0, "")
	indent(&out, 1, "fn route<'m>(route: &mut Route<'_, '_, 'm>) {")
	c.route(&out)
	indent(&out, 1, "}")
	c.start(&out)
	indent(&out, 0, "}")
	return out.String()
}

// start prints what makes patterns, templates and zones ready before any message, if
// there are some.
func (c *crate) start(out *strings.Builder) {
	if len(c.program.Patterns)+len(c.templates)+len(c.zones) == 0 {
		return
	}
	indent(out, 0, "")
	indent(out, 1, "fn start() {")
	for i := range c.program.Patterns {
		indent(out, 2, fmt.Sprintf("PATTERN_%d.compile();", i))
	}
	for _, t := range c.templates {
		indent(out, 2, t.name+".compile();")
	}
	for _, zone := range c.zones {
		indent(out, 2, "time::ready("+literal(zone)+");")
	}
	indent(out, 1, "}")
}

// transform prints a function that takes steps.
func (c *crate) transform(out *strings.Builder, depth int, name string, steps []ir.Step) {
	head := name + stepsHead
	if len(steps) == 0 {
		head = strings.NewReplacer("run:", "_:", "m: &mut M", "_: &mut M").Replace(head)
	}
	indent(out, depth, head)
	for i, s := range steps {
		if s.Index < 0 || s.Index >= 0xffff {
			c.errorf("step %d of %d", s.Index, 0xffff)
		}
		if split, ok := only[ir.Split](s); ok {
			indent(out, depth+1, c.split(s, split, steps[i+1:]))
			indent(out, depth, "}")
			return
		}
		if each, ok := only[ir.ForEach](s); ok {
			indent(out, depth+1, c.each(s, each))
			continue
		}
		if group, ok := only[ir.Group](s); ok {
			indent(out, depth+1, c.group(s, group))
			continue
		}
		indent(out, depth+1, fmt.Sprintf("run.step(%d, %s, m, step_%d)?;", s.Index, onError[s.OnError], s.Index))
		c.step(s)
	}
	indent(out, depth+1, "Ok(())")
	indent(out, depth, "}")
}

// group prints a step that others are in: its function holds its condition
// alone.
func (c *crate) group(s ir.Step, op ir.Group) string {
	s.Ops = nil
	c.step(s)
	name := fmt.Sprintf("group_%d", s.Index)
	c.stepsFunction(name, fmt.Sprintf("The transforms in `%s`, %s.", quoted(s.ID), comment(s.Place())), op.Steps)
	return fmt.Sprintf("run.group(%d, %s, m, step_%d, %s)?;", s.Index, onError[s.OnError], s.Index, name)
}

// step prints a step's function.
func (c *crate) step(s ir.Step) {
	c.stepFunction(s, "Result<(), End>", func(b *body) {
		b.ops(s.Ops)
		b.add("Ok(())")
	})
}

// stepFunction prints a step's function, which ends where the step's condition
// doesn't hold.
func (c *crate) stepFunction(s ir.Step, result string, fill func(b *body)) {
	name := fmt.Sprintf("step_%d", s.Index)
	b := &body{crate: c, fn: &function{name: name}, depth: 1, bound: map[int]bool{}}
	if s.When != nil {
		b.add("%s;", b.call("when", true, b.expr(s.When)).value())
	}
	fill(b)
	doc := fmt.Sprintf("`%s`, %s: %s.", quoted(s.ID), comment(s.Place()), comment(s.Kind))
	c.function(doc, "fn "+name+"<'m>({cx}: &Context<'m>, {m}: &mut Message<'m>)", result, b)
}

// quoted is text in a comment between backticks.
func quoted(text string) string { return strings.ReplaceAll(comment(text), "`", "'") }

// route prints how a message goes to the outputs. Those that take what no
// other took come last.
func (c *crate) route(out *strings.Builder) {
	p := c.program
	if p.Route == ir.RouteFirst {
		indent(out, 2, "route.first();")
	}
	for i, o := range p.Outputs {
		if !o.Otherwise {
			indent(out, 2, c.output(i, o))
		}
	}
	for i, o := range p.Outputs {
		if o.Otherwise {
			indent(out, 2, c.output(i, o))
		}
	}
	indent(out, 2, fmt.Sprintf("route.unmatched(%t);", p.Unmatched == ir.UnmatchedDeadLetter))
}

// output is the call for one output, whose functions it prints.
func (c *crate) output(i int, o ir.Output) string {
	steps := "None"
	if len(o.Steps) > 0 {
		name := fmt.Sprintf("output_%d", i)
		steps = "Some(" + name + ")"
		c.stepsFunction(name, fmt.Sprintf("The transforms of %s, line %d.", comment(o.Connector), o.Line), o.Steps)
	}
	switch {
	case o.Otherwise:
		return fmt.Sprintf("route.otherwise(%d, %s);", i, steps)
	case o.When == nil:
		return fmt.Sprintf("route.always(%d, %s);", i, steps)
	}
	b := &body{crate: c, fn: &function{name: fmt.Sprintf("when_%d", i)}, depth: 1, bound: map[int]bool{}}
	b.give(b.expr(o.When))
	doc := fmt.Sprintf("Whether %s, line %d, takes the message.", comment(o.Connector), o.Line)
	c.function(doc, "fn "+b.fn.name+"<'m>({cx}: &Context<'m>, {m}: &Message<'m>)", "Result<Value<'m>>", b)
	return fmt.Sprintf("route.when(%d, %s, %s);", i, b.fn.name, steps)
}
