package transform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/types"
)

// A Flow is what the transforms of one flow share.
type Flow struct {
	Diags  *source.Diagnostics
	Exprs  *expr.Compiler
	Tables []*Table
	Fields Fields
	Uses   Uses
	// Output is whose steps are lowered; empty: those for all.
	Output string

	// Views are the tables as they are looked up, in the order of their places.
	Views []*View
	// Libraries are those that the flow may use.
	Libraries []*Library
	// Steps are all steps so far, as the manifest lists them.
	Steps []contract.Step
	// Locals is how many locals are bound.
	Locals int

	trunk expr.Known // what is known where all outputs begin

	now string // the id of the step that is being lowered
	// inside is the id of the step that holds those that are being lowered,
	// with a slash, or "".
	inside string
	ids    map[string]*syntax.Node
	given  map[string]bool
	counts map[string]int // steps without a name, by kind
	within group
	used   libraries
}

// Begin says what is known of messages before the first step.
func (f *Flow) Begin(known expr.Known) {
	f.Exprs.Known = known
	f.Exprs.OnRead = f.Fields.See
	f.Fields.look = f.look
}

// Branch begins the steps of an output: what they do, no other output sees.
func (f *Flow) Branch() { f.Fields.Branch() }

// Trunk goes back to what all outputs see.
func (f *Flow) Trunk() {
	if f.trunk.Sure == nil {
		f.trunk = f.Exprs.Known
	}
	f.Exprs.Known = f.trunk
	f.Fields.Trunk()
}

// All is what is known of the messages that come to the outputs, by the schema
// where there is one.
func (f *Flow) All() *expr.Scope {
	if f.trunk.Promised != nil {
		return f.trunk.Promised
	}
	return f.trunk.Sure
}

// Rest goes on with those messages for which a condition doesn't hold: under
// `route: first`, no others come to the outputs after one that it is of.
func (f *Flow) Rest(when ir.Expr) { f.trunk = f.trunk.Assume(when, false) }

// Reserve notes the ids that steps of a list name, before any id is made up.
func (f *Flow) Reserve(list *syntax.Node) {
	if f.ids == nil {
		f.ids, f.given, f.counts = map[string]*syntax.Node{}, map[string]bool{}, map[string]int{}
	}
	if list != nil {
		for _, item := range list.Items {
			if name := item.Get("name"); name != nil && name.Kind == syntax.Scalar {
				f.given[f.inside+name.Text] = true
			}
		}
	}
}

// Inner makes steps of the transforms inside of the one that is being lowered.
// Their ids begin with its own, and they see a message of their own.
func (f *Flow) Inner(list *syntax.Node) []ir.Step {
	inside, now, within, fields, trunk := f.inside, f.now, f.within, f.Fields.current, f.Fields.trunk
	f.inside, f.within = now+"/", group{}
	f.Fields.Scope()
	f.Reserve(list)
	steps := f.Lower(list)
	f.inside, f.now, f.within, f.Fields.current, f.Fields.trunk = inside, now, within, fields, trunk
	return steps
}

// Lower makes steps of a list of transforms.
func (f *Flow) Lower(list *syntax.Node) []ir.Step {
	var steps []ir.Step
	if list == nil {
		return steps
	}
	for _, item := range list.Items {
		before := f.Diags.Len()
		step, ok := f.step(item)
		if ok {
			steps = append(steps, flat(step)...)
		}
		if len(step.Ops) == 0 && step.Kind != "filter" && f.Diags.FailedSince(before) {
			f.loseTrack()
		}
	}
	return steps
}

// loseTrack forgets what is known of the message, after a step of which nothing
// could be understood: of what it was to make, nothing shall be called unknown.
func (f *Flow) loseTrack() {
	f.Fields.mixIn()
	f.Exprs.Known = f.Exprs.Known.Map(func(s *expr.Scope) *expr.Scope {
		return &expr.Scope{Message: types.Message(), Locals: s.Locals}
	})
}

