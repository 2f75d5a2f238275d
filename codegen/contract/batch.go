package contract

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// A Batch is a run of whole messages in the order of their source.
type Batch struct {
	// Payload holds the messages, one separator byte after each.
	Payload []byte
	// Ends holds the offset in Payload of each message's end: message i is
	// Payload[Ends[i-1]+1 : Ends[i]], message 0 starts at 0.
	Ends []uint32
	// Meta holds a JSON object for each message, framed like the payload by
	// MetaEnds. Both are nil where the flow doesn't ask for metadata.
	Meta     []byte
	MetaEnds []uint32
	// Origin and Numbers are who each message is: a number of its own in the
	// place that Origin stands for, whatever batch it comes in. What uuid_v4()
	// gives is made of them. Numbers is nil where the flow doesn't ask for it.
	Origin  Origin
	Numbers []int64
	// Now is the time that now() answers.
	Now time.Time
	// Trace asks for the result's Events. It changes nothing else of it.
	Trace bool
}

// An Origin stands for a flow's source and a partition of it.
type Origin [16]byte

// OriginOf is the same for a flow, a source and a partition for good: replays
// depend on it.
func OriginOf(flow, source, partition string) Origin {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", flow, source, partition))
	return Origin(sum[:16])
}

// Len is the number of messages.
func (b *Batch) Len() int { return len(b.Ends) }

// Message is message i's bytes, a slice of the payload.
func (b *Batch) Message(i int) []byte { return frame(b.Payload, b.Ends, i) }

// MetaOf is message i's metadata, or nil where the batch has none.
func (b *Batch) MetaOf(i int) []byte {
	if b.MetaEnds == nil {
		return nil
	}
	return frame(b.Meta, b.MetaEnds, i)
}

// A Result is what became of each message of a batch: for each output it was
// routed to rows, drops or a failure; or one drop or failure for the whole
// message; and, where it was split, the drops of parts of it. Its slices are valid until the instance that made it runs again,
// unless Clone was called.
type Result struct {
	Outputs  []Rows
	Drops    []Drop
	Failures []Failure
	Events   []Event // where the batch asked for a trace
}

// Clone is a copy that shares nothing with the instance that made the result.
func (r *Result) Clone() *Result {
	c := &Result{
		Outputs:  make([]Rows, len(r.Outputs)),
		Drops:    slices.Clone(r.Drops),
		Failures: slices.Clone(r.Failures),
		Events:   slices.Clone(r.Events),
	}
	for i := range c.Events {
		c.Events[i].Value = slices.Clone(c.Events[i].Value)
	}
	for i, rows := range r.Outputs {
		c.Outputs[i] = Rows{Data: slices.Clone(rows.Data), Ends: slices.Clone(rows.Ends), Message: slices.Clone(rows.Message), IDs: slices.Clone(rows.IDs)}
	}
	return c
}

// Rows are the messages for one output, in ascending order of Message; a
// message that was split has several.
type Rows struct {
	Data    []byte   // rows, a newline after each
	Ends    []uint32 // row i is Data[Ends[i-1]+1 : Ends[i]]
	Message []uint32 // the index in the batch of the message that row i is from
	IDs     []ID     // who row i is; nil where nobody asked
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.Ends) }

// Row is row i's bytes, without the newline.
func (r *Rows) Row(i int) []byte { return frame(r.Data, r.Ends, i) }

// Append adds a row of a message.
func (r *Rows) Append(row []byte, message uint32) {
	r.Data = append(r.Data, row...)
	r.Ends = append(r.Ends, uint32(len(r.Data)))
	r.Message = append(r.Message, message)
	r.Data = append(r.Data, '\n')
}

// AppendRow adds a row of others that are of the same batch.
func (r *Rows) AppendRow(others *Rows, i int) {
	r.Append(others.Row(i), others.Message[i])
	if others.IDs != nil {
		r.IDs = append(r.IDs, others.IDs[i])
	}
}

// A Drop is an intended end without delivery. Output is an index into the
// manifest's outputs, or -1 for the whole message; Step into its steps, or -1.
type Drop struct {
	Message uint32
	Output  int
	Step    int
	Reason  DropReason
	// Part says that a part of the message ended, and the message goes on
	// with others. Output is then -1.
	Part bool
}

// Whole says whether the message has ended with it.
func (d *Drop) Whole() bool { return d.Output < 0 && !d.Part }

// A Failure is a message, or its way to one output, that a step couldn't
// handle. Output and Step are as in Drop.
type Failure struct {
	Message uint32
	Output  int
	Step    int
	Code    ErrorCode
	Action  FailAction
	Field   string // the path that the error is about, or ""
	Detail  string // a sentence, without values of fields
}

func frame(data []byte, ends []uint32, i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = ends[i-1] + 1
	}
	return data[start:ends[i]:ends[i]]
}
