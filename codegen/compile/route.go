package compile

import (
	"slices"

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
	if steps := f.Get("transforms"); steps != nil {
		c.flow.Branch()
		c.flow.Output = to.Text
		out.Steps = c.flow.Lower(steps)
	}
	c.program.Outputs = append(c.program.Outputs, out)
	c.manifest.Outputs = append(c.manifest.Outputs, note)
	return true
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
