package project

import (
	"context"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// A Connector is one that the project has, checked and rendered for a role.
type Connector struct {
	Name    string // kafka.orders
	Spec    *connectors.Spec
	Options *syntax.Fields
	// Folder is where the connector's relative paths start.
	Folder string
}

// ConnectorNames are all the connectors of the project, sorted.
func (p *Project) ConnectorNames() []string { return slices.Sorted(maps.Keys(p.connectors)) }

// readConnectors fills p.connectors: key `orders` of connectors/kafka.yaml is kafka.orders.
func (p *Project) readConnectors(diags *source.Diagnostics) {
	p.connectors, p.unread = map[string]*syntax.Entry{}, map[string]bool{}
	for _, name := range p.files(ConnectorsFolder, ".yaml", ".yml", diags) {
		stem := strings.TrimSuffix(path.Base(name), ".yaml")
		var own source.Diagnostics
		root := p.read(name, &own)
		diags.Append(&own)
		switch {
		case root == nil:
			p.unread[stem] = true
			continue
		case own.Failed():
			p.unread[stem] = true
		case root.Kind != syntax.Map && root.Kind != syntax.Null:
			root.Errorf(diags, source.WrongType, "%s has to be a mapping of connectors, not %s", root.File.Name, root.Kind)
			p.unread[stem] = true
		}
		for i := range root.Entries {
			p.addConnector(stem, &root.Entries[i], diags)
		}
	}
}

func (p *Project) addConnector(stem string, e *syntax.Entry, diags *source.Diagnostics) {
	full := stem + "." + e.Key.Text
	if !plainName.MatchString(stem) || !plainName.MatchString(e.Key.Text) {
		e.Key.Errorf(diags, source.BadValue, "%q can't be a connector's name: file and key have to be words of letters, digits, `_` and `-`", full)
		p.unread[full] = true
		return
	}
	if e.Value.Kind != syntax.Map && p.unread[stem] {
		return // what is left of it after an error that was reported
	}
	if e.Value.Kind != syntax.Map {
		e.Value.Errorf(diags, source.WrongType, "connector %s has to be a mapping, not %s", full, e.Value.Kind).Hintf("it needs the key \"type\"")
		p.unread[full] = true
		return
	}
	p.connectors[full] = e
}

// override lays a profile's connectors over the project's. Where a profile
// gives another type, its mapping stands alone: options of one type mean
// nothing to another.
func (p *Project) override(profile *syntax.Node, diags *source.Diagnostics) {
	if profile == nil {
		return
	}
	for _, e := range profile.Entries {
		base, ok := p.connectors[e.Key.Text]
		if !ok && p.mayBeUnread(e.Key.Text) {
			continue
		}
		if !ok {
			e.Key.Errorf(diags, source.UnknownName, "no connector %q in %s", e.Key.Text, ConnectorsFolder).
				DidYouMean(e.Key.Text, p.ConnectorNames())
			continue
		}
		value := e.Value
		if kind := value.Get("type"); kind == nil || base.Value.Get("type") != nil && kind.Text == base.Value.Get("type").Text {
			value = shallow(base.Value, value)
		}
		p.connectors[e.Key.Text] = &syntax.Entry{Key: base.Key, Value: value}
	}
}

// mayBeUnread says whether a connector is, or may be, in what has an error
// already: then it isn't known to be missing.
func (p *Project) mayBeUnread(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return p.unread[stem] || p.unread[name]
}

// shallow lays options over options. Unlike merge it replaces mappings whole:
// the columns of a table aren't meant to be mixed with those of another.
func shallow(base, over *syntax.Node) *syntax.Node {
	merged := *base
	merged.Entries = slices.Clone(base.Entries)
	for _, e := range over.Entries {
		i := slices.IndexFunc(merged.Entries, func(old syntax.Entry) bool { return old.Key.Text == e.Key.Text })
		if i < 0 {
			merged.Entries = append(merged.Entries, e)
		} else {
			merged.Entries[i] = e
		}
	}
	return &merged
}

// Connector renders and checks one connector for a role, or for none (0). It
// is nil where the project has none of that name, or where its kind is unknown.
func (p *Project) Connector(ctx context.Context, name string, role connectors.Role, diags *source.Diagnostics) *Connector {
	e, ok := p.connectors[name]
	if !ok {
		diags.Errorf(nil, source.Span{}, source.Dangling, "%s has no connector %q", p.shown(ConnectorsFolder), name).DidYouMean(name, p.ConnectorNames())
		return nil
	}
	spec := p.kind(name, e, diags)
	if spec == nil {
		return nil
	}
	c := &Connector{Name: name, Spec: spec, Folder: p.settings.Folder}
	p.render(ctx, e.Value, diags, func(n *syntax.Node, whole bool, diags *source.Diagnostics) {
		table := *spec
		if !whole {
			// What isn't in the table weighs one option against another: that
			// needs all of them.
			table.Check = nil
		}
		c.Options = table.Decode(n, name, role, diags)
	})
	if role == connectors.Reader {
		c.Folder = p.folderOf(c.Options.Get("path"))
	}
	return c
}

// kind is what a connector's `type` names.
func (p *Project) kind(name string, e *syntax.Entry, diags *source.Diagnostics) *connectors.Spec {
	kind := e.Value.Get("type")
	if kind == nil {
		e.Key.Errorf(diags, source.MissingKey, "connector %s needs the key \"type\"", name).Hintf("type: %s", strings.Join(p.kindNames(), ", or "))
		return nil
	}
	for _, spec := range p.settings.Kinds {
		if spec.Name == kind.Text {
			return spec
		}
	}
	kind.Errorf(diags, source.BadValue, "no connector has the type %q", kind.Text).
		DidYouMean(kind.Text, p.kindNames()).Hintf("there is %s", strings.Join(p.kindNames(), ", "))
	return nil
}

func (p *Project) kindNames() []string {
	var names []string
	for _, spec := range p.settings.Kinds {
		names = append(names, spec.Name)
	}
	return names
}

// folderOf is where a relative path or glob of data starts: in the project's
// folder, or, if it leads to nothing there, in the data that the bundle carries.
func (p *Project) folderOf(pattern *syntax.Node) string {
	own, carried := p.settings.Folder, p.settings.Data
	if pattern == nil || carried == "" || found(own, pattern.Text) || !found(carried, pattern.Text) {
		return own
	}
	return carried
}

// found says whether a relative path or glob leads to anything.
func found(folder, pattern string) bool {
	whole := filepath.Join(folder, pattern)
	if _, err := os.Stat(whole); err == nil {
		return true
	}
	matches, err := filepath.Glob(whole)
	return err == nil && len(matches) > 0
}
