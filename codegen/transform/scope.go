package transform

import (
	"maps"
	"slices"

	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/types"
)

// What is known of the message follows from the ops that a step was lowered
// to, so that a transform has nothing to say about it. One whose later
// expressions see what its earlier ones have set calls know in between.

// know takes what is known of the message through one op of a step.
func (f *Flow) know(op ir.Op) { f.Exprs.Scope = after(f.Exprs.Scope, []ir.Op{op}) }

// through takes what was known before a step through all of it.
func (f *Flow) through(before *expr.Scope, step *ir.Step) {
	f.Exprs.Scope = afterStep(before, step)
}

func afterStep(before *expr.Scope, step *ir.Step) *expr.Scope {
	done := after(before, step.Ops)
	if step.When != nil || step.OnError == ir.OnErrorSkip {
		done.Message = types.Either(done.Message, before.Message, touched(step.Ops))
	}
	return done
}

// after is what is known after operations that have all run.
func after(s *expr.Scope, ops []ir.Op) *expr.Scope {
	done := &expr.Scope{Message: s.Message, Locals: s.Locals}
	for _, op := range ops {
		switch op := op.(type) {
		case ir.Let:
			done.Locals = maps.Clone(done.Locals)
			if done.Locals == nil {
				done.Locals = map[int]*types.Type{}
			}
			done.Locals[op.Local] = done.TypeOf(op.Value)
		case ir.Set:
			done.Message = done.Message.Set(op.Path, done.TypeOf(op.Value))
		case ir.Remove:
			done.Message = done.Message.Remove(op.Path)
		case ir.Move:
			done.Message = done.Message.Move(op.From, op.To)
		case ir.Guard:
		case ir.If:
			then, otherwise := after(done, op.Then), after(done, op.Else)
			done.Message = types.Either(then.Message, otherwise.Message, touched([]ir.Op{op}))
		default: // one that this function wasn't told of
			done.Message = types.Message()
		}
	}
	return done
}

// touched are the message's own fields that operations may change.
func touched(ops []ir.Op) []string {
	var names []string
	add := func(path ir.Path) {
		if name, ok := path[0].(string); ok {
			names = append(names, name)
		}
	}
	for _, op := range ops {
		switch op := op.(type) {
		case ir.Set:
			add(op.Path)
		case ir.Remove:
			add(op.Path)
		case ir.Move:
			add(op.From)
			add(op.To)
		case ir.If:
			names = append(append(names, touched(op.Then)...), touched(op.Else)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
