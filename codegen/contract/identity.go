package contract

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// An ID is who a row is, for whoever receives it: the same however often, by
// whichever process and in whatever batch the row is written, and that of no
// other row. It is a UUID of version 8, RFC 9562.
type ID [16]byte

// Row is the ID of a row: of the message with that number in the place that
// the origin stands for, to that output, where the rows of one message are
// counted from 0. It is the same for good: receivers have kept it.
func (o Origin) Row(number int64, output string, index int) ID {
	b := make([]byte, 0, 128)
	b = append(b, o[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(number))
	b = binary.BigEndian.AppendUint64(b, uint64(index))
	b = append(b, output...)
	sum := sha256.Sum256(b)
	id := ID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Append appends the ID as text: 8-4-4-4-12 hexadecimal digits.
func (id ID) Append(b []byte) []byte {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b
}

// String is the ID as text.
func (id ID) String() string { return string(id.Append(make([]byte, 0, 36))) }

// Identify sets the IDs of all rows, which are to that output. Numbers are
// those of the batch's messages.
func (r *Rows) Identify(origin Origin, numbers []int64, output string) {
	r.IDs = r.IDs[:0]
	index := 0
	for i, m := range r.Message {
		if index++; i == 0 || m != r.Message[i-1] {
			index = 0
		}
		r.IDs = append(r.IDs, origin.Row(numbers[m], output, index))
	}
}
