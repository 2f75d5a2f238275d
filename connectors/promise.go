package connectors

import (
	"slices"

	"github.com/weavster/weavster/codegen/syntax"
)

// A Property is what an input or an output can do for the guarantee of a flow.
type Property string

// The properties of inputs. One without any of the first three is read once:
// what its sender sends again is another message.
const (
	// Replays: the input has positions, and is read again from any of them.
	Replays Property = "replays"
	// Stores: its batches wait in the state's database, and are taken out of it
	// in the commit's transaction.
	Stores Property = "stores"
	// Deduplicates: senders give each message a key, and one that comes again is
	// known by it.
	Deduplicates Property = "deduplicates"
	// Keys: each message comes with a key, which `order: key` may go by.
	Keys Property = "keys"
)

// The properties of outputs. One without any of them has a message twice that
// is written twice.
const (
	// Joins: a TxSink, whose rows are committed with the checkpoint where it is
	// in the state's database.
	Joins Property = "joins"
	// Marks: a Sink that goes back to its mark.
	Marks Property = "marks"
	// Upserts: a row that is written again takes its own place.
	Upserts Property = "upserts"
)

// Transacts is of inputs and outputs: places of the one and rows of the other
// are committed in one transaction of their own system, where both are in the
// same.
const Transacts Property = "transacts"

// A Promise is a property of a kind of connector in a role.
type Promise struct {
	Role     Role
	Property Property
	// With are the options under which it holds, for people: "`mode: upsert`".
	// Empty: it always does.
	With string
	// Holds says so of options; nil: always. What it reads may be unset.
	Holds func(f *syntax.Fields) bool
	// Same is, of Joins and Transacts, the option that names the system: the
	// promise holds too where its value is that of the state's database, or
	// of the input. It is "" where there is but one system.
	Same string
}

// Promised is the kind's promise of a property in a role, or nil. Options may
// be nil: then it is any promise of it.
func (s *Spec) Promised(role Role, property Property, f *syntax.Fields) *Promise {
	i := slices.IndexFunc(s.Promises, func(p Promise) bool {
		return p.Role&role != 0 && p.Property == property && (f == nil || p.Holds == nil || p.Holds(f))
	})
	if i < 0 {
		return nil
	}
	return &s.Promises[i]
}
