// Package lineage reads off a program where the fields of its outputs come
// from. See docs/lineage.md.
package lineage

import (
	"maps"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

// Of is the lineage of a program, whose sensitive fields are those of the
// manifest.
func Of(p *ir.Program, sensitive []ir.Path) *contract.Lineage {
	a := &analysis{program: p, message: input(place{}), locals: map[int]*value{}, met: map[string]place{}}
	for _, path := range sensitive {
		a.meet(input(placeOf(path)))
	}
	a.steps(p.Steps)
	shared := *a
	result := &contract.Lineage{Flow: p.Name, Outputs: []contract.OutputLineage{}}
	for i, out := range p.Outputs {
		a := shared
		a.control, a.errors, a.met = maps.Clone(a.control), maps.Clone(a.errors), maps.Clone(a.met)
		a.route(i)
		a.steps(out.Steps)
		one := a.output(out.Connector)
		one.Dropped = a.dropped()
		one.Sensitive = a.sensitive(sensitive)
		result.Outputs = append(result.Outputs, one)
	}
	for _, t := range p.Tables {
		result.Tables = append(result.Tables, contract.TableLineage{Name: t.Name, Key: t.Key, Columns: t.Columns, Compiled: t.Blob != nil})
	}
	return result
}

// An analysis is at a point of the flow.
type analysis struct {
	program *ir.Program
	message *value
	// around is the message around the items of an each; nil: there is none.
	around *value
	locals map[int]*value
	// deciding is what the branches around look at.
	deciding sources
	// met are the places of the input that the flow names, by their text.
	met map[string]place
	// control is what may have ended the message, or the item, on purpose.
	control sources
	// errors is what it may have failed of, and reads what the step here may.
	errors, reading sources
}

func (a *analysis) steps(list []ir.Step) {
	for _, s := range list {
		a.step(s)
	}
}

func (a *analysis) step(s ir.Step) {
	outer, before := a.reading, a.message
	when := a.reads(s.When)
	a.reading = nil
	a.read(when)
	deciding := a.deciding
	a.deciding = deciding.and(when.as(contract.Control))
	a.ops(s.Ops)
	a.deciding = deciding
	if s.When != nil {
		a.message = either(before, a.message, when.as(contract.Control))
	}
	inner := a.reading
	a.reading = outer
	switch s.OnError {
	case ir.OnErrorSkip:
		a.message = either(before, a.message, inner.as(contract.Control))
	case ir.OnErrorGroup:
		a.read(inner)
	case ir.OnErrorDiscard:
		a.control.take(inner.as(contract.Control))
	default:
		a.errors.take(inner.as(contract.Control))
	}
}

// read notes what the step looks at, and may fail of.
func (a *analysis) read(from sources) { a.reading.take(from) }

// meet notes what the flow names of the message as it came.
func (a *analysis) meet(v *value) {
	for text, p := range v.copies {
		if len(p) > 0 {
			a.met[text] = p
		}
	}
}

func (a *analysis) ops(ops []ir.Op) {
	for _, op := range ops {
		a.op(op)
	}
}

func (a *analysis) op(op ir.Op) {
	for _, e := range ir.Exprs(op) {
		a.read(a.reads(e))
	}
	switch op := op.(type) {
	case ir.Let:
		a.locals[op.Local] = a.value(op.Value)
	case ir.Set:
		a.set(op.Path, op.Value)
	case ir.Remove:
		a.meet(a.message.at(op.Path))
		a.message = a.message.without(op.Path)
	case ir.Move:
		a.move(op)
	case ir.Guard:
		a.control.take(a.deciding)
		a.control.take(a.reads(op.Cond).as(contract.Control))
	case ir.If:
		a.choose(op)
	case ir.Group:
		a.steps(op.Steps)
	case ir.Keep:
		for _, path := range op.Paths {
			a.meet(a.message.at(path))
		}
		a.message = a.message.kept(op.Paths)
	case ir.Map:
		a.anew(op)
	case ir.ForEach:
		a.each(op)
	case ir.Split:
		a.split(op)
	case ir.Flatten:
		a.flatten(op.Flat)
	case ir.Unflatten:
		a.unflatten(op.Flat)
	}
}

func (a *analysis) set(path ir.Path, e ir.Expr) {
	a.way(path)
	a.message = a.put(a.message, path, a.value(e), e.Kind())
}

// put is a message with a value in it. One that may be missing leaves what is
// there.
func (a *analysis) put(message *value, path ir.Path, v *value, kind ir.Kind) *value {
	if kind == 0 {
		return message
	}
	if kind&ir.Missing != 0 {
		v = either(message.at(path), v, v.all().as(contract.Control))
	}
	return message.with(path, v)
}

// way notes what a path leads through, which is an error where it is no object.
func (a *analysis) way(path ir.Path) {
	for i := 1; i < len(path); i++ {
		a.read(a.message.at(path[:i]).whole())
	}
}

func (a *analysis) move(op ir.Move) {
	if slices.Equal(op.From, op.To) {
		return
	}
	v := a.message.at(op.From)
	a.meet(v)
	if len(op.To) > 1 {
		a.way(op.To)
	}
	gone := a.message.without(op.From)
	a.message = gone.with(op.To, either(gone.at(op.To), v, v.all().as(contract.Control)))
}

func (a *analysis) choose(op ir.If) {
	decides := a.reads(op.Cond).as(contract.Control)
	before, deciding := a.message, a.deciding
	a.deciding = deciding.and(decides)
	a.ops(op.Then)
	then := a.message
	a.message = before
	a.ops(op.Else)
	a.deciding = deciding
	switch {
	case fails(op.Else):
		a.message = then
	case !fails(op.Then):
		a.message = either(then, a.message, decides)
	}
}

// fails says whether operations end the message with an error for sure.
func fails(ops []ir.Op) bool {
	return slices.ContainsFunc(ops, func(op ir.Op) bool {
		set, ok := op.(ir.Set)
		return ok && set.Value.Kind() == 0
	})
}

func (a *analysis) anew(op ir.Map) {
	fresh := &value{}
	for _, set := range op.Fields {
		fresh = a.put(fresh, set.Path, a.value(set.Value), set.Value.Kind())
	}
	a.message = fresh
}

// route is what decides that a message goes to an output.
func (a *analysis) route(place int) {
	out := a.program.Outputs[place]
	for i, other := range a.program.Outputs {
		before := a.program.Route == ir.RouteFirst && i < place && !other.Otherwise
		if other.When != nil && (i == place || before || out.Otherwise) {
			a.control.take(a.reads(other.When).as(contract.Control))
		}
	}
}