func (f *Flow) step(n *syntax.Node) (ir.Step, bool) {
	kind, fields, body := f.kind(n)
	if kind == nil {
		return ir.Step{}, false
	}
	step := ir.Step{Index: len(f.Steps), Kind: kind.Name(), ID: f.id(kind.stemOf(body), fields.Get("name")), File: libraryOf(n), Line: n.Position().Line, OnError: f.within.onError}
	if fields.Get("on_error") != nil {
		step.OnError = onError(fields.Text("on_error"))
	}
	note := contract.Step{ID: step.ID, Kind: step.Kind, At: position(n), Output: f.Output}
	if step.OnError != ir.OnErrorDeadLetter {
		note.OnError = step.OnError.String()
	}
	f.Steps = append(f.Steps, note)
	if when := fields.Get("when"); when != nil {
		note.When = f.Uses.One(func() { step.When = f.Exprs.Condition(when) })
	}
	f.Fields.begin(step.ID, step.When != nil || step.OnError == ir.OnErrorSkip || f.within.maybe)
	f.now, f.within.step = step.ID, &step
	kind.Body.Check(body, nil, f.Diags)
	if !body.Broken { // what is wrong inside of it was reported; the rest may be, too
		before := f.Exprs.Known
		if step.When != nil {
			f.Exprs.Known = before.Assume(step.When, true)
		}
		note.Expressions = f.Uses.Of(func() { step.Ops = kind.lower(f, body) })
		f.Exprs.Known = before.Map(func(s *expr.Scope) *expr.Scope { return afterStep(s, &step) })
	}
	note.Filters = contains[ir.Guard](step.Ops) || contains[ir.Split](step.Ops)
	note.Anew = contains[ir.Map](step.Ops)
	f.Steps[step.Index] = note
	return step, true
}

// kind finds which transform an entry is. It is nil after an error.
func (f *Flow) kind(n *syntax.Node) (*Kind, *syntax.Fields, *syntax.Node) {
	if n.Kind != syntax.Map {
		n.Errorf(f.Diags, source.WrongType, "a transform has to be a mapping such as `filter: total > 0`, not %s", n.Kind)
		return nil, nil, nil
	}
	kinds := Kinds()
	options := slices.Clone(StepOptions)
	for i := range kinds {
		options = append(options, syntax.Option{Name: kinds[i].Name(), Type: syntax.Any})
	}
	if f.fellOut(n, kinds, options) {
		return nil, nil, nil
	}
	fields := options.Decode(n, "a transform", f.Diags)
	var found *Kind
	unknown := false
	for _, e := range n.Entries {
		i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name() == e.Key.Text })
		switch {
		case i < 0:
			unknown = unknown || !slices.Contains(StepOptions.Names(), e.Key.Text)
		case found != nil:
			e.Key.Errorf(f.Diags, source.BadValue, "a transform is one of %s and %s", found.Name(), kinds[i].Name()).
				Hintf("begin a new entry with `- %s:`", kinds[i].Name())
			return nil, nil, nil
		default:
			found = &kinds[i]
		}
	}
	if found == nil {
		if !unknown { // else the unknown key was it, and is reported
			n.Errorf(f.Diags, source.MissingKey, "this transform has no kind").
				Hintf("it is one of %s", strings.Join(options.Names()[len(StepOptions):], ", "))
		}
		return nil, nil, nil
	}
	return found, fields, n.Get(found.Name())
}

// fellOut reports a transform whose keys stand beside its kind for want of
// indentation: that is one mistake, not one for each of them.
func (f *Flow) fellOut(n *syntax.Node, kinds []Kind, options syntax.Options) bool {
	for _, e := range n.Entries {
		i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name() == e.Key.Text })
		if i < 0 || e.Value.Kind != syntax.Null || !kinds[i].Body.Nested() {
			continue
		}
		for _, beside := range n.Entries {
			if !slices.Contains(options.Names(), beside.Key.Text) {
				beside.Key.Errorf(f.Diags, source.UnknownKey, "%q stands beside %q, not inside of it", beside.Key.Text, e.Key.Text).
					Hintf("indent it further than %q", e.Key.Text)
				return true
			}
		}
	}
	return false
}

var idForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)

// id is the step's name, or one made from its kind.
func (f *Flow) id(kind string, name *syntax.Node) string {
	if name != nil {
		full := f.inside + name.Text
		if first := f.ids[full]; first != nil {
			name.Errorf(f.Diags, source.DuplicateName, "two steps are named %q, the first in line %d", name.Text, first.Position().Line)
		} else if !idForm.MatchString(name.Text) {
			name.Errorf(f.Diags, source.BadValue, "a step's name is made of letters, digits, `_` and `-`, at most 63, and begins with a letter; %q isn't", name.Text)
		}
		f.ids[full] = name
		return full
	}
	kind = f.inside + kind
	for {
		f.counts[kind]++
		id := kind
		if n := f.counts[kind]; n > 1 {
			id = fmt.Sprintf("%s_%d", kind, n)
		}
		if !f.given[id] {
			return id
		}
	}
}

func onError(word string) ir.OnError {
	for _, o := range []ir.OnError{ir.OnErrorSkip, ir.OnErrorDiscard, ir.OnErrorStop} {
		if o.String() == word {
			return o
		}
	}
	return ir.OnErrorDeadLetter
}
