// Package contract is what a compiled flow and the runtime agree on: the
// module's exports and memory layout (the ABI), the manifest, and the form of
// a batch and its result. It is all of codegen that the runtime imports.
package contract

// ABIVersion is the version of the layout described in this file. A module
// states it in its manifest and through [ExportABI]; [CheckABI] says which ones run.
const ABIVersion = 1

// The module's only import: `(func)`, called once every [TickUnits] units of
// work, where the host may look at the clock, count, and let its own garbage
// collector in. It takes and returns nothing.
const (
	ImportModule = "weavster"
	ImportTick   = "tick"
)

// Exports of a finished module.
const (
	ExportMemory     = "memory"
	ExportInitialize = "_initialize"    // func(): runs constructors; once, first
	ExportABI        = "weavster_abi"   // func() -> i32: ABIVersion
	ExportAlloc      = "weavster_alloc" // func(len i32) -> i32: the input buffer, 16-byte aligned, with InputSlack writable bytes after len; valid until the next alloc; 0 when memory is exhausted
	ExportInit       = "weavster_init"  // func(ptr, len i32) -> i32: takes a configuration frame; 0, or the address of a Text that says why not
	ExportRun        = "weavster_run"   // func(ptr, len i32) -> i32: takes a batch frame, returns the address of a result
	ExportPanic      = "weavster_panic" // func() -> i32: the address of a Text with the last panic's message and, behind it, u32: the index of the message that was being worked on, which spares the host a search; callable after a trap
	ExportLimit      = "weavster_limit" // global mut i32: units a message may use, in TickUnits; the host may set it before a call
)

// TickUnits is how many units of work lie between two calls of the tick. A
// unit is one function entry or one turn of a loop.
const TickUnits = 1_000_000

// DefaultLimit is the initial value of [ExportLimit]: what one message may
// use, in TickUnits, before its module traps.
const DefaultLimit = 100

// InputSlack is how many bytes after an input frame the guest may read and
// write, so that it can scan with 16-byte loads and a sentinel.
const InputSlack = 64

// All integers are little endian and unsigned unless said; offsets are from
// the start of the frame; addresses are absolute in the module's memory.
//
// A configuration frame:
//
//	u32 variables; then for each, in manifest order: u32 offset, u32 length of its value as JSON
//	u32 tables;    then for each run-time table, in manifest order: u32 offset, u32 length of its blob (see EncodeTable)
//
// A batch frame, 48 bytes of header:
//
//	 0 u32 messages
//	 4 u32 payload offset, u32 payload length
//	12 u32 ends offset: u32[messages], the offset in the payload of each message's end. Message 0 starts at 0, message i at ends[i-1]+1: one separator byte, of any value, follows each message, and the guest may overwrite it
//	16 u32 meta offset, u32 meta length: the messages' metadata, a JSON object each, framed as the payload is
//	24 u32 meta ends offset, or 0 where the manifest doesn't ask for metadata
//	28 u32 flags: bit 0 asks for a trace
//	32 i64 the batch's time, nanoseconds since 1970 UTC: what now() answers
//	40 u32 identities offset: the batch's origin, 16 bytes, and u64[messages], each message's number there; or 0 where the manifest doesn't ask for them
//	44 u32 zero
//
// A Text: u32 address, u32 length; UTF-8.
//
// A result, 32 bytes at the returned address, valid until the next call:
//
//	 0 u32 address, u32 count of outputs: {u32 data address, u32 data length, u32 rows address, u32 rows count}, in manifest order.
//	     rows: {u32 message, u32 end}; row j's bytes are data[end(j-1)+1 : end(j)], and a newline follows each
//	 8 u32 address, u32 count of drops: {u32 message, u16 output, u16 step, u16 reason, u16 part}
//	16 u32 address, u32 count of failures: {u32 message, u16 output, u16 step, u16 code, u16 action, Text field, Text detail}
//	24 u32 address, u32 count of events: see Event; none where no trace was asked for
//
// Drops, failures and rows stand in ascending order of message. For each
// message there is at least one row, drop or failure. Output is AllOutputs
// where the record is about the message as a whole; step is an index into the
// manifest's steps, or NoStep.
//
// A message that a step splits goes on as its parts. Each of them may give an
// output a row, so that an output may have several rows of one message, in the
// order of the parts, and several drops. Where a part ends before it was
// routed, that is a drop with AllOutputs whose part is 1: the message goes on
// with its other parts. Where all of them end so, the last of these drops has
// the part 0: with it the message has ended. A part that fails fails its
// message, or its message's way to an output: there is one failure, and neither
// rows nor drops of the message, or of its way to that output.
const (
	BatchHeaderSize   = 48
	ResultHeaderSize  = 32
	OutputRecordSize  = 16
	RowRecordSize     = 8
	DropRecordSize    = 12
	FailureRecordSize = 28
	EventRecordSize   = 40

	FlagTrace = 1

	AllOutputs = 0xffff
	NoStep     = 0xffff
)

// DropReason says why a message, a part of one, or its way to one output,
// ended on purpose.
type DropReason uint16

const (
	Filtered  DropReason = 1 // by a filter
	Discarded DropReason = 2 // by a step's `on_error: discard`
	Unmatched DropReason = 3 // no output took it, and the flow says `unmatched: discard`
)

// FailAction is what the flow asks for when a message fails.
type FailAction uint16

const (
	DeadLetter FailAction = 1
	Stop       FailAction = 2
)
