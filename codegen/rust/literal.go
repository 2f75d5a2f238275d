package rust

import (
	"fmt"
	"strings"
	"unicode"
)

// literal is a Rust string literal. What a reader couldn't see, or what would
// change how the rest of the line is shown, is escaped: control characters,
// directions of text, odd spaces.
func literal(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// byteLiteral is a Rust literal of bytes.
func byteLiteral(bytes []byte) string {
	var b strings.Builder
	b.WriteString(`b"`)
	for _, c := range bytes {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// comment is text of a flow on one line of a comment.
func comment(text string) string {
	const limit = 60
	var b strings.Builder
	for i, r := range []rune(text) {
		if i == limit {
			b.WriteString("...")
			break
		}
		if r < unicode.MaxASCII && unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteByte('?')
		}
	}
	return b.String()
}

// plain says whether a literal's width is certain: rustfmt counts columns, not
// characters.
func plain(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
