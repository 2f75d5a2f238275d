// Package stored is batches as bytes: what stands in weavster.batch, of a
// flow's inbox as of rows that wait for an output. It keeps all that the
// engine needs to go on with a batch as if it had just been read: messages,
// their metadata, where they are from, the time that the flow saw, and, where
// the flow has run already, the rows that it made of them.
//
// Not kept are places in a source (From, To), the receipt, and a result's
// drops and failures: they were settled when the batch was stored.
package stored

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
)

// version is the first byte. A program reads the versions up to its own, and
// within one every field: one that it skipped might be half of a message.
const version = 1

// The fields of a batch, in Protocol Buffers' wire format.
// https://protobuf.dev/programming-guides/encoding/
const (
	partition protowire.Number = iota + 1
	file
	lines
	payload
	ends
	meta
	metaEnds
	now
	only
	attempt
	refused
	result
	rows
)

// The fields of refused and rows.
const (
	refusedBytes protowire.Number = iota + 1
	refusedLine
	refusedCode
	refusedDetail
)

const (
	rowsData protowire.Number = iota + 1
	rowsEnds
	rowsMessage
)

// Append appends a batch.
func Append(to []byte, b *connectors.Batch) []byte {
	to = append(to, version)
	to = addText(to, partition, b.Partition)
	to = addText(to, file, b.File)
	to = addNumbers(to, lines, b.Lines)
	to = addBytes(to, payload, b.Payload)
	to = addNumbers(to, ends, b.Ends)
	to = addBytes(to, meta, b.Meta)
	to = addNumbers(to, metaEnds, b.MetaEnds)
	if !b.Now.IsZero() {
		to = protowire.AppendVarint(protowire.AppendTag(to, now, protowire.VarintType), protowire.EncodeZigZag(b.Now.UnixNano()))
	}
	to = addText(to, only, b.Only)
	to = addNumber(to, attempt, uint64(b.Attempt))
	for i := range b.Refused {
		to = addBytes(to, refused, appendRefused(nil, &b.Refused[i]))
	}
	if b.Result == nil {
		return to
	}
	to = protowire.AppendVarint(protowire.AppendTag(to, result, protowire.VarintType), uint64(len(b.Result.Outputs)))
	for i := range b.Result.Outputs {
		to = protowire.AppendBytes(protowire.AppendTag(to, rows, protowire.BytesType), appendRows(nil, &b.Result.Outputs[i]))
	}
	return to
}

func appendRefused(to []byte, r *connectors.Refused) []byte {
	to = addBytes(to, refusedBytes, r.Bytes)
	to = addNumber(to, refusedLine, protowire.EncodeZigZag(r.Line))
	to = addNumber(to, refusedCode, uint64(r.Code))
	// An empty refusal would be no field at all.
	return protowire.AppendString(protowire.AppendTag(to, refusedDetail, protowire.BytesType), r.Detail)
}

func appendRows(to []byte, r *contract.Rows) []byte {
	to = addBytes(to, rowsData, r.Data)
	to = addNumbers(to, rowsEnds, r.Ends)
	return addNumbers(to, rowsMessage, r.Message)
}

func addText(to []byte, field protowire.Number, text string) []byte {
	if text == "" {
		return to
	}
	return protowire.AppendString(protowire.AppendTag(to, field, protowire.BytesType), text)
}

func addBytes(to []byte, field protowire.Number, b []byte) []byte {
	if len(b) == 0 {
		return to
	}
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), b)
}

func addNumber(to []byte, field protowire.Number, n uint64) []byte {
	if n == 0 {
		return to
	}
	return protowire.AppendVarint(protowire.AppendTag(to, field, protowire.VarintType), n)
}

// addNumbers appends each number's distance from the one before: offsets and
// line numbers grow in small steps.
func addNumbers[N uint32 | int64](to []byte, field protowire.Number, list []N) []byte {
	if len(list) == 0 {
		return to
	}
	var packed []byte
	before := int64(0)
	for _, n := range list {
		packed = binary.AppendVarint(packed, int64(n)-before)
		before = int64(n)
	}
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), packed)
}

