package minijinja

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/source"
)

// ErrorKind says what a source is at fault for.
type ErrorKind string

// What may be wrong with a source.
const (
	Syntax    ErrorKind = "syntax"    // it can't be parsed
	Undefined ErrorKind = "undefined" // a name without a value was used
	Failed    ErrorKind = "render"    // a filter, function or operator refused
	Fuel      ErrorKind = "fuel"      // rendering took too many instructions
	TooDeep   ErrorKind = "too_deep"  // it nests beyond the limit, or took too much memory
	TooLarge  ErrorKind = "too_large" // it is longer than MaxSource
)

// An Error is MiniJinja's word on a source.
type Error struct {
	Kind ErrorKind
	// Template is the template that At is a place in; "" is the source itself.
	Template string
	At       source.Span
	Message  string
}

// Error is the message, with the name of another template that it is about.
func (e *Error) Error() string {
	if e.Template != "" {
		return fmt.Sprintf("%s (in %s)", e.Message, e.Template)
	}
	return e.Message
}

// A failure is an Error as the module puts it.
type failure struct {
	Kind     string  `json:"kind"`
	Message  string  `json:"message"`
	Template string  `json:"template"`
	At       *[2]int `json:"at"`
}

func (f *failure) error(text string) error {
	if f.Kind == "request" {
		return fmt.Errorf("MiniJinja's module refused a request: %s; if minijinja.wasm is older than this program, copy it anew", f.Message)
	}
	e := &Error{Kind: ErrorKind(f.Kind), Template: f.Template, Message: f.Message}
	if f.At != nil {
		e.At = source.Span{Start: f.At[0], End: f.At[1]}
	} else if f.Template == "" {
		e.At = source.Span{Start: 0, End: len(text)}
	}
	return e
}

// trapped is what it means for the user that the module gave up. Sources
// within our limits on depth fit its stack; those far beyond them may end it
// before they are measured.
func trapped(err error, text string) error {
	if strings.Contains(err.Error(), "stack overflow") || strings.Contains(err.Error(), "out of bounds memory access") ||
		strings.Contains(err.Error(), "unreachable") {
		return &Error{Kind: TooDeep, At: source.Span{Start: 0, End: len(text)}, Message: "nests too deep, or takes too much memory"}
	}
	return errors.Join(errors.New("MiniJinja's module failed"), err)
}
