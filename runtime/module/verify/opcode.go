package verify

import "encoding/binary"

// Opcodes that the checks look at. Those behind a prefix have it as their
// high byte.
const (
	opBlock     = 0x02
	opLoop      = 0x03
	opIf        = 0x04
	opEnd       = 0x0b
	opBr        = 0x0c
	opBrIf      = 0x0d
	opBrTable   = 0x0e
	opCall      = 0x10
	opCallTable = 0x11
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opRefFunc   = 0xd2

	prefixBulk   = 0xfc
	prefixVector = 0xfd

	opMemoryCopy = prefixBulk<<8 | 10
	opMemoryFill = prefixBulk<<8 | 11
)

// A form says what stands behind an opcode.
type form byte

const (
	unknown form = iota // refused: threads, exceptions, tail calls, garbage collection, and what isn't an instruction
	refused             // known, and refused: writes a table, or copies what no charge is made for
	none
	blockForm
	index      // one index
	twoIndexes // two
	labels     // br_table's
	types      // select's list of types
	heapType   // ref.null's
	signed32   // a constant
	signed64   // a constant
	bytes4     // a constant
	bytes8     // a constant
	bytes16    // a constant, or lanes
	access     // alignment and offset of a load or store
	accessLane // the same, and a lane
	lane       // a lane
	zeroByte   // the index of the only memory
	zeroBytes  // twice
)

// An opRange gives a run of opcodes one form.
type opRange struct {
	first, last byte
	form        form
}

var plainForms = table([]opRange{
	{0x00, 0x01, none},      // unreachable, nop
	{0x02, 0x04, blockForm}, // block, loop, if
	{0x05, 0x05, none},      // else
	{0x0b, 0x0b, none},      // end
	{0x0c, 0x0d, index},     // br, br_if
	{0x0e, 0x0e, labels},    // br_table
	{0x0f, 0x0f, none},      // return
	{0x10, 0x10, index},     // call
	{0x11, 0x11, twoIndexes},
	{0x1a, 0x1b, none}, // drop, select
	{0x1c, 0x1c, types},
	{0x20, 0x24, index},    // locals and globals
	{0x25, 0x26, refused},  // table.get, table.set
	{0x28, 0x3e, access},   // loads and stores
	{0x3f, 0x40, zeroByte}, // memory.size, memory.grow
	{0x41, 0x41, signed32},
	{0x42, 0x42, signed64},
	{0x43, 0x43, bytes4},
	{0x44, 0x44, bytes8},
	{0x45, 0xc4, none}, // comparisons, arithmetic, conversions, sign extension
	{0xd0, 0xd0, heapType},
	{0xd1, 0xd1, none},
	{0xd2, 0xd2, index},
})

var bulkForms = table([]opRange{
	{0, 7, none},    // saturating conversions
	{8, 9, refused}, // memory.init, data.drop
	{10, 10, zeroBytes},
	{11, 11, zeroByte},
	{12, 17, refused}, // tables
})

// The vector opcodes of WebAssembly 2.0; the gaps are opcodes that were never
// given out, and those from 0x100 are relaxed ones, which may differ between
// machines.
var vectorForms = table([]opRange{
	{0x00, 0x0b, access},
	{0x0c, 0x0d, bytes16}, // v128.const, i8x16.shuffle
	{0x0e, 0x14, none},
	{0x15, 0x22, lane}, // extract and replace
	{0x23, 0x53, none},
	{0x54, 0x5b, accessLane},
	{0x5c, 0x5d, access},
	{0x5e, 0x99, none},
	{0x9b, 0xa1, none},
	{0xa3, 0xa4, none},
	{0xa7, 0xae, none},
	{0xb1, 0xb1, none},
	{0xb5, 0xba, none},
	{0xbc, 0xc1, none},
	{0xc3, 0xc4, none},
	{0xc7, 0xce, none},
	{0xd1, 0xd1, none},
	{0xd5, 0xe1, none},
	{0xe3, 0xed, none},
	{0xef, 0xff, none},
})

func table(ranges []opRange) (t [256]form) {
	for _, r := range ranges {
		for op := int(r.first); op <= int(r.last); op++ {
			t[op] = r.form
		}
	}
	return t
}

// An instruction is decoded as far as the checks need.
type instruction struct {
	at   int
	op   uint16
	arg  int64  // its first immediate: an index, a constant or, of a load or store, the offset
	more uint32 // its second, or how many there are
}

// next decodes an instruction of a body.
func (r *reader) next() instruction {
	in := instruction{at: r.at, op: uint16(r.byte())}
	f := plainForms[in.op]
	if in.op == prefixBulk || in.op == prefixVector {
		forms := &bulkForms
		if in.op == prefixVector {
			forms = &vectorForms
		}
		sub := r.opcode()
		f = unknown
		if sub < 256 {
			f = forms[sub]
			in.op = in.op<<8 | uint16(sub)
		}
	}
	r.immediates(&in, f)
	return in
}

// opcode reads the number behind a prefix. Only its shortest form will do:
// wazero takes the first byte of a vector opcode for the whole of it, and the
// second, which is then always 1, for a nop. A longer form would be one
// instruction here and others there.
func (r *reader) opcode() uint32 {
	at := r.at
	n := r.u32()
	if shortest := binary.AppendUvarint(nil, uint64(n)); r.at-at > len(shortest) {
		r.failAt(at, "an opcode is written longer than it has to be")
	}
	return n
}

func (r *reader) immediates(in *instruction, f form) {
	switch f {
	case none:
	case blockForm:
		in.arg = r.signed(33)
	case index:
		in.arg = int64(r.u32())
	case heapType:
		valueType(r)
	case twoIndexes:
		in.arg, in.more = int64(r.u32()), r.u32()
	case labels:
		in.more = r.count("labels", 1, maxBody)
		for range in.more + 1 {
			r.u32()
		}
	case types:
		for range r.count("types", 1, 1) {
			valueType(r)
		}
	case signed32:
		in.arg = r.signed(32)
	case signed64:
		in.arg = r.signed(64)
	case bytes4:
		r.bytes(4)
	case bytes8:
		r.bytes(8)
	case bytes16:
		r.bytes(16)
	case access, accessLane:
		r.access(in)
		if f == accessLane {
			r.byte()
		}
	case lane:
		r.byte()
	case zeroByte:
		r.memoryIndex()
	case zeroBytes:
		r.memoryIndex()
		r.memoryIndex()
	case refused:
		r.failAt(in.at, "an instruction handles a table or a data segment, which no flow does")
	default:
		r.failAt(in.at, "instruction 0x%02x is not one that a flow has", in.op)
	}
}

// access reads where a load or store goes. A set bit 6 of the alignment would
// name a memory.
func (r *reader) access(in *instruction) {
	in.more = r.u32()
	in.arg = int64(r.u32())
	if in.more >= 1<<6 {
		r.failAt(in.at, "a load or store names a memory")
	}
}

func (r *reader) memoryIndex() {
	if at := r.at; r.byte() != 0 {
		r.failAt(at, "an instruction names a second memory")
	}
}
