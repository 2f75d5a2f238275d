package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// printReport prints a report, for people or as JSON, without the secrets that
// redact knows.
func printReport(out io.Writer, report interface {
	Print(to io.Writer, colour bool) error
}, asJSON bool, redact func(string) string) error {
	var b strings.Builder
	if asJSON {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else if err := report.Print(&b, isTerminal(out)); err != nil {
		return err
	}
	_, err := io.WriteString(out, redact(b.String()))
	return err
}

// printJSON prints what scripts read.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// A printer shows the rows of one result after the other. Values are in
// Postgres' text form, nil where they are null.
type printer interface {
	begin(fields []pgconn.FieldDescription) error
	row(values [][]byte) error
	end(tag pgconn.CommandTag) error
}

// numeric are the types whose values stand on the right, and bare in JSON.
func numeric(oid uint32) bool {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.NumericOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.OIDOID:
		return true
	}
	return false
}

// A tablePrinter keeps a result's rows, to align them.
type tablePrinter struct {
	w      io.Writer
	fields []pgconn.FieldDescription
	rows   [][]string
}

func (p *tablePrinter) begin(fields []pgconn.FieldDescription) error {
	// The descriptions are the connection's, and reused.
	p.fields = append([]pgconn.FieldDescription{}, fields...)
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = oneLine(f.Name)
	}
	p.rows = [][]string{header}
	return nil
}

func (p *tablePrinter) row(values [][]byte) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = oneLine(string(v))
	}
	p.rows = append(p.rows, cells)
	return nil
}

func (p *tablePrinter) end(tag pgconn.CommandTag) error {
	if p.fields == nil {
		_, err := fmt.Fprintln(p.w, tag)
		return err
	}
	widths := make([]int, len(p.fields))
	for _, cells := range p.rows {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, cells := range p.rows {
		p.line(&b, cells, widths)
		if n == 0 {
			for i, width := range widths {
				b.WriteString([]string{"", "  "}[min(i, 1)] + strings.Repeat("-", width))
			}
			b.WriteByte('\n')
		}
	}
	plural := "s"
	if len(p.rows) == 2 {
		plural = ""
	}
	fmt.Fprintf(&b, "(%d row%s)\n", len(p.rows)-1, plural)
	p.fields, p.rows = nil, nil
	_, err := io.WriteString(p.w, b.String())
	return err
}

func (p *tablePrinter) line(b *strings.Builder, cells []string, widths []int) {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteString("  ")
		}
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if numeric(p.fields[i].DataTypeOID) {
			line.WriteString(space + cell)
		} else {
			line.WriteString(cell + space)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// oneLine makes what would break a table, or move a terminal's cursor, visible.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unicode.IsControl(r):
			return utf8.RuneError
		}
		return r
	}, text)
}

// A jsonPrinter writes an object a row.
type jsonPrinter struct {
	w      io.Writer
	fields []pgconn.FieldDescription
}

func (p *jsonPrinter) begin(fields []pgconn.FieldDescription) error {
	p.fields = append([]pgconn.FieldDescription{}, fields...)
	return nil
}

func (p *jsonPrinter) row(values [][]byte) error {
	b := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(p.fields[i].Name)
		if err != nil {
			return err
		}
		value, err := jsonValue(p.fields[i].DataTypeOID, v)
		if err != nil {
			return err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	_, err := p.w.Write(append(b, '}', '\n'))
	return err
}

func (p *jsonPrinter) end(pgconn.CommandTag) error { return nil }

// jsonValue keeps numbers' digits and JSON's own bytes; what JSON can't say
// otherwise is text.
func jsonValue(oid uint32, v []byte) ([]byte, error) {
	switch {
	case v == nil:
		return []byte("null"), nil
	case oid == pgtype.BoolOID:
		return json.Marshal(string(v) == "t")
	case oid == pgtype.JSONOID || oid == pgtype.JSONBOID, numeric(oid) && json.Valid(v): // NaN isn't
		return v, nil
	}
	return json.Marshal(string(v))
}

type csvPrinter struct{ w *csv.Writer }

func newCSVPrinter(w io.Writer) *csvPrinter { return &csvPrinter{csv.NewWriter(w)} }

func (p *csvPrinter) begin(fields []pgconn.FieldDescription) error {
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = f.Name
	}
	return p.w.Write(header)
}

func (p *csvPrinter) row(values [][]byte) error {
	record := make([]string, len(values))
	for i, v := range values {
		record[i] = string(v)
	}
	return p.w.Write(record)
}

func (p *csvPrinter) end(pgconn.CommandTag) error {
	p.w.Flush()
	return p.w.Error()
}
