package project

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors"
)

// A Flow is what the project is held against.
type Flow struct {
	Manifest *contract.Manifest
	Source   *source.File // the flow's file, or nil where it isn't at hand
}

// place is a place in the flow's file, for the end of a sentence.
func (f *Flow) place(at contract.Position) string {
	return fmt.Sprintf("%s:%d:%d", f.Manifest.File, at.Line, at.Column)
}

// errorf reports something at a place in the flow's file.
func (f *Flow) errorf(diags *source.Diagnostics, at contract.Position, code source.Code, format string, args ...any) *source.Diagnostic {
	message := fmt.Sprintf(format, args...)
	if f.Source == nil {
		return diags.Errorf(nil, source.Span{}, code, "%s: %s", f.place(at), message)
	}
	start := f.Source.Offset(source.Position{Line: at.Line, Column: at.Column})
	return diags.Errorf(f.Source, source.At(start), code, "%s", message)
}

// Resolved is what one flow needs from the project, in the manifest's order.
type Resolved struct {
	Input      *Connector
	Outputs    []*Connector
	DeadLetter *Connector        // nil: the table of dead letters alone
	Vars       []json.RawMessage // for the configuration frame
	Tables     [][]byte          // for the configuration frame
}

// Resolve answers what a flow needs. Where something is missing or wrong, it
// is reported, and the answer has gaps.
func (p *Project) Resolve(ctx context.Context, flow *Flow, diags *source.Diagnostics) *Resolved {
	m := flow.Manifest
	r := &Resolved{Input: p.plug(ctx, flow, m.Input, connectors.Reader, diags)}
	p.keys(flow, r.Input, diags)
	for _, output := range m.Outputs {
		r.Outputs = append(r.Outputs, p.plug(ctx, flow, output.Connector, connectors.Writer, diags))
		p.loop(flow, r.Input, r.Outputs[len(r.Outputs)-1], output.At, diags)
	}
	if dead := m.Errors.Rejected.DeadLetter; dead != nil {
		r.DeadLetter = p.plug(ctx, flow, *dead, connectors.Writer, diags)
		p.loop(flow, r.Input, r.DeadLetter, dead.At, diags)
	}
	given := p.Settle(ctx, flow, diags)
	r.Vars, r.Tables = given.Vars, given.Tables
	return r
}

// Settle answers a flow's variables and tables alone: enough to put a message
// through it, whatever its connectors need.
func (p *Project) Settle(ctx context.Context, flow *Flow, diags *source.Diagnostics) *Resolved {
	m, r := flow.Manifest, &Resolved{}
	for i := range m.Vars {
		r.Vars = append(r.Vars, p.variable(ctx, flow, &m.Vars[i], diags))
	}
	for i := range m.Tables {
		r.Tables = append(r.Tables, p.table(ctx, flow, &m.Tables[i], diags))
	}
	return r
}

// loop reports a flow that would read what it writes.
func (p *Project) loop(flow *Flow, in, out *Connector, at contract.Position, diags *source.Diagnostics) {
	if in == nil || out == nil || in.Spec != out.Spec || in.Spec.Feeds == nil || in.Options == nil || out.Options == nil {
		return
	}
	if in.Spec.Feeds(p.settings.Folder, in.Options, out.Options) {
		flow.errorf(diags, at, source.BadValue, "the flow would read what it writes: its input %s reads %s", in.Name, out.Name)
	}
}

// keys reports a flow that keeps the order of keys which nothing gives it.
func (p *Project) keys(flow *Flow, in *Connector, diags *source.Diagnostics) {
	m := flow.Manifest
	if in == nil || m.Order != "key" || m.Key != nil || in.Spec.Promised(connectors.Reader, connectors.Keys, in.Options) != nil {
		return
	}
	flow.errorf(diags, m.Input.At, source.MissingKey, "the flow keeps the order of each key, and the messages of %s come without one", in.Name).
		Hintf("name the field that is the key, such as key: customer.id; or keep the order of each source, order: source")
}

// plug finds the connector that a flow names for a role.
func (p *Project) plug(ctx context.Context, flow *Flow, want contract.Connector, role connectors.Role, diags *source.Diagnostics) *Connector {
	e, ok := p.connectors[want.Name]
	if !ok && p.mayBeUnread(want.Name) {
		return nil
	}
	if !ok {
		flow.errorf(diags, want.At, source.Dangling, "there is no connector %q", want.Name).
			DidYouMean(want.Name, p.ConnectorNames()).Hintf("%s", p.home(want.Name))
		return nil
	}
	spec := p.kind(want.Name, e, diags)
	if spec != nil && spec.Roles&role == 0 {
		flow.errorf(diags, want.At, source.Dangling, "connector %s can't be an %s: its type is %s (%s:%d:%d)",
			want.Name, role, spec.Name, e.Key.File.Name, e.Key.Position().Line, e.Key.Position().Column)
		return nil
	}
	return p.Connector(ctx, want.Name, role, diags)
}

// home says where a connector that isn't there would stand.
func (p *Project) home(name string) string {
	for i := range name {
		if name[i] == '.' {
			return fmt.Sprintf("it would be the key %q of %s/%s.yaml", name[i+1:], p.shown(ConnectorsFolder), name[:i])
		}
	}
	return "a connector's name is the file's and the key's, such as kafka.orders"
}

// whole says whether nothing is missing. A connector may be without a word: its
// file, or its own value, couldn't be read, and that was reported.
func (r *Resolved) whole(m *contract.Manifest) bool {
	all := append(slices.Clone(r.Outputs), r.Input)
	if m.Errors.Rejected.DeadLetter != nil {
		all = append(all, r.DeadLetter)
	}
	return !slices.ContainsFunc(all, func(c *Connector) bool { return c == nil || c.Options == nil })
}

// Check holds the whole project against all of its flows: what they need, and
// what none of them does. For each flow it gives what Resolve does, or nil where
// that has errors or gaps.
func (p *Project) Check(ctx context.Context, flows []*Flow, diags *source.Diagnostics) []*Resolved {
	resolved := make([]*Resolved, len(flows))
	used := map[string]bool{}
	read := map[string]bool{}
	for i, flow := range flows {
		before := diags.Len()
		if r := p.Resolve(ctx, flow, diags); !diags.FailedSince(before) && r.whole(flow.Manifest) {
			resolved[i] = r
		}
		for _, c := range named(flow.Manifest) {
			used[c] = true
		}
		for _, t := range flow.Manifest.Tables {
			read[t.Name] = true
		}
	}
	for _, name := range p.ConnectorNames() {
		if !used[name] {
			p.Connector(ctx, name, 0, diags)
			p.connectors[name].Key.Warnf(diags, source.Unused, "no flow uses connector %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.vars)) {
		if !p.asked[name] {
			p.vars[name].Key.Warnf(diags, source.Unused, "no flow declares the variable %q", name).DidYouMean(name, declared(flows))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.tables)) {
		if !read[name] {
			p.tables[name].Key.Warnf(diags, source.Unused, "no flow reads the table %q when it starts", name)
		}
	}
	return resolved
}

func named(m *contract.Manifest) []string {
	names := []string{m.Input.Name}
	for _, output := range m.Outputs {
		names = append(names, output.Name)
	}
	if m.Errors.Rejected.DeadLetter != nil {
		names = append(names, m.Errors.Rejected.DeadLetter.Name)
	}
	return names
}

func declared(flows []*Flow) []string {
	var names []string
	for _, flow := range flows {
		for _, v := range flow.Manifest.Vars {
			names = append(names, v.Name)
		}
	}
	return names
}
