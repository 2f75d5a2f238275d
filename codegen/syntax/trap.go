package syntax

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
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
	n.Kind = Null
	return true
}

// splitAtComma finds an expression in a flow mapping that YAML took apart at
// a comma: `{x: f(a, b)}` is x = "f(a" and "b)" = null.
func (c *converter) splitAtComma(n, key, value *Node) {
	if len(n.Entries) == 0 || value.Kind != Null || value.Text != "" {
		return
	}
	before := n.Entries[len(n.Entries)-1].Value
	if before.Kind != Scalar || before.Style != Plain {
		return
	}
	if strings.Count(before.Text, "(")+strings.Count(before.Text, "[") > strings.Count(before.Text, ")")+strings.Count(before.Text, "]") {
		c.errorf(source.Span{Start: before.Span.Start, End: key.Span.End}, source.NotAllowed, "YAML splits this value at the comma").
			Hintf("put the whole value in quotes")
	}
}

var (
	errorLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	anchorName  = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
	quotedStart = regexp.MustCompile(`(?:: +|- +)(?:"[^"]*"|'[^']*') *[^ #,}\]]`)
)

// reportSyntax turns the YAML parser's one error into ours. The parser names
// the line where the mapping around the mistake began, so we look for the
// mistake ourselves.
func reportSyntax(file *source.File, err error, diags *source.Diagnostics) {
	if errors.Is(err, errDocuments) {
		diags.Errorf(file, source.At(secondDocument(file)), source.NotAllowed, "a second document begins here; a file holds one")
		return
	}
	parts := errorLine.FindStringSubmatch(err.Error())
	message, line := err.Error(), 1
	if parts != nil {
		message = parts[2]
		line, _ = strconv.Atoi(parts[1]) // no number: 0, which places the error at the start
	}
	if name := anchorName.FindStringSubmatch(message); name != nil {
		at := max(0, bytes.Index(file.Text, []byte("*"+name[1])))
		diags.Errorf(file, source.Span{Start: at, End: at + len(name[1]) + 1}, source.BadSyntax, "alias %q names no anchor", "*"+name[1]).
			Hintf("put the value in quotes if it is an expression")
		return
	}
	if found := brokenLine(file); found > 0 {
		line = found
	}
	text := file.Line(line)
	start := file.Offset(source.Position{Line: line, Column: 1})
	span := source.Span{Start: start + len(text) - len(strings.TrimLeft(text, " \t")), End: start + len(text)}
	one := diags.Errorf(file, span, source.BadSyntax, "this isn't YAML: %s", message)
	if hint := syntaxHint(text, message); hint != "" {
		one.Hintf("%s", hint)
	}
}

// searchBudget bounds the bytes that are parsed again to find a broken line.
const searchBudget = 8 << 20

// brokenLine is the line after the longest run of whole lines that is YAML by
// itself, or 0 where the search would take too long.
func brokenLine(file *source.File) int {
	good, cost := 0, 0
	line := 0
	for at := 0; at < len(file.Text); {
		next := len(file.Text)
		if end := bytes.IndexByte(file.Text[at:], '\n'); end >= 0 {
			next = at + end + 1
		}
		if cost += next; cost > searchBudget {
			return 0
		}
		line++
		if _, err := decode(file.Text[:next]); err == nil {
			good = line
		}
		at = next
	}
	return min(good+1, max(line, 1))
}

func syntaxHint(line, message string) string {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(indent, "\t"):
		return "YAML indents by spaces, not tabs"
	case strings.Contains(line, ": {{"), strings.Contains(line, "- {{"):
		return "a value that begins with `{{` has to stand in double quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a value that holds `: ` has to stand in quotes; or the indentation is off"
	case quotedStart.MatchString(line):
		return "a value that begins with a quote has to end with it: put the whole value in quotes of the other kind"
	case strings.Contains(message, "cannot start any token"):
		return "a value that begins with such a character has to stand in quotes"
	}
	return ""
}

func secondDocument(file *source.File) int {
	at := 0
	for line := range bytes.Lines(file.Text) {
		if at > 0 && bytes.HasPrefix(line, []byte("---")) {
			if root, err := decode(file.Text[:at]); err == nil && root != nil {
				return at
			}
		}
		at += len(line)
	}
	return 0
}
