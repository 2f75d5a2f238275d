package format

import (
	"bytes"
	"encoding/csv"

	"github.com/weavster/weavster/codegen/contract"
)

// An Encoder appends rows in a format. A row that can't be taken is returned
// as its index and the reason, and leaves nothing behind.
type Encoder interface {
	// Begin appends what a new file begins with.
	Begin(to []byte) []byte
	Append(to []byte, rows *contract.Rows) ([]byte, []Unfit)
}

// Unfit is a row that the format can't hold.
type Unfit struct {
	Row    int
	Detail string
}

// JSONLines writes a row a line, as it is.
type JSONLines struct{}

// Begin implements Encoder.
func (JSONLines) Begin(to []byte) []byte { return to }

// Append implements Encoder: rows are framed as lines already.
func (JSONLines) Append(to []byte, rows *contract.Rows) ([]byte, []Unfit) {
	if n := rows.Len(); n > 0 {
		to = append(to, rows.Data[:rows.Ends[n-1]]...)
		to = append(to, '\n')
	}
	return to, nil
}

// CSVColumns writes the named fields of each row, under a header. Text stands
// without its quotes, other values as their JSON, null and missing as nothing.
type CSVColumns struct {
	Columns []string
	record  []string
}

// Begin implements Encoder.
func (c *CSVColumns) Begin(to []byte) []byte { return appendRecord(to, c.Columns) }

// Append implements Encoder.
func (c *CSVColumns) Append(to []byte, rows *contract.Rows) ([]byte, []Unfit) {
	var unfit []Unfit
	for i := range rows.Len() {
		if err := c.read(rows.Row(i)); err != nil {
			unfit = append(unfit, Unfit{i, err.Error()})
			continue
		}
		to = appendRecord(to, c.record)
	}
	return to, unfit
}

func (c *CSVColumns) read(row []byte) error {
	c.record = c.record[:0]
	for range c.Columns {
		c.record = append(c.record, "")
	}
	return Object(row, func(key, value []byte) error {
		for i, name := range c.Columns {
			if name != string(key) {
				continue
			}
			text, err := CellText(value)
			if err != nil {
				return err
			}
			c.record[i] = string(text)
		}
		return nil
	})
}

// CellText is a JSON value as the text of a cell.
func CellText(value []byte) ([]byte, error) {
	switch value[0] {
	case '"':
		return Unquote(value)
	case 'n':
		return nil, nil
	}
	return value, nil
}

func appendRecord(to []byte, record []string) []byte {
	if len(record) == 1 && record[0] == "" {
		return append(to, "\"\"\n"...) // a line without anything is no record
	}
	b := bytes.NewBuffer(to)
	w := csv.NewWriter(b)
	// A bytes.Buffer takes everything, and a comma is a valid delimiter.
	if err := w.Write(record); err != nil {
		panic(err)
	}
	w.Flush()
	return b.Bytes()
}
