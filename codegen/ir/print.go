package ir

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Print is the program as text: stable, for people and for tests. `.x` is a
// field, `x!` fails where x is missing, `%0` is a local.
func Print(p *Program) string {
	w := &printer{program: p}
	w.line(0, "flow %s (%s)", p.Name, p.File)
	for _, v := range p.Vars {
		w.line(0, "var %s: %s", v.Name, v.Kind)
	}
	for _, t := range p.Tables {
		when := "at start"
		if t.Blob != nil {
			when = "compiled in"
		}
		fold := ""
		if t.Fold {
			fold = " in any case"
		}
		w.line(0, "table %s: key %s%s, columns %s, %s", t.Name, strings.Join(t.Key, " "), fold, strings.Join(t.Columns, " "), when)
	}
	for i, file := range p.Macros {
		w.line(0, "macros %d: %s", i, file.Name)
	}
	for i, pattern := range p.Patterns {
		w.line(0, "pattern %d: %s", i, visible(pattern.Text))
	}
	if len(p.Meta) > 0 {
		w.line(0, "meta %s", strings.Join(p.Meta, " "))
	}
	w.line(0, "route %s, unmatched %s, locals %d", p.Route, p.Unmatched, p.Locals)
	w.steps(0, p.Steps)
	for _, out := range p.Outputs {
		condition := ""
		if out.When != nil {
			condition = " when " + w.expr(out.When)
		} else if out.Otherwise {
			condition = " otherwise"
		}
		w.line(0, "output %s%s  # line %d", out.Connector, condition, out.Line)
		w.steps(1, out.Steps)
	}
	return w.b.String()
}

type printer struct {
	program *Program
	b       strings.Builder
}

