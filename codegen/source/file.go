// Package source holds the files that the compiler reads, places in them, and
// what is said about those places. It imports nothing of the project.
package source

import (
	"bytes"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// A File is one input, whole, under the name it is shown by.
type File struct {
	Name string
	Text []byte
	// UsedAt is the place because of which the file was read, in another one;
	// nil where it was read for its own sake.
	UsedAt *Place

	once  sync.Once
	lines []int // the offset at which each line begins
}

// NewFile makes a file. The text must not be changed afterwards. A byte order
// mark is left out: editors don't count it.
func NewFile(name string, text []byte) *File {
	return &File{Name: name, Text: bytes.TrimPrefix(text, []byte("\ufeff"))}
}

// A Span is a stretch of a file, in bytes: from Start up to, not including, End.
type Span struct{ Start, End int }

// A Place is a span of a file.
type Place struct {
	File *File
	Span Span
}

// Uses are the places because of which the file was read, the nearest first.
func (f *File) Uses() (places []*Place) {
	for f != nil && f.UsedAt != nil {
		places = append(places, f.UsedAt)
		f = f.UsedAt.File
	}
	return places
}

// At is the empty span at an offset.
func At(offset int) Span { return Span{offset, offset} }

// A Position is a place as people count it: lines and characters, from 1.
type Position struct{ Line, Column int }

// Position is computed when something is printed, not before: nodes hold
// offsets alone.
func (f *File) Position(offset int) Position {
	offset = f.clamp(offset)
	start := f.lineStart(f.line(offset))
	return Position{f.line(offset) + 1, utf8.RuneCount(f.Text[start:offset]) + 1}
}

// Offset is the byte at which a line and column, counted from 1, begin. Places
// past the end of a line or of the file are moved back to it.
func (f *File) Offset(p Position) int {
	f.index()
	if p.Line < 1 {
		return 0
	}
	if p.Line > len(f.lines) {
		return len(f.Text)
	}
	at := f.lines[p.Line-1]
	end := at + len(f.lineBytes(p.Line-1))
	for column := 1; column < p.Column && at < end; column++ {
		_, size := utf8.DecodeRune(f.Text[at:end])
		at += size
	}
	return at
}

// Line is the text of a line, counted from 1, without its end.
func (f *File) Line(n int) string {
	f.index()
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return string(f.lineBytes(n - 1))
}

// Slice is the text of a span.
func (f *File) Slice(s Span) string {
	start := f.clamp(s.Start)
	return string(f.Text[start:max(start, f.clamp(s.End))])
}

func (f *File) clamp(offset int) int { return max(0, min(offset, len(f.Text))) }

func (f *File) index() {
	f.once.Do(func() {
		f.lines = []int{0}
		for at := 0; ; {
			next := bytes.IndexByte(f.Text[at:], '\n')
			if next < 0 {
				return
			}
			at += next + 1
			f.lines = append(f.lines, at)
		}
	})
}

func (f *File) line(offset int) int {
	f.index()
	return sort.SearchInts(f.lines, offset+1) - 1
}

func (f *File) lineStart(line int) int { f.index(); return f.lines[line] }

func (f *File) lineBytes(line int) []byte {
	rest := f.Text[f.lines[line]:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return []byte(strings.TrimSuffix(string(rest), "\r"))
}
