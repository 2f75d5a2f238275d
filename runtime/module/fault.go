package module

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/weavster/weavster/codegen/contract"
)

// A fault is that the module couldn't handle what it was given: it trapped,
// ran too long, ran out of memory, or gave an answer that breaks its
// contract.
type fault struct {
	code   contract.ErrorCode
	detail string
}

func (f *fault) Error() string { return f.detail }

// memoryPrefix begins the text of a panic for lack of memory.
const memoryPrefix = "memory:"

// trapped says what a call's error means. The instance has to be renewed.
func (in *Instance) trapped(c *clock, err error) error {
	var over cancelled
	switch {
	case errors.As(err, &over):
		return over.cause
	case errors.Is(err, errTicks) || in.limit.Get() == 0:
		return &fault{contract.ErrWork, "the message needs more than its units of work"}
	}
	text := in.panicText(c)
	switch {
	case strings.HasPrefix(text, memoryPrefix):
		return &fault{contract.ErrMemory, "the message needs more than the module's memory"}
	case text != "":
		return &fault{contract.ErrTrap, "the module panicked: " + text}
	}
	return &fault{contract.ErrTrap, "the module trapped: " + trapName(err)}
}

// trapName is the first line of wazero's error, without the stack of
// functions that follows it.
func trapName(err error) string {
	name, _, _ := strings.Cut(err.Error(), "\n")
	name = strings.TrimSuffix(name, " (recovered by wazero)")
	return strings.TrimPrefix(name, "wasm error: ")
}

// panicText asks a trapped instance what its last panic said, and nothing
// where it can't say.
func (in *Instance) panicText(c *clock) string {
	// A clock of its own: this call is short, whatever the last one used.
	answer, err := in.wasm.ExportedFunction(contract.ExportPanic).Call(&clock{Context: context.WithoutCancel(c.Context), left: 1})
	if err != nil || len(answer) == 0 {
		return ""
	}
	text, err := in.text(uint32(answer[0]))
	if err != nil {
		return ""
	}
	return text
}

// text reads a Text that the guest points to, fit to be printed.
func (in *Instance) text(address uint32) (string, error) {
	m := in.memory()
	header, err := m.slice("texts", uint64(address), 8)
	if err != nil {
		return "", err
	}
	text, err := m.text("texts", header)
	return clean(text), err
}

var quoted = regexp.MustCompile("(?s)`.*`|\".*\"")

// clean makes a panic's text one line, and takes out what it quotes: that may
// be a value of the message, and texts end up in logs.
func clean(text string) string {
	text = quoted.ReplaceAllString(text, "…")
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
