// Package format turns bytes into messages and rows into bytes, whatever
// carries them.
package format

import (
	"fmt"

	"github.com/weavster/weavster/codegen/contract"
)

// Messages collects what a Framer finds: one batch.
type Messages struct {
	Payload []byte // the messages, a newline after each
	Ends    []uint32
	Lines   []int64 // the line on which each message begins
	Refused []Refused

	// Full is how many bytes of payload are enough for a batch.
	Full int
	// Line is the line on which the next message begins.
	Line int64
	kept int // bytes of Refused
}

// Refused is a stretch of the stream that isn't a message.
type Refused struct {
	Bytes  []byte
	Line   int64
	Code   contract.ErrorCode
	Detail string
}

// Enough says whether the batch should be closed. What was refused counts
// too, so that a file of nothing else is read in bounded memory.
func (m *Messages) Enough() bool { return len(m.Payload)+m.kept >= m.Full }

// Len is how many messages there are, without the refused.
func (m *Messages) Len() int { return len(m.Ends) }

// Reset empties the batch and keeps its buffers, but for Refused.
func (m *Messages) Reset() {
	m.Payload, m.Ends, m.Lines, m.Refused, m.kept = m.Payload[:0], m.Ends[:0], m.Lines[:0], nil, 0
}

func (m *Messages) add(message []byte) {
	m.Payload = append(m.Payload, message...)
	m.end()
}

// end closes the message whose bytes were appended to the payload.
func (m *Messages) end() {
	m.Ends = append(m.Ends, uint32(len(m.Payload)))
	m.Lines = append(m.Lines, m.Line)
	m.Payload = append(m.Payload, '\n')
}

func (m *Messages) refuse(bytes []byte, code contract.ErrorCode, detail string, args ...any) {
	kept := append([]byte(nil), bytes...)
	m.kept += len(kept)
	m.Refused = append(m.Refused, Refused{Bytes: kept, Line: m.Line, Code: code, Detail: fmt.Sprintf(detail, args...)})
}

// A Framer cuts a stream of bytes into messages.
type Framer interface {
	// Frame appends the messages at the beginning of data until the batch has
	// enough, and returns how many bytes it used up. It leaves the beginning
	// of a message whose end isn't there yet; with last set, nothing follows
	// data and all of it is used.
	Frame(out *Messages, data []byte, last bool) int
}
