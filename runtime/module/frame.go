package module

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/weavster/weavster/codegen/contract"
)

// maxFrame keeps every offset of a frame, and the slack after it, within 31
// bits.
const maxFrame = math.MaxInt32 - contract.InputSlack

// configFrame is a configuration in the form that ExportInit takes.
func configFrame(vars, tables [][]byte) ([]byte, error) {
	header := 8 + 8*(len(vars)+len(tables))
	size := header
	for _, part := range append(vars[:len(vars):len(vars)], tables...) {
		size += (len(part) + 7) &^ 7
		if size > maxFrame {
			return nil, fmt.Errorf("the flow's variables and tables take more than %d bytes", maxFrame)
		}
	}
	frame := make([]byte, header, size)
	at := 0
	for _, parts := range [][][]byte{vars, tables} {
		binary.LittleEndian.PutUint32(frame[at:], uint32(len(parts)))
		at += 4
		for _, part := range parts {
			binary.LittleEndian.PutUint32(frame[at:], uint32(len(frame)))
			binary.LittleEndian.PutUint32(frame[at+4:], uint32(len(part)))
			at += 8
			frame = append(frame, part...)
			// Tables hold numbers: begin each on a multiple of eight.
			frame = append(frame, make([]byte, -len(frame)&7)...)
		}
	}
	return frame, nil
}

// A span is the messages [lo, hi) of a batch, as one call's input. It isn't
// copied: write puts it straight into the guest's memory.
type span struct {
	batch    *contract.Batch
	lo, hi   int
	meta     bool
	identity bool
}

// part is a part of the span: the messages [lo, hi) of the batch.
func (s span) part(lo, hi int) span {
	s.lo, s.hi = lo, hi
	return s
}

func (s span) count() int { return s.hi - s.lo }

// bounds are where the span's bytes begin and end in a payload, the last
// separator left out.
func (s span) bounds(ends []uint32) (from, to uint32) {
	if s.lo > 0 {
		from = ends[s.lo-1] + 1
	}
	return from, ends[s.hi-1]
}

// size is how long the span's frame is.
func (s span) size() int {
	from, to := s.bounds(s.batch.Ends)
	size := contract.BatchHeaderSize + 4*s.count() + int(to-from) + 1
	if s.meta {
		from, to = s.bounds(s.batch.MetaEnds)
		size += 4*s.count() + int(to-from) + 1 + 3 // 3: its ends are aligned
	}
	if s.identity {
		size += len(s.batch.Origin) + 8*s.count()
	}
	return size
}

// write lays the span out in frame, which has the length that size gives.
func (s span) write(frame []byte) {
	header := frame[:contract.BatchHeaderSize]
	clear(header)
	put := binary.LittleEndian.PutUint32
	put(header, uint32(s.count()))
	at := uint32(contract.BatchHeaderSize)
	put(header[12:], at)
	at += s.writeEnds(frame[at:], s.batch.Ends)
	if s.identity {
		put(header[40:], at)
		at += s.writeIdentities(frame[at:])
	}
	if s.meta {
		put(header[24:], at)
		at += s.writeEnds(frame[at:], s.batch.MetaEnds)
		n := s.writeText(frame[at:], s.batch.Meta, s.batch.MetaEnds)
		put(header[16:], at)
		put(header[20:], n)
		at += n
	}
	// The payload comes last, so that the slack lies right behind it.
	put(header[4:], at)
	put(header[8:], s.writeText(frame[at:], s.batch.Payload, s.batch.Ends))
	if s.batch.Trace {
		put(header[28:], contract.FlagTrace)
	}
	binary.LittleEndian.PutUint64(header[32:], uint64(s.batch.Now.UnixNano()))
}

func (s span) writeEnds(to []byte, ends []uint32) uint32 {
	from, _ := s.bounds(ends)
	for i, end := range ends[s.lo:s.hi] {
		binary.LittleEndian.PutUint32(to[4*i:], end-from)
	}
	return uint32(4 * s.count())
}

func (s span) writeIdentities(to []byte) uint32 {
	n := copy(to, s.batch.Origin[:])
	for _, number := range s.batch.Numbers[s.lo:s.hi] {
		binary.LittleEndian.PutUint64(to[n:], uint64(number))
		n += 8
	}
	return uint32(n)
}

// writeText copies the span's messages with their separators. The last one
// is written, not copied: a payload may end with its last message.
func (s span) writeText(to, text []byte, ends []uint32) uint32 {
	from, end := s.bounds(ends)
	n := copy(to, text[from:end])
	to[n] = '\n'
	return uint32(n) + 1
}

// checkBatch refuses a batch that doesn't hold together, so that a caller's
// mistake is an error instead of a message made of its neighbours.
func checkBatch(b *contract.Batch, meta, identity bool) error {
	if err := checkEnds("payload", b.Payload, b.Ends); err != nil {
		return err
	}
	if identity && len(b.Numbers) != len(b.Ends) {
		return fmt.Errorf("batch numbers %d of its %d messages", len(b.Numbers), len(b.Ends))
	}
	if !meta {
		return nil
	}
	if len(b.MetaEnds) != len(b.Ends) {
		return fmt.Errorf("batch has metadata for %d of its %d messages", len(b.MetaEnds), len(b.Ends))
	}
	return checkEnds("metadata", b.Meta, b.MetaEnds)
}

func checkEnds(what string, text []byte, ends []uint32) error {
	start := uint64(0)
	for i, end := range ends {
		if uint64(end) < start || uint64(end) > uint64(len(text)) {
			return fmt.Errorf("batch's %s ends message %d at byte %d, outside %d to %d", what, i, end, start, len(text))
		}
		start = uint64(end) + 1
	}
	return nil
}
