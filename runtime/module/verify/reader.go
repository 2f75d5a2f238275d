package verify

import (
	"fmt"
	"unicode/utf8"
)

// An Error says why a module is refused, and where in its bytes.
type Error struct {
	Offset   int // from the start of the module
	Function int // the index of the function that it is about, or -1
	Reason   string
}

// Error is the reason with its place, as one sentence.
func (e *Error) Error() string {
	if e.Function >= 0 {
		return fmt.Sprintf("module refused at byte %d, function %d: %s", e.Offset, e.Function, e.Reason)
	}
	return fmt.Sprintf("module refused at byte %d: %s", e.Offset, e.Reason)
}

// A reader is a cursor over part of a module. The first thing that goes wrong
// sticks: later reads give zeros, and the caller looks at err where a loop or
// a decision depends on what was read. That keeps the decoding code free of
// checks without ever running past the end.
type reader struct {
	data     []byte // the module's bytes up to the end of this part
	at       int
	function int
	err      *Error
}

// part is a reader of the next n bytes, which this reader passes over.
func (r *reader) part(n uint32) *reader {
	start := r.at
	if r.bytes(n) == nil && n > 0 {
		return &reader{err: r.err, function: r.function}
	}
	return &reader{data: r.data[:r.at], at: start, function: r.function, err: r.err}
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.data) }

func (r *reader) fail(format string, args ...any) {
	r.failAt(r.at, format, args...)
}

func (r *reader) failAt(at int, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Offset: at, Function: r.function, Reason: fmt.Sprintf(format, args...)}
	}
}

func (r *reader) byte() byte {
	if !r.more() {
		r.fail("it ends in the middle")
		return 0
	}
	b := r.data[r.at]
	r.at++
	return b
}

func (r *reader) bytes(n uint32) []byte {
	if r.err != nil || uint64(n) > uint64(len(r.data)-r.at) {
		r.fail("it ends in the middle")
		return nil
	}
	b := r.data[r.at : r.at+int(n)]
	r.at += int(n)
	return b
}

// u32 reads an unsigned LEB128 number. Longer forms than needed are allowed,
// as the standard does, up to five bytes; linkers write them.
func (r *reader) u32() uint32 {
	var n uint32
	for shift := uint(0); shift < 35; shift += 7 {
		b := r.byte()
		if shift == 28 && b > 0x0f {
			break
		}
		n |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail("a number is longer than 32 bits")
	return 0
}

// signed reads a signed LEB128 number of the given width.
func (r *reader) signed(width uint) int64 {
	var n int64
	for shift := uint(0); shift < width; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			return r.extend(n, b, shift, width)
		}
	}
	r.fail("a number is longer than %d bits", width)
	return 0
}

// extend spreads the sign of a number whose last byte is b, and refuses bits
// beyond the width that differ from it.
func (r *reader) extend(n int64, b byte, shift, width uint) int64 {
	if used := width - shift; used < 7 {
		high := int8(b<<1) >> used // the sign bit and those beyond, sign-extended
		if high != 0 && high != -1 {
			r.fail("a number is longer than %d bits", width)
		}
	}
	if shift+7 < 64 && b&0x40 != 0 {
		n |= -1 << (shift + 7)
	}
	return n
}

func (r *reader) name() string {
	at := r.at
	b := r.bytes(r.u32())
	if r.err == nil && !utf8.Valid(b) {
		r.failAt(at, "a name isn't UTF-8")
	}
	return string(b)
}

// count reads how many entries follow. Each takes at least size bytes, so a
// count that can't be true is refused before anything is made for it.
func (r *reader) count(what string, size int, most uint32) uint32 {
	at := r.at
	n := r.u32()
	switch {
	case r.err != nil:
		return 0
	case n > most:
		r.failAt(at, "%d %s, which is more than the %d allowed", n, what, most)
		return 0
	case int64(n)*int64(size) > int64(len(r.data)-r.at):
		r.failAt(at, "%d %s don't fit in what is left of the section", n, what)
		return 0
	}
	return n
}
