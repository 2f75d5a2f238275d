package compile

import (
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

func (c *compiler) reserveOutputs(list *syntax.Node) {
	if list == nil {
		return
	}
	for _, n := range list.Items {
		c.flow.Reserve(n.Get("transforms"))
	}
}

// route lowers the outputs, and finds those that no message can reach.
func (c *compiler) route(f *syntax.Fields) {
	if f.Text("route") == ir.RouteFirst.String() {
		c.program.Route = ir.RouteFirst
	}
	if f.Text("unmatched") == ir.UnmatchedDiscard.String() {
		c.program.Unmatched = ir.UnmatchedDiscard
	}
	list := f.Get("outputs")
	if list == nil {
		return
	}
	if len(list.Items) == 0 {
		list.Errorf(c.diags, source.MissingKey, "a flow needs an output")
	}
	nodes := make([]*syntax.Node, 0, len(list.Items))
	for _, n := range list.Items {
		if c.output(n) {
			nodes = append(nodes, n)
		}
	}
	c.reach(nodes)
	c.unmatched(f)
}

// output says whether the output was well enough formed to be taken.
func (c *compiler) output(n *syntax.Node) bool {
	f := OutputOptions.Decode(n, "an output", c.diags)
	to := f.Get("to")
	if to == nil {
		return false
	}
	out := ir.Output{Connector: to.Text, Line: n.Position().Line, Otherwise: f.Bool("otherwise")}
	if first := slices.IndexFunc(c.program.Outputs, func(o ir.Output) bool { return o.Connector == to.Text }); first >= 0 {
		to.Errorf(c.diags, source.DuplicateName, "two outputs go to %q, the first in line %d", to.Text, c.program.Outputs[first].Line).
			Hintf("join their conditions by `or`")
	}
	when := f.Get("when")
	if when != nil && out.Otherwise {
		when.Errorf(c.diags, source.BadValue, "an output has `when` or `otherwise`, not both")
	}
	c.flow.Trunk()
	note := contract.Output{Connector: c.connector(to), Otherwise: out.Otherwise}
	if when != nil {
		note.When = c.flow.Uses.One(func() { out.When = c.exprs.Condition(when) })
	}
	if out.When != nil && !out.Otherwise {
		c.sameWhen(when, out.Line)
		if c.program.Route == ir.RouteFirst {
			c.flow.Rest(out.When)
		}
		c.exprs.Known = c.exprs.Known.Assume(out.When, true)
	}
	if steps := f.Get("transforms"); steps != nil {
		c.flow.Branch()
		c.flow.Output = to.Text
		out.Steps = c.flow.Lower(steps)
	}
	c.program.Outputs = append(c.program.Outputs, out)
	c.manifest.Outputs = append(c.manifest.Outputs, note)
	return true
}

// sameWhen finds, under `route: first`, a condition that stands before in the
// same words.
func (c *compiler) sameWhen(n *syntax.Node, line int) {
	if c.program.Route != ir.RouteFirst {
		return
	}
	words := strings.Join(strings.Fields(n.Text), " ")
	if first := c.whens[words]; first != 0 {
		n.Errorf(c.diags, source.Unreachable, "no message gets here: the output in line %d has the same condition, and `route` is first", first)
		return
	}
	if c.whens == nil {
		c.whens = map[string]int{}
	}
	c.whens[words] = line
}

// unmatched warns where messages may go to no output, and the flow doesn't
// say what is to become of them.
func (c *compiler) unmatched(f *syntax.Fields) {
	if f.Node.Get("unmatched") != nil || len(c.program.Outputs) == 0 || c.diags.Failed() {
		return
	}
	rest := c.flow.All()
	for _, out := range c.program.Outputs {
		if out.When == nil {
			return // it takes all, or the rest
		}
		var possible bool
		if rest, possible = rest.Assume(out.When, false); !possible {
			return // those before and this one take all
		}
	}
	f.Get("outputs").Warnf(c.diags, source.Unmatched, "a message for which none of these conditions holds is dead-lettered").
		Hintf("add an output with `otherwise: true`, or say what is meant: `unmatched: dead_letter` or `unmatched: discard`")
}

// reach reports outputs that get no message, whatever it holds.
func (c *compiler) reach(nodes []*syntax.Node) {
	var all, otherwise *syntax.Node
	for _, n := range nodes {
		rest := false
		if given := n.Get("otherwise"); given != nil {
			rest, _ = given.Bool()
		}
		switch {
		case rest && otherwise != nil:
			n.Errorf(c.diags, source.Unreachable, "a second output with `otherwise`; the first is in line %d", otherwise.Position().Line)
		case rest:
			otherwise = n
		case all != nil && c.program.Route == ir.RouteFirst:
			n.Errorf(c.diags, source.Unreachable, "no message gets here: the output in line %d takes them all, and `route` is first", all.Position().Line)
		case n.Get("when") == nil && all == nil:
			all = n
		}
	}
	if all != nil && otherwise != nil {
		otherwise.Errorf(c.diags, source.Unreachable, "no message gets here: the output in line %d takes them all", all.Position().Line).
			Hintf("give that one a `when`")
	}
}
