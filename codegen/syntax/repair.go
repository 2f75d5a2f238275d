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

// maxRepairs is how many broken values of a document are looked past.
const maxRepairs = 20

// decodeRepaired reads the document and, where a line `key: value` has a value
// that isn't YAML, reads it again with something harmless of the same length
// in the value's place: then what else is wrong is found in the same run. It
// gives the places of those values, or nil where the text can't be read.
func decodeRepaired(file *source.File, diags *source.Diagnostics) (*yaml.Node, map[int]source.Span) {
	text, broken := file.Text, map[int]source.Span{}
	root, err := decode(text)
	for err != nil {
		if errors.Is(err, errDocuments) {
			diags.Errorf(file, source.At(secondDocument(text)), source.NotAllowed, "a second document begins here; a file holds one")
			return nil, nil
		}
		message, line := whatAndWhere(text, err)
		value, ok := valueOf(file, line)
		if !ok || len(broken) == maxRepairs {
			reportSyntax(file, lineSpan(file, line), line, message, diags)
			return nil, nil
		}
		text = blank(text, value)
		root, err = decode(text)
		if err != nil {
			// The value wasn't to blame where the line is still broken.
			if _, next := whatAndWhere(text, err); next <= line {
				reportSyntax(file, lineSpan(file, line), line, message, diags)
				return nil, nil
			}
		}
		reportSyntax(file, value, line, message, diags)
		broken[value.Start] = value
	}
	return root, broken
}

func blank(text []byte, value source.Span) []byte {
	text = bytes.Clone(text)
	for i := value.Start; i < value.End; i++ {
		text[i] = 'x'
	}
	return text
}

var (
	errorLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	anchorName  = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
	keyAndValue = regexp.MustCompile(`^ *(?:- +)*(?:[\w.-]+: +|- +)([^ ].*)$`)
)

// whatAndWhere takes the YAML parser's error apart. The parser names the line
// where the mapping around the mistake began, so we look for the mistake
// ourselves.
func whatAndWhere(text []byte, err error) (message string, line int) {
	message, line = err.Error(), 1
	if parts := errorLine.FindStringSubmatch(message); parts != nil {
		message = parts[2]
		if n, err := strconv.Atoi(parts[1]); err == nil {
			line = n
		}
	}
	if name := anchorName.FindStringSubmatch(message); name != nil {
		before, _, _ := bytes.Cut(text, []byte("*"+name[1]))
		return "alias *" + name[1] + " names no anchor", bytes.Count(before, []byte("\n")) + 1
	}
	if found := brokenLine(text); found > 0 {
		line = found
	}
	return message, line
}

func reportSyntax(file *source.File, at source.Span, line int, message string, diags *source.Diagnostics) {
	one := diags.Errorf(file, at, source.BadSyntax, "this isn't YAML: %s", message)
	if hint := syntaxHint(file.Line(line), message); hint != "" {
		one.Hintf("%s", hint)
	}
}

// lineSpan is a line without the space around it.
func lineSpan(file *source.File, line int) source.Span {
	text := file.Line(line)
	start := file.Offset(source.Position{Line: line, Column: 1})
	return source.Span{Start: start + len(text) - len(strings.TrimLeft(text, " \t")), End: start + len(strings.TrimRight(text, " \t"))}
}

// valueOf is the value on a line of the form `key: value` or `- value`.
func valueOf(file *source.File, line int) (source.Span, bool) {
	text := file.Line(line)
	at := keyAndValue.FindStringSubmatchIndex(text)
	if at == nil {
		return source.Span{}, false
	}
	start := file.Offset(source.Position{Line: line, Column: 1})
	return source.Span{Start: start + at[2], End: start + len(strings.TrimRight(text, " "))}, true
}

// searchBudget bounds the bytes that are parsed again to find a broken line.
const searchBudget = 8 << 20

// brokenLine is the line after the longest run of whole lines that is YAML by
// itself, or 0 where the search would take too long.
func brokenLine(text []byte) int {
	good, cost := 0, 0
	line := 0
	for at := 0; at < len(text); {
		next := len(text)
		if end := bytes.IndexByte(text[at:], '\n'); end >= 0 {
			next = at + end + 1
		}
		if cost += next; cost > searchBudget {
			return 0
		}
		line++
		if _, err := decode(text[:next]); err == nil {
			good = line
		}
		at = next
	}
	return min(good+1, max(line, 1))
}

func secondDocument(text []byte) int {
	at := 0
	for line := range bytes.Lines(text) {
		if at > 0 && bytes.HasPrefix(line, []byte("---")) {
			if root, err := decode(text[:at]); err == nil && root != nil {
				return at
			}
		}
		at += len(line)
	}
	return 0
}
