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
func (f *Flow) know(op ir.Op) {
	f.Exprs.Known = f.Exprs.Known.Map(func(s *expr.Scope) *expr.Scope { return after(s, []ir.Op{op}) })
}

// afterStep is what is known after a step, which may have been passed over.
func afterStep(before *expr.Scope, step *ir.Step) *expr.Scope {
	inside := before
	if step.When != nil {
		if holds, possible := before.Assume(step.When, true); possible {
			inside = holds
		}
	}
	done := after(inside, step.Ops)
	if step.When != nil || step.OnError == ir.OnErrorSkip {
		done.Message = either(before.Message, before.Message, done.Message, step.Ops)
	}
	return done
}

// either is a message that went one of two ways through operations.
func either(before, one, two *types.Type, ops []ir.Op) *types.Type {
	if names, all := touched(ops); !all {
		return types.Either(before, one, two, names)
	}
	return types.Join(one, two)
}

// after is what is known after operations that have all run.
func after(s *expr.Scope, ops []ir.Op) *expr.Scope {
	done := &expr.Scope{Message: s.Message, Locals: s.Locals}
	for _, op := range ops {
		done.Message = afterOp(done, op)
		if let, ok := op.(ir.Let); ok {
			t := done.TypeOf(let.Value)
			done.Locals = maps.Clone(done.Locals)
			if done.Locals == nil {
				done.Locals = map[int]*types.Type{}
			}
			done.Locals[let.Local] = t
		}
	}
	return done
}

func afterOp(s *expr.Scope, op ir.Op) *types.Type {
	m := s.Message
	switch op := op.(type) {
	case ir.Let:
		return m
	case ir.Guard:
		if passed, possible := s.Assume(op.Cond, true); possible {
			return passed.Message
		}
		return m // nothing comes after it, which was said
	case ir.Set:
		return m.Set(op.Path, s.TypeOf(op.Value))
	case ir.Remove:
		return m.Remove(op.Path)
	case ir.Move:
		return m.Move(op.From, op.To)
	case ir.Keep:
		return m.Keep(op.Paths)
	case ir.Map:
		made := types.Object(nil, true)
		for _, set := range op.Fields {
			made = made.Set(set.Path, s.TypeOf(set.Value))
		}
		return made
	case ir.Group:
		for i := range op.Steps {
			s = afterStep(s, &op.Steps[i])
		}
		return s.Message
	case ir.ForEach:
		return eached(s, op)
	case ir.Split:
		return split(m, op)
	case ir.If:
		return either(m, after(s, op.Then).Message, after(s, op.Else).Message, []ir.Op{op})
	}
	return types.Message() // this function wasn't told of the op
}

// touched are the message's own fields that operations may change; or all.
func touched(ops []ir.Op) (names []string, all bool) {
	add := func(path ir.Path) {
		if name, ok := path[0].(string); ok {
			names = append(names, name)
		}
	}
	ir.VisitOps(ops, func(op ir.Op) {
		switch op := op.(type) {
		case ir.Let, ir.Guard, ir.If, ir.Group:
		case ir.Set:
			add(op.Path)
		case ir.Remove:
			add(op.Path)
		case ir.ForEach:
			add(op.Path)
		case ir.Move:
			add(op.From)
			add(op.To)
		default:
			all = true
		}
	})
	slices.Sort(names)
	return slices.Compact(names), all
}
