package rust

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

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
		call := b.crate.outlined(b, opLocals([]ir.Op{ir.Map{Fields: some}}), form, func(inner *body) {
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

// each is the call of a step that takes the items of an array through steps of
// their own. Its function says which array.
func (c *crate) each(s ir.Step, op ir.ForEach) string {
	name := fmt.Sprintf("each_%d", s.Index)
	c.stepFunction(s, "Result<&'static Each, End>", func(b *body) { b.add("Ok(%s)", c.eachConstant(op).text) })
	c.stepsFunction(name, fmt.Sprintf("The items of `%s`, %s.", quoted(s.ID), comment(s.Place())), op.Steps)
	for _, inner := range op.Steps {
		if _, ok := only[ir.Split](inner); ok {
			c.errorf("step %s splits an item", inner.ID)
		}
	}
	return fmt.Sprintf("run.each(%d, %s, m, step_%d, %s)?;", s.Index, onError[s.OnError], s.Index, name)
}

func (c *crate) eachConstant(op ir.ForEach) term {
	item := "None"
	if op.As != "" {
		item = "Some(" + c.path(ir.Path{op.As}).text + ")"
	}
	return c.shape("EACH", "Each", fmt.Sprintf("Each { path: %s, item: %s, values: %t, root: %t }", c.path(op.Path).text, item, op.Values, op.Root))
}

// split is the last call of a list of steps. Those that follow are a function
// of their own, which is called for each part.
func (c *crate) split(s ir.Step, op ir.Split, rest []ir.Step) string {
	after := "None"
	if len(rest) > 0 {
		name := fmt.Sprintf("after_%d", s.Index)
		after = "Some(" + name + ")"
		c.stepsFunction(name, fmt.Sprintf("The parts of `%s`, %s.", quoted(s.ID), comment(s.Place())), rest)
	}
	c.stepFunction(s, "Result<Option<Parts<'m>>, End>", func(b *body) {
		b.add("%s", b.call(b.m()+".split", true, c.splitConstant(op)).text)
	})
	return fmt.Sprintf("run.split::<Compiled>(%d, %s, m, step_%d, %s)", s.Index, onError[s.OnError], s.Index, after)
}

// stepsFunction prints a function that takes steps.
func (c *crate) stepsFunction(name, doc string, steps []ir.Step) {
	var out strings.Builder
	indent(&out, 0, "/// "+doc)
	c.transform(&out, 0, "fn "+name+"<'m>", steps)
	c.functions = append(c.functions, out.String())
}

// splitConstant is the constant for how a message is split.
func (c *crate) splitConstant(op ir.Split) term {
	index := "None"
	if op.Index != nil {
		index = "Some(" + c.path(op.Index).text + ")"
	}
	return c.shape("SPLIT", "Split", fmt.Sprintf("Split { path: %s, item: %s, index: %s, empty: %s, missing: %s }",
		c.path(op.Path).text, c.splitItem(op), index, unsplit[op.Empty], unsplit[op.Missing]))
}

func (c *crate) splitItem(op ir.Split) string {
	switch op.As {
	case ir.SplitMerge:
		return "Item::Merge"
	case ir.SplitMessage:
		return "Item::Message"
	}
	return "Item::Field(" + c.path(op.Into).text + ")"
}

var unsplit = map[ir.Unsplit]string{
	ir.UnsplitFilter: "Unsplit::Filter", ir.UnsplitKeep: "Unsplit::Keep", ir.UnsplitError: "Unsplit::Error",
}

// flat makes names flat, or takes them apart.
func (b *body) flat(method string, flat ir.Flat) {
	path, name := "None", `""`
	if flat.Path != nil {
		path = "Some(" + b.crate.path(flat.Path).text + ")"
		last, named := flat.Path[len(flat.Path)-1].(string)
		if !named {
			b.crate.errorf("the item %s has no flat name", flat.Path)
		}
		name = literal(last)
	}
	depth := "u32::MAX"
	if flat.Depth > 0 {
		depth = strconv.Itoa(flat.Depth)
	}
	value := fmt.Sprintf("Flat { path: %s, name: %s, separator: %s, prefix: %s, depth: %s, arrays: %t }",
		path, name, literal(flat.Separator), literal(flat.Prefix), depth, flat.Arrays)
	b.add("%s;", b.call(b.m()+"."+method, true, b.crate.shape("FLAT", "Flat", value)).value())
}
