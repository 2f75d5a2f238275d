// Package jinja renders a project's configuration when it starts: templates
// inside string scalars, after the YAML was parsed, so that a value can never
// change the structure and every error has its place in the file.
package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Settings are what templates may ask for.
type Settings struct {
	Engine  *minijinja.Engine
	Profile string
	// Env looks an environment variable up. Where it is nil the environment
	// isn't known yet: what asks for it comes out as an Unknown.
	Env func(name string) (value string, set bool)
	// Secrets is the folder that secret() reads files from, or "".
	Secrets string
	// Var answers var(name): nil where there is no such variable. Where it is
	// nil itself, var() is an error.
	Var func(ctx context.Context, name string) (*Value, error)
	// HideSecrets has secret() give *** and read nothing.
	HideSecrets bool
	// Vars are the names that a slip may have meant.
	Vars   []string
	Macros *minijinja.Macros // may be nil
}

// A Renderer renders, and remembers the secrets it read.
type Renderer struct {
	Settings
	vault *vault
}

// New makes a renderer.
func New(s Settings) *Renderer { return &Renderer{Settings: s, vault: &vault{}} }

// WithoutVar is the same renderer for the values of variables themselves,
// which can't ask for each other's.
func (r *Renderer) WithoutVar() *Renderer {
	inner := *r
	inner.Var = nil
	return &inner
}

// A Value is what a variable gives to a template.
type Value struct {
	JSON    json.RawMessage
	Unknown bool // it depends on an environment that isn't known yet
}

// An Outcome says what a template asked for while it was rendered.
type Outcome struct {
	Text    string
	Unknown bool // Text is worth nothing: the environment isn't known yet
	Secret  bool // a secret went into Text
	// Asked are the functions that were called, with what was asked of them:
	// "env_var PORT", "secret STATE", "var region".
	Asked []string
}

// IsTemplate says whether a scalar has anything to render.
func IsTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "{#")
}

// Node is a copy of a tree with its string scalars rendered; keys stay. Unknown
// holds those nodes of the copy whose text depends on an environment that isn't
// known. Whatever is wrong with a template is reported at its place in the file.
func (r *Renderer) Node(ctx context.Context, n *syntax.Node, diags *source.Diagnostics) (rendered *syntax.Node, unknown []*syntax.Node) {
	if n == nil {
		return nil, nil
	}
	c := *n
	switch n.Kind {
	case syntax.Scalar:
		if n.Rendered || !IsTemplate(n.Text) {
			return n, nil
		}
		outcome := r.Scalar(ctx, n, diags)
		// The quotes were the template's, not the value's.
		c.Text, c.Style, c.Rendered = outcome.Text, syntax.Plain, true
		if outcome.Unknown {
			return &c, []*syntax.Node{&c}
		}
	case syntax.List:
		c.Items = nil
		for _, item := range n.Items {
			node, more := r.Node(ctx, item, diags)
			c.Items, unknown = append(c.Items, node), append(unknown, more...)
		}
	case syntax.Map:
		c.Entries = nil
		for _, e := range n.Entries {
			node, more := r.Node(ctx, e.Value, diags)
			c.Entries, unknown = append(c.Entries, syntax.Entry{Key: e.Key, Value: node}), append(unknown, more...)
		}
	}
	return &c, unknown
}

// Scalar renders one scalar. After an error, which was reported, the outcome
// is Unknown.
func (r *Renderer) Scalar(ctx context.Context, n *syntax.Node, diags *source.Diagnostics) Outcome {
	call := calls{renderer: r, ctx: ctx}
	text, err := r.Engine.Render(ctx, minijinja.Job{
		Source:    n.Text,
		Globals:   map[string]json.RawMessage{"profile": quoted("name", r.Profile)},
		Funcs:     map[string]minijinja.Func{"env_var": call.envVar, "var": call.variable, "secret": call.secret},
		Templates: r.macroTexts(),
		Imports:   r.Macros.Callable(),
		Strict:    true,
	})
	if err == nil {
		return Outcome{Text: text, Unknown: call.unknown, Secret: call.hidden, Asked: call.asked}
	}
	var bad *minijinja.Error
	if !errors.As(err, &bad) {
		n.Errorf(diags, source.BadEnvironment, "%v", err)
	} else if !call.unknown {
		// With a stand-in for a value that isn't known, nothing that comes
		// after the syntax is certain to be wrong.
		r.report(n, bad, &call, diags)
	}
	return Outcome{Unknown: true, Asked: call.asked}
}

func (r *Renderer) report(n *syntax.Node, bad *minijinja.Error, call *calls, diags *source.Diagnostics) {
	message, code := r.Redact(bad.Message), source.BadTemplate
	if call.code != "" {
		code = call.code
	}
	if file := r.macroFile(bad.Template); file != nil {
		at := n.Position()
		diags.Errorf(file, bad.At, code, "%s; called from %s:%d:%d", message, n.File.Name, at.Line, at.Column)
		return
	}
	one := diags.Errorf(n.File, n.Part(bad.At.Start, bad.At.End), code, "%s", message)
	if call.hint != "" {
		one.Hintf("%s", r.Redact(call.hint))
	} else if name, found := strings.CutSuffix(message, " is unknown"); found {
		name = strings.TrimPrefix(name, "unknown function: ")
		one.DidYouMean(name, append(r.Macros.Names(), Functions...))
	} else if bad.Kind == minijinja.Undefined {
		one.Hintf("start-up templates see profile.name, var('…'), env_var('…') and secret('…')")
	}
}

// macroTexts are the files of macros by name.
func (r *Renderer) macroTexts() map[string]string {
	if r.Macros == nil {
		return nil
	}
	texts := map[string]string{}
	for name, file := range r.Macros.Files {
		texts[name] = string(file.File.Text)
	}
	return texts
}

func (r *Renderer) macroFile(name string) *source.File {
	if r.Macros == nil || r.Macros.Files[name] == nil {
		return nil
	}
	return r.Macros.Files[name].File
}

// Redact is a text with every secret that was read replaced by ***.
func (r *Renderer) Redact(text string) string { return r.vault.redact(text) }

// quoted is a JSON object of one text.
func quoted(key, value string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf("{%s:%s}", syntax.Quote(key), syntax.Quote(value)))
}

// Functions are what start-up templates can call; no macro can have such a name.
var Functions = []string{"env_var", "var", "secret"}
