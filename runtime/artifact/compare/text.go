package compare

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pmezard/go-difflib/difflib"
)

// How much is compared line by line: more takes too long where the lines of
// both have little in common.
const (
	maxLines   = 20_000
	maxCompare = 4 << 20
)

// unified is what differs between two texts, "" for nothing.
func unified(from, to []byte) string {
	if bytes.Equal(from, to) {
		return ""
	}
	if len(from)+len(to) > maxCompare || bytes.Count(from, []byte("\n"))+bytes.Count(to, []byte("\n")) > maxLines {
		return fmt.Sprintf("@@ %d bytes instead of %d, too many to compare line by line @@\n", len(to), len(from))
	}
	if !utf8.Valid(from) || !utf8.Valid(to) {
		return fmt.Sprintf("@@ %d bytes instead of %d, which aren't text @@\n", len(to), len(from))
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: lines(from), B: lines(to), Context: 3})
	if err != nil { // it writes to memory
		return fmt.Sprintf("@@ %v @@\n", err)
	}
	return diff
}

// lines are those of a text, each with a newline at its end.
func lines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	list := strings.SplitAfter(string(text), "\n")
	if last := len(list) - 1; list[last] == "" {
		return list[:last]
	} else {
		list[last] += "\n"
		return list
	}
}

var placed = regexp.MustCompile(`(?m)  # .*line \d+$`)

// unplaced is a printed program without the lines that its steps are from:
// they change when a comment is added.
func unplaced(program []byte) []byte { return placed.ReplaceAll(program, nil) }

// visible shows what would move a cursor, and tabs as they are.
func visible(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }
