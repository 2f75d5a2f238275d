package module

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/weavster/weavster/codegen/contract"
)

// maxText is how much of a text from the guest is kept.
const maxText = 512

// A decoder reads results out of a guest's memory, and believes nothing: an
// address, count, index or order that breaks the contract is an error. It
// keeps its slices from run to run.
type decoder struct {
	outputs, steps int  // as in the manifest
	trace          bool // whether events were asked for
	result         contract.Result
	states         []byte // by message: seen, delivered
	// failed and dropped are, by output, the last message plus one whose way
	// there failed or was dropped.
	failed, dropped []uint32
}

// memory is the guest's, as it stands after a run.
type memory []byte

func (m memory) slice(what string, address, size uint64) ([]byte, error) {
	if address > uint64(len(m)) || size > uint64(len(m))-address {
		return nil, fmt.Errorf("its %s lie outside its memory", what)
	}
	return m[address : address+size : address+size], nil
}

// records reads an address and a count from a header, and gives that many
// records.
func (m memory) records(what string, header []byte, size uint64) ([]byte, error) {
	address := uint64(binary.LittleEndian.Uint32(header))
	count := uint64(binary.LittleEndian.Uint32(header[4:]))
	return m.slice(what, address, count*size)
}

// text reads a Text, at most maxText bytes of it.
func (m memory) text(what string, header []byte) (string, error) {
	b, err := m.records(what, header, 1)
	if err != nil {
		return "", err
	}
	if len(b) > maxText {
		b = b[:maxText]
		for len(b) > 0 && !utf8.RuneStart(b[len(b)-1]) {
			b = b[:len(b)-1]
		}
		b = b[:max(len(b)-1, 0)]
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("its %s aren't UTF-8", what)
	}
	return string(b), nil
}

// decode reads the result at an address, for n messages.
func (d *decoder) decode(m memory, address uint32, n int) (*contract.Result, error) {
	header, err := m.slice("results", uint64(address), contract.ResultHeaderSize)
	if err != nil {
		return nil, err
	}
	d.states = append(d.states[:0], make([]byte, n)...)
	for _, part := range []func(memory, []byte) error{d.decodeOutputs, d.decodeDrops, d.decodeFailures, d.decodeEvents} {
		if err := part(m, header); err != nil {
			return nil, err
		}
		header = header[8:]
	}
	if i := slices.Index(d.states, 0); i >= 0 {
		return nil, fmt.Errorf("it says nothing of message %d", i)
	}
	if err := d.checkEnds(); err != nil {
		return nil, err
	}
	return &d.result, nil
}

func (d *decoder) decodeOutputs(m memory, header []byte) error {
	records, err := m.records("outputs", header, contract.OutputRecordSize)
	if err != nil {
		return err
	}
	if n := len(records) / contract.OutputRecordSize; n != d.outputs {
		return fmt.Errorf("it has %d outputs instead of %d", n, d.outputs)
	}
	if d.result.Outputs == nil {
		d.result.Outputs = make([]contract.Rows, d.outputs)
	}
	used := 0
	for i := range d.result.Outputs {
		rows := &d.result.Outputs[i]
		if err := d.decodeRows(m, records[i*contract.OutputRecordSize:], rows); err != nil {
			return err
		}
		// Rows that lie in one memory side by side can't be longer than it.
		if used += len(rows.Data) + rows.Len()*contract.RowRecordSize; used > len(m) {
			return errors.New("its outputs hold more bytes than its memory")
		}
	}
	return nil
}

func (d *decoder) decodeRows(m memory, header []byte, rows *contract.Rows) error {
	data, err := m.records("rows", header, 1)
	if err != nil {
		return err
	}
	records, err := m.records("rows", header[8:], contract.RowRecordSize)
	if err != nil {
		return err
	}
	rows.Data, rows.Ends, rows.Message = data, rows.Ends[:0], rows.Message[:0]
	last, start := uint32(0), uint64(0)
	for ; len(records) > 0; records = records[contract.RowRecordSize:] {
		message, end := binary.LittleEndian.Uint32(records), binary.LittleEndian.Uint32(records[4:])
		if err := d.mark(message, &last, seen|delivered); err != nil {
			return err
		}
		if uint64(end) < start || uint64(end) >= uint64(len(data)) || data[end] != '\n' {
			return fmt.Errorf("a row of message %d doesn't end where it says", message)
		}
		start = uint64(end) + 1
		rows.Ends = append(rows.Ends, end)
		rows.Message = append(rows.Message, message)
	}
	return nil
}

