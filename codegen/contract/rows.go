package contract

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// How large a table may be: its file, and what is in it. A flow's module holds
// all of its tables in memory.
const (
	MaxTableBytes   = 64 << 20
	MaxTableColumns = 1000
	MaxTableCells   = 8_000_000
)

// TableEndings are how the names of files end that hold tables.
var TableEndings = []string{".csv", ".json", ".jsonl"}

// TableRows are a table as it was read. A row's cells are in the order of the
// header; those that a row lacks at its end, and empty ones of JSON, are null.
type TableRows struct {
	Header []string
	Rows   [][]string
	// Text says that cells are text as it stands; else they are JSON.
	Text bool
	// At is where a cell stands; nil where there is no file.
	At func(row, column int) Position
}

// A TableError is what is wrong with a table, and where: the column counts
// bytes. Line is 0 where it isn't about one place.
type TableError struct {
	Position
	Err error
}

// Error is the cause, with the place.
func (e *TableError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
}

// Unwrap is the cause.
func (e *TableError) Unwrap() error { return e.Err }

// ReadTable reads the text of a file of that name: CSV, or JSON.
func ReadTable(name string, text []byte) (*TableRows, error) {
	if len(text) > MaxTableBytes {
		return nil, &TableError{Err: fmt.Errorf("the table has %d bytes; at most %d are read", len(text), MaxTableBytes)}
	}
	if !utf8.Valid(text) {
		return nil, &TableError{place(text, invalid(text)), errors.New("the table isn't UTF-8")}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch path.Ext(name) {
	case ".csv":
		return readCSV(text)
	case ".json":
		return readJSON(text, true)
	case ".jsonl":
		return readJSON(text, false)
	}
	return nil, &TableError{Err: fmt.Errorf("a table's file ends in %s", strings.Join(TableEndings, ", "))}
}

// invalid is where the text stops to be UTF-8.
func invalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}

// place is the line and column of an offset.
func place(text []byte, offset int) Position {
	before := text[:min(offset, len(text))]
	return Position{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: len(before) - bytes.LastIndexByte(before, '\n')}
}

// places are the indexes of columns.
func (t *TableRows) places(names []string) ([]int, error) {
	at := make([]int, len(names))
	for i, name := range names {
		if at[i] = slices.Index(t.Header, name); at[i] < 0 {
			return nil, &TableError{Err: fmt.Errorf("the table has no column %q; it has %s", name, strings.Join(t.Header, ", "))}
		}
	}
	return at, nil
}

func (t *TableRows) place(row, column int) (at Position) {
	if t.At != nil {
		at = t.At(row, column)
	}
	return at
}

func (t *TableRows) errorf(row, column int, format string, args ...any) error {
	return &TableError{t.place(row, column), fmt.Errorf(format, args...)}
}

// cell is a cell as it was read.
func (t *TableRows) cell(row, column int) string {
	if column < len(t.Rows[row]) && t.Rows[row][column] != "" {
		return t.Rows[row][column]
	} else if t.Text {
		return ""
	}
	return "null"
}

// json is a cell as JSON, of the type that the flow says.
func (t *TableRows) json(row, column int, kind string) (string, error) {
	cell, err := t.cell(row, column), error(nil)
	switch {
	case kind != "":
		cell, err = typed(cell, kind, t.Text)
	case t.Text:
		cell = quote(cell)
	}
	if err != nil {
		return "", t.errorf(row, column, "column %q: %w", t.Header[column], err)
	}
	return cell, nil
}
