package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/jinja"
)

// configurationFormat is the version of the form that Configuration has.
const configurationFormat = 1

// hidden stands for what is secret.
const hidden = "***"

// A configuration is all that says how flows run and where their data goes:
// what is rendered of weavster.yaml, the profile and connectors. Its JSON has
// sorted keys and no white space, so that equal ones are equal bytes.
type configuration struct {
	Connectors map[string]any            `json:"connectors"` // by name, those that the flows name
	Format     int                       `json:"format"`
	Profile    string                    `json:"profile"`
	Project    string                    `json:"project"`
	Runtime    any                       `json:"runtime"`
	Tables     map[string]any            `json:"tables"` // the paths of those that the flows read
	Vars       map[string]map[string]any `json:"vars"`   // by flow
	Version    string                    `json:"version"`
}

// Configuration is what flows are run with, as canonical JSON without secrets:
// nothing of what secret() gives goes into it, not even by a digest. It reads
// the project anew, with a stand-in for each secret.
func Configuration(ctx context.Context, s Settings, flows []*Flow) ([]byte, error) {
	s.HideSecrets = true
	// The project was read before with its secrets; a stand-in may be no port
	// and no URL, and that is nobody's mistake.
	var reported source.Diagnostics
	p := Load(ctx, s, &reported)
	if p == nil {
		return nil, reported.Err()
	}
	c := configuration{
		Format: configurationFormat, Project: p.Name, Version: p.Version, Profile: p.Profile,
		Connectors: map[string]any{}, Tables: map[string]any{}, Vars: map[string]map[string]any{},
	}
	c.Runtime = p.visible(ctx, p.runtime)
	for _, flow := range flows {
		for _, name := range named(flow.Manifest) {
			if e := p.connectors[name]; e != nil {
				c.Connectors[name] = p.visible(ctx, e.Value)
			}
		}
		for _, t := range flow.Manifest.Tables {
			if e := p.tables[t.Name]; e != nil {
				c.Tables[t.Name] = p.visible(ctx, e.Value)
			}
		}
		c.Vars[flow.Manifest.Flow] = p.visibleVars(ctx, flow)
	}
	return canonical(c)
}

// visibleVars are what a flow's variables are, those of its own defaults too.
func (p *Project) visibleVars(ctx context.Context, flow *Flow) map[string]any {
	vars := map[string]any{}
	for _, v := range flow.Manifest.Vars {
		if e, given := p.vars[v.Name]; given {
			vars[v.Name] = visibleBy(ctx, p.renderer.WithoutVar(), v.Name, e.Value)
		} else if v.Default != nil {
			vars[v.Name] = json.RawMessage(*v.Default)
		}
	}
	return vars
}

// visible is a rendered tree without what is secret in it.
func (p *Project) visible(ctx context.Context, n *syntax.Node) any {
	if n == nil {
		return map[string]any{}
	}
	return visibleBy(ctx, p.renderer, "", n)
}

// visibleBy renders a tree. Where that fails it is because of a stand-in,
// since it went well with the secret: so the value is one made of a secret.
func visibleBy(ctx context.Context, r *jinja.Renderer, key string, n *syntax.Node) any {
	var caused source.Diagnostics
	rendered, unknown := r.Node(ctx, n, &caused)
	for _, n := range unknown {
		n.Text, n.Style = hidden, syntax.Plain
	}
	return masked(key, rendered)
}

// masked is a node as JSON's values. What may hold a password that came from
// the environment, and not from secret(), is hidden by its key or its form.
func masked(key string, n *syntax.Node) any {
	switch n.Kind {
	case syntax.Map:
		m := map[string]any{}
		for _, e := range n.Entries {
			m[e.Key.Text] = masked(e.Key.Text, e.Value)
		}
		return m
	case syntax.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, masked(key, item))
		}
		return list
	case syntax.Scalar:
		if hiddenKey.MatchString(key) {
			return hidden
		}
		if text := hiddenPart.ReplaceAllString(maskURL(n.Text), "${1}"+hidden); text != n.Text {
			return text
		}
	}
	return json.RawMessage(n.JSON())
}

var (
	hiddenKey  = regexp.MustCompile(`(?i)pass(w|phrase)|pwd|secret|token|credential|private|(api|access)[_-]?key`)
	hiddenPart = regexp.MustCompile(`(?i)((?:^|[?&;\s])[^=?&;\s]*(?:passw|pwd|secret|token|credential|key)[^=&;\s]*=)(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^&#;\s]*)`)
	portAtEnd  = regexp.MustCompile(`^(\[[^\]]*\]|[^:]*)(:[0-9]*)?(,.*)?$`)
)

// maskURL takes the password out of text that is a URL; the host after it
// stays. One whose host can't be told
// from a password isn't shown at all.
func maskURL(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	authority, tail := rest, ""
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority, tail = rest[:end], rest[end:]
	}
	user, host := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, host = authority[:at+1], authority[at+1:]
		if name, _, has := strings.Cut(user, ":"); has {
			user = name + ":" + hidden + "@"
		}
	}
	if !portAtEnd.MatchString(host) {
		return hidden
	}
	return scheme + "://" + user + host + tail
}

// canonical is JSON with sorted keys, numbers as they were written, and no
// white space.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("the configuration can't be written: %w", err)
	}
	// Once more, since what flows' manifests bring is as they have it.
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// ConfigurationDigest is the SHA-256 of a configuration.
func ConfigurationDigest(configuration []byte) string {
	sum := sha256.Sum256(configuration)
	return "sha256:" + hex.EncodeToString(sum[:])
}
