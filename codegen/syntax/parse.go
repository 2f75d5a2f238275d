package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/weavster/weavster/codegen/source"
	"gopkg.in/yaml.v3"
)

// The bounds of a document. They are far beyond what people write, and keep
// a hostile file from costing time or memory.
const (
	MaxBytes   = 4 << 20
	MaxDepth   = 64
	MaxNodes   = 200_000
	MaxAliases = 32
)

// Parse reads a file's one document. It is nil where the text isn't YAML at
// all; other errors leave a tree that can be checked further.
func Parse(file *source.File, diags *source.Diagnostics) *Node {
	if !checkBytes(file, diags) || !checkDirectives(file, diags) {
		return nil
	}
	root, broken := decodeRepaired(file, diags)
	if broken == nil {
		return nil
	}
	if root == nil {
		return &Node{File: file}
	}
	c := converter{file: file, diags: diags, broken: broken}
	top := c.node(root, 0)
	top.Broken = top.Broken || c.full
	return top
}

var errDocuments = errors.New("a second document begins")

// decode gives the document's node, or nil for an empty file.
func decode(text []byte) (root *yaml.Node, err error) {
	// The parser panics on some texts that no one writes; it has no state
	// that outlives the call.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&next); err == nil {
		return nil, errDocuments
	} else if err != io.EOF {
		return nil, err
	}
	return doc.Content[0], nil
}

func checkBytes(file *source.File, diags *source.Diagnostics) bool {
	text := file.Text
	if len(text) > MaxBytes {
		diags.Errorf(file, source.At(0), source.TooLarge, "the file has %d bytes; at most %d are read", len(text), MaxBytes)
		return false
	}
	good := true
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if message := badRune(r, size, text[at:]); message != "" {
			diags.Errorf(file, source.Span{Start: at, End: at + size}, source.BadEncoding, "%s", message)
			good = false
			if size == 1 && r == utf8.RuneError {
				return false // not text at all: one such error will do
			}
		}
		at += size
	}
	return good
}

// checkDirectives refuses `%YAML 1.1` and the like: a file can't choose the
// rules it is read by.
func checkDirectives(file *source.File, diags *source.Diagnostics) bool {
	at := 0
	for line := range bytes.Lines(file.Text) {
		text := bytes.TrimSpace(line)
		if len(text) > 0 && text[0] == '%' && line[0] == '%' {
			diags.Errorf(file, source.Span{Start: at, End: at + len(text)}, source.NotAllowed, "directives such as %q are not allowed", text)
			return false
		}
		if len(text) > 0 && text[0] != '#' {
			return true
		}
		at += len(line)
	}
	return true
}

// badRune says what is wrong with a character. YAML's older line ends would
// make our lines differ from an editor's; characters that turn the direction
// of writing would make a reviewer read something else than we do.
func badRune(r rune, size int, rest []byte) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return "the file isn't UTF-8"
	case r == '\t' || r == '\n':
		return ""
	case r == '\r' && len(rest) > 1 && rest[1] == '\n':
		return ""
	case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff', r == 0xfffe, r == 0xffff:
		return fmt.Sprintf("control character U+%04X; write it as an escape in a double-quoted text", r)
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return fmt.Sprintf("character U+%04X hides the order in which text is read; write it as an escape in a double-quoted text", r)
	}
	return ""
}

// A converter turns the YAML parser's nodes into ours.
type converter struct {
	file    *source.File
	diags   *source.Diagnostics
	nodes   int
	aliases int
	errors  int
	full    bool // a bound was hit and reported
	// broken are values that aren't YAML, by their starts; each was reported.
	broken map[int]source.Span

	// Nodes come mostly in the order of the text, so a place is found from
	// the one before: a long line is walked once.
	line, column, at int
}

// maxErrors is how many errors a document gets: hostile ones have thousands.
const maxErrors = 100

func (c *converter) errorf(at source.Span, code source.Code, format string, args ...any) *source.Diagnostic {
	if c.errors++; c.errors > maxErrors {
		c.full = true
		return &source.Diagnostic{}
	}
	return c.diags.Errorf(c.file, at, code, format, args...)
}

// offset is the byte at which the YAML parser's line and column lie.
func (c *converter) offset(line, column int) int {
	if line != c.line || column < c.column {
		c.line, c.column = line, 1
		c.at = c.file.Offset(source.Position{Line: line, Column: 1})
	}
	for ; c.column < column && c.at < len(c.file.Text); c.column++ {
		_, size := utf8.DecodeRune(c.file.Text[c.at:])
		c.at += size
	}
	return c.at
}

