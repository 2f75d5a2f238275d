package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/format"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// A reader reads one file in large reads and cuts it at message borders.
type reader struct {
	config *connectors.Config
	name   string // as configured
	file   *os.File
	framer format.Framer

	offset int64 // of what the framer has used up
	line   int64
	head   []byte
	tail   []byte
	last   connectors.Position // the end of the batch before, this run's or an earlier one's

	buffer []byte // read and not used up
	spare  []byte // the array that buffer is a part of
	ended  bool   // the file has nothing after buffer
}

func openReader(c *connectors.Config, name, kind string, end connectors.Position) (*reader, error) {
	f, err := os.Open(resolve(c.Folder, name))
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", name, errors.Unwrap(err))
	}
	r := &reader{config: c, name: name, file: f, line: 1, spare: make([]byte, readBytes)}
	if err := r.start(kind, c.MaxMessage, end); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *reader) start(kind string, maxMessage int, end connectors.Position) error {
	info, err := r.file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", r.name, err)
	case info.IsDir():
		return fmt.Errorf("%s is a folder; `%s/*.jsonl` reads the files in it", r.name, r.name)
	}
	if err := r.restore(end); err != nil {
		return err
	}
	if info.Size() == 0 && kind == "csv" {
		// Nothing is read now, not even what is being written meanwhile: it
		// has no header to be read under.
		r.framer, r.ended = format.NewLines(maxMessage), true
		return nil
	}
	var prefix []byte
	if kind == "csv" {
		header, err := firstRecord(r.file, r.name, format.RecordEnd, maxMessage)
		if err != nil {
			return err
		}
		if err := r.csv(header, maxMessage); err != nil {
			return err
		}
		prefix = header
	} else {
		r.framer = format.NewLines(maxMessage)
		prefix = r.mark()
	}
	if r.offset == 0 {
		r.advance(prefix)
		r.line += int64(bytes.Count(prefix, []byte{'\n'}))
	}
	_, err = r.file.Seek(r.offset, io.SeekStart)
	return err
}

func (r *reader) csv(header []byte, maxMessage int) error {
	names, err := format.Header(bytes.TrimPrefix(header, byteOrderMark))
	if err == nil {
		r.framer, err = format.NewCSV(names, maxMessage)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// mark is the byte order mark, if the file begins with one.
func (r *reader) mark() []byte {
	begin := make([]byte, len(byteOrderMark))
	if _, err := r.file.ReadAt(begin, 0); err == nil && bytes.Equal(begin, byteOrderMark) {
		return begin
	}
	return nil
}

// read fills a batch. The position after it is nil at the end of the file.
func (r *reader) read(ctx context.Context, out *format.Messages) (from, to connectors.Position, err error) {
	from = r.last
	before := r.offset
	out.Line = r.line
	for !out.Enough() {
		used := r.framer.Frame(out, r.buffer, r.ended)
		r.advance(r.buffer[:used])
		r.buffer = r.buffer[used:]
		if r.ended && len(r.buffer) == 0 {
			break
		}
		if used == 0 || len(r.buffer) == 0 {
			if err := r.fill(ctx); err != nil {
				return nil, nil, err
			}
		}
	}
	r.line = out.Line
	if r.offset == before {
		return nil, nil, nil
	}
	to, err = r.at()
	r.last = to
	return from, to, err
}

// fill reads more behind what is left in the buffer, which is the beginning of
// a message.
func (r *reader) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.ended || len(r.buffer) > len(r.spare)-len(r.spare)/4 {
		r.spare = append(make([]byte, 0, 2*len(r.spare)), r.buffer...)
		r.spare = r.spare[:cap(r.spare)]
	} else {
		copy(r.spare, r.buffer)
	}
	kept := len(r.buffer)
	n, err := io.ReadFull(r.file, r.spare[kept:])
	r.buffer = r.spare[:kept+n]
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		r.ended = true
	case err != nil:
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

func (r *reader) close() error { return r.file.Close() }
