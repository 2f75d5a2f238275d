package source

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// excerpt is how many characters of a source line are shown at most.
const excerpt = 160

// String is the diagnostic's first line: place, severity, message, hint, code.
func (one *Diagnostic) String() string { return one.line(plain) }

func (one *Diagnostic) line(c colours) string {
	var b strings.Builder
	if one.File != nil {
		p := one.File.Position(one.Span.Start)
		fmt.Fprintf(&b, "%s%s:%d:%d:%s ", c.bold, visible(one.File.Name), p.Line, p.Column, c.reset)
	}
	paint := c.red
	if one.Severity == Warning {
		paint = c.yellow
	}
	fmt.Fprintf(&b, "%s%s:%s %s", paint, one.Severity, c.reset, visible(one.Message))
	if one.Hint != "" {
		fmt.Fprintf(&b, "; %s", visible(one.Hint))
	}
	fmt.Fprintf(&b, " [%s]", one.Code)
	return b.String()
}

// Print writes all diagnostics in order, each followed by its source line and
// a caret. Colour is for terminals.
func (d *Diagnostics) Print(w io.Writer, colour bool) error {
	c := plain
	if colour {
		c = ansi
	}
	for _, one := range d.Sorted() {
		text := one.line(c) + "\n"
		if one.File != nil {
			text += one.quote(c)
		}
		for _, use := range one.File.Uses() {
			p := use.File.Position(use.Span.Start)
			text += fmt.Sprintf("    used at %s:%d:%d\n", visible(use.File.Name), p.Line, p.Column)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// quote is the source line and, under it, a caret below the span.
func (one *Diagnostic) quote(c colours) string {
	p := one.File.Position(one.Span.Start)
	line := []rune(one.File.Line(p.Line))
	from := min(p.Column-1, len(line))
	width := utf8.RuneCountInString(one.File.Slice(one.Span))
	to := min(from+max(width, 1), len(line))

	first := 0
	if len(line) > excerpt {
		first = max(0, from-excerpt/4)
		line = line[:min(len(line), first+excerpt)]
		to = min(to, len(line))
	}
	before, under, after := visible(string(line[first:from])), visible(string(line[from:max(from, to)])), visible(string(line[max(from, to):]))
	marks := "^" + strings.Repeat("~", max(0, utf8.RuneCountInString(under)-1))
	number := fmt.Sprintf("%5d | ", p.Line)
	return fmt.Sprintf("%s%s%s%s\n%s%s%s%s%s\n", number, before, under, after,
		strings.Repeat(" ", len(number)-2)+"| ", strings.Repeat(" ", utf8.RuneCountInString(before)), c.red, marks, c.reset)
}

// visible replaces what could move a terminal's cursor, turn its direction of
// writing or hide: a file must not be able to disguise its own errors.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError, unicode.IsPrint(r), unicode.Is(unicode.Zs, r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

type colours struct{ bold, red, yellow, reset string }

var (
	plain = colours{}
	ansi  = colours{bold: "\x1b[1m", red: "\x1b[31m", yellow: "\x1b[33m", reset: "\x1b[0m"}
)
