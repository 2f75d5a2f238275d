// Package syntax reads YAML 1.2 strictly, into a tree with a span on every node.
package syntax

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/source"
)

// Kind is what a node is.
type Kind int

// The kinds of nodes. Null is a value that isn't there, `null` or `~`.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

// String is the kind as an error names it.
func (k Kind) String() string {
	return [...]string{"nothing", "text", "a list", "a mapping"}[k]
}

// Style is how a scalar was written.
type Style int

// The styles of scalars.
const (
	Plain Style = iota
	SingleQuoted
	DoubleQuoted
	Block // `|` or `>`
)

// A Node is a value of the document. Aliases are followed already.
type Node struct {
	File *source.File
	Kind Kind
	Span source.Span

	Text  string // of a scalar: its value, digits and all
	Style Style
	// Rendered is set by whoever replaced Text by the output of a template:
	// then its kind is for the option to say, in spite of the quotes.
	Rendered bool
	// Broken is set where YAML misread the value, or it isn't of the type that
	// its option has, and that was reported: who comes later is silent.
	Broken bool
	// Param is the name of the library's parameter whose value Text is; "" where
	// it is the file's own text.
	Param string
	// Comment says that a comment follows on the same line: in an expression
	// it may have been meant as part of it.
	Comment bool

	Items   []*Node // of a list
	Entries []Entry // of a mapping, in written order

	offsets []int // see Offset
}

// An Entry is a key, a scalar, and its value.
type Entry struct{ Key, Value *Node }

// Get is the value under a key, or nil. It is nil for what isn't a mapping.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// Each is a list's items, or the node itself where it is none.
func (n *Node) Each() []*Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == List:
		return n.Items
	}
	return []*Node{n}
}

// Substitute makes a scalar stand for the value of a library's parameter: its text,
// in a style that says whether it is one. Errors still point at the scalar.
func (n *Node) Substitute(param, text string, style Style) {
	n.Param, n.Text, n.Style, n.Comment, n.offsets = param, text, style, false, nil
}

// Keys are the texts of a mapping's keys.
func (n *Node) Keys() []string {
	keys := make([]string, len(n.Entries))
	for i, e := range n.Entries {
		keys[i] = e.Key.Text
	}
	return keys
}

// Errorf adds an error about the node.
func (n *Node) Errorf(diags *source.Diagnostics, code source.Code, format string, args ...any) *source.Diagnostic {
	return diags.Errorf(n.File, n.Span, code, format, args...)
}

// Warnf adds a warning about the node.
func (n *Node) Warnf(diags *source.Diagnostics, code source.Code, format string, args ...any) *source.Diagnostic {
	return diags.Warnf(n.File, n.Span, code, format, args...)
}

// Position is where the node begins.
func (n *Node) Position() source.Position { return n.File.Position(n.Span.Start) }

// JSON's own grammar of numbers: what it admits keeps its digits to the end.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// implicit says whether the text may be read as something other than text.
func (n *Node) implicit() bool { return n.Kind == Scalar && (n.Style == Plain || n.Rendered) }

// IsNumber says whether the node is a number.
func (n *Node) IsNumber() bool { return n.implicit() && number.MatchString(n.Text) }

// IsInteger says whether the node is a number without fraction and exponent.
func (n *Node) IsInteger() bool { return n.IsNumber() && !strings.ContainsAny(n.Text, ".eE") }

// Bool is the value of a node that is one.
func (n *Node) Bool() (value, ok bool) {
	if !n.implicit() {
		return false, false
	}
	switch n.Text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// JSON is the value as JSON: numbers with the digits they were written with,
// mappings in written order.
func (n *Node) JSON() string {
	var b strings.Builder
	n.writeJSON(&b)
	return b.String()
}

func (n *Node) writeJSON(b *strings.Builder) {
	switch n.Kind {
	case Null:
		b.WriteString("null")
	case Scalar:
		if value, ok := n.Bool(); ok && value {
			b.WriteString("true")
		} else if ok {
			b.WriteString("false")
		} else if n.IsNumber() {
			b.WriteString(n.Text)
		} else {
			b.WriteString(Quote(n.Text))
		}
	case List:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.writeJSON(b)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		for i, e := range n.Entries {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(Quote(e.Key.Text))
			b.WriteByte(':')
			e.Value.writeJSON(b)
		}
		b.WriteByte('}')
	}
}

// Quote is text as a JSON string, with no more escapes than JSON asks for.
func Quote(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
