package rust

import (
	"github.com/weavster/weavster/codegen/ir"
)

// longest is how many operations one function has, so that none is too large
// for the Rust compiler to be quick about.
const longest = 100

// ops prints operations.
func (b *body) ops(ops []ir.Op) {
	if len(ops) > longest && !binds(ops) {
		for start := 0; start < len(ops); start += longest {
			b.part(ops[start:min(start+longest, len(ops))])
		}
		return
	}
	for _, op := range ops {
		b.op(op)
	}
}

func (b *body) op(op ir.Op) {
	switch op := op.(type) {
	case ir.Let:
		b.let(op)
	case ir.Set:
		b.set(op)
	case ir.Remove:
		b.add("%s;", b.call(b.m()+".remove", true, b.crate.path(op.Path)).value())
	case ir.Move:
		b.add("%s;", b.call(b.m()+".rename", true, b.crate.path(op.From), b.crate.path(op.To)).value())
	case ir.Guard:
		b.add("%s;", b.call("guard", true, b.expr(op.Cond)).value())
	case ir.If:
		b.choose(op)
	case ir.Keep:
		b.add("%s;", b.call(b.m()+".keep", false, b.crate.pathList(op.Paths)).value())
	case ir.Map:
		b.mapTo(op.Fields)
	case ir.Flatten:
		b.flat("flatten", op.Flat)
	case ir.Unflatten:
		b.flat("unflatten", op.Flat)
	case ir.Group, ir.ForEach, ir.Split:
		b.crate.errorf("%T has to be its step's only operation", op)
	default:
		b.crate.errorf("an operation of unknown type %T", op)
	}
}

func (b *body) let(op ir.Let) {
	t := term{}
	if row, ok := op.Value.(ir.Lookup); ok {
		t = b.lookup(row)
	} else {
		t = b.expr(op.Value)
	}
	b.bound[op.Local] = true
	b.add("let %s = %s;", localName(op.Local), t.value())
}

func (b *body) set(op ir.Set) { b.setOn(b.m(), op) }

// setOn sets a field of a message, of which the value is read beforehand.
func (b *body) setOn(message string, op ir.Set) {
	switch value := op.Value.(type) {
	case ir.Fail:
		b.add("%s;", b.fail(value).value())
	case ir.Const:
		b.add("%s;", b.call(message+".set", true, b.crate.path(op.Path), b.verbatim(value)).value())
	default:
		// The value is evaluated before the message is borrowed to be changed.
		t := b.expr(op.Value)
		b.add("%s;", b.call(message+".set", true, b.crate.path(op.Path), t).value())
	}
}

// choose prints an If. A side without operations isn't printed.
func (b *body) choose(op ir.If) {
	test := b.truth(op.Cond)
	then, otherwise := b.side(op.Then), b.side(op.Else)
	switch {
	case len(then) == 0 && len(otherwise) == 0:
		// The condition may still fail.
		b.add("let _ = %s;", test)
	case len(then) == 0:
		b.lines = append(b.lines, line{text: "if !" + test + " {", inner: otherwise, after: "}"})
	case len(otherwise) == 0:
		b.lines = append(b.lines, line{text: "if " + test + " {", inner: then, after: "}"})
	default:
		b.lines = append(b.lines,
			line{text: "if " + test + " {", inner: then},
			line{text: "} else {", inner: otherwise, after: "}"})
	}
}

// side is one side of an If, or, deep down, the call of a function with it.
func (b *body) side(ops []ir.Op) []line {
	if len(ops) == 0 {
		return nil
	}
	inner := b.block()
	if b.depth >= deepest {
		inner.part(ops)
	} else {
		inner.ops(ops)
	}
	return inner.lines
}

// part calls a function with these operations.
func (b *body) part(ops []ir.Op) {
	b.add("%s;", b.crate.outlineOps(b, ops).value())
}

// binds says whether a local is bound among the operations, which those after
// it may read.
func binds(ops []ir.Op) bool {
	for _, op := range ops {
		if _, ok := op.(ir.Let); ok {
			return true
		}
	}
	return false
}

// opLocals are the locals that operations read and don't bind.
func opLocals(ops []ir.Op) []int {
	var list []ir.Expr
	var inner []ir.Op
	bound := map[int]bool{}
	for _, op := range ops {
		list = append(list, ir.Exprs(op)...)
		switch op := op.(type) {
		case ir.Let:
			bound[op.Local] = true
		case ir.If:
			inner = append(append(inner, op.Then...), op.Else...)
		}
	}
	found := locals(ir.List{Items: list})
	if len(inner) > 0 {
		found = append(found, opLocals(inner)...)
	}
	free := found[:0]
	seen := map[int]bool{}
	for _, local := range found {
		if !bound[local] && !seen[local] {
			free = append(free, local)
		}
		seen[local] = true
	}
	return free
}
