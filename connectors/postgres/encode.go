package postgres

import (
	"bytes"
	"fmt"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/format"
)

// An encoder writes rows as the text that COPY reads.
// https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
type encoder struct {
	columns []column
	whole   bool // the one column takes the whole row

	buffer []byte
	rows   []int // the row that each line is of
	ends   []int // the end of each line in the buffer
	values [][]byte
}

// encode replaces the buffer's lines by those of rows, and returns the rows
// that don't fit the columns.
func (e *encoder) encode(rows *contract.Rows) []connectors.Rejection {
	e.buffer, e.rows, e.ends = e.buffer[:0], e.rows[:0], e.ends[:0]
	var refused []connectors.Rejection
	for i := range rows.Len() {
		before := len(e.buffer)
		if field, err := e.line(rows.Row(i)); err != nil {
			e.buffer = e.buffer[:before]
			refused = append(refused, connectors.Rejection{Row: i, Field: field, Detail: err.Error()})
			continue
		}
		e.rows = append(e.rows, i)
		e.ends = append(e.ends, len(e.buffer))
	}
	return refused
}

// span is the text of lines lo up to hi.
func (e *encoder) span(lo, hi int) []byte {
	start := 0
	if lo > 0 {
		start = e.ends[lo-1]
	}
	return e.buffer[start:e.ends[hi-1]]
}

func (e *encoder) line(row []byte) (field string, err error) {
	if e.whole {
		if err := e.append(&e.columns[0], row); err != nil {
			return e.columns[0].name, fmt.Errorf("column %q, %s: %w", e.columns[0].name, e.columns[0].typ, err)
		}
		e.buffer = append(e.buffer, '\n')
		return "", nil
	}
	if err := e.pick(row); err != nil {
		return "", err
	}
	for i := range e.columns {
		if i > 0 {
			e.buffer = append(e.buffer, '\t')
		}
		if e.values[i] == nil || e.values[i][0] == 'n' {
			e.buffer = append(e.buffer, `\N`...)
			continue
		}
		if err := e.append(&e.columns[i], e.values[i]); err != nil {
			return e.columns[i].name, fmt.Errorf("column %q, %s: %w", e.columns[i].name, e.columns[i].typ, err)
		}
	}
	e.buffer = append(e.buffer, '\n')
	return "", nil
}

// pick finds the columns' values in a row. Rows of one flow have their fields
// in one order, mostly, so the search begins where the last one ended.
func (e *encoder) pick(row []byte) error {
	if e.values == nil {
		e.values = make([][]byte, len(e.columns))
	}
	clear(e.values)
	next := 0
	return format.Object(row, func(key, value []byte) error {
		for n := range e.columns {
			i := next + n
			if i >= len(e.columns) {
				i -= len(e.columns)
			}
			if e.columns[i].name == string(key) {
				e.values[i] = value
				next = i + 1
				return nil
			}
		}
		return nil
	})
}

// append writes one value, not null, as a column's text.
func (e *encoder) append(c *column, value []byte) error {
	if c.kind == document {
		e.escape(value)
		return nil
	}
	switch value[0] {
	case '"':
		plain, err := format.Unquote(value)
		if err != nil {
			return err
		}
		if bytes.IndexByte(plain, 0) >= 0 {
			return fmt.Errorf("text with the character U+0000, which Postgres can't hold")
		}
		if c.kind == integer || c.kind == decimal || c.kind == boolean {
			if len(bytes.TrimSpace(plain)) == 0 {
				return fmt.Errorf("empty text where %s belongs", belongs(c.kind))
			}
		}
		e.escape(plain)
		return nil
	case 't', 'f':
		if c.kind != boolean && c.kind != text {
			return fmt.Errorf("true or false where %s belongs", belongs(c.kind))
		}
		e.buffer = append(e.buffer, value...)
		return nil
	case '{', '[':
		if c.kind != text {
			return fmt.Errorf("an object or list where %s belongs", belongs(c.kind))
		}
		e.escape(value)
		return nil
	}
	return e.number(c, value)
}

func (e *encoder) number(c *column, value []byte) error {
	switch c.kind {
	case integer:
		whole, fraction, _ := bytes.Cut(value, []byte{'.'})
		if bytes.ContainsAny(value, "eE") || len(bytes.Trim(fraction, "0")) > 0 {
			return fmt.Errorf("a number with a fraction or exponent where an integer belongs")
		}
		e.buffer = append(e.buffer, whole...)
	case decimal, text:
		e.buffer = append(e.buffer, value...)
	default:
		return fmt.Errorf("a number where %s belongs", belongs(c.kind))
	}
	return nil
}

func belongs(k kind) string {
	switch k {
	case integer:
		return "an integer"
	case decimal:
		return "a number"
	case boolean:
		return "true or false"
	}
	return "text"
}

// escape writes text so that COPY reads it as it is.
func (e *encoder) escape(plain []byte) {
	start := 0
	for i, b := range plain {
		var letter byte
		switch b {
		case '\\':
			letter = '\\'
		case '\n':
			letter = 'n'
		case '\r':
			letter = 'r'
		case '\t':
			letter = 't'
		default:
			continue
		}
		e.buffer = append(e.buffer, plain[start:i]...)
		e.buffer = append(e.buffer, '\\', letter)
		start = i + 1
	}
	e.buffer = append(e.buffer, plain[start:]...)
}