// start is where a node begins, after its anchor and its tag. A tag is an
// error, and what it stands before isn't what was meant.
func (c *converter) start(y *yaml.Node) (at int, tagged bool) {
	at = c.offset(y.Line, y.Column)
	for at < len(c.file.Text) && (c.file.Text[at] == '&' || c.file.Text[at] == '!') {
		end := at
		for end < len(c.file.Text) && property(c.file.Text[at], c.file.Text[end], end > at) {
			end++
		}
		if c.file.Text[at] == '!' && !c.full {
			tagged = true
			tag := source.Span{Start: at, End: end}
			c.errorf(tag, source.NotAllowed, "tag %q; tags are not allowed", c.file.Slice(tag)).
				Hintf("put the value in quotes if it is text; in an expression, write `not` for `!`")
		}
		for end < len(c.file.Text) && bytes.ContainsRune([]byte(" \t\r\n"), rune(c.file.Text[end])) {
			end++
		}
		at = end
	}
	return at, tagged
}

// property says whether a character belongs to an anchor's or a tag's name.
func property(first, char byte, inside bool) bool {
	if first == '&' && inside {
		return char == '-' || char == '_' || '0' <= char && char <= '9' || 'A' <= char && char <= 'Z' || 'a' <= char && char <= 'z'
	}
	return bytes.IndexByte([]byte(" \t\r\n,[]{}"), char) < 0
}

func (c *converter) node(y *yaml.Node, depth int) *Node {
	if y.Kind == yaml.AliasNode {
		return c.alias(y, depth)
	}
	if span, ok := c.broken[c.offset(y.Line, y.Column)]; ok {
		return &Node{File: c.file, Span: span, Broken: true}
	}
	at, tagged := c.start(y)
	n := &Node{File: c.file, Span: source.At(at), Broken: tagged, Comment: y.LineComment != ""}
	if c.nodes++; c.nodes > MaxNodes || depth > MaxDepth {
		if !c.full {
			c.errorf(n.Span, source.TooLarge, "the document is nested more than %d deep or has more than %d values", MaxDepth, MaxNodes)
		}
		c.full = true
	}
	if c.full {
		return n
	}
	switch y.Kind {
	case yaml.ScalarNode:
		c.scalar(n, y)
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			n.Items = append(n.Items, c.node(item, depth+1))
		}
	case yaml.MappingNode:
		n.Kind = Map
		c.mapping(n, y, depth)
	}
	if n.Kind == List || n.Kind == Map {
		n.Span.End = c.collectionEnd(n)
	}
	return n
}

func (c *converter) alias(y *yaml.Node, depth int) *Node {
	at := c.offset(y.Line, y.Column)
	span := source.Span{Start: at, End: at + 1 + len(y.Value)}
	c.aliases++
	if c.aliases == MaxAliases+1 {
		c.errorf(span, source.NotAllowed, "more than %d aliases", MaxAliases)
	}
	if c.aliases > MaxAliases || c.full {
		return &Node{File: c.file, Span: span}
	}
	// An alias inside what it stands for comes to an end at MaxDepth.
	n := c.node(y.Alias, depth+1)
	n.Span = span // an error is shown where the value is used
	n.offsets = nil
	return n
}

func (c *converter) mapping(n *Node, y *yaml.Node, depth int) {
	if c.braces(n, y) {
		return
	}
	seen := map[string]*Node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := c.node(y.Content[i], depth+1), c.node(y.Content[i+1], depth+1)
		switch {
		case c.full:
			return
		case key.Kind == List || key.Kind == Map:
			c.errorf(key.Span, source.NotAllowed, "a key has to be text, not %s", key.Kind).Hintf("put it in quotes")
			continue
		case key.Text == "<<" && key.Style == Plain:
			c.errorf(key.Span, source.NotAllowed, "merge keys (`<<`) are not allowed")
			continue
		case seen[key.Text] != nil:
			first := seen[key.Text].Position()
			c.errorf(key.Span, source.DuplicateKey, "key %q is given twice, first in line %d", key.Text, first.Line)
			continue
		}
		if y.Style&yaml.FlowStyle != 0 && c.splitAtComma(n, key, value) {
			continue
		}
		seen[key.Text] = key
		n.Entries = append(n.Entries, Entry{key, value})
	}
}

func (c *converter) scalar(n *Node, y *yaml.Node) {
	n.Kind, n.Text = Scalar, y.Value
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		n.Style = DoubleQuoted
	case y.Style&yaml.SingleQuotedStyle != 0:
		n.Style = SingleQuoted
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		n.Style = Block
	default:
		switch n.Text {
		case "", "~", "null", "Null", "NULL":
			n.Kind = Null
		}
	}
	n.locate()
}

// collectionEnd is the end of the last thing inside; a flow collection's
// bracket isn't worth the search.
func (c *converter) collectionEnd(n *Node) int {
	end := n.Span.Start + 1
	if len(n.Items) > 0 {
		end = max(end, n.Items[len(n.Items)-1].Span.End)
	}
	if len(n.Entries) > 0 {
		last := n.Entries[len(n.Entries)-1]
		end = max(end, last.Key.Span.End, last.Value.Span.End)
	}
	return min(end, len(c.file.Text))
}
