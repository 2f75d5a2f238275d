// Package types says what is known of a message while a flow is compiled: the
// kinds of its values, the fields of its objects, the items of its arrays.
package types

import (
	"github.com/benbjohnson/immutable"

	"github.com/weavster/weavster/codegen/ir"
)

// A Type is what is known of a value. Types don't change: an operation gives a
// new one, so that a branch may go on with its own.
type Type struct {
	Kind ir.Kind
	// fields are the known ones of an object; nil: none.
	fields *immutable.Map[string, *Type]
	// Closed says that an object has no other fields.
	Closed bool
	// Items is any item of an array; nil: anything.
	Items *Type
	// Values are the only ones that a scalar may have, as JSON; nil: any of its kinds.
	Values []string
}

var (
	unknown = &Type{Kind: ir.Any}
	absent  = &Type{Kind: ir.Missing}
)

// Unknown is a value of which nothing is known.
func Unknown() *Type { return unknown }

// Of is a value of some kinds, of which no more is known.
func Of(k ir.Kind) *Type { return &Type{Kind: k} }

// Object is an object of these fields; closed: and of no others.
func Object(fields map[string]*Type, closed bool) *Type {
	t := &Type{Kind: ir.Object, Closed: closed}
	for name, field := range fields {
		t = t.with(name, field)
	}
	return t
}

// WithFields is this value with these fields known, where it is an object.
func (t *Type) WithFields(fields map[string]*Type, closed bool) *Type {
	changed := *t
	changed.fields, changed.Closed = Object(fields, closed).fields, closed
	return &changed
}

// Message is a message of which nothing is known.
func Message() *Type { return Of(ir.Object) }

// Get is the value at a path inside of this one.
func (t *Type) Get(path ir.Path) *Type {
	for _, step := range path {
		t = t.step(step)
	}
	return t
}

func (t *Type) step(step any) *Type {
	switch step := step.(type) {
	case string:
		return t.field(step)
	case int:
		return t.item()
	}
	return unknown
}

// field is that of an object; another value has none.
func (t *Type) field(name string) *Type {
	if t.Kind&ir.Object == 0 {
		return absent
	}
	known := t.inner(name)
	if t.Kind != ir.Object {
		return known.plus(ir.Missing)
	}
	return known
}

// inner is a field as it is stored, whatever else the value may be.
func (t *Type) inner(name string) *Type {
	if known, ok := t.known(name); ok {
		return known
	}
	if t.Closed {
		return absent
	}
	return unknown
}

// item is one of an array, or a character of a text; there may be none.
func (t *Type) item() *Type {
	found := absent
	if t.Kind&ir.Array != 0 {
		found = Join(found, t.items())
	}
	if t.Kind&ir.String != 0 {
		found = Join(found, Of(ir.String))
	}
	return found
}

func (t *Type) items() *Type {
	if t.Items == nil {
		return unknown
	}
	return t.Items
}

func (t *Type) known(name string) (*Type, bool) {
	if t.fields == nil {
		return nil, false
	}
	return t.fields.Get(name)
}

func (t *Type) plus(k ir.Kind) *Type {
	if t.Kind|k == t.Kind {
		return t
	}
	more := *t
	more.Kind |= k
	return &more
}

// Without is the value where it isn't of some kinds.
func (t *Type) Without(k ir.Kind) *Type {
	if t.Kind&k == 0 {
		return t
	}
	less := *t
	less.Kind &^= k
	return &less
}

// Set is this value with another put at a path. Where that may be missing,
// what was there may be, too. The way there then leads through objects and
// arrays: else the message has an error.
func (t *Type) Set(path ir.Path, value *Type) *Type {
	if value.Kind&ir.Missing != 0 {
		return Join(t, t.put(path, value.Without(ir.Missing)))
	}
	return t.put(path, value)
}

// put is the value with another in it. One of an array's items is set, so the
// others stay as they were.
func (t *Type) put(path ir.Path, value *Type) *Type {
	if len(path) == 0 {
		return value
	}
	name, ok := path[0].(string)
	if !ok {
		inner := t.items().put(path[1:], value)
		return &Type{Kind: ir.Array, Items: Join(t.items(), inner)}
	}
	object := &Type{Kind: ir.Object, Closed: true} // one that is made now
	if t.Kind&ir.Object != 0 {
		given := &Type{Kind: ir.Object, fields: t.fields, Closed: t.Closed}
		if t.Kind&ir.Missing == 0 {
			object = given
		} else {
			object = Join(object, given)
		}
	}
	return object.with(name, object.field(name).put(path[1:], value))
}

func (t *Type) with(name string, value *Type) *Type {
	changed := *t
	if changed.fields == nil {
		changed.fields = immutable.NewMap[string, *Type](nil)
	}
	changed.fields = changed.fields.Set(name, value)
	return &changed
}

// Remove is this value without what is at a path. Removing an item shifts
// those behind it.
func (t *Type) Remove(path ir.Path) *Type {
	name, ok := path[0].(string)
	switch {
	case !ok && len(path) > 1 && t.Kind&ir.Array != 0:
		changed := *t
		changed.Items = Join(t.items(), t.items().Remove(path[1:]))
		return &changed
	case !ok || t.Kind&ir.Object == 0:
		return t
	case len(path) == 1:
		return t.with(name, absent)
	}
	if inner := t.inner(name); inner.Kind&(ir.Object|ir.Array) != 0 {
		return t.with(name, inner.Remove(path[1:]))
	}
	return t
}

// Move is this value with what was at one path at another, if it was there.
func (t *Type) Move(from, to ir.Path) *Type {
	value := t.Get(from)
	absent := t.Remove(from)
	moved := absent.Set(to, value.Without(ir.Missing))
	if value.Kind&ir.Missing == 0 {
		return moved
	}
	// The other fields, of which there may be thousands, are the same both ways.
	name, ok := to[0].(string)
	if !ok {
		return Join(absent, moved)
	}
	return Either(absent, absent, moved, []string{name})
}

// Narrow is this value where it has turned out to be of a narrower type at a
// path. What leads there was an object, if there is something.
func (t *Type) Narrow(path ir.Path, to *Type) *Type {
	if len(path) == 0 {
		return to
	}
	name, ok := path[0].(string)
	if !ok || t.Kind&ir.Object == 0 || len(path) > 1 && to.Kind&ir.Missing != 0 {
		return t
	}
	object := t.Without(ir.Any &^ ir.Object)
	inner := object.field(name).Narrow(path[1:], to)
	if to.Kind&ir.Missing != 0 {
		object = t
	}
	return object.with(name, inner)
}

// Keep is this object without all but what is at these paths. Of what a longer
// path leads into, that alone is known that some of it may be left.
func (t *Type) Keep(paths []ir.Path) *Type {
	kept := Object(nil, true)
	for _, path := range paths {
		name, ok := path[0].(string)
		switch field := t.field(name); {
		case !ok:
		case len(path) == 1:
			kept = kept.with(name, field)
		default:
			kept = kept.with(name, Of(field.Kind&(ir.Object|ir.Array)|ir.Missing))
		}
	}
	return kept
}
