package lineage

import (
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

// each takes an array's items through steps, in a flow of their own.
func (a *analysis) each(op ir.ForEach) {
	array := a.message.at(op.Path)
	a.meet(array)
	if array.isAbsent() {
		return
	}
	a.read(array.whole())
	s := items
	if op.Values {
		s = others
	}
	item := array.in(s)
	inner := *a
	inner.message, inner.control, inner.errors, inner.reading = item, nil, nil, nil
	if op.As != "" {
		inner.message = (&value{}).put(named(op.As), item)
	} else {
		a.read(item.whole()) // it has to be an object
	}
	if inner.around == nil {
		inner.around = a.message
	}
	inner.steps(op.Steps)
	a.read(inner.errors)
	changed := inner.message
	if op.As != "" {
		changed = changed.in(named(op.As))
		if drops(op.Steps) {
			inner.control.take(changed.all().as(contract.Control))
		}
	}
	// An item that ends leaves its place to the next.
	control := inner.control.as(contract.Control)
	whole := &value{copies: array.copies, from: array.from.and(control), fields: array.fields, items: array.items, others: array.others}
	if changed = changed.under(control); changed != item {
		if op.Values {
			whole.fields, whole.others = nil, changed
		} else {
			whole.items = changed
		}
	}
	a.message = a.message.with(op.Path, whole)
}

// drops says whether an item may be without its field after these steps.
func drops(steps []ir.Step) bool {
	for _, s := range steps {
		dropped := false
		ir.VisitOps(s.Ops, func(op ir.Op) {
			switch op.(type) {
			case ir.Set, ir.Let, ir.Guard, ir.If, ir.Group:
			default:
				dropped = true
			}
		})
		if dropped {
			return true
		}
	}
	return false
}

// split goes on with any of the parts.
func (a *analysis) split(op ir.Split) {
	array := a.message.at(op.Path)
	item, all := array.in(items), array.all()
	a.meet(array)
	a.read(array.whole().and(item.whole()))
	a.control.take(a.deciding)
	a.control.take(array.whole().as(contract.Control))
	rest := a.message
	if op.As != ir.SplitField || op.Into.String() != op.Path.String() {
		rest = rest.without(op.Path)
	}
	part := item
	switch op.As {
	case ir.SplitField:
		a.way(op.Into)
		part = rest.with(op.Into, item)
	case ir.SplitMerge:
		part = join(rest, item)
	}
	if op.Index != nil {
		a.way(op.Index)
		part = part.with(op.Index, made(array.whole().as(contract.Derived)))
	}
	if op.Empty == ir.UnsplitKeep || op.Missing == ir.UnsplitKeep {
		part = either(a.message, part, all.as(contract.Control))
	}
	a.message = part
}

// flatten makes names of which only some are known ahead: any field but those
// that can't be meant may come from what is made flat.
func (a *analysis) flatten(flat ir.Flat) {
	holder := a.holder(flat)
	from := holder.all()
	if flat.Path != nil {
		from = holder.in(step(flat.Path[len(flat.Path)-1])).all()
	}
	a.scatter(flat, holder, from, func(name string) bool {
		return flat.Path == nil || strings.HasPrefix(name, flat.Prefix) || name == nameOf(step(flat.Path[len(flat.Path)-1]))
	})
}

// unflatten takes names apart, which makes fields of names that aren't known.
func (a *analysis) unflatten(flat ir.Flat) {
	holder := a.holder(flat)
	a.scatter(flat, holder, holder.all(), func(name string) bool {
		return flat.Path == nil || strings.HasPrefix(name, flat.Prefix) || name == nameOf(step(flat.Path[len(flat.Path)-1]))
	})
}

// holder is the object whose fields are made flat, or put together.
func (a *analysis) holder(flat ir.Flat) *value {
	if flat.Path == nil {
		return a.message
	}
	return a.message.at(flat.Path[:len(flat.Path)-1])
}

// scatter has the fields that are meant come from some sources, too: those
// that are known and may be meant, and all others.
func (a *analysis) scatter(flat ir.Flat, holder *value, from sources, meant func(name string) bool) {
	a.read(from)
	from = from.as(contract.Derived)
	changed := &value{copies: holder.copies, from: holder.from.and(from), items: holder.items}
	for name, field := range holder.each() {
		if meant(name) {
			field = join(field, made(from))
		}
		changed.fields = withField(changed.fields, name, field)
	}
	if holder.others != nil {
		changed.others = join(holder.others, made(from))
	}
	if flat.Path == nil {
		a.message = changed
	} else {
		a.message = a.message.with(flat.Path[:len(flat.Path)-1], changed)
	}
}
