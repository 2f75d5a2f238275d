package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// What a manifest may hold. Compiled flows are far below; a manifest that
// came with an artifact may have been written by anybody.
const (
	MaxManifestBytes = 16 << 20
	maxOutputs       = 1_000
	maxManifestItems = 0xffff // what a result can point to
	maxName          = 300
	maxText          = 1 << 20
)

// ReadManifest reads a manifest and believes nothing in it: what it returns is
// of a version that runs, within bounds, and fit to be shown. Keys that it
// doesn't know are passed over: a newer compiler of the same version may say
// more than this runtime needs. A key that is there twice is an error, as two
// readers could take either.
func ReadManifest(text []byte) (*Manifest, error) {
	if len(text) > MaxManifestBytes {
		return nil, fmt.Errorf("the manifest has %d bytes; at most %d are read", len(text), MaxManifestBytes)
	}
	// The version comes first: the rest may have another form.
	var version struct {
		ABI int `json:"abi"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("the manifest is damaged: %w", err)
	}
	if err := CheckABI(version.ABI); err != nil {
		return nil, err
	}
	if err := checkKeys(text); err != nil {
		return nil, fmt.Errorf("the manifest is damaged: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("the manifest is damaged: %w", err)
	}
	c := manifestCheck{manifest: &m}
	c.run()
	if c.err != nil {
		return nil, fmt.Errorf("the manifest is damaged: %w", c.err)
	}
	return &m, nil
}

// The forms of names, as the compiler has them.
var (
	flowForm      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$`)
	plainForm     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	connectorForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}\.[A-Za-z][A-Za-z0-9_-]{0,62}$`)
)

// A manifestCheck keeps the first thing that is wrong.
type manifestCheck struct {
	manifest *Manifest
	err      error
}

func (c *manifestCheck) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

func (c *manifestCheck) run() {
	m := c.manifest
	c.form("flow", m.Flow, flowForm)
	c.line("compiler", m.Compiler)
	c.line("file", m.File)
	c.text("description", m.Description)
	for _, tag := range m.Tags {
		c.line("tag", tag)
	}
	c.oneOf("order", m.Order, "", "none", "key", "source")
	if m.Key != nil {
		c.fields([]Field{*m.Key})
		if m.Order != "key" {
			c.fail("it has a key, and its order is %q", m.Order)
		}
	}
	c.connector("input", m.Input)
	c.outputs()
	c.vars()
	c.tables()
	c.steps()
	c.fields(m.Sensitive)
	c.names("metadata", m.Meta)
	c.errors(m.Errors)
}

func (c *manifestCheck) outputs() {
	outputs := c.manifest.Outputs
	c.count("outputs", len(outputs), maxOutputs)
	for i := range outputs {
		c.connector("output", outputs[i].Connector)
		c.expression(outputs[i].When)
	}
}

func (c *manifestCheck) vars() {
	c.count("variables", len(c.manifest.Vars), maxManifestItems)
	for _, v := range c.manifest.Vars {
		c.form("variable", v.Name, plainForm)
		c.oneOf("type of a variable", v.Type, "string", "int", "float", "decimal", "bool")
		if v.Default != nil {
			c.text("default", *v.Default)
			if !json.Valid([]byte(*v.Default)) {
				c.fail("the default of variable %s isn't JSON", v.Name)
			}
		}
		c.position(v.At)
	}
}

func (c *manifestCheck) tables() {
	c.count("tables", len(c.manifest.Tables), maxManifestItems)
	for _, t := range c.manifest.Tables {
		c.form("table", t.Name, plainForm)
		c.names("column", t.Key)
		c.names("column", t.Columns)
		c.count("columns", len(t.Columns), MaxTableColumns)
		c.count("columns", len(t.Key), MaxTableColumns)
		c.count("columns", len(t.Types), MaxTableColumns)
		for column, kind := range t.Types {
			c.text("column", column)
			c.oneOf("type of a column", kind, "string", "int", "float", "bool")
		}
		c.position(t.At)
	}
}

func (c *manifestCheck) steps() {
	c.count("steps", len(c.manifest.Steps), maxManifestItems)
	outputs := []string{""}
	for i := range c.manifest.Outputs {
		outputs = append(outputs, c.manifest.Outputs[i].Name)
	}
	for i := range c.manifest.Steps {
		s := &c.manifest.Steps[i]
		c.name("step", s.ID)
		c.name("kind of a step", s.Kind)
		c.oneOf("on_error of a step", s.OnError, "", "skip", "discard", "stop", "group")
		if !slices.Contains(outputs, s.Output) {
			c.fail("step %q is for output %q, which isn't there", s.ID, s.Output)
		}
		c.expression(s.When)
		for j := range s.Expressions {
			c.expression(&s.Expressions[j])
		}
		c.position(s.At)
	}
}

func (c *manifestCheck) expression(e *Expression) {
	if e == nil {
		return
	}
	c.text("expression", e.Source)
	c.oneOf("form of an expression", e.Form, FormCondition, FormValue, FormTemplate, FormField)
	c.position(e.At)
	if e.Into != nil {
		c.fields([]Field{*e.Into})
	}
	c.fields(e.Reads)
	c.names("variable", e.Vars)
	c.names("metadata", e.Meta)
}

func (c *manifestCheck) errors(rules ErrorRules) {
	for _, retry := range []int{rules.Unavailable.Retry, rules.Rejected.Retry} {
		if retry < -1 {
			c.fail("%d isn't a number of tries", retry)
		}
	}
	for _, wait := range []string{rules.Unavailable.MinBackoff, rules.Unavailable.MaxBackoff} {
		if d, err := time.ParseDuration(wait); wait != "" && (err != nil || d < 0) {
			c.fail("%q isn't a time to wait", cut(wait))
		}
	}
	if rules.Rejected.DeadLetter != nil {
		c.connector("dead letter", *rules.Rejected.DeadLetter)
	}
}

// connector leaves one without a name to the project, which has none of it.
func (c *manifestCheck) connector(what string, one Connector) {
	if one.Name != "" {
		c.form(what, one.Name, connectorForm)
	}
	c.position(one.At)
}

func (c *manifestCheck) position(at Position) {
	c.line("file", at.File)
	if at.Line < 0 || at.Column < 0 {
		c.fail("line %d, column %d isn't a place", at.Line, at.Column)
	}
}

func (c *manifestCheck) fields(fields []Field) {
	c.count("fields", len(fields), maxManifestItems)
	for _, f := range fields {
		c.text("field", f.Path)
		c.text("field", f.Pointer)
	}
}

// names are names of the user's data, which may be anything.
func (c *manifestCheck) names(what string, names []string) {
	c.count("names", len(names), maxManifestItems)
	for _, name := range names {
		c.text(what, name)
	}
}

func (c *manifestCheck) count(what string, n, most int) {
	if n > most {
		c.fail("it has %d %s, which is more than the %d allowed", n, what, most)
	}
}

func (c *manifestCheck) form(what, name string, form *regexp.Regexp) {
	if !form.MatchString(name) {
		c.fail("%q can't be the name of its %s", cut(name), what)
	}
}

func (c *manifestCheck) name(what, name string) {
	if name == "" {
		c.fail("a %s has no name", what)
	}
	c.line(what, name)
}

// line is text that stands in logs and tables: one line, and nothing that
// moves a terminal's cursor or turns the direction of writing.
func (c *manifestCheck) line(what, text string) {
	if len(text) > maxName || strings.ContainsFunc(text, misleading) {
		c.fail("the %s %q is too long, or holds characters that don't print", what, cut(text))
	}
}

func misleading(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

func (c *manifestCheck) text(what, text string) {
	if len(text) > maxText {
		c.fail("a %s is longer than %d bytes", what, maxText)
	}
}

func (c *manifestCheck) oneOf(what, value string, values ...string) {
	if !slices.Contains(values, value) {
		c.fail("%q can't be the %s", cut(value), what)
	}
}

func cut(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

var errTwice = errors.New("a key stands twice in one object")

// checkKeys refuses objects with one key twice.
func checkKeys(text []byte) error {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	type level struct {
		keys  map[string]bool // nil for a list
		value bool            // whether a value comes next, in an object
	}
	var stack []level
	for {
		token, err := dec.Token()
		if err != nil {
			return nil // the end: the text was read as a whole before
		}
		top := len(stack) - 1
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}})
			continue
		case json.Delim('['):
			stack = append(stack, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
			top--
		default:
			if top >= 0 && stack[top].keys != nil && !stack[top].value {
				key := token.(string)
				if stack[top].keys[key] {
					return fmt.Errorf("%w: %q", errTwice, cut(key))
				}
				stack[top].keys[key], stack[top].value = true, true
				continue
			}
		}
		if top >= 0 {
			stack[top].value = false
		}
	}
}
