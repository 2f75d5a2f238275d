package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// CSV frames RFC 4180 records, each as a JSON object of strings whose keys
// are the header's. The border of a record is found here, so that reading can
// stop and go on there; what is inside is encoding/csv's to say.
type CSV struct {
	over   overlong
	keys   [][]byte // `{"id":`, `,"name":`
	fields *csv.Reader
	feed   *feed
}

// NewCSV frames records of at most max bytes under the header's names.
func NewCSV(header []string, max int) (*CSV, error) {
	c := &CSV{over: overlong{max: max}}
	seen := map[string]bool{}
	for i, name := range header {
		if seen[name] {
			return nil, fmt.Errorf("the header names %q twice", name)
		}
		seen[name] = true
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		c.keys = append(c.keys, []byte(string("{,"[min(i, 1)])+string(key)+":"))
	}
	c.reset()
	return c, nil
}

// Frame implements Framer.
func (c *CSV) Frame(out *Messages, data []byte, last bool) int {
	used := 0
	for used < len(data) && !out.Enough() {
		rest := data[used:]
		if c.over.active {
			used += c.over.pass(out, rest, last)
			continue
		}
		end := RecordEnd(rest)
		if end < 0 && !last && len(rest) <= c.over.max {
			break
		}
		if end < 0 && last {
			end = len(rest)
		}
		if end < 0 || end > c.over.max {
			// A quote that doesn't close costs its line, not the rest of the file.
			c.over.active = true
			continue
		}
		used += c.record(out, rest[:end])
	}
	if last && c.over.active {
		c.over.pass(out, nil, true)
	}
	return used
}

// record takes one record and returns how many bytes that was. After an error
// it goes on with the next line.
func (c *CSV) record(out *Messages, record []byte) int {
	end := len(record)
	lines := int64(bytes.Count(record, []byte{'\n'}))
	if len(bytes.TrimRight(record, "\r\n")) == 0 {
		out.Line += lines
		return end
	}
	c.feed.data = record
	fields, err := c.fields.Read()
	if err != nil || len(c.feed.data) > 0 || len(fields) != len(c.keys) {
		c.reset()
		line := end
		if err != nil {
			line = lineEnd(record)
		}
		out.refuse(bytes.TrimRight(record[:line], "\r\n"), contract.ErrMalformed, "%s", c.problem(err, len(fields)))
		out.Line += int64(bytes.Count(record[:line], []byte{'\n'}))
		return line
	}
	for i, field := range fields {
		out.Payload = append(out.Payload, c.keys[i]...)
		out.Payload = AppendString(out.Payload, field)
	}
	out.Payload = append(out.Payload, '}')
	out.end()
	out.Line += lines
	return end
}

func (c *CSV) problem(err error, fields int) string {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Sprintf("not CSV: %v, at byte %d", parse.Err, parse.Column)
	}
	return fmt.Sprintf("the record has %d fields, the header %d", fields, len(c.keys))
}

func (c *CSV) reset() {
	c.feed = &feed{}
	c.fields = csv.NewReader(c.feed)
	c.fields.ReuseRecord = true
	c.fields.FieldsPerRecord = -1 // counted here, so that one odd record is one error
}

// A feed hands the csv.Reader one record at a time.
type feed struct{ data []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}

// RecordEnd is the length of the record at the beginning of data, its line
// end included, or -1 where the end isn't there: a newline between quotes
// doesn't end a record.
func RecordEnd(data []byte) int {
	for at, quoted := 0, false; ; {
		newline := bytes.IndexByte(data[at:], '\n')
		if newline < 0 {
			return -1
		}
		if bytes.Count(data[at:at+newline], []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		at += newline + 1
		if !quoted {
			return at
		}
	}
}

func lineEnd(data []byte) int {
	if n := bytes.IndexByte(data, '\n'); n >= 0 {
		return n + 1
	}
	return len(data)
}

// Header reads a CSV file's first record.
func Header(record []byte) ([]string, error) {
	names, err := csv.NewReader(bytes.NewReader(record)).Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it has no header")
	}
	if err != nil {
		return nil, fmt.Errorf("its header isn't CSV: %w", err)
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if names[i] == "" {
			return nil, fmt.Errorf("its header has no name for column %d", i+1)
		}
	}
	return names, nil
}
