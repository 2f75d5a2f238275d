package types

import (
	"slices"

	"github.com/benbjohnson/immutable"

	"github.com/weavster/weavster/codegen/ir"
)

// Meet is a value that is of both types.
func Meet(a, b *Type) *Type { return meet(a, b, deepest) }

func meet(a, b *Type, depth int) *Type {
	switch {
	case a == b || b == unknown:
		return a
	case a == unknown || depth == 0:
		return b
	case a.plain():
		return b.only(a.Kind)
	case b.plain():
		return a.only(b.Kind)
	}
	met := &Type{Kind: a.Kind & b.Kind, Closed: a.Closed || b.Closed, Items: a.Items, Values: a.Values}
	switch {
	case a.Items == nil:
		met.Items = b.Items
	case b.Items != nil:
		met.Items = meet(a.Items, b.Items, depth-1)
	}
	switch {
	case a.Values == nil:
		met.Values = b.Values
	case b.Values != nil:
		met.Values = slices.DeleteFunc(slices.Clone(a.Values), func(v string) bool { return !slices.Contains(b.Values, v) })
		if len(met.Values) == 0 {
			met.Kind &= ir.Missing | ir.Array | ir.Object
		}
	}
	fields := immutable.NewMapBuilder[string, *Type](nil)
	for _, name := range allNames(a, b) {
		fields.Set(name, meet(a.inner(name), b.inner(name), depth-1))
	}
	if fields.Len() > 0 {
		met.fields = fields.Map()
	}
	return met
}

// plain says that nothing but kinds is known.
func (t *Type) plain() bool {
	return t.fields == nil && !t.Closed && t.Items == nil && t.Values == nil
}

// only is the value where it is of these kinds.
func (t *Type) only(k ir.Kind) *Type { return t.Without(^k) }
