package lineage

import (
	"iter"
	"maps"
	"slices"

	"github.com/benbjohnson/immutable"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

// A value is what is known of where a value comes from, at a point of the flow.
// Values don't change: an operation gives a new one, and what it left alone is
// the same one in both.
type value struct {
	// copies are the places of the input that it may be a copy of, by their
	// text. What is in it comes from the same place in them.
	copies map[string]place
	// from is what else it comes from, all that is in it included.
	from sources
	// What is in it and comes from elsewhere: fields by their names, fields of
	// all other names, items.
	fields *immutable.Map[string, *value] // nil: none
	others *value
	items  *value
}

// absent is the value of what isn't there.
var absent = &value{}

// A source is what a value comes from, apart from how.
type source struct{ kind, name, column string }

// A fact is how a value comes from a source. at and except are places of the
// input, where the source is one.
type fact struct {
	how    string
	at     place
	except []place
}

type sources map[source]fact

var strength = map[string]int{contract.Control: 1, contract.Derived: 2, contract.Copied: 3}

func stronger(a, b string) string {
	if strength[a] > strength[b] {
		return a
	}
	return b
}

// weaker is how a value comes from what another comes from, and no closer than
// that one.
func weaker(a, b string) string {
	if strength[a] < strength[b] {
		return a
	}
	return b
}

func (s sources) add(of source, f fact) {
	if old, ok := s[of]; ok {
		f.how = stronger(old.how, f.how)
		f.except = slices.DeleteFunc(slices.Clone(f.except), func(p place) bool {
			return !slices.ContainsFunc(old.except, func(other place) bool { return slices.Equal(p, other) })
		})
	}
	s[of] = f
}

// and are both.
func (s sources) and(other sources) sources {
	if len(other) == 0 {
		return s
	}
	if len(s) == 0 {
		return other
	}
	all := maps.Clone(s)
	for of, f := range other {
		all.add(of, f)
	}
	return all
}

// as are the sources in no closer way than how. Constants decide nothing.
func (s sources) as(how string) sources {
	all := sources{}
	for of, f := range s {
		if of.kind != contract.FromConstant {
			f.how = weaker(f.how, how)
			all[of] = f
		}
	}
	return all
}

// take adds sources to those that one gathers.
func (s *sources) take(from sources) {
	if *s == nil {
		*s = sources{}
	}
	for of, f := range from {
		s.add(of, f)
	}
}

func only(of source, how string) sources { return sources{of: {how: how}} }

// input is the value of a message, or of what is at a place of it.
func input(p place) *value { return &value{copies: map[string]place{p.String(): p}} }

func made(from sources) *value { return &value{from: from} }

func (v *value) isAbsent() bool {
	return len(v.copies) == 0 && len(v.from) == 0 && v.holdsNothing()
}

func (v *value) holdsNothing() bool { return v.fields == nil && v.others == nil && v.items == nil }

// in is the value at a step inside of this one.
func (v *value) in(step string) *value {
	switch {
	case step == items && v.items != nil:
		return v.items
	case step == others:
		return v.any()
	case step != items:
		if field, ok := v.field(step[1:]); ok {
			return field
		}
		if v.others != nil {
			return v.others
		}
	}
	return v.beneath(step)
}

// field is one that is known by its name.
func (v *value) field(name string) (*value, bool) {
	if v.fields == nil {
		return nil, false
	}
	return v.fields.Get(name)
}

// names are those of the known fields, in order.
func (v *value) names() []string {
	names := make([]string, 0, 8)
	for name := range v.each() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// each goes over the known fields, in no order.
func (v *value) each() iter.Seq2[string, *value] {
	return func(yield func(string, *value) bool) {
		if v.fields == nil {
			return
		}
		for all := v.fields.Iterator(); !all.Done(); {
			if name, field, _ := all.Next(); !yield(name, field) {
				return
			}
		}
	}
}

// beneath is what is at a step of what the value is as a whole.
func (v *value) beneath(step string) *value {
	if len(v.copies) == 0 && len(v.from) == 0 {
		return absent
	}
	inner := &value{from: v.from}
	if len(v.copies) > 0 {
		inner.copies = map[string]place{}
		for _, p := range v.copies {
			p = p.with(step)
			inner.copies[p.String()] = p
		}
	}
	return inner
}

// any is a field of any name.
func (v *value) any() *value {
	all := v.others
	if all == nil {
		all = v.beneath(others)
	}
	for _, field := range v.each() {
		all = join(all, field)
	}
	return all
}

func (v *value) at(path ir.Path) *value {
	for _, s := range path {
		v = v.in(step(s))
	}
	return v
}

// with is this value with another in it. Which item of an array is meant isn't
// told apart, so the others' stay.
func (v *value) with(path ir.Path, inner *value) *value {
	if len(path) == 0 {
		return inner
	}
	s := step(path[0])
	changed := v.in(s).with(path[1:], inner)
	return v.put(s, changed)
}

func (v *value) put(step string, inner *value) *value {
	changed := *v
	switch step {
	case items:
		changed.items = join(v.in(items), inner)
	default:
		changed.fields = withField(v.fields, step[1:], inner)
	}
	return &changed
}

func withField(fields *immutable.Map[string, *value], name string, v *value) *immutable.Map[string, *value] {
	if fields == nil {
		fields = immutable.NewMap[string, *value](nil)
	}
	return fields.Set(name, v)
}

// without is this value without what is at a path. Where an item is taken away
// those behind it move up, and items are one.
func (v *value) without(path ir.Path) *value {
	s := step(path[0])
	switch {
	case s == items && len(path) == 1:
		return v
	case len(path) == 1:
		return v.put(s, absent)
	}
	inner := v.in(s)
	if changed := inner.without(path[1:]); changed != inner && !inner.isAbsent() {
		return v.put(s, changed)
	}
	return v
}

// kept is this value with nothing but what is at some paths.
func (v *value) kept(paths []ir.Path) *value {
	result := &value{}
	for i, path := range paths {
		s := step(path[0])
		rest, whole := [][]any{}, false
		for _, other := range paths[i:] {
			if step(other[0]) == s {
				rest, whole = append(rest, other[1:]), whole || len(other) == 1
			}
		}
		if _, done := result.field(nameOf(s)); done && s != items || s == items && result.items != nil {
			continue
		}
		inner := v.in(s)
		if !whole {
			inner = inner.kept(pathsOf(rest))
		}
		result = result.put(s, inner)
	}
	return result
}

func nameOf(step string) string {
	if step == items {
		return ""
	}
	return step[1:]
}

func pathsOf(lists [][]any) []ir.Path {
	paths := make([]ir.Path, len(lists))
	for i, list := range lists {
		paths[i] = list
	}
	return paths
}

// under is the value, and all in it, where something else has a say as well.
func (v *value) under(from sources) *value {
	if len(from) == 0 || v.isAbsent() {
		return v
	}
	changed := &value{copies: v.copies, from: v.from.and(from)}
	for name, field := range v.each() {
		changed.fields = withField(changed.fields, name, field.under(from))
	}
	if v.others != nil {
		changed.others = v.others.under(from)
	}
	if v.items != nil {
		changed.items = v.items.under(from)
	}
	return changed
}

// join is a value that may be either.
func join(a, b *value) *value { return either(a, b, nil) }

// either is a value that may be one or the other, and what decides which has a
// say in what differs.
func either(a, b *value, decides sources) *value {
	if a == b || a.isAbsent() && b.isAbsent() {
		return a
	}
	both := &value{copies: a.copies, from: a.from.and(b.from)}
	if len(b.copies) > 0 {
		both.copies = maps.Clone(b.copies)
		maps.Copy(both.copies, a.copies)
	}
	if !a.isLike(b) {
		both.from = both.from.and(decides)
	}
	both.fields = a.fields
	for name, field := range a.each() {
		if joined := either(field, b.in(named(name)), decides); joined != field {
			both.fields = both.fields.Set(name, joined)
		}
	}
	for name, field := range b.each() {
		if _, done := a.field(name); !done {
			both.fields = withField(both.fields, name, either(a.in(named(name)), field, decides))
		}
	}
	if a.others != nil || b.others != nil {
		both.others = either(a.rest(others), b.rest(others), decides)
	}
	if a.items != nil || b.items != nil {
		both.items = either(a.in(items), b.in(items), decides)
	}
	return both
}

// rest is a field at a step, as far as it isn't known by its name.
func (v *value) rest(step string) *value {
	if v.others != nil {
		return v.others
	}
	return v.beneath(step)
}

// isLike says whether two values come from the same as wholes.
func (v *value) isLike(other *value) bool {
	if len(v.copies) != len(other.copies) || len(v.from) != len(other.from) || v.isAbsent() != other.isAbsent() {
		return false
	}
	for text := range v.copies {
		if _, ok := other.copies[text]; !ok {
			return false
		}
	}
	for of, f := range v.from {
		if g, ok := other.from[of]; !ok || f.how != g.how {
			return false
		}
	}
	return true
}

// whole is what a value comes from, apart from what is in it and comes from
// elsewhere.
func (v *value) whole() sources {
	all := maps.Clone(v.from)
	if all == nil {
		all = sources{}
	}
	for text, p := range v.copies {
		all.add(source{kind: contract.FromField, name: text}, fact{how: contract.Copied, at: p})
	}
	return all
}

// all is what a value comes from, with all that is in it.
func (v *value) all() sources {
	all := maps.Clone(v.from)
	if all == nil {
		all = sources{}
	}
	for text, p := range v.copies {
		f := fact{how: contract.Copied, at: p}
		for _, name := range v.names() {
			f.except = append(f.except, p.with(named(name)))
		}
		if v.others != nil {
			f.except = append(f.except, p.with(others))
		}
		if v.items != nil {
			f.except = append(f.except, p.with(items))
		}
		all.add(source{kind: contract.FromField, name: text}, f)
	}
	for _, field := range v.each() {
		for of, f := range field.all() {
			all.add(of, f)
		}
	}
	if v.others != nil {
		all = all.and(v.others.all())
	}
	if v.items != nil {
		all = all.and(v.items.all())
	}
	return all
}
