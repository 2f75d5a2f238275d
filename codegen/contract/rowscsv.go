package contract

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
)

var (
	errColumns = fmt.Errorf("the table has more than %d columns", MaxTableColumns)
	errCells   = fmt.Errorf("the table has more than %d cells", MaxTableCells)
)

// readCSV reads a table with a header row. Every cell is text, unless the flow
// says otherwise: what looks like a number may be a code.
func readCSV(text []byte) (*TableRows, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	header, err := reader.Read()
	if err == io.EOF {
		return nil, &TableError{Err: errors.New("the table is empty; its first row names the columns")}
	} else if err != nil {
		return nil, csvError(err, nil, 0)
	}
	t := &TableRows{Header: header, Text: true}
	if err := t.checkHeader(reader); err != nil {
		return nil, err
	}
	var places [][2]int32
	t.At = func(row, column int) Position {
		at := places[row*len(header)+column]
		return Position{Line: int(at[0]), Column: int(at[1])}
	}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return t, nil
		} else if err != nil {
			return nil, csvError(err, record, len(header))
		}
		t.Rows = append(t.Rows, record)
		if len(t.Rows)*len(header) > MaxTableCells {
			return nil, &TableError{Err: errCells}
		}
		for i := range record {
			line, column := reader.FieldPos(i)
			places = append(places, [2]int32{int32(line), int32(column)})
		}
	}
}

func (t *TableRows) checkHeader(reader *csv.Reader) error {
	if len(t.Header) > MaxTableColumns {
		return &TableError{Position{Line: 1, Column: 1}, errColumns}
	}
	for i, name := range t.Header {
		line, column := reader.FieldPos(i)
		at := Position{Line: line, Column: column}
		if name == "" {
			return &TableError{at, fmt.Errorf("column %d has no name", i+1)}
		}
		if slices.Contains(t.Header[:i], name) {
			return &TableError{at, fmt.Errorf("two columns are named %q", name)}
		}
	}
	return nil
}

func csvError(err error, record []string, columns int) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return &TableError{Err: err}
	}
	at := Position{Line: parse.Line, Column: max(parse.Column, 1)}
	if errors.Is(err, csv.ErrFieldCount) {
		return &TableError{Position{Line: parse.Line, Column: 1}, fmt.Errorf("the header has %d cells, this row %d", columns, len(record))}
	}
	return &TableError{at, parse.Err}
}
