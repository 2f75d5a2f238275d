package module

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
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
	// suspect is the message that the module says it was working on, from
	// the start of the span. It is a hint, and may be anything.
	suspect uint32
}

func (f *fault) Error() string { return f.detail }

// memoryPrefix begins the text of a panic for lack of memory.
const memoryPrefix = "memory:"

// trapped says what a call's error means. The instance has to be renewed.
func (in *Instance) trapped(c *clock, err error) error {
	var over cancelled
	if errors.As(err, &over) {
		return over.cause
	}
	f := &fault{code: contract.ErrTrap}
	// The limit is looked at first: a call may change it.
	used := errors.Is(err, errTicks) || in.limit.Get() == 0
	text := ""
	text, f.suspect = in.lastWords(c)
	switch {
	case used:
		f.code, f.detail = contract.ErrWork, "the message needs more than its units of work"
	case strings.HasPrefix(text, memoryPrefix):
		f.code, f.detail = contract.ErrMemory, "the message needs more than the module's memory"
	case text != "":
		f.detail = "the module panicked: " + text
	default:
		f.detail = "the module trapped: " + trapName(err)
	}
	return f
}

// trapName is the first line of wazero's error, without the stack of
// functions that follows it.
func trapName(err error) string {
	name, _, _ := strings.Cut(err.Error(), "\n")
	name = strings.TrimSuffix(name, " (recovered by wazero)")
	return strings.TrimPrefix(name, "wasm error: ")
}

// nobody is the suspect where the module names none.
const nobody = math.MaxUint32

// lastWords asks a trapped instance what its last panic said, and which
// message it was working on.
func (in *Instance) lastWords(c *clock) (text string, suspect uint32) {
	// A clock of its own: this call is short, whatever the last one used.
	// The limit is restored for what it may take.
	in.limit.Set(1)
	answer, err := in.wasm.ExportedFunction(contract.ExportPanic).Call(&clock{Context: context.WithoutCancel(c.Context), left: 1})
	if err != nil {
		return "", nobody
	}
	address := uint32(answer[0])
	if text, err = in.text(address); err != nil {
		return "", nobody
	}
	behind, err := in.memory().slice("texts", uint64(address)+8, 4)
	if err != nil {
		return text, nobody
	}
	return text, binary.LittleEndian.Uint32(behind)
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