// Read is the batch of Append. It shares the bytes.
func Read(body []byte) (*connectors.Batch, error) {
	if len(body) == 0 {
		return nil, errors.New("a stored batch is empty")
	}
	if body[0] != version {
		return nil, fmt.Errorf("a stored batch has version %d; this program reads up to %d: a newer one wrote it", body[0], version)
	}
	b := &connectors.Batch{}
	outputs := -1
	err := fields(body[1:], func(field protowire.Number, text []byte, n uint64) (err error) {
		switch field {
		case partition:
			b.Partition = string(text)
		case file:
			b.File = string(text)
		case lines:
			b.Lines, err = numbers[int64](text)
		case payload:
			b.Payload = text
		case ends:
			b.Ends, err = numbers[uint32](text)
		case meta:
			b.Meta = text
		case metaEnds:
			b.MetaEnds, err = numbers[uint32](text)
		case now:
			b.Now = time.Unix(0, protowire.DecodeZigZag(n)).UTC()
		case only:
			b.Only = string(text)
		case attempt:
			b.Attempt = int(n)
		case refused:
			var r connectors.Refused
			r, err = readRefused(text)
			b.Refused = append(b.Refused, r)
		case result:
			outputs, b.Result = int(n), &contract.Result{}
		case rows:
			if b.Result == nil {
				return errors.New("rows without a result")
			}
			var r contract.Rows
			r, err = readRows(text)
			b.Result.Outputs = append(b.Result.Outputs, r)
		default:
			return fmt.Errorf("field %d", field)
		}
		return err
	})
	if err == nil {
		err = check(b, outputs)
	}
	if err != nil {
		return nil, fmt.Errorf("a stored batch can't be read: %w", err)
	}
	return b, nil
}

func readRefused(body []byte) (r connectors.Refused, err error) {
	err = fields(body, func(field protowire.Number, text []byte, n uint64) error {
		switch field {
		case refusedBytes:
			r.Bytes = text
		case refusedLine:
			r.Line = protowire.DecodeZigZag(n)
		case refusedCode:
			r.Code = contract.ErrorCode(n)
		case refusedDetail:
			r.Detail = string(text)
		default:
			return fmt.Errorf("field %d of a refused message", field)
		}
		return nil
	})
	return r, err
}

func readRows(body []byte) (r contract.Rows, err error) {
	err = fields(body, func(field protowire.Number, text []byte, _ uint64) (err error) {
		switch field {
		case rowsData:
			r.Data = text
		case rowsEnds:
			r.Ends, err = numbers[uint32](text)
		case rowsMessage:
			r.Message, err = numbers[uint32](text)
		default:
			return fmt.Errorf("field %d of rows", field)
		}
		return err
	})
	return r, err
}

// fields goes through the fields of a body: text for those of bytes, n for
// numbers.
func fields(body []byte, each func(field protowire.Number, text []byte, n uint64) error) error {
	for len(body) > 0 {
		field, kind, size := protowire.ConsumeTag(body)
		if size < 0 {
			return protowire.ParseError(size)
		}
		body = body[size:]
		var text []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(body)
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(body)
		default:
			return fmt.Errorf("a field of type %d", kind)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		body = body[size:]
		if err := each(field, text, n); err != nil {
			return err
		}
	}
	return nil
}

func numbers[N uint32 | int64](packed []byte) ([]N, error) {
	var list []N
	before := int64(0)
	for len(packed) > 0 {
		step, size := binary.Varint(packed)
		if size <= 0 {
			return nil, errors.New("a list of numbers is cut off")
		}
		packed, before = packed[size:], before+step
		if int64(N(before)) != before {
			return nil, fmt.Errorf("%d is out of range", before)
		}
		list = append(list, N(before))
	}
	return list, nil
}
