package transform

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/types"
)

// What is known of a message whose shape an op has changed.

// itemsOf is what is known of each item of the array at a path.
func itemsOf(message *types.Type, path ir.Path) *types.Type {
	if items := message.Get(path).Items; items != nil {
		return items
	}
	return types.Unknown()
}

// object is a type where it is that of an object.
func object(t *types.Type) *types.Type {
	if t.Kind&ir.Object == 0 {
		return types.Message()
	}
	return t.Without(ir.Any &^ ir.Object)
}

// inItem is what the steps of an each see at first.
func inItem(message *types.Type, op ir.ForEach) *types.Type {
	item := types.Unknown()
	if !op.Values {
		item = itemsOf(message, op.Path).Without(ir.Missing)
	}
	if op.As != "" {
		return types.Object(map[string]*types.Type{op.As: item}, true)
	}
	return object(item)
}

func eached(before *expr.Scope, op ir.ForEach) *types.Type {
	inner := &expr.Scope{Message: inItem(before.Message, op), Locals: before.Locals}
	for i := range op.Steps {
		inner = afterStep(inner, &op.Steps[i])
	}
	was := before.Message.Get(op.Path)
	if op.Values {
		return before.Message.Set(op.Path, types.Of(was.Kind&(ir.Missing|ir.Null|ir.Object)))
	}
	// Anything else was an error, unless it was passed over.
	t := types.Of(was.Kind & (ir.Missing | ir.Null | ir.Array))
	t.Items = inner.Message
	if op.As != "" {
		t.Items = inner.Message.Get(ir.Path{op.As}).Without(ir.Missing)
	}
	return before.Message.Set(op.Path, t)
}

func split(before *types.Type, op ir.Split) *types.Type {
	item := itemsOf(before, op.Path).Without(ir.Missing)
	var t *types.Type
	switch op.As {
	case ir.SplitField:
		t = before.Remove(op.Path).Set(op.Into, item)
	case ir.SplitMerge:
		t = types.Message()
	case ir.SplitMessage:
		t = object(item)
	}
	if op.Index != nil {
		t = t.Set(op.Index, types.Of(ir.Int))
	}
	if op.Empty == ir.UnsplitKeep || op.Missing == ir.UnsplitKeep {
		return types.Join(t, before)
	}
	return t
}