// mark notes that something was said of a message, and that no earlier one
// may follow in the same list.
func (d *decoder) mark(message uint32, last *uint32, state byte) error {
	if err := d.order(message, last); err != nil {
		return err
	}
	d.states[message] |= state
	return nil
}

// order checks that a message is one of the batch, and stands in its place.
func (d *decoder) order(message uint32, last *uint32) error {
	if uint64(message) >= uint64(len(d.states)) {
		return fmt.Errorf("it tells of message %d of %d", message, len(d.states))
	}
	if message < *last {
		return fmt.Errorf("it tells of message %d after %d", message, *last)
	}
	*last = message
	return nil
}

// target reads which output and step a record is about.
func (d *decoder) target(record []byte) (output, step int, err error) {
	output = int(binary.LittleEndian.Uint16(record[4:]))
	step = int(binary.LittleEndian.Uint16(record[6:]))
	if output == contract.AllOutputs {
		output = -1
	}
	if step == contract.NoStep {
		step = -1
	}
	if output >= d.outputs || step >= d.steps {
		err = fmt.Errorf("it names output %d and step %d, of %d and %d", output, step, d.outputs, d.steps)
	}
	return output, step, err
}

func (d *decoder) decodeDrops(m memory, header []byte) error {
	records, err := m.records("drops", header, contract.DropRecordSize)
	if err != nil {
		return err
	}
	d.result.Drops = d.result.Drops[:0]
	last := uint32(0)
	for ; len(records) > 0; records = records[contract.DropRecordSize:] {
		drop := contract.Drop{
			Message: binary.LittleEndian.Uint32(records),
			Reason:  contract.DropReason(binary.LittleEndian.Uint16(records[8:])),
		}
		part := binary.LittleEndian.Uint16(records[10:])
		drop.Part = part == 1
		if drop.Output, drop.Step, err = d.target(records); err != nil {
			return err
		}
		if err := d.mark(drop.Message, &last, seen); err != nil {
			return err
		}
		if drop.Reason < contract.Filtered || drop.Reason > contract.Unmatched {
			return fmt.Errorf("it drops message %d for reason %d, which isn't one", drop.Message, drop.Reason)
		}
		if part > 1 || drop.Part && drop.Output >= 0 {
			return fmt.Errorf("it drops part %d of message %d on the way to output %d", part, drop.Message, drop.Output)
		}
		d.result.Drops = append(d.result.Drops, drop)
	}
	return nil
}

func (d *decoder) decodeFailures(m memory, header []byte) error {
	records, err := m.records("failures", header, contract.FailureRecordSize)
	if err != nil {
		return err
	}
	d.result.Failures = d.result.Failures[:0]
	last, used := uint32(0), 0
	for ; len(records) > 0; records = records[contract.FailureRecordSize:] {
		failure, err := d.failure(m, records)
		if err != nil {
			return err
		}
		if err := d.mark(failure.Message, &last, seen); err != nil {
			return err
		}
		if used += len(failure.Field) + len(failure.Detail); used > len(m) {
			return errors.New("its failures hold more bytes than its memory")
		}
		d.result.Failures = append(d.result.Failures, failure)
	}
	return nil
}

func (d *decoder) failure(m memory, record []byte) (f contract.Failure, err error) {
	f.Message = binary.LittleEndian.Uint32(record)
	f.Code = contract.ErrorCode(binary.LittleEndian.Uint16(record[8:]))
	f.Action = contract.FailAction(binary.LittleEndian.Uint16(record[10:]))
	if f.Output, f.Step, err = d.target(record); err != nil {
		return f, err
	}
	if !isCode(f.Code) || f.Action < contract.DeadLetter || f.Action > contract.Stop {
		return f, fmt.Errorf("it fails message %d with code %d and action %d, which aren't any", f.Message, f.Code, f.Action)
	}
	if f.Field, err = m.text("field names", record[12:]); err != nil {
		return f, err
	}
	f.Detail, err = m.text("error texts", record[20:])
	return f, err
}

// isCode is whether a message may fail with the code. The compiler of a module
// may know more of them than this program.
func isCode(c contract.ErrorCode) bool { return c >= 1000 && c <= 1999 }