func (w *printer) line(depth int, format string, args ...any) {
	w.b.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

func (w *printer) steps(depth int, steps []Step) {
	for _, s := range steps {
		head := fmt.Sprintf("step %d %s %s", s.Index, s.ID, s.Kind)
		if s.OnError != OnErrorDeadLetter {
			head += " on_error " + s.OnError.String()
		}
		if s.When != nil {
			head += " when " + w.expr(s.When)
		}
		w.line(depth, "%s  # %s", head, s.Place())
		w.ops(depth+1, s.Ops)
	}
}

func (w *printer) ops(depth int, ops []Op) {
	for _, op := range ops {
		switch op := op.(type) {
		case Let:
			w.line(depth, "%%%d = %s", op.Local, w.expr(op.Value))
		case Set:
			w.line(depth, "set .%s = %s", op.Path, w.expr(op.Value))
		case Remove:
			w.line(depth, "remove .%s", op.Path)
		case Move:
			w.line(depth, "move .%s -> .%s", op.From, op.To)
		case Guard:
			w.line(depth, "guard %s", w.expr(op.Cond))
		case If:
			w.line(depth, "if %s", w.expr(op.Cond))
			w.ops(depth+1, op.Then)
			if len(op.Else) > 0 {
				w.line(depth, "else")
				w.ops(depth+1, op.Else)
			}
		case Group:
			w.line(depth, "group")
			w.steps(depth+1, op.Steps)
		case Keep:
			w.line(depth, "keep %s", fields(op.Paths))
		case ForEach:
			w.each(depth, op)
		case Split:
			w.split(depth, op)
		case Flatten:
			w.flat(depth, "flatten", op.Flat)
		case Unflatten:
			w.flat(depth, "unflatten", op.Flat)
		case Map:
			w.line(depth, "map")
			for _, set := range op.Fields {
				w.line(depth+1, "set .%s = %s", set.Path, w.expr(set.Value))
			}
		}
	}
}

func (w *printer) each(depth int, op ForEach) {
	what := "item"
	if op.Values {
		what = "value"
	}
	if op.As != "" {
		what += " as " + Path{op.As}.String()
	}
	if op.Root {
		what += ", with the message around it"
	}
	w.line(depth, "each .%s: %s", op.Path, what)
	w.steps(depth+1, op.Steps)
}

func (w *printer) split(depth int, op Split) {
	line := fmt.Sprintf("split .%s as %s", op.Path, op.As)
	if op.As == SplitField {
		line += " ." + op.Into.String()
	}
	if op.Index != nil {
		line += ", index ." + op.Index.String()
	}
	w.line(depth, "%s, empty %s, missing %s", line, op.Empty, op.Missing)
}

func (w *printer) flat(depth int, verb string, flat Flat) {
	field := "the message"
	if flat.Path != nil {
		field = fmt.Sprintf(".%s as %q", flat.Path, flat.Prefix)
	}
	line := fmt.Sprintf("%s %s, separator %q", verb, field, flat.Separator)
	if flat.Depth > 0 {
		line += fmt.Sprintf(", depth %d", flat.Depth)
	}
	if flat.Arrays {
		line += ", arrays too"
	}
	w.line(depth, "%s", line)
}

// fields are paths, one behind the other.
func fields(paths []Path) string {
	list := make([]string, len(paths))
	for i, path := range paths {
		list[i] = "." + path.String()
	}
	return strings.Join(list, " ")
}

// expr prints one expression; operators are in parentheses, so that the tree
// can be read off.
func (w *printer) expr(e Expr) string {
	switch e := e.(type) {
	case Const:
		if e.Text == "" {
			return "missing"
		}
		return visible(e.Text)
	case Field:
		return "." + e.Path.String()
	case This:
		return "this"
	case VarRef:
		return "var(" + w.program.Vars[e.Index].Name + ")"
	case MetaRef:
		return "meta(" + strconv.Quote(e.Name) + ")"
	case Local:
		return "%" + strconv.Itoa(e.Index)
	case Lookup:
		return "lookup(" + w.program.Tables[e.Table].Name + ", " + w.expr(e.Key) + ")"
	case Column:
		return fmt.Sprintf("%%%d[%d]", e.Local, e.Column)
	case Unary:
		return fmt.Sprintf("(%s %s)", e.Op, w.expr(e.X))
	case Binary:
		return fmt.Sprintf("(%s %s %s)", w.expr(e.X), e.Op, w.expr(e.Y))
	case Cond:
		return fmt.Sprintf("(%s if %s else %s)", w.expr(e.Then), w.expr(e.Test), w.expr(e.Else))
	case Call:
		return e.Name + "(" + w.list(e.Args) + ")"
	case Apply:
		return w.apply(e)
	case Item:
		return w.expr(e.X) + "[" + w.expr(e.Key) + "]"
	case List:
		return "[" + w.list(e.Items) + "]"
	case Dict:
		pairs := make([]string, len(e.Keys))
		for i, key := range e.Keys {
			pairs[i] = w.expr(key) + ": " + w.expr(e.Values[i])
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case Concat:
		return "concat(" + w.list(e.Parts) + ")"
	case Jinja:
		return w.jinja(e)
	case Require:
		return w.expr(e.X) + "!"
	case Captures:
		return "captures(" + w.expr(e.X) + w.choices(e.Choices) + ")"
	case Capture:
		return fmt.Sprintf("%%%d[%d]", e.Local, e.Index)
	case Regex:
		return w.regex(e)
	case About:
		return "about(." + e.Path.String() + ", " + w.expr(e.X) + ")"
	case Fail:
		return fmt.Sprintf("fail(W%04d %s %q)", e.Code, e.Field, e.Detail)
	}
	panic(fmt.Sprintf("an expression of unknown type %T", e))
}

// apply prints an item as `_`.
func (w *printer) apply(e Apply) string {
	each := "_"
	if e.Call != "" {
		each = e.Call + "(" + strings.Join(append([]string{"_"}, w.all(e.Args)...), ", ") + ")"
	}
	parts := []string{w.expr(e.X), each}
	if e.Attr != nil {
		parts = []string{w.expr(e.X), w.expr(e.Attr), each}
	}
	return e.Name + "(" + strings.Join(parts, ", ") + ")"
}

// visible escapes, as JSON does, what a reader couldn't see in a constant.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}

func (w *printer) list(list []Expr) string { return strings.Join(w.all(list), ", ") }

func (w *printer) all(list []Expr) []string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = w.expr(e)
	}
	return parts
}

func (w *printer) jinja(e Jinja) string {
	text := "jinja(" + strconv.Quote(e.Source)
	for _, file := range e.Macros {
		text += fmt.Sprintf(", macros %d", file)
	}
	for _, p := range e.Patterns {
		text += fmt.Sprintf(", pattern %d", p.Pattern)
	}
	return text + ")"
}

// choices prints patterns by their numbers, with the groups that are taken.
func (w *printer) choices(list []Choice) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, ", pattern %d%v", c.Pattern, c.Groups)
	}
	return b.String()
}

func (w *printer) regex(e Regex) string {
	text := fmt.Sprintf("%s(%s, pattern %d", e.Op, w.expr(e.X), e.Pattern)
	if e.Op == RegexCapture {
		text += fmt.Sprintf("[%d]", e.Group)
	}
	if e.Op == RegexReplace {
		text += ", "
		for _, part := range e.With {
			if part.Group == NoGroup {
				text += strconv.Quote(part.Text)
			} else {
				text += fmt.Sprintf("$%d", part.Group)
			}
		}
		if e.Count > 0 {
			text += fmt.Sprintf(", %d", e.Count)
		}
	}
	return text + ")"
}
