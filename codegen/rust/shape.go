package rust

import "github.com/weavster/weavster/codegen/ir"

// mapTo makes a new message beside the old one, which the values are read
// from, and then puts it in the old one's place.
func (b *body) mapTo(fields []ir.Set) {
	b.add("let mut new = %s;", b.call(b.m()+".empty", false).value())
	if len(fields) <= longest {
		b.mapFields(fields)
	}
	for start := 0; start < len(fields) && len(fields) > longest; start += longest {
		some := fields[start:min(start+longest, len(fields))]
		form := part{message: "&Message<'m>", result: "Result<(), End>", param: "new: &mut Message<'m>", arg: "&mut new"}
		call := b.crate.split(b, opLocals([]ir.Op{ir.Map{Fields: some}}), form, func(inner *body) {
			inner.mapFields(some)
			inner.add("Ok(())")
		})
		b.add("%s;", call.value())
	}
	b.add("*%s = new;", b.m())
}

func (b *body) mapFields(fields []ir.Set) {
	for _, field := range fields {
		b.setOn("new", field)
	}
}

// only is the op that a step is, if it is one of a type: those that hold steps
// stand alone.
func only[T ir.Op](s ir.Step) (op T, ok bool) {
	if len(s.Ops) == 1 {
		op, ok = s.Ops[0].(T)
	}
	return op, ok
}
