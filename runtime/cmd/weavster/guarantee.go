package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/delivery/guarantee"
	"github.com/weavster/weavster/runtime/project"
)

// A flowGuarantee is what a project promises for one of its flows.
type flowGuarantee struct {
	Flow  string `json:"flow"`
	Order string `json:"order"`
	guarantee.Guarantee
}

// guarantees are those of the flows that are right; what is wrong was said.
func guarantees(p *project.Project, flows []*project.Flow, resolved []*project.Resolved) []flowGuarantee {
	list := []flowGuarantee{}
	for i, r := range resolved {
		if r != nil {
			m := flows[i].Manifest
			list = append(list, flowGuarantee{m.Flow, orderOf(m), guaranteeOf(p, r)})
		}
	}
	return list
}

func guaranteeOf(p *project.Project, r *project.Resolved) guarantee.Guarantee {
	plug := func(c *project.Connector) guarantee.Plug {
		return guarantee.Plug{Name: c.Name, Spec: c.Spec, Options: c.Options}
	}
	f := guarantee.Flow{Input: plug(r.Input), Database: p.Runtime.Database.Reveal()}
	for _, out := range r.Outputs {
		f.Outputs = append(f.Outputs, plug(out))
	}
	if r.DeadLetter != nil {
		dead := plug(r.DeadLetter)
		f.DeadLetter = &dead
	}
	return guarantee.Of(&f)
}

// orderOf is which messages keep their order, and by what.
func orderOf(m *contract.Manifest) string {
	switch {
	case m.Order == "":
		return "none"
	case m.Key != nil:
		return "key " + m.Key.Path
	case m.Order == "key":
		return "key of " + m.Input.Name
	}
	return m.Order
}

func printGuarantees(out io.Writer, list []flowGuarantee) error {
	if len(list) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nFLOW\tEACH MESSAGE ARRIVES\tORDER")
	for _, g := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\n", oneLine(g.Flow), g.Arrives, oneLine(g.Order))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, g := range list {
		if g.Arrives == guarantee.ExactlyOnce {
			continue
		}
		if _, err := fmt.Fprintf(out, "\n%s: %s\n", oneLine(g.Flow), oneLine(g.Why)); err != nil {
			return err
		}
	}
	return nil
}
