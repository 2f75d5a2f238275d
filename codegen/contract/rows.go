package contract

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// TableRows are a table as it was read: cells are JSON.
type TableRows struct {
	Header []string
	Rows   [][]string // as long as the header, each
	Lines  []int      // the line of each row in its file; nil where there is no file
}

// A TableError is what is wrong with a table, and where. Line is 0 where it
// isn't about one row.
type TableError struct {
	Line int
	Err  error
}

// Error is the cause, with the line.
func (e *TableError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap is the cause.
func (e *TableError) Unwrap() error { return e.Err }

// ReadCSV reads a table from CSV with a header row. Every cell is text: what
// looks like a number may be a code.
func ReadCSV(text []byte) (*TableRows, error) {
	reader, header, err := openCSV(text)
	if err != nil {
		return nil, err
	}
	t := &TableRows{Header: header}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return t, nil
		} else if err != nil {
			return nil, csvError(err)
		}
		line, _ := reader.FieldPos(0)
		row := make([]string, len(record))
		for i, cell := range record {
			row[i] = jsonText(cell)
		}
		t.Rows, t.Lines = append(t.Rows, row), append(t.Lines, line)
	}
}

// CSVHeader reads the names of the columns alone.
func CSVHeader(text []byte) ([]string, error) {
	_, header, err := openCSV(text)
	return header, err
}

func openCSV(text []byte) (*csv.Reader, []string, error) {
	if !utf8.Valid(text) {
		return nil, nil, &TableError{Err: errors.New("the table isn't UTF-8")}
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err == io.EOF {
		return nil, nil, &TableError{Err: errors.New("the table is empty; its first row names the columns")}
	} else if err != nil {
		return nil, nil, csvError(err)
	}
	header = slices.Clone(header)
	return reader, header, checkHeader(header)
}

func checkHeader(header []string) error {
	for i, name := range header {
		if name == "" {
			return &TableError{1, fmt.Errorf("column %d has no name", i+1)}
		}
		if slices.Contains(header[:i], name) {
			return &TableError{1, fmt.Errorf("two columns are named %q", name)}
		}
	}
	return nil
}

func csvError(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return &TableError{parse.Line, errors.New("the row has more or fewer cells than the header")}
	}
	return &TableError{parse.Line, parse.Err}
}

// places are the indexes of the key and of the columns.
func (t *TableRows) places(key string, columns []string) (int, []int, error) {
	at := make([]int, 0, len(columns)+1)
	for _, name := range append([]string{key}, columns...) {
		i := slices.Index(t.Header, name)
		if i < 0 {
			return 0, nil, &TableError{Err: fmt.Errorf("the table has no column %q; it has %s", name, strings.Join(t.Header, ", "))}
		}
		at = append(at, i)
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Header) {
			return 0, nil, t.errorf(i, "the row has %d cells, the header %d", len(row), len(t.Header))
		}
	}
	return at[0], at[1:], nil
}

func (t *TableRows) line(row int) int {
	if row < len(t.Lines) {
		return t.Lines[row]
	}
	return row + 1
}

func (t *TableRows) errorf(row int, format string, args ...any) error {
	return &TableError{t.line(row), fmt.Errorf(format, args...)}
}

// keyText is what a key is compared by: a text itself, an integer's digits.
func keyText(cell string) (string, error) {
	if strings.HasPrefix(cell, `"`) {
		var text string
		err := json.Unmarshal([]byte(cell), &text)
		return text, err
	}
	digits := strings.TrimPrefix(cell, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", fmt.Errorf("a key has to be text or an integer, not %s", cell)
	}
	return cell, nil
}

func jsonText(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
