package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxCellDepth is how deep a cell may nest: a message that takes it has to
// stay within what the guest reads.
const maxCellDepth = 100

// readJSON reads a table of objects: in one array, or one after the other.
// Columns are the objects' keys, in the order of their first appearance.
func readJSON(text []byte, array bool) (*TableRows, error) {
	r := &jsonReader{text: text, dec: json.NewDecoder(bytes.NewReader(text)), table: &TableRows{}, columns: map[string]int{}}
	r.table.At = r.at
	if err := r.read(array); err != nil {
		return nil, err
	}
	return r.table, nil
}

type jsonReader struct {
	text    []byte
	dec     *json.Decoder
	table   *TableRows
	columns map[string]int // the header, by name
	offsets [][]int32      // of cells; the row's own comes first
	cells   int
}

func (r *jsonReader) at(row, column int) Position {
	offsets := r.offsets[row]
	if column+1 >= len(offsets) || offsets[column+1] == 0 {
		column = -1 // the row has no such cell
	}
	return place(r.text, int(offsets[column+1]))
}

// next is where the next token begins.
func (r *jsonReader) next() int {
	at := int(r.dec.InputOffset())
	return at + len(r.text[at:]) - len(bytes.TrimLeft(r.text[at:], " \t\r\n,:"))
}

func (r *jsonReader) errorf(at int, format string, args ...any) error {
	return &TableError{place(r.text, at), fmt.Errorf(format, args...)}
}

func (r *jsonReader) failed(err error) error {
	var bad *json.SyntaxError
	switch {
	case errors.As(err, &bad):
		return r.errorf(int(bad.Offset), "this isn't JSON: %w", bad)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.errorf(len(r.text), "the JSON ends too early")
	}
	return r.errorf(r.next(), "this isn't JSON: %w", err)
}

// badValue is what is wrong with a value. The decoder doesn't count its bytes
// from the start of the text.
func (r *jsonReader) badValue(at int, err error) error {
	var bad *json.SyntaxError
	var value json.RawMessage
	if errors.As(err, &bad) && errors.As(json.Unmarshal(r.text[at:], &value), &bad) {
		bad.Offset += int64(at) - 1
		return r.failed(bad)
	}
	return r.failed(err)
}

func (r *jsonReader) read(array bool) error {
	if array {
		if err := r.open('[', "a table in JSON is an array of objects"); err != nil {
			return err
		}
	}
	for r.dec.More() {
		if err := r.row(); err != nil {
			return err
		}
	}
	if array {
		if _, err := r.dec.Token(); err != nil {
			return r.failed(err)
		}
	}
	if at := r.next(); at < len(r.text) || bytes.ContainsAny(r.text[r.dec.InputOffset():], ",:") {
		return r.errorf(at, "something follows after the table")
	}
	return nil
}

// open takes the bracket that something has to begin with.
func (r *jsonReader) open(bracket json.Delim, expected string) error {
	at := r.next()
	token, err := r.dec.Token()
	if err == nil && token != bracket {
		return r.errorf(at, "%s", expected)
	} else if err != nil {
		return r.failed(err)
	}
	return nil
}

func (r *jsonReader) row() error {
	start := r.next()
	if err := r.open('{', "a row has to be an object"); err != nil {
		return err
	}
	columns := len(r.table.Header)
	row := &jsonRow{cells: make([]string, 0, columns), offsets: append(make([]int32, 0, columns+1), int32(start))}
	for r.dec.More() {
		if err := r.member(row); err != nil {
			return err
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return r.failed(err)
	}
	if r.cells += len(row.cells) + 1; r.cells > MaxTableCells {
		return &TableError{Err: errCells}
	}
	r.table.Rows, r.offsets = append(r.table.Rows, row.cells), append(r.offsets, row.offsets)
	return nil
}

// A jsonRow is one while it is read. Where a cell wasn't there yet it is "".
type jsonRow struct {
	cells   []string
	offsets []int32 // the row's own comes first
}

// member reads a name and its cell.
func (r *jsonReader) member(row *jsonRow) error {
	at := r.next()
	name, err := r.dec.Token()
	if err != nil {
		return r.failed(err)
	}
	column := r.column(name.(string)) // a member's name is a string
	if column == MaxTableColumns {
		return &TableError{place(r.text, at), errColumns}
	}
	value, cell := r.next(), json.RawMessage(nil)
	if err := r.dec.Decode(&cell); err != nil {
		return r.badValue(value, err)
	}
	for len(row.cells) <= column {
		row.cells, row.offsets = append(row.cells, ""), append(row.offsets, 0)
	}
	if row.cells[column] != "" {
		return r.errorf(at, "the row has the column %q twice", name)
	}
	if row.cells[column], err = compact(cell); err != nil {
		return r.errorf(value, "column %q: %w", name, err)
	}
	row.offsets[column+1] = int32(value)
	return nil
}

func (r *jsonReader) column(name string) int {
	column, ok := r.columns[name]
	if !ok {
		column = len(r.table.Header)
		r.columns[name] = column
		r.table.Header = append(r.table.Header, name)
	}
	return column
}

// compact takes the space out of a cell, which may stand on several lines: a
// message stands on one.
func compact(cell json.RawMessage) (string, error) {
	if cell[0] != '{' && cell[0] != '[' {
		return string(cell), nil
	}
	if depth(cell) > maxCellDepth {
		return "", fmt.Errorf("the cell is nested more than %d deep", maxCellDepth)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, cell); err != nil {
		return "", err
	}
	return out.String(), nil
}

// depth is how deep a cell nests, which is JSON.
func depth(cell json.RawMessage) (deepest int) {
	depth, inside := 0, false
	for i := 0; i < len(cell); i++ {
		switch c := cell[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case !inside && (c == '{' || c == '['):
			depth++
			deepest = max(deepest, depth)
		case !inside && (c == '}' || c == ']'):
			depth--
		}
	}
	return deepest
}
