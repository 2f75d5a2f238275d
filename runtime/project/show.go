package project

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/jinja"
)

// A Shown is a value of the resolved configuration, or a mapping of such. It
// holds no secret.
type Shown struct {
	Key    string
	Fields []Shown         // of a mapping, in order
	Value  json.RawMessage // of anything else; nil: it can't be told, and Origin says why
	// Origin is where the value is from: "weavster.yaml:7:12",
	// "profiles.yaml:3:24 (profile prod), env_var STATE_DB", "default".
	Origin string
}

// Mapping says whether it is one, be it empty.
func (s *Shown) Mapping() bool { return s.Fields != nil }

// Show is what a project resolves to, in an order that stays. It needs no
// flows: connectors that none of them uses are there too. The settings have to
// be those of a project that loads.
func Show(ctx context.Context, s Settings) ([]Shown, error) {
	s.HideSecrets = true
	var reported source.Diagnostics // what a stand-in for a secret is to blame for, too
	p := Load(ctx, s, &reported)
	if p == nil {
		return nil, reported.Err()
	}
	w := &shower{ctx, p}
	main := index(p.root)
	list := []Shown{{Key: "name", Value: quote(p.Name), Origin: w.from(main["name"])}}
	if p.Version != "" {
		list = append(list, Shown{Key: "version", Value: quote(p.Version), Origin: w.from(main["version"])})
	}
	list = append(list,
		Shown{Key: "profile", Value: quote(p.Profile), Origin: w.profileOrigin()},
		w.record("runtime", p.runtime, RuntimeOptions),
		w.entries("vars", p.vars, func(name string, n *syntax.Node) Shown { return w.node(p.renderer.WithoutVar(), name, n) }),
		w.entries("tables", p.tables, func(name string, n *syntax.Node) Shown { return w.record(name, n, tableOptions) }),
		w.entries("connectors", p.connectors, w.connector))
	return list, nil
}

func quote(text string) json.RawMessage { return json.RawMessage(syntax.Quote(text)) }

type shower struct {
	ctx     context.Context
	project *Project
}

func (w *shower) from(e *syntax.Entry) string {
	if e == nil {
		return "default"
	}
	return w.node(w.project.renderer, "", e.Value).Origin
}

func (w *shower) profileOrigin() string {
	s := &w.project.settings
	switch {
	case s.Profile == "":
		return "default"
	case s.ProfileFrom != "":
		return s.ProfileFrom
	}
	return "--profile"
}

func (w *shower) entries(key string, all map[string]*syntax.Entry, show func(string, *syntax.Node) Shown) Shown {
	list := Shown{Key: key, Fields: []Shown{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list.Fields = append(list.Fields, show(name, all[name].Value))
	}
	return list
}

func (w *shower) connector(name string, n *syntax.Node) Shown {
	kind := n.Get("type")
	options := syntax.Options{{Name: "type"}}
	if i := slices.Index(w.project.kindNames(), textOf(kind)); i >= 0 {
		options = append(options, w.project.settings.Kinds[i].Options...)
	}
	return w.record(name, n, options)
}

func textOf(n *syntax.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// record shows what is given, and what holds where nothing is, in the order in
// which the options are declared. Keys that nothing declares come last:
// validate has words for them.
func (w *shower) record(key string, n *syntax.Node, options syntax.Options) Shown {
	shown := Shown{Key: key, Fields: []Shown{}}
	given := index(n)
	for _, o := range options {
		e := given[o.Name]
		switch {
		case o.Type == syntax.Record && (e == nil || e.Value.Kind == syntax.Map):
			var inner *syntax.Node
			if e != nil {
				inner = e.Value
			}
			if fields := w.record(o.Name, inner, o.Fields); len(fields.Fields) > 0 {
				shown.Fields = append(shown.Fields, fields)
			}
		case e != nil:
			shown.Fields = append(shown.Fields, w.node(w.project.renderer, o.Name, e.Value))
		case o.Default != "":
			value := syntax.Node{Kind: syntax.Scalar, Text: o.Default}
			shown.Fields = append(shown.Fields, Shown{Key: o.Name, Value: json.RawMessage(value.JSON()), Origin: "default"})
		}
		delete(given, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		shown.Fields = append(shown.Fields, w.node(w.project.renderer, name, given[name].Value))
	}
	return shown
}

// node shows a value. A list is one value, from wherever its items are.
func (w *shower) node(r *jinja.Renderer, key string, n *syntax.Node) Shown {
	if n.Kind == syntax.Map {
		shown := Shown{Key: key, Fields: []Shown{}}
		for _, e := range n.Entries {
			shown.Fields = append(shown.Fields, w.node(r, e.Key.Text, e.Value))
		}
		return shown
	}
	o := &origins{shower: w, renderer: r}
	rendered := o.render(n)
	shown := Shown{Key: key, Origin: strings.Join(append([]string{w.place(n)}, o.asked...), ", ")}
	if o.failed != "" {
		shown.Origin += ": " + o.failed
		return shown
	}
	// What it is made of isn't told from what masked makes: both are JSON.
	value, err := canonical(masked(key, rendered))
	if err == nil {
		shown.Value = value
	}
	return shown
}

func (w *shower) place(n *syntax.Node) string {
	if n.File.Name == commandLineFile {
		return n.File.Name
	}
	at := n.Position()
	place := fmt.Sprintf("%s:%d:%d", n.File.Name, at.Line, at.Column)
	if n.File.Name == w.project.shown(ProfilesFile) {
		place += " (profile " + w.project.Profile + ")"
	}
	return place
}

// origins collects what the templates of a value ask for.
type origins struct {
	*shower
	renderer *jinja.Renderer
	asked    []string
	failed   string
}

func (o *origins) render(n *syntax.Node) *syntax.Node {
	c := *n
	switch {
	case n.Kind == syntax.List:
		c.Items = nil
		for _, item := range n.Items {
			c.Items = append(c.Items, o.render(item))
		}
	case n.Kind == syntax.Map:
		c.Entries = nil
		for _, e := range n.Entries {
			c.Entries = append(c.Entries, syntax.Entry{Key: e.Key, Value: o.render(e.Value)})
		}
	case n.Kind == syntax.Scalar && !n.Rendered && jinja.IsTemplate(n.Text):
		o.scalar(n, &c)
	}
	return &c
}

func (o *origins) scalar(n, into *syntax.Node) {
	var wrong source.Diagnostics
	outcome := o.renderer.Scalar(o.ctx, n, &wrong)
	for _, asked := range append(outcome.Asked, o.macros(n.Text)...) {
		if !slices.Contains(o.asked, asked) {
			o.asked = append(o.asked, asked)
		}
	}
	into.Text, into.Style, into.Rendered = outcome.Text, syntax.Plain, true
	switch {
	case !outcome.Unknown:
	case slices.ContainsFunc(outcome.Asked, func(a string) bool { return strings.HasPrefix(a, "secret ") }):
		into.Text = hidden // it fails for the stand-in, which isn't the project's fault
	default:
		o.failed = "can't be told"
		if list := wrong.Sorted(); len(list) > 0 {
			o.failed = list[0].Message
		}
	}
}

// macros are those that a template calls.
func (o *origins) macros(text string) []string {
	var called []string
	for _, name := range o.renderer.Macros.Names() {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\s*\(`).MatchString(text) {
			called = append(called, "macro "+name)
		}
	}
	return called
}
