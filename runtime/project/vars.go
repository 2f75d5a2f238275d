package project

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/jinja"
)

// commandLineFile stands for the file of what is given on the command line.
const commandLineFile = "--vars"

// commandLine is the variables given there, as entries of a file of their own.
func (p *Project) commandLine(diags *source.Diagnostics) map[string]*syntax.Entry {
	entries := map[string]*syntax.Entry{}
	known := slices.AppendSeq(declared(p.settings.Flows), maps.Keys(p.vars))
	for name, value := range p.settings.Vars {
		file := source.NewFile(commandLineFile, []byte(name+"="+value))
		entries[name] = &syntax.Entry{
			Key:   &syntax.Node{File: file, Kind: syntax.Scalar, Span: source.Span{End: len(name)}, Text: name},
			Value: &syntax.Node{File: file, Kind: syntax.Scalar, Span: source.Span{Start: len(name) + 1, End: len(file.Text)}, Text: value, Rendered: true},
		}
		if p.settings.Flows != nil && !slices.Contains(known, name) {
			entries[name].Key.Errorf(diags, source.UnknownName, "no flow declares the variable %q", name).DidYouMean(name, known)
		}
	}
	return entries
}

// templateVar answers var() in templates.
func (p *Project) templateVar(ctx context.Context, name string) (*jinja.Value, error) {
	e, ok := p.vars[name]
	if !ok {
		return nil, nil
	}
	p.asked[name] = true
	var diags source.Diagnostics
	var value jinja.Value
	p.renderBy(ctx, p.renderer.WithoutVar(), e.Value, &diags, func(n *syntax.Node, whole bool, _ *source.Diagnostics) {
		value = jinja.Value{JSON: json.RawMessage(n.JSON()), Unknown: !whole}
	})
	return &value, diags.Err()
}

// variable answers one variable of a flow as JSON. It is nil after an error,
// and where the value depends on an environment that isn't known.
func (p *Project) variable(ctx context.Context, flow *Flow, v *contract.Var, diags *source.Diagnostics) (value json.RawMessage) {
	e, ok := p.vars[v.Name]
	if !ok {
		if v.Default != nil {
			return json.RawMessage(*v.Default)
		}
		flow.errorf(diags, v.At, source.Dangling, "the variable %q has no default, and the project gives it no value", v.Name).
			DidYouMean(v.Name, slices.Sorted(maps.Keys(p.vars))).Hintf("add it to vars in %s", p.shown(MainFile))
		return nil
	}
	p.asked[v.Name] = true
	p.renderBy(ctx, p.renderer.WithoutVar(), e.Value, diags, func(n *syntax.Node, whole bool, diags *source.Diagnostics) {
		if !whole {
			return
		}
		if value = typed(n, v.Type); value == nil {
			one := n.Errorf(diags, source.WrongType, "the variable %q has to be %s in flow %s (%s), not %s",
				v.Name, typeNames[v.Type], flow.Manifest.Flow, flow.place(v.At), was(n))
			if n.Style == syntax.SingleQuoted || n.Style == syntax.DoubleQuoted {
				one.Hintf("leave the quotes out")
			}
		}
	})
	return value
}

var typeNames = map[string]string{"string": "text", "int": "an integer", "float": "a number", "decimal": fmt.Sprintf("a number of at most %d digits", contract.DecimalDigits), "bool": "true or false"}

func was(n *syntax.Node) string {
	if n.Kind == syntax.Scalar {
		return fmt.Sprintf("%q", n.Text)
	}
	return n.Kind.String()
}

// typed is a value as JSON of one of a manifest's types, or nil.
func typed(n *syntax.Node, kind string) json.RawMessage {
	if n.Kind != syntax.Scalar {
		return nil
	}
	switch kind {
	case "string":
		return json.RawMessage(syntax.Quote(n.Text))
	case "int":
		if _, err := strconv.ParseInt(n.Text, 10, 64); err == nil && n.IsInteger() {
			return json.RawMessage(n.Text)
		}
	case "float":
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil && n.IsNumber() && !math.IsInf(f, 0) {
			return json.RawMessage(n.Text)
		}
	case "decimal":
		if n.IsNumber() && contract.IsDecimal(n.Text) {
			return json.RawMessage(contract.DecimalJSON(n.Text))
		}
	case "bool":
		if _, ok := n.Bool(); ok {
			return json.RawMessage(strings.ToLower(n.Text))
		}
	}
	return nil
}
