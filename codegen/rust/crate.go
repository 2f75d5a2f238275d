package rust

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// A crate is what the functions of a flow share: constants, and functions
// that were split off.
type crate struct {
	program *ir.Program
	names   names
	// rows are the locals that hold a table's row.
	rows map[int]bool

	paths     []ir.Path
	pathNames map[string]string
	texts     []string
	textNames map[string]string
	shapes    []string // constants that say how a message changes its shape
	templates []constant
	// patternLists are patterns' choices and parts.
	patternLists []constant
	functions    []string
	zones        []string // those that are known now
	parts        int
	errs         []error
}

// A constant is one of the crate's, with what it is made of.
type constant struct{ name, text string }

// shortText is up to how many bytes text stands where it is used.
const shortText = 20

func newCrate(p *ir.Program) *crate {
	c := &crate{
		program: p, names: names{"PATHS": 1, "TABLES": 1}, rows: map[int]bool{},
		pathNames: map[string]string{}, textNames: map[string]string{},
	}
	for i := range p.Macros {
		c.names[fmt.Sprintf("MACROS_%d", i)] = 1
	}
	for i := range p.Patterns {
		c.names[fmt.Sprintf("PATTERN_%d", i)] = 1
	}
	for _, s := range ir.AllSteps(p) {
		ir.VisitOps(s.Ops, func(op ir.Op) {
			if let, ok := op.(ir.Let); ok {
				if _, ok := let.Value.(ir.Lookup); ok {
					c.rows[let.Local] = true
				}
			}
		})
	}
	return c
}

// errorf notes what is wrong with the IR. It is the compiler's mistake, not
// the user's.
func (c *crate) errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("ir: "+format, args...))
}

func (c *crate) err() error { return errors.Join(c.errs...) }

// path is the constant for a path.
func (c *crate) path(p ir.Path) term {
	text := p.String()
	name, ok := c.pathNames[text]
	if !ok {
		name = c.names.constant(text)
		c.pathNames[text] = name
		c.paths = append(c.paths, p)
	}
	return atom(name)
}

// pathList is the constant for a list of paths.
func (c *crate) pathList(paths []ir.Path) term {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = c.path(p).text
	}
	return c.shape("FIELDS", "[&Path]", "["+strings.Join(names, ", ")+"]")
}

// shape is a constant of some type. It may be of any width, so rustfmt is told
// to leave it.
func (c *crate) shape(name, kind, value string) term {
	name = c.names.take(name, "")
	c.shapes = append(c.shapes, fmt.Sprintf("const %s: &%s = &%s;", name, kind, value))
	return atom(name)
}

// text is a text: itself, or, where it is long, the constant for it.
func (c *crate) text(text string) term {
	if quoted := literal(text); len(quoted) <= shortText && plain(quoted) {
		return atom(quoted)
	}
	name, ok := c.textNames[text]
	if !ok {
		name = c.names.take("TEXT_"+strconv.Itoa(len(c.texts)), "")
		c.textNames[text] = name
		c.texts = append(c.texts, text)
	}
	return atom(name)
}

// zone notes the zone of a call whose last argument is one, if it is known:
// it is read from its database when the flow starts, and not for a message.
func (c *crate) zone(e ir.Call) {
	if !strings.HasSuffix(e.Name, "_in") {
		return
	}
	var name string
	last, ok := e.Args[len(e.Args)-1].(ir.Const)
	if ok && json.Unmarshal([]byte(last.Text), &name) == nil && !slices.Contains(c.zones, name) {
		c.zones = append(c.zones, name)
	}
}

// function prints a function and keeps it for the end of the crate.
func (c *crate) function(doc, head, result string, b *body) {
	var out strings.Builder
	if doc != "" {
		indent(&out, 0, "/// "+doc)
	}
	cx, m := "cx", "m"
	if !b.fn.usesCx {
		cx = "_"
	}
	if !b.fn.usesM {
		m = "_"
	}
	printHead(&out, strings.NewReplacer("{cx}", cx, "{m}", m).Replace(head), result)
	printLines(&out, 1, b.lines)
	indent(&out, 0, "}")
	c.functions = append(c.functions, out.String())
}

// printHead prints a function's head, with a parameter a line where it is long.
func printHead(out *strings.Builder, head, result string) {
	if whole := head + " -> " + result + " {"; len(whole) <= lineWidth {
		indent(out, 0, whole)
		return
	}
	name, params, _ := strings.Cut(strings.TrimSuffix(head, ")"), "(")
	indent(out, 0, name+"(")
	for _, param := range splitParams(params) {
		indent(out, 1, param+",")
	}
	indent(out, 0, ") -> "+result+" {")
}

// splitParams cuts at the commas between parameters, not at those in types.
func splitParams(params string) []string {
	var list []string
	depth, start := 0, 0
	for i, c := range params {
		switch {
		case c == '<':
			depth++
		case c == '>':
			depth--
		case c == ',' && depth == 0:
			list = append(list, strings.TrimSpace(params[start:i]))
			start = i + 1
		}
	}
	return append(list, strings.TrimSpace(params[start:]))
}

// outline makes a function of an expression, and is the call of it.
func (c *crate) outline(from *body, e ir.Expr) term {
	return c.outlined(from, locals(e), part{message: "&Message<'m>", result: "Result<Value<'m>>"}, func(b *body) {
		b.give(b.expr(e))
	})
}

// outlineOps makes a function of operations, and is the call of it.
func (c *crate) outlineOps(from *body, ops []ir.Op) term {
	return c.outlined(from, opLocals(ops), part{message: "&mut Message<'m>", result: "Result<(), End>"}, func(b *body) {
		for _, op := range ops {
			b.op(op)
		}
		b.add("Ok(())")
	})
}

// A part is the form of a function that is split off: the types of the
// message and of the result, and what it takes beside context and message.
type part struct {
	message, result string
	param, arg      string
}

func (c *crate) outlined(from *body, free []int, form part, fill func(b *body)) term {
	c.parts++
	name := "part_" + strconv.Itoa(c.parts)
	inner := &body{crate: c, fn: &function{name: name}, depth: 1, bound: map[int]bool{}}
	head := "fn " + name + "<'m>({cx}: &Context<'m>, {m}: " + form.message
	args := []term{from.cx(), atom(from.m())}
	if form.param != "" {
		head += ", " + form.param
		args = append(args, atom(form.arg))
	}
	for _, local := range free {
		from.read(local)
		kind := "Value<'m>"
		if c.rows[local] {
			kind = "Row<'m>"
		}
		head += ", " + localName(local) + ": " + kind
		args = append(args, atom(localName(local)))
		inner.bound[local] = true
	}
	fill(inner)
	c.function("", head+")", form.result, inner)
	return from.call(name, true, args...)
}
