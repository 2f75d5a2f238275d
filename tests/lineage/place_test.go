package lineage

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
)

// A place is a path of lineage: names behind a dot, "[]" for any item, "*" for
// a field of any name.
type place []string

// parsed is a path as lineage writes it.
func parsed(text string) (p place) {
	for text != "" {
		switch {
		case text[0] == '.':
			text = text[1:]
		case strings.HasPrefix(text, "[]"):
			p, text = append(p, "[]"), text[2:]
		case text[0] == '"':
			decoder := json.NewDecoder(strings.NewReader(text))
			var name string
			if err := decoder.Decode(&name); err != nil {
				panic(text + ": " + err.Error())
			}
			p, text = append(p, "."+name), text[decoder.InputOffset():]
		default:
			end := strings.IndexAny(text, ".[")
			if end < 0 {
				end = len(text)
			}
			if text[:end] == "*" {
				p = append(p, "*")
			} else {
				p = append(p, "."+text[:end])
			}
			text = text[end:]
		}
	}
	return p
}

func (p place) with(step string) place { return append(slices.Clip(p), step) }

func alike(a, b string) bool { return a == b || a == "*" && b != "[]" || b == "*" && a != "[]" }

// leads says whether the other place is this one or in it.
func (p place) leads(other place) bool {
	return len(p) <= len(other) && slices.EqualFunc(p, other[:len(p)], alike)
}

func (p place) meets(other place) bool { return p.leads(other) || other.leads(p) }

// names says whether some of the sources are about a place of the input.
// Beneath are the steps from what is copied to what is asked for.
func names(sources []contract.LineageSource, changed place, beneath place) bool {
	return slices.ContainsFunc(sources, func(s contract.LineageSource) bool {
		if s.Kind != contract.FromField {
			return false
		}
		at := parsed(s.Name)
		if s.How == contract.Copied {
			at = append(slices.Clip(at), beneath...)
		}
		return at.meets(changed) && !slices.ContainsFunc(s.Except, func(e string) bool { return parsed(e).leads(changed) })
	})
}

// explains says whether the lineage has a field of the output, or something in
// it, come from a place of the input.
func explains(out *contract.OutputLineage, at, changed place) bool {
	if slices.ContainsFunc(out.Absent, func(text string) bool { return parsed(text).leads(at) }) {
		return false
	}
	around := -1
	for i, f := range out.Fields {
		p := parsed(f.Path)
		if p.leads(at) && (around < 0 || len(p) > len(parsed(out.Fields[around].Path))) {
			around = i
		}
		if at.leads(p) && names(f.Sources, changed, nil) {
			return true
		}
	}
	if around < 0 {
		return false
	}
	f := out.Fields[around]
	return names(f.Sources, changed, at[len(parsed(f.Path)):])
}

func TestPlaces(t *testing.T) {
	got := parsed(`a."b.c"[].*[]."x"`)
	if want := (place{".a", ".b.c", "[]", "*", "[]", ".x"}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestExplains(t *testing.T) {
	copied := func(name string) []contract.LineageSource {
		return []contract.LineageSource{{Kind: contract.FromField, Name: name, How: contract.Copied}}
	}
	out := &contract.OutputLineage{
		Fields: []contract.FieldLineage{{Path: "", Sources: copied("")}, {Path: "b", Sources: copied("a")},
			{Path: "c", Sources: []contract.LineageSource{{Kind: contract.FromField, How: contract.Derived, Except: []string{"x"}}}}},
		Absent: []string{"a"},
	}
	for _, c := range []struct {
		at, changed string
		want        bool
	}{
		{"z", "z", true}, {"z", "y", false}, {"z.k", "z.k", true}, {"z.k", "z", true}, {"z", "z.k", true}, {"z.k", "z.l", false},
		{"b", "a", true}, {"b", "b", false}, {"b.k", "a.k", true}, {"b.k", "a.l", false}, {"a", "a", false}, {"c", "q", true}, {"c", "x.k", false},
	} {
		if got := explains(out, parsed(c.at), parsed(c.changed)); got != c.want {
			t.Errorf("%s of %s: %t", c.at, c.changed, got)
		}
	}
}
