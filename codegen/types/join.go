package types

import (
	"slices"

	"github.com/benbjohnson/immutable"

	"github.com/weavster/weavster/codegen/ir"
)

// deepest is how deep two types are laid together; below, nothing is known. A
// schema may lead to itself on many ways.
const deepest = 12

// Join is a value that is of one type or of the other.
func Join(a, b *Type) *Type { return join(a, b, deepest) }

func join(a, b *Type, depth int) *Type {
	switch {
	case a == b || a == nil || a.Kind == 0:
		return b
	case b == nil || b.Kind == 0:
		return a
	case a == unknown || b == unknown:
		return unknown
	case depth == 0:
		return Of(a.Kind | b.Kind)
	}
	joined := &Type{Kind: a.Kind | b.Kind, Values: joinValues(a, b), Items: joinItems(a, b, depth-1)}
	joined.fields, joined.Closed = joinFields(a, b, depth-1)
	return joined
}

// maxValues is how many values are told apart.
const maxValues = 1000

// scalars are the kinds that Values lists.
const scalars = ir.Any &^ (ir.Missing | ir.Array | ir.Object)

func joinValues(a, b *Type) []string {
	switch {
	case a.Kind&scalars == 0:
		return b.Values
	case b.Kind&scalars == 0:
		return a.Values
	case a.Values == nil || b.Values == nil:
		return nil
	}
	list := slices.Concat(a.Values, b.Values)
	slices.Sort(list)
	if list = slices.Compact(list); len(list) > maxValues {
		return nil
	}
	return list
}

func joinItems(a, b *Type, depth int) *Type {
	switch {
	case a.Kind&ir.Array == 0:
		return b.Items
	case b.Kind&ir.Array == 0:
		return a.Items
	case a.Items == nil || b.Items == nil:
		return nil
	}
	return join(a.Items, b.Items, depth)
}

func joinFields(a, b *Type, depth int) (*immutable.Map[string, *Type], bool) {
	switch {
	case a.Kind&ir.Object == 0:
		return b.fields, b.Closed
	case b.Kind&ir.Object == 0 || a.fields == b.fields:
		return a.fields, a.Closed && (b.Closed || b.Kind&ir.Object == 0)
	}
	joined := immutable.NewMapBuilder[string, *Type](nil)
	for _, name := range allNames(a, b) {
		joined.Set(name, join(a.inner(name), b.inner(name), depth))
	}
	return joined.Map(), a.Closed && b.Closed
}

// allNames are the known fields of both, each once.
func allNames(a, b *Type) []string {
	return append(a.names(), slices.DeleteFunc(b.names(), func(name string) bool {
		_, twice := a.known(name)
		return twice
	})...)
}

// Names are those fields of an object that may be there, in no order.
func (t *Type) Names() []string {
	return slices.DeleteFunc(t.names(), func(name string) bool { return t.inner(name).Kind&^ir.Missing == 0 })
}

// names are the known fields, those that are known to be missing as well.
func (t *Type) names() []string {
	if t.fields == nil {
		return nil
	}
	names := make([]string, 0, t.fields.Len())
	for it := t.fields.Iterator(); !it.Done(); {
		name, _, _ := it.Next()
		names = append(names, name)
	}
	return names
}

// Either is a value that went one of two ways, on which these of its fields
// alone may have changed. What else a way has taught isn't known of the other.
func Either(before, one, two *Type, fields []string) *Type {
	joined := before
	for _, name := range fields {
		joined = joined.with(name, Join(one.inner(name), two.inner(name)))
	}
	return joined
}
