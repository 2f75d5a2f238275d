package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/format"
)

// writeBytes is how much is collected before it is handed to the system.
const writeBytes = 1 << 20

// A fileSink appends rows to one file. Its mark is the file's length with a
// fingerprint of its end.
type fileSink struct {
	config  connectors.Config
	name    string // as configured
	path    string
	encoder format.Encoder
	file    *os.File

	length  int64  // of the file, what is in the buffer included
	tail    []byte // the last bytes of those
	buffer  []byte
	durable int64 // the length that was synced last
}

type mark struct {
	Bytes int64  `json:"bytes"`
	End   string `json:"end"` // fingerprint of the bytes before
}

func openSink(c connectors.Config) (connectors.Sink, error) {
	name := filepath.ToSlash(filepath.Clean(c.Options.Text("path")))
	s := &fileSink{config: c, name: name, path: resolve(c.Folder, name), encoder: format.JSONLines{}}
	if formatOf(c.Options) == "csv" {
		s.encoder = &format.CSVColumns{Columns: c.Options.Texts("columns")}
	}
	switch _, err := os.Stat(s.path); {
	case errors.Is(err, os.ErrNotExist):
		return s, nil // Reset makes it: when something else is wrong with the run, nothing is left behind
	case err != nil:
		return nil, s.cannot("be written", err)
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *fileSink) open() error {
	folder := filepath.Dir(s.path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return s.cannot("be written", err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return s.cannot("be written", err)
	}
	if err := s.claim(f, folder); err != nil {
		f.Close()
		return err
	}
	s.file = f
	return nil
}

// claim takes the file for this process alone, and makes its name durable:
// without that, a power cut may lose a file whose length a checkpoint knows.
func (s *fileSink) claim(f *os.File, folder string) error {
	if info, err := f.Stat(); err != nil {
		return s.cannot("be written", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s isn't a regular file, so what is written to it can't be taken back after a crash", s.name)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("%s is being written by another flow or process", s.name)
		}
		return s.cannot("be locked", err)
	}
	d, err := os.Open(folder)
	if err != nil {
		return s.cannot("be made durable", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return s.cannot("be made durable", err)
	}
	return nil
}

// cannot is a sentence about the file; a full disk is waited for.
func (s *fileSink) cannot(what string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	sentence := fmt.Errorf("%s can't %s: %w", s.name, what, err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &connectors.Unavailable{What: s.name, Err: sentence}
	}
	return sentence
}

// Resource implements connectors.Sink.
func (s *fileSink) Resource() string { return "file:" + s.name }

// Reset implements connectors.Sink: what lies beyond the committed length was
// written by a run that ended before its checkpoint. (rule 4)
func (s *fileSink) Reset(_ context.Context, committed connectors.Mark) (connectors.Mark, error) {
	if s.file == nil {
		if err := s.open(); err != nil {
			return nil, err
		}
	}
	info, err := s.file.Stat()
	if err != nil {
		return nil, s.cannot("be read", err)
	}
	m := mark{Bytes: info.Size()}
	if committed != nil {
		if err := json.Unmarshal(committed, &m); err != nil {
			return nil, fmt.Errorf("%s: its committed mark isn't a length: %w", s.name, err)
		}
	}
	if info.Size() < m.Bytes {
		return nil, s.changed(fmt.Sprintf("has %d bytes, and the last checkpoint recorded %d: it was cut or replaced", info.Size(), m.Bytes))
	}
	if s.tail, err = readTail(s.file, m.Bytes); err != nil {
		return nil, s.cannot("be read", err)
	}
	if committed != nil && fingerprint(nil, s.tail) != m.End {
		return nil, s.changed(fmt.Sprintf("isn't the file in which the last checkpoint recorded %d bytes: it was replaced", m.Bytes))
	}
	if err := s.file.Truncate(m.Bytes); err != nil {
		return nil, s.cannot("be cut back", err)
	}
	if _, err := s.file.Seek(m.Bytes, io.SeekStart); err != nil {
		return nil, s.cannot("be written", err)
	}
	s.length, s.durable, s.buffer = m.Bytes, -1, s.buffer[:0]
	if committed != nil {
		return committed, nil
	}
	return s.mark()
}

func readTail(f *os.File, end int64) ([]byte, error) {
	tail := make([]byte, min(end, window))
	_, err := f.ReadAt(tail, end-int64(len(tail)))
	return tail, err
}

func (s *fileSink) changed(how string) error {
	return fmt.Errorf("%s %s; put it back, or, if its rows were taken away on purpose, forget it: %s",
		s.name, how, forget(&s.config, "output", "resource", s.Resource()))
}

func (s *fileSink) mark() (connectors.Mark, error) {
	return json.Marshal(mark{Bytes: s.length, End: fingerprint(nil, s.tail)})
}

// Write implements connectors.Sink.
func (s *fileSink) Write(_ context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	if rows.Len() == 0 {
		return nil, nil
	}
	before := len(s.buffer)
	if s.length == 0 {
		s.buffer = s.encoder.Begin(s.buffer)
	} else if s.tail[len(s.tail)-1] != '\n' {
		s.buffer = append(s.buffer, '\n') // the file was there, and its last line has no end
	}
	var unfit []format.Unfit
	s.buffer, unfit = s.encoder.Append(s.buffer, rows)
	s.grow(s.buffer[before:])
	var refused []connectors.Rejection
	for _, u := range unfit {
		refused = append(refused, connectors.Rejection{Row: u.Row, Detail: u.Detail})
	}
	if len(s.buffer) < writeBytes {
		return refused, nil
	}
	return refused, s.drain()
}

func (s *fileSink) grow(added []byte) {
	s.length += int64(len(added))
	s.tail = append(s.tail, added[max(0, len(added)-window):]...)
	if over := len(s.tail) - window; over > 0 {
		s.tail = append(s.tail[:0], s.tail[over:]...)
	}
}

func (s *fileSink) drain() error {
	if _, err := s.file.Write(s.buffer); err != nil {
		return s.cannot("be written", err)
	}
	s.buffer = s.buffer[:0]
	return nil
}

// Flush implements connectors.Sink: the rows are on the disk before the
// checkpoint that counts on them. (rule 2)
func (s *fileSink) Flush(context.Context) (connectors.Mark, error) {
	if s.length != s.durable {
		if err := s.drain(); err != nil {
			return nil, err
		}
		if err := s.file.Sync(); err != nil {
			return nil, s.cannot("be made durable", err)
		}
		s.durable = s.length
	}
	return s.mark()
}

// Close implements connectors.Sink. What wasn't flushed is dropped: no
// checkpoint counts on it.
func (s *fileSink) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
