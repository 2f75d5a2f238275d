package types

import (
	"slices"

	"github.com/benbjohnson/immutable"

	"github.com/weavster/weavster/codegen/ir"
)

// Join is a value that is of one type or of the other.
func Join(a, b *Type) *Type {
	switch {
	case a == b || a == nil || a.Kind == 0:
		return b
	case b == nil || b.Kind == 0:
		return a
	case a == unknown || b == unknown:
		return unknown
	}
	joined := &Type{Kind: a.Kind | b.Kind, Values: joinValues(a, b), Items: joinItems(a, b)}
	joined.fields, joined.Closed = joinFields(a, b)
	return joined
}

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
	return slices.Compact(list)
}

func joinItems(a, b *Type) *Type {
	switch {
	case a.Kind&ir.Array == 0:
		return b.Items
	case b.Kind&ir.Array == 0:
		return a.Items
	case a.Items == nil || b.Items == nil:
		return nil
	}
	return Join(a.Items, b.Items)
}

func joinFields(a, b *Type) (*immutable.Map[string, *Type], bool) {
	switch {
	case a.Kind&ir.Object == 0:
		return b.fields, b.Closed
	case b.Kind&ir.Object == 0 || a.fields == b.fields:
		return a.fields, a.Closed && (b.Closed || b.Kind&ir.Object == 0)
	}
	joined := immutable.NewMapBuilder[string, *Type](nil)
	for _, name := range slices.Concat(a.names(), b.names()) {
		joined.Set(name, Join(a.inner(name), b.inner(name)))
	}
	return joined.Map(), a.Closed && b.Closed
}

// names are the known fields.
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

// Either is a value that is what it was before one of two ways was gone, as
// far as they differ in these of its fields alone.
func Either(a, b *Type, fields []string) *Type {
	if a == b {
		return a
	}
	joined := *a
	for _, name := range fields {
		joined = *joined.with(name, Join(a.inner(name), b.inner(name)))
	}
	return &joined
}
