package transform

import (
	"slices"
	"strings"
	"unicode"

	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Fields follows the names of a message's fields through a flow, to find
// slips of the pen. Messages have no schema, so two things alone are errors:
//
//   - a field is read that a step has taken away for every message;
//   - a name is mentioned once in the whole flow, no step makes such a field,
//     and it is one slip (two in a long name) from a name that a step before
//     has made or that is mentioned twice or more.
//
// A difference of digits or of a final `s` alone is no slip: address1 and
// address2, item and items. Who does have a field of such a name reads it as
// `this.name`, or quotes it in a path: then it is never taken for one.
type Fields struct {
	current
	events   []event
	branches int
	scopes   int
	trunk    int // the scope that all outputs begin in
	look     func(*event, ir.Path)
}

// current is where in a flow events happen.
type current struct {
	branch int // 0: the whole message's; from 1 on: an output's
	// scope tells messages apart that have nothing to do with one another:
	// the flow's, the items of an array, what a message was split to.
	scope int
	step  string
	maybe bool // the step may be passed over
}

type action int

const (
	readField action = iota
	makeField
	takeField
	takeOthers
	mixIn
)

type event struct {
	current
	action action
	name   string    // the path's first
	whole  bool      // the path has no more
	to     string    // of takeField: the new name, or ""
	kept   []string  // of takeOthers: the names that stay
	read   expr.Read // of readField
	passes bool      // of readField: a missing field is passed over
	judged bool      // of readField: whether it is there is known, and was said
}

// Branch begins the steps of an output: what they make, no other output sees.
func (f *Fields) Branch() {
	f.branches++
	f.branch = f.branches
}

// Trunk goes back to what all outputs see.
func (f *Fields) Trunk() { f.current = current{scope: f.trunk} }

// Scope begins another message, which has none of the fields so far.
func (f *Fields) Scope() {
	f.scopes++
	f.scope = f.scopes
	if f.branch == 0 {
		f.trunk = f.scope
	}
}

func (f *Fields) begin(step string, maybe bool) { f.step, f.maybe = step, maybe }

func (f *Fields) add(e event, path ir.Path) {
	name, ok := path[0].(string)
	if !ok {
		return
	}
	e.name, e.whole, e.current = name, len(path) == 1, f.current
	if e.action == readField && f.look != nil {
		f.look(&e, path)
	}
	f.events = append(f.events, e)
}

// See notes that an expression reads a field.
func (f *Fields) See(read expr.Read) { f.see(read) }

func (f *Fields) see(read expr.Read) { f.add(event{action: readField, read: read}, read.Path) }

// take notes a field that a step passes over where it is missing.
func (f *Fields) take(path ir.Path, n *syntax.Node) {
	read := expr.Read{Path: path, File: n.File, Span: n.Span, Sure: strings.Contains(n.Text, `"`), Lenient: true}
	f.add(event{action: readField, read: read, passes: true}, path)
}

func (f *Fields) create(path ir.Path) { f.add(event{action: makeField}, path) }

func (f *Fields) remove(path ir.Path, to string) { f.add(event{action: takeField, to: to}, path) }

// removeOthers notes that nothing stays but these fields, or what is in them.
func (f *Fields) removeOthers(kept []ir.Path) {
	e := event{action: takeOthers, current: f.current}
	for _, path := range kept {
		if name, ok := path[0].(string); ok {
			e.kept = append(e.kept, name)
		}
	}
	f.events = append(f.events, e)
}

// mixIn notes that a step makes fields whose names aren't known.
func (f *Fields) mixIn() { f.events = append(f.events, event{action: mixIn, current: f.current}) }

// A scopedName is a field's, of one of the messages that a flow is about.
type scopedName struct {
	scope int
	name  string
}

func (e *event) scoped() scopedName { return scopedName{e.scope, e.name} }

// Check reports what the whole flow's events show.
func (f *Fields) Check(diags *source.Diagnostics) {
	mentions, made := map[scopedName]int{}, map[scopedName]bool{}
	for _, e := range f.events {
		if e.action == readField {
			mentions[e.scoped()]++
		}
		made[e.scoped()] = made[e.scoped()] || e.action == makeField
	}
	known := f.known(mentions)
	for i, e := range f.events {
		if e.action != readField {
			continue
		}
		if taken := f.takenAway(i); taken != nil && !e.read.Lenient {
			reportTaken(e, taken, diags)
			continue
		}
		if e.judged || e.read.Sure || mentions[e.scoped()] > 1 || made[e.scoped()] {
			continue
		}
		if near, ok := f.nearSlip(i, known); ok {
			escape := "write `this." + e.name + "`"
			if e.passes {
				escape = "put its name in quotes of its own"
			}
			diags.Errorf(e.read.File, e.read.Span, source.UnknownField, "unknown field %q", e.name).
				Hintf("did you mean %q? If messages do have it, %s", near, escape)
		}
	}
}

// takenAway is the event that took the field of event i away, or nil.
func (f *Fields) takenAway(i int) *event {
	for j := i - 1; j >= 0; j-- {
		e := &f.events[j]
		if !f.visible(e, i) {
			continue
		}
		if e.action == mixIn {
			return nil
		}
		if e.action == takeOthers && !e.maybe && !slices.Contains(e.kept, f.events[i].name) {
			return e
		}
		if e.name != f.events[i].name {
			continue
		}
		switch {
		case e.action == makeField:
			return nil
		case e.action == takeField && e.whole && !e.maybe:
			return e
		}
	}
	return nil
}

// visible says whether event i comes after e on the same message.
func (f *Fields) visible(e *event, i int) bool {
	later := &f.events[i]
	return e.scope == later.scope && (e.branch == 0 || e.branch == later.branch)
}

func reportTaken(e event, taken *event, diags *source.Diagnostics) {
	one := diags.Errorf(e.read.File, e.read.Span, source.UnknownField, "field %q isn't there any more: step %q took it away", e.name, taken.step)
	if taken.to != "" {
		one.Hintf("did you mean %q?", taken.to)
	}
}

// A knownName is one that a slip may have been meant for.
type knownName struct {
	name    string
	outline source.Outline
	event   int
}

// known are the names that are made, and those that are mentioned twice or
// more, the latter once.
func (f *Fields) known(mentions map[scopedName]int) []knownName {
	var names []knownName
	listed := map[scopedName]bool{}
	for i := range f.events {
		e := &f.events[i]
		often := e.action == readField && mentions[e.scoped()] > 1 && !listed[e.scoped()]
		if often || e.action == makeField {
			names = append(names, knownName{e.name, source.OutlineOf(e.name), i})
			listed[e.scoped()] = listed[e.scoped()] || often
		}
	}
	return names
}

// nearSlip is the name that was meant by the one that event i reads. Flows may
// have thousands of names: most are told apart by their outlines.
func (f *Fields) nearSlip(i int, known []knownName) (string, bool) {
	name := f.events[i].name
	allowed := allowedSlips(name)
	if allowed == 0 {
		return "", false
	}
	var candidates []string
	outline := source.OutlineOf(name)
	for _, k := range known {
		if outline.Within(allowed, k.outline) && f.mayMean(i, k.event) {
			candidates = append(candidates, k.name)
		}
	}
	near, ok := source.Nearest(name, candidates)
	if !ok || source.Slips(name, near) > allowed || bare(name) == bare(near) {
		return "", false
	}
	return near, true
}

// mayMean says whether event i may have meant the name of another event.
func (f *Fields) mayMean(i, other int) bool {
	e := &f.events[other]
	if e.action == makeField {
		return other < i && f.visible(e, i)
	}
	return e.scope == f.events[i].scope
}

func allowedSlips(name string) int {
	switch length := len([]rune(name)); {
	case length < 4:
		return 0
	case length < 8:
		return 1
	}
	return 2
}

// bare is a name without what tells siblings apart.
func bare(name string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, name)
	return strings.TrimSuffix(letters, "s")
}
