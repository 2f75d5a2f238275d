package syntax

import (
	"bytes"
	"unicode/utf8"

	"github.com/weavster/weavster/codegen/source"
)

// Offset is the place in the file of byte i of a scalar's text, whichever way
// the scalar was written: quotes, escapes, folded lines and indentation are
// counted. Where the text can't be followed, it is the scalar's start.
func (n *Node) Offset(i int) int {
	if i < 0 || i >= len(n.offsets) {
		if i > 0 && i == len(n.offsets) && !n.Rendered {
			return min(n.offsets[i-1]+1, n.Span.End)
		}
		return n.Span.Start
	}
	return n.offsets[i]
}

// Part is the span in the file of bytes start to end of a scalar's text.
func (n *Node) Part(start, end int) source.Span {
	if n.Rendered || start >= len(n.offsets) && len(n.offsets) == 0 {
		return n.Span
	}
	from := n.Offset(start)
	if end <= start {
		return source.At(from)
	}
	return source.Span{Start: from, End: max(from, min(n.Offset(end-1)+1, n.Span.End))}
}

// locate finds where each byte of a scalar's text stands, and the scalar's end.
func (n *Node) locate() {
	t := tracer{text: n.File.Text, at: n.Span.Start, value: n.Text, offsets: make([]int, 0, len(n.Text))}
	switch {
	case n.Kind == Null || n.Text == "" && n.Style == Plain:
		n.Span.End = min(n.Span.Start+len(n.Text), len(n.File.Text))
		return
	case n.Style == Block:
		t.skipHeader()
	case n.Style != Plain:
		t.at++
	}
	if t.trace(n.Style) {
		n.offsets = t.offsets
	}
	n.Span.End = min(max(t.at, n.Span.Start), len(n.File.Text))
	if n.Style == SingleQuoted || n.Style == DoubleQuoted {
		n.Span.End = min(n.Span.End+1, len(n.File.Text))
	}
}

// A tracer walks a scalar's value and the text it was read from side by side.
type tracer struct {
	text    []byte
	at      int
	value   string
	offsets []int
}

// skipHeader passes `|2- # comment` and the line's end.
func (t *tracer) skipHeader() {
	if end := bytes.IndexByte(t.text[t.at:], '\n'); end >= 0 {
		t.at += end // the break begins the run of space that trace passes
	} else {
		t.at = len(t.text)
	}
	space, _ := t.space()
	t.at += space
	for len(t.offsets) < len(t.value) && isSpace(t.value[len(t.offsets)]) {
		t.put(1, t.at)
	}
}

// put says that the next n bytes of the value come from a place.
func (t *tracer) put(n, at int) {
	for ; n > 0 && len(t.offsets) < len(t.value); n-- {
		t.offsets = append(t.offsets, at)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// space measures the run of space at the current place and its line breaks.
func (t *tracer) space() (length, breaks int) {
	for t.at+length < len(t.text) && isSpace(t.text[t.at+length]) {
		if t.text[t.at+length] == '\n' {
			breaks++
		}
		length++
	}
	return length, breaks
}

// trace says whether it could follow the text to its end.
func (t *tracer) trace(style Style) bool {
	for len(t.offsets) < len(t.value) {
		if t.at >= len(t.text) {
			// A block's last line break may be missing in the file.
			t.put(len(t.value)-len(t.offsets), len(t.text))
			return style == Block
		}
		i, c := len(t.offsets), t.text[t.at]
		length, breaks := t.space()
		switch {
		case breaks > 0:
			t.fold(style, length, breaks)
		case style == DoubleQuoted && c == '\\':
			t.escape()
		case c != t.value[i]:
			return false
		case style == SingleQuoted && c == '\'':
			t.put(1, t.at)
			t.at += 2
		default:
			t.put(1, t.at)
			t.at++
		}
	}
	return true
}

// fold passes a line break with the space around it. Outside of blocks one
// break is a space and n breaks are n-1; in a block, whatever space the value
// has there.
func (t *tracer) fold(style Style, length, breaks int) {
	from := len(t.offsets)
	switch {
	case style == Block:
		for len(t.offsets) < len(t.value) && isSpace(t.value[len(t.offsets)]) {
			t.put(1, t.at)
		}
		if len(t.offsets) == from || len(t.offsets) == len(t.value) {
			t.put(len(t.value)-len(t.offsets), t.at)
			return
		}
	case breaks == 1:
		t.put(1, t.at)
	default:
		t.put(breaks-1, t.at)
	}
	t.at += length
}

// escape passes one backslash and what it stands for.
func (t *tracer) escape() {
	from, digits := t.at, 0
	t.at += 2
	if t.at > len(t.text) {
		return
	}
	switch t.text[from+1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '\r', '\n':
		t.at = from + 1
		length, breaks := t.space()
		t.at += length
		t.put(breaks-1, from) // blank lines after an escaped break remain
		return
	}
	t.at += digits
	_, size := utf8.DecodeRuneInString(t.value[len(t.offsets):])
	t.put(size, from)
}
