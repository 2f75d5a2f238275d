package contract

import "fmt"

// An ErrorCode says in one number why a message failed. Numbers are never
// reused: they stand in dead letters.
type ErrorCode uint16

// Errors of a message. The guest crate's `error.rs` holds the same table.
const (
	ErrMalformed      ErrorCode = 1001 // not JSON
	ErrNotUTF8        ErrorCode = 1002 // not UTF-8
	ErrNotObject      ErrorCode = 1003 // JSON, but not an object
	ErrTooDeep        ErrorCode = 1004 // nested deeper than the limit
	ErrBadText        ErrorCode = 1005 // text with a lone surrogate was read
	ErrMissing        ErrorCode = 1101 // a missing operand
	ErrUnlikeKinds    ErrorCode = 1102 // arithmetic or ordering between unlike kinds
	ErrIntegerRange   ErrorCode = 1103 // a result outside 64-bit integers, or beyond the digits of a decimal
	ErrNotFinite      ErrorCode = 1104 // a non-finite number, or division by zero
	ErrBadArgument    ErrorCode = 1105 // a function, filter or test got what it doesn't take
	ErrNotContainer   ErrorCode = 1106 // a path leads through a value that isn't an object or array
	ErrNoRow          ErrorCode = 1201 // lookup: no such key, and no default
	ErrUnmatched      ErrorCode = 1202 // no output took the message, and the flow says `unmatched: dead_letter`
	ErrTemplate       ErrorCode = 1203 // MiniJinja couldn't render the template
	ErrNoMatch        ErrorCode = 1204 // regex: no pattern matches the text, and the step says `no_match: error`
	ErrConflict       ErrorCode = 1205 // flatten, unflatten: two fields would have one place
	ErrWork           ErrorCode = 1301 // the message used up its units of work
	ErrMemory         ErrorCode = 1302 // the message used up the module's memory
	ErrTrap           ErrorCode = 1303 // the module trapped or panicked for another reason
	ErrTooLong        ErrorCode = 1304 // the message is longer than limits.message
	ErrOutputRejected ErrorCode = 1401 // an output refused the row
)

var errorNames = map[ErrorCode]string{
	ErrMalformed: "malformed", ErrNotUTF8: "not_utf8", ErrNotObject: "not_object", ErrTooDeep: "too_deep", ErrBadText: "bad_text",
	ErrMissing: "missing", ErrUnlikeKinds: "unlike_kinds", ErrIntegerRange: "integer_range", ErrNotFinite: "not_finite",
	ErrBadArgument: "bad_argument", ErrNotContainer: "not_container",
	ErrNoRow: "no_row", ErrUnmatched: "unmatched", ErrTemplate: "template", ErrNoMatch: "no_match", ErrConflict: "conflict",
	ErrWork: "work_limit", ErrMemory: "memory_limit", ErrTrap: "trap", ErrTooLong: "too_long", ErrOutputRejected: "output_rejected",
}

// String is the code as it is printed and stored: "W1101 missing".
func (c ErrorCode) String() string {
	if name, ok := errorNames[c]; ok {
		return fmt.Sprintf("W%04d %s", uint16(c), name)
	}
	return fmt.Sprintf("W%04d", uint16(c))
}
