package lineage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

// output is the lineage of an output's messages.
func (a *analysis) output(connector string) contract.OutputLineage {
	out := contract.OutputLineage{Output: connector, Fields: []contract.FieldLineage{}}
	p := &teller{out: &out}
	p.tell(place{}, a.message, absent)
	out.Control = listed(a.control)
	out.Errors = listed(a.errors)
	return out
}

// A teller lists fields.
type teller struct{ out *contract.OutputLineage }

// tell lists a value and what is in it, unless that is what one would take it
// for by what is around it.
func (p *teller) tell(at place, v, expected *value) {
	switch {
	case v.isAbsent():
		if !expected.isAbsent() {
			p.out.Absent = append(p.out.Absent, at.String())
		}
		return
	case !slices.EqualFunc(v.listed(), expected.listed(), sameSource):
		p.out.Fields = append(p.out.Fields, contract.FieldLineage{Path: at.String(), Sources: v.listed()})
	}
	for _, name := range v.names() {
		field, _ := v.field(name)
		p.tell(at.with(named(name)), field, v.rest(named(name)))
	}
	if v.others != nil {
		p.tell(at.with(others), v.others, v.beneath(others))
	}
	if v.items != nil {
		p.tell(at.with(items), v.items, v.beneath(items))
	}
}

func sameSource(x, y contract.LineageSource) bool {
	return x.Kind == y.Kind && x.Name == y.Name && x.Column == y.Column && x.How == y.How && slices.Equal(x.Except, y.Except)
}

// listed are the sources of a value. One that is copied may be there twice:
// what is copied is so field by field, and otherwise the whole of it counts.
func (v *value) listed() []contract.LineageSource {
	copied := &value{copies: v.copies}
	list := append(listed(copied.whole()), listed(v.from)...)
	slices.SortFunc(list, compareSources)
	return list
}

// listed are sources in order: the closest first, then by kind and name.
func listed(from sources) (list []contract.LineageSource) {
	for of, f := range from {
		one := contract.LineageSource{Kind: of.kind, Name: of.name, Column: of.column, How: f.how}
		for _, p := range f.except {
			one.Except = append(one.Except, p.String())
		}
		slices.Sort(one.Except)
		list = append(list, one)
	}
	slices.SortFunc(list, compareSources)
	return list
}

func compareSources(x, y contract.LineageSource) int {
	return cmp.Or(
		-cmp.Compare(strength[x.How], strength[y.How]),
		cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)),
		strings.Compare(x.Name, y.Name), strings.Compare(x.Column, y.Column))
}

var kinds = []string{contract.FromField, contract.FromMeta, contract.FromVariable, contract.FromTable, contract.FromTime, contract.FromIdentity, contract.FromConstant}

// dropped are those places that the flow names whose values don't come out.
func (a *analysis) dropped() (list []string) {
	all := a.message.all()
	for _, p := range a.met {
		comes := false
		for of, f := range all {
			comes = comes || of.kind == contract.FromField && f.how != contract.Control && f.brings(p)
		}
		if !comes {
			list = append(list, p.String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// brings says whether something of a place of the input may come by a fact.
func (f fact) brings(p place) bool {
	if !f.at.meets(p) {
		return false
	}
	return !slices.ContainsFunc(f.except, func(except place) bool { return except.covers(p) })
}

// sensitive are the sensitive fields that come out, and where.
func (a *analysis) sensitive(paths []ir.Path) (list []contract.SensitiveLineage) {
	for _, path := range paths {
		found := map[string]string{}
		reach(place{}, a.message, placeOf(path), found)
		one := contract.SensitiveLineage{Field: path.String()}
		for _, at := range slices.Sorted(maps.Keys(found)) {
			one.Reaches = append(one.Reaches, contract.Reach{Path: at, How: found[at]})
		}
		if len(found) > 0 {
			list = append(list, one)
		}
	}
	return list
}

// reach finds where a place of the input comes out at, or in, a value.
func reach(at place, v *value, p place, found map[string]string) {
	note := func(at place, how string) {
		text := at.String()
		found[text] = stronger(found[text], how)
	}
	for _, copied := range v.copies {
		switch {
		case copied.leads(p):
			if to, own := along(at, v, p[len(copied):]); own {
				note(to, contract.Copied)
			}
		case p.leads(copied):
			note(at, contract.Copied)
		}
	}
	for of, f := range v.from {
		if of.kind == contract.FromField && f.brings(p) {
			note(at, f.how)
		}
	}
	for name, field := range v.each() {
		reach(at.with(named(name)), field, p, found)
	}
	if v.others != nil {
		reach(at.with(others), v.others, p, found)
	}
	if v.items != nil {
		reach(at.with(items), v.items, p, found)
	}
}

// along is the place of what is at some steps inside of a value, and whether it
// is the value's own: what is listed apart is seen apart.
func along(at place, v *value, steps []string) (place, bool) {
	for _, s := range steps {
		_, listed := v.field(nameOf(s))
		if s == items && v.items != nil || s != items && (listed || v.others != nil) {
			return nil, false
		}
		at, v = at.with(s), v.in(s)
	}
	return at, true
}
