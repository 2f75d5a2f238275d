package file

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/format"
)

const (
	batchBytes     = 256 << 10 // what a batch aims at; a message is never cut
	readBytes      = 1 << 20   // what is asked of the system at once
	defaultMessage = 1 << 20   // where the configuration doesn't say how long a message may be
)

// A fileSource reads the files of a path or glob, one after the other. A file
// is a partition, under its path as it was configured.
type fileSource struct {
	config connectors.Config
	format string
	paths  []string // still to be read, as configured
	ends   map[string]connectors.Position
	open   *reader // or nil between files
	pool   sync.Pool
}

func openSource(c connectors.Config) (connectors.Source, error) {
	if c.MaxMessage <= 0 {
		c.MaxMessage = defaultMessage
	}
	s := &fileSource{config: c, format: formatOf(c.Options)}
	s.pool.New = func() any { return &format.Messages{Full: batchBytes} }
	return s, nil
}

// Seek implements connectors.Source. Every file is opened once here, so that
// one that can't be read stops the run before it began.
func (s *fileSource) Seek(_ context.Context, ends map[string]connectors.Position) error {
	paths, err := s.list()
	if err != nil {
		return err
	}
	for _, path := range paths {
		r, err := s.reader(path, ends[path])
		if err != nil {
			return err
		}
		if err := r.close(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	s.paths, s.ends = paths, ends
	return nil
}

func (s *fileSource) list() ([]string, error) {
	pattern := s.config.Options.Text("path")
	if !isGlob(pattern) {
		return []string{pattern}, nil
	}
	found, err := filepath.Glob(resolve(s.config.Folder, pattern))
	if err != nil {
		return nil, fmt.Errorf("%q isn't a glob: %w", pattern, err)
	}
	slices.Sort(found)
	var paths []string
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		if !filepath.IsAbs(pattern) {
			if path, err = filepath.Rel(s.config.Folder, path); err != nil {
				return nil, err
			}
		}
		paths = append(paths, filepath.ToSlash(path))
	}
	return paths, nil
}

func (s *fileSource) reader(path string, end connectors.Position) (*reader, error) {
	return openReader(&s.config, path, s.format, end)
}

// Read implements connectors.Source.
func (s *fileSource) Read(ctx context.Context) (*connectors.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.open == nil {
			if len(s.paths) == 0 {
				return nil, io.EOF
			}
			next, err := s.reader(s.paths[0], s.ends[s.paths[0]])
			if err != nil {
				return nil, err
			}
			s.open, s.paths = next, s.paths[1:]
		}
		messages := s.pool.Get().(*format.Messages)
		messages.Reset()
		from, to, err := s.open.read(ctx, messages)
		if err != nil {
			return nil, err
		}
		if to != nil {
			return s.batch(messages, from, to), nil
		}
		s.pool.Put(messages)
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
}

func (s *fileSource) batch(m *format.Messages, from, to connectors.Position) *connectors.Batch {
	b := &connectors.Batch{
		Batch:     contract.Batch{Payload: m.Payload, Ends: m.Ends},
		Partition: s.open.name, From: from, To: to,
		File: s.open.name, Lines: m.Lines,
	}
	if s.config.Meta {
		b.Meta, b.MetaEnds = metadata(s.open.name, m.Lines)
	}
	for _, r := range m.Refused {
		b.Refused = append(b.Refused, connectors.Refused(r))
	}
	b.OnRelease(func() { s.pool.Put(m) })
	return b
}

// metadata is a JSON object for each message: {"file": …, "line": …}.
func metadata(name string, lines []int64) (meta []byte, ends []uint32) {
	begin := append(format.AppendString([]byte(`{"file":`), name), `,"line":`...)
	for _, line := range lines {
		meta = strconv.AppendInt(append(meta, begin...), line, 10)
		meta = append(meta, '}')
		ends = append(ends, uint32(len(meta)))
		meta = append(meta, '\n')
	}
	return meta, ends
}

// Close implements connectors.Source.
func (s *fileSource) Close() error {
	if s.open == nil {
		return nil
	}
	err := s.open.close()
	s.open = nil
	return err
}
