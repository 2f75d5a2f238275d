package format

import (
	"bytes"
	"fmt"

	"github.com/weavster/weavster/codegen/contract"
)

// Lines frames one message a line. The line's end is LF or CR LF; blank lines
// are nothing; the last line needs no end.
type Lines struct{ over overlong }

// NewLines frames lines of at most max bytes.
func NewLines(max int) *Lines { return &Lines{overlong{max: max}} }

// Frame implements Framer.
func (l *Lines) Frame(out *Messages, data []byte, last bool) int {
	used := 0
	for used < len(data) && !out.Enough() {
		rest := data[used:]
		if l.over.active {
			used += l.over.pass(out, rest, last)
			continue
		}
		end := bytes.IndexByte(rest, '\n')
		switch {
		case end >= 0:
			l.line(out, rest[:end])
			used += end + 1
		case last:
			l.line(out, rest)
			used = len(data)
		case len(rest) > l.over.max+1: // one more for the CR of a line that just fits
			l.over.active = true
		default:
			return used
		}
	}
	if last && l.over.active {
		l.over.pass(out, nil, true)
	}
	return used
}

func (l *Lines) line(out *Messages, line []byte) {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(line) > l.over.max {
		l.over.pass(out, line, true)
		return
	}
	if len(bytes.TrimSpace(line)) > 0 {
		out.add(line)
	}
	out.Line++
}

// overlong passes over a line that is longer than a message may be, as it
// comes: only its first bytes are kept.
type overlong struct {
	max    int
	active bool
	kept   []byte
	length int64
}

// pass takes data up to the end of the line, and refuses the line when it is
// over. It returns how many bytes it used up.
func (o *overlong) pass(out *Messages, data []byte, last bool) int {
	line, used := data, len(data)
	end := bytes.IndexByte(data, '\n')
	if end >= 0 {
		line, used = data[:end], end+1
	}
	o.kept = append(o.kept, line[:min(len(line), o.max-len(o.kept))]...)
	o.length += int64(len(line))
	if o.active = end < 0 && !last; !o.active {
		detail := fmt.Sprintf("the line has %d bytes, and a message may have %d; the first %d are kept here", o.length, o.max, len(o.kept))
		if o.length <= int64(o.max) {
			detail = fmt.Sprintf("the record that begins here has more than the %d bytes of a message; is a quote not closed?", o.max)
		}
		out.refuse(o.kept, contract.ErrTooLong, "%s", detail)
		out.Line++
		o.kept, o.length = nil, 0
	}
	return used
}
