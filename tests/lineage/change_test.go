package lineage

import (
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/document"
)

// A change is a message in which one place is otherwise than in another.
type change struct {
	at      place
	message *document.Value
}

func constant(kind byte, text string) *document.Value { return &document.Value{Kind: kind, Text: text} }

// others are what a value becomes in its turn, nil for nothing.
func others(v *document.Value) []*document.Value {
	list := []*document.Value{
		nil, constant('t', "null"), constant('t', "true"), constant('0', "7"), constant('0', "-1.5"), constant('"', "changed"), constant('"', "12"),
		{Kind: '{'}, {Kind: '['}, {Kind: '{', Keys: []string{"k"}, Items: []*document.Value{constant('"', "v")}},
		{Kind: '[', Items: []*document.Value{{Kind: '{', Keys: []string{"k"}, Items: []*document.Value{constant('0', "1")}}}},
	}
	if v == nil {
		return list
	}
	switch {
	case v.Kind == '"':
		list = append(list, constant('"', v.Text+"x"), constant('"', v.Text+"1"))
	case v.Kind == '0':
		list = append(list, constant('0', "1"+strings.TrimPrefix(v.Text, "-")), constant('"', v.Text))
	case len(v.Items) > 0 && v.Kind == '[':
		list = append(list, &document.Value{Kind: '[', Items: v.Items[1:]}, &document.Value{Kind: '[', Items: append(slices.Clip(v.Items), v.Items[0])})
	case v.Kind == '{':
		list = append(list, &document.Value{Kind: '{', Keys: append(slices.Clip(v.Keys), "unheard_of"), Items: append(slices.Clip(v.Items), constant('0', "1"))})
	}
	return list
}

// changes are all that one place of a message can be made otherwise.
func changes(v *document.Value, at place, also []place) (list []change) {
	for i, inner := range v.Items {
		step := "[]"
		if v.Kind == '{' {
			step = "." + v.Keys[i]
		}
		for _, other := range others(inner) {
			list = append(list, change{at.with(step), replaced(v, i, other)})
		}
		for _, c := range changes(inner, at.with(step), below(also, step)) {
			list = append(list, change{c.at, replaced(v, i, c.message)})
		}
	}
	if v.Kind != '{' {
		return list
	}
	for _, p := range also { // what isn't there comes
		if len(p) == 1 && p[0][0] == '.' && !slices.Contains(v.Keys, p[0][1:]) {
			for _, other := range others(nil)[1:] {
				more := &document.Value{Kind: '{', Keys: append(slices.Clip(v.Keys), p[0][1:]), Items: append(slices.Clip(v.Items), other)}
				list = append(list, change{at.with(p[0]), more})
			}
		}
	}
	return list
}

// below are the places that begin with a step, without it.
func below(list []place, step string) (inner []place) {
	for _, p := range list {
		if len(p) > 1 && alike(p[0], step) {
			inner = append(inner, p[1:])
		}
	}
	return inner
}

// replaced is a value with another in the place of one in it, nil for none.
func replaced(v *document.Value, i int, inner *document.Value) *document.Value {
	changed := &document.Value{Kind: v.Kind, Keys: slices.Clone(v.Keys), Items: slices.Clone(v.Items)}
	if inner != nil {
		changed.Items[i] = inner
		return changed
	}
	changed.Items = slices.Delete(changed.Items, i, i+1)
	if v.Kind == '{' {
		changed.Keys = slices.Delete(changed.Keys, i, i+1)
	}
	return changed
}

// differences are the places at which two values differ, objects and arrays
// apart of which there is one in both.
func differences(a, b *document.Value, at place) (list []place) {
	switch {
	case a == nil || b == nil || a.Kind != b.Kind:
		if a != b && !hollow(a) && !hollow(b) {
			return []place{at}
		}
		return inside(a, b, at)
	case a.Kind == '{':
		return inside(a, b, at)
	case a.Kind == '[':
		if len(a.Items) != len(b.Items) {
			return []place{at}
		}
		for i := range a.Items {
			list = append(list, differences(a.Items[i], b.Items[i], at.with("[]"))...)
		}
		return list
	case a.Text != b.Text:
		return []place{at}
	}
	return nil
}

// hollow says whether a value is no more than an object around fields: whether
// there is one isn't a field of the lineage.
func hollow(v *document.Value) bool { return v == nil || v.Kind == '{' }

func inside(a, b *document.Value, at place) (list []place) {
	if a == nil {
		a, b = b, a
	}
	for _, key := range a.Keys {
		var other *document.Value
		if b != nil {
			other = b.Member(key)
		}
		list = append(list, differences(a.Member(key), other, at.with("."+key))...)
	}
	if b == nil {
		return list
	}
	for _, key := range b.Keys {
		if a.Find(key) < 0 {
			list = append(list, differences(nil, b.Member(key), at.with("."+key))...)
		}
	}
	return list
}

// mentioned are the fields of the input that a lineage names.
func mentioned(l *contract.Lineage) (list []place) {
	for _, out := range l.Outputs {
		sources := slices.Concat(out.Control, out.Errors)
		for _, f := range out.Fields {
			sources = append(sources, f.Sources...)
		}
		for _, s := range sources {
			if s.Kind != contract.FromField {
				continue
			}
			if p := parsed(s.Name); len(p) > 0 && !slices.ContainsFunc(list, func(q place) bool { return slices.Equal(p, q) }) {
				list = append(list, p)
			}
		}
	}
	return list
}
