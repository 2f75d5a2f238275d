package syntax

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"gopkg.in/yaml.v3"
)

// braces says whether a mapping is really a text that begins with `{{`.
func (c *converter) braces(n *Node, y *yaml.Node) bool {
	if y.Style&yaml.FlowStyle == 0 || !bytes.HasPrefix(c.file.Text[n.Span.Start:], []byte("{{")) {
		return false
	}
	line := bytes.IndexByte(append(c.file.Text[n.Span.Start:len(c.file.Text):len(c.file.Text)], '\n'), '\n')
	c.errorf(source.Span{Start: n.Span.Start, End: n.Span.Start + line}, source.NotAllowed, "YAML reads a value that begins with `{{` as a mapping").
		Hintf("put the whole value in double quotes")
	n.Kind, n.Broken = Null, true
	return true
}

// splitAtComma finds an expression in a flow mapping that YAML took apart at
// a comma: `{x: f(a, b)}` is x = "f(a" and "b)" = null. Then the key is none.
func (c *converter) splitAtComma(n, key, value *Node) bool {
	if len(n.Entries) == 0 || value.Kind != Null || value.Text != "" {
		return false
	}
	before := n.Entries[len(n.Entries)-1].Value
	if before.Kind != Scalar || before.Style != Plain {
		return false
	}
	if strings.Count(before.Text, "(")+strings.Count(before.Text, "[") > strings.Count(before.Text, ")")+strings.Count(before.Text, "]") {
		before.Broken = true
		c.errorf(source.Span{Start: before.Span.Start, End: key.Span.End}, source.NotAllowed, "YAML splits this value at the comma").
			Hintf("put the whole value in quotes")
	}
	return before.Broken
}

var (
	quotedStart  = regexp.MustCompile(`(?:: +|- +)(?:"[^"]*"|'[^']*') *[^ #,}\]]`)
	bracketStart = regexp.MustCompile(`(?:: +|- +)(?:\[[^\]]*\]|\{[^}]*\}) *[^ #,}\]]`)
	signStart    = regexp.MustCompile(`: +(?:[>|]|- )`)
)

func syntaxHint(line, message string) string {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(message, "names no anchor"):
		return "put the value in quotes if it is an expression"
	case strings.Contains(indent, "\t"):
		return "YAML indents by spaces, not tabs"
	case strings.Contains(line, ": {{"), strings.Contains(line, "- {{"):
		return "a value that begins with `{{` has to stand in double quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a value that holds `: ` has to stand in quotes; or the indentation is off"
	case strings.Contains(message, "unexpected end of stream"):
		return "a quote isn't closed"
	case quotedStart.MatchString(line):
		return "a value that begins with a quote has to end with it: put the whole value in quotes of the other kind"
	case bracketStart.MatchString(line):
		return "a value that begins with a bracket has to end with it: put the whole value in quotes"
	case strings.Contains(message, "expected ',' or"):
		return "a bracket isn't closed"
	case strings.Contains(message, "cannot start any token"), signStart.MatchString(line):
		return "a value that begins with such a character has to stand in quotes"
	}
	return ""
}
