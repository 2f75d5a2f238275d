package rust

import (
	"fmt"
	"slices"
	"strings"
)

// rustfmt's default limits: of a line, of a call's arguments on one line, and
// of an if with else on one line.
const (
	lineWidth = 100
	argsWidth = 60
	ifWidth   = 50
)

// A body is the statements of a block while it is written. Statements hold no
// indentation; it is added when they are printed.
type body struct {
	crate *crate
	fn    *function
	depth int // of blocks, the function's own is 1
	lines []line
	// bound are the locals that may be read here.
	bound map[int]bool
}

// A line of a block, or a block inside of it.
type line struct {
	text string
	// inner stands in braces after text, and after, before the next line.
	inner []line
	after string
}

// A function is what the blocks of one function share.
type function struct {
	name   string
	vars   int
	usesCx bool
	usesM  bool
}

// A term is an expression's Rust.
type term struct {
	text string
	// fails terms are of type Result and have their `?` still to come.
	fails bool
	// atom terms cost nothing to write twice, and nothing to evaluate.
	atom bool
}

func atom(text string) term { return term{text: text, atom: true} }

// value is the term as an operand.
func (t term) value() string {
	if t.fails {
		return t.text + "?"
	}
	return t.text
}

func (b *body) add(format string, args ...any) {
	b.lines = append(b.lines, line{text: fmt.Sprintf(format, args...)})
}

// give ends a function with a term as its result.
func (b *body) give(t term) {
	if t.fails {
		b.add("%s", t.text)
	} else {
		b.add("Ok(%s)", t.text)
	}
}

// fresh is the name of a new variable.
func (b *body) fresh() string {
	b.fn.vars++
	return fmt.Sprintf("v%d", b.fn.vars)
}

// spill binds a term to a variable.
func (b *body) spill(t term) term {
	if t.atom {
		return t
	}
	name := b.fresh()
	b.add("let %s = %s;", name, t.value())
	return atom(name)
}

// operands evaluates in order: a later operand's statements may not come
// before what an earlier one does.
func (b *body) operands(count int, operand func(i int) term) []term {
	terms := make([]term, count)
	for i := range terms {
		mark := len(b.lines)
		terms[i] = operand(i)
		if len(b.lines) == mark {
			continue
		}
		later := slices.Clone(b.lines[mark:])
		b.lines = b.lines[:mark]
		for j := range terms[:i] {
			terms[j] = b.spill(terms[j])
		}
		b.lines = append(b.lines, later...)
	}
	return terms
}

// call is a call of the guest's, on one line. Arguments that don't fit are
// bound to variables first: those that compute something, then the others.
func (b *body) call(head string, fails bool, args ...term) term {
	room := min(argsWidth, lineWidth-4*b.depth-len("let v12345 = ()?;")-len(head))
	if width(args) > room {
		for i := range args {
			args[i] = b.spill(args[i])
		}
	}
	for i := 0; width(args) > room && i < len(args); i++ {
		if isLiteral := strings.ContainsAny(args[i].text, "(\""); isLiteral {
			args[i] = b.spill(term{text: args[i].text})
		}
	}
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = arg.value()
	}
	return term{text: head + "(" + strings.Join(texts, ", ") + ")", fails: fails}
}

func width(args []term) int {
	total := 0
	for _, arg := range args {
		total += len(arg.value()) + len(", ")
	}
	return max(0, total-len(", "))
}

// cx is the context as an argument.
func (b *body) cx() term {
	b.fn.usesCx = true
	return atom("cx")
}

// m is the message.
func (b *body) m() string {
	b.fn.usesM = true
	return "m"
}

// block is an empty block inside of this one.
func (b *body) block() *body {
	return &body{crate: b.crate, fn: b.fn, depth: b.depth + 1, bound: clone(b.bound)}
}

func clone(set map[int]bool) map[int]bool {
	c := make(map[int]bool, len(set))
	for k, v := range set {
		c[k] = v
	}
	return c
}

// print writes lines, indented.
func printLines(out *strings.Builder, depth int, lines []line) {
	for _, l := range lines {
		indent(out, depth, l.text)
		if l.inner != nil {
			printLines(out, depth+1, l.inner)
			if l.after != "" {
				indent(out, depth, l.after)
			}
		}
	}
}

func indent(out *strings.Builder, depth int, text string) {
	out.WriteString(strings.Repeat("    ", depth))
	out.WriteString(text)
	out.WriteByte('\n')
}
