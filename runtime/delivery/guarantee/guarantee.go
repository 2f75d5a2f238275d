// Package guarantee says how often each message of a flow arrives: what its
// input, all its outputs, its dead letters and the state's database give
// together.
package guarantee

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// Arrival is how often a message arrives at an output that it is routed to.
type Arrival string

// The arrivals, the weakest first.
const (
	AtLeastOnce Arrival = "at least once"
	ExactlyOnce Arrival = "exactly once"
)

// A Plug is a connector as a flow uses it.
type Plug struct {
	Name    string
	Spec    *connectors.Spec
	Options *syntax.Fields
}

// A Flow is what a guarantee follows from. That dead letters are in the
// state's own table weakens none; the connector for them may.
type Flow struct {
	Input      Plug
	Outputs    []Plug
	DeadLetter *Plug
	// Database is the URL of the one that holds the state; "" where it is
	// embedded, or isn't known.
	Database string
}

// A Guarantee is what is promised for a flow.
type Guarantee struct {
	Arrives Arrival `json:"arrives"`
	// Weakest is the connector that keeps the flow from exactly once; "": none does.
	Weakest string `json:"weakest,omitempty"`
	Why     string `json:"why"` // a sentence
	Links   []Link `json:"outputs"`
}

// A Link is the way from the input to one output, or to the dead letters.
type Link struct {
	Output  string  `json:"output"`
	Arrives Arrival `json:"arrives"`
	Why     string  `json:"why"`
	row     *Row
	remedy  string
}

// Of is a flow's guarantee: that of its weakest link. The first is named where
// several are equally weak.
func Of(f *Flow) Guarantee {
	plugs := slices.Clone(f.Outputs)
	if f.DeadLetter != nil {
		plugs = append(plugs, *f.DeadLetter)
	}
	together := transacts(f.Input, plugs)
	g := Guarantee{Arrives: ExactlyOnce}
	var weakest *Link
	for _, out := range plugs {
		if slices.ContainsFunc(g.Links, func(l Link) bool { return l.Output == out.Name }) {
			continue // the dead letters' connector, which is an output too
		}
		g.Links = append(g.Links, link(f, out, together))
	}
	for i := range g.Links {
		if l := &g.Links[i]; l.Arrives != ExactlyOnce && (weakest == nil || l.row.rank() < weakest.row.rank()) {
			weakest = l
		}
	}
	if weakest == nil {
		g.Why = clauses(g.Links)
		return g
	}
	g.Arrives, g.Weakest, g.Why = AtLeastOnce, weakest.Output, weakest.Why
	if weakest.row.Input {
		g.Weakest = f.Input.Name
	}
	if weakest.remedy != "" {
		g.Why += "; " + weakest.remedy
	}
	return g
}

// transacts says whether all places and rows are committed in one transaction
// of the input's own system. One output elsewhere, and they can't be.
func transacts(in Plug, plugs []Plug) bool {
	from := in.Spec.Promised(connectors.Reader, connectors.Transacts, in.Options)
	return from != nil && !slices.ContainsFunc(plugs, func(out Plug) bool {
		return out.Spec != in.Spec || out.Spec.Promised(connectors.Writer, connectors.Transacts, out.Options) == nil ||
			!sameSystem(in.Options, out.Options, from.Same)
	})
}

func sameSystem(in, out *syntax.Fields, option string) bool {
	return option == "" || known(in.Get(option)) && known(out.Get(option)) && in.Get(option).JSON() == out.Get(option).JSON()
}

// known says whether a value is one: a template that asks for an environment
// that isn't known is rendered as nothing.
func known(n *syntax.Node) bool { return n != nil && (n.Kind != syntax.Scalar || n.Text != "") }

// link finds the row of one output.
func link(f *Flow, out Plug, together bool) Link {
	l := Link{Output: out.Name, Arrives: AtLeastOnce}
	l.row = find(input(f.Input, together), output(f, out, together))
	l.Arrives = l.row.Arrives
	l.Why = strings.NewReplacer("INPUT", f.Input.Name, "OUTPUT", out.Name).Replace(l.row.Why)
	if l.Arrives != ExactlyOnce {
		l.remedy = remedy(f, out, l.row)
	}
	return l
}

// input is what a flow's input gives to its guarantee.
func input(in Plug, together bool) connectors.Property {
	if together {
		return connectors.Transacts
	}
	for _, property := range []connectors.Property{connectors.Stores, connectors.Replays, connectors.Deduplicates} {
		if in.Spec.Promised(connectors.Reader, property, in.Options) != nil {
			return property
		}
	}
	return None
}

// output is what one of its outputs does.
func output(f *Flow, out Plug, together bool) connectors.Property {
	if together {
		return connectors.Transacts
	}
	if joins(f, out) {
		return connectors.Joins
	}
	for _, property := range []connectors.Property{connectors.Marks, connectors.Upserts} {
		if out.Spec.Promised(connectors.Writer, property, out.Options) != nil {
			return property
		}
	}
	return None
}

// joins says whether an output is in the state's database for certain: by
// default, or by the same URL. At a start the servers themselves are asked, so
// a flow may turn out better than was promised.
func joins(f *Flow, out Plug) bool {
	if out.Spec.Promised(connectors.Writer, connectors.Joins, out.Options) != nil {
		return true
	}
	may := out.Spec.Promised(connectors.Writer, connectors.Joins, nil)
	if may == nil || may.Same == "" || f.Database == "" {
		return false
	}
	own := out.Options.Get(may.Same)
	return known(own) && own.Text == f.Database
}

// remedy is what would have every message arrive exactly once, or "".
func remedy(f *Flow, out Plug, row *Row) string {
	plug, role := out, connectors.Writer
	properties := []connectors.Property{connectors.Joins, connectors.Marks, connectors.Transacts}
	if row.Input {
		plug, role = f.Input, connectors.Reader
		properties = []connectors.Property{connectors.Stores, connectors.Replays, connectors.Deduplicates}
	}
	for _, property := range properties {
		if p := plug.Spec.Promised(role, property, nil); p != nil && p.With != "" {
			return fmt.Sprintf("exactly once %s", p.With)
		}
	}
	return ""
}

// clauses is why a flow whose links all are strong is so.
func clauses(links []Link) string {
	var said []string
	for _, l := range links {
		said = append(said, l.Why)
	}
	return strings.Join(said, ", ")
}
