package lineage

import (
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// A place is a path into a message. The items of an array are one to it. Steps
// are names behind a dot, items and others.
type place []string

const (
	items  = "[]"
	others = "*" // a field of any name
)

func named(name string) string { return "." + name }

// step is that of a path.
func step(of any) string {
	if name, ok := of.(string); ok {
		return named(name)
	}
	return items
}

func placeOf(path ir.Path) place {
	p := place{}
	for _, s := range path {
		p = append(p, step(s))
	}
	return p
}

func (p place) with(step string) place { return append(p[:len(p):len(p)], step) }

// String is the place as lineage writes it.
func (p place) String() string {
	var b strings.Builder
	for _, s := range p {
		switch s {
		case items:
			b.WriteString(items)
		case others:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteByte('*')
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(ir.Path{s[1:]}.String())
		}
	}
	return b.String()
}

// leads says whether the other place is this one or may be in it.
func (p place) leads(other place) bool {
	if len(other) < len(p) {
		return false
	}
	for i, s := range p {
		if !alike(s, other[i]) {
			return false
		}
	}
	return true
}

// covers says whether the other place is this one or in it for sure.
func (p place) covers(other place) bool {
	if len(other) < len(p) {
		return false
	}
	for i, s := range p {
		if s != other[i] && (s != others || other[i] == items) {
			return false
		}
	}
	return true
}

// meets says whether one of the places may be in the other.
func (p place) meets(other place) bool { return p.leads(other) || other.leads(p) }

func alike(a, b string) bool {
	return a == b || a == others && b != items || b == others && a != items
}
