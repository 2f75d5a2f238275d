package rust

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// deepest is how deep blocks nest before they become functions.
const deepest = 6

// expr evaluates an expression.
func (b *body) expr(e ir.Expr) term {
	switch e := e.(type) {
	case ir.Const:
		return b.constant(e)
	case ir.Field:
		return b.call(b.m()+".get", true, b.crate.path(e.Path))
	case ir.Require:
		return b.require(e)
	case ir.This:
		return b.call(b.m()+".this", false)
	case ir.VarRef:
		return b.onContext("var", false, atom(strconv.Itoa(e.Index)))
	case ir.MetaRef:
		return b.onContext("meta", false, b.crate.text(e.Name))
	case ir.Local:
		return b.local(e)
	case ir.Column:
		b.read(e.Local)
		return b.call(localName(e.Local)+".cell", false, atom(strconv.Itoa(e.Column)))
	case ir.Lookup:
		row := b.spill(b.lookup(e))
		return b.onContext("row_value", false, row)
	case ir.About:
		return b.about(e)
	case ir.Fail:
		return b.fail(e)
	case ir.Unary:
		return b.function(unary[e.Op], 1, e.X)
	case ir.Binary:
		return b.binary(e)
	case ir.Cond:
		return b.cond(e)
	case ir.Call:
		return b.builtin(e)
	case ir.Apply:
		return b.apply(e)
	case ir.Item:
		return b.function("ops::item", 2, e.X, e.Key)
	case ir.Concat, ir.List, ir.Dict:
		return b.built(e)
	case ir.Jinja:
		return b.jinja(e)
	case ir.Captures:
		return b.captures(e)
	case ir.Capture:
		return b.capture(e)
	case ir.Regex:
		return b.regex(e)
	}
	b.crate.errorf("an expression of unknown type %T", e)
	return atom("Value::Null")
}

// constant is a constant as an operand: what it means, not how it is written.
func (b *body) constant(e ir.Const) term {
	if e.Text == "" {
		return atom("Value::Missing")
	}
	var text string
	if e.Of == ir.String && json.Unmarshal([]byte(e.Text), &text) == nil {
		return atom("Value::Str(" + b.crate.text(text).text + ")")
	}
	switch e.Text {
	case "null":
		return atom("Value::Null")
	case "true", "false":
		return atom("Value::Bool(" + e.Text + ")")
	}
	if i, err := strconv.ParseInt(e.Text, 10, 64); err == nil && strconv.FormatInt(i, 10) == e.Text {
		return atom("Value::Int(" + e.Text + ")")
	}
	return b.verbatim(e)
}

// verbatim is a constant that is written as it stands.
func (b *body) verbatim(e ir.Const) term {
	if !json.Valid([]byte(e.Text)) {
		b.crate.errorf("the constant %q isn't JSON", e.Text)
	}
	return atom("Value::constant(" + b.crate.text(e.Text).text + ")")
}

// onContext calls a method of the context.
func (b *body) onContext(method string, fails bool, args ...term) term {
	return b.call(b.cx().text+"."+method, fails, args...)
}

func (b *body) require(e ir.Require) term {
	if field, ok := e.X.(ir.Field); ok {
		return b.call(b.m()+".need", true, b.crate.path(field.Path))
	}
	return b.call("ops::require", true, b.expr(e.X))
}

// about says of an error which field it is about.
func (b *body) about(e ir.About) term {
	x := b.expr(e.X)
	if !x.fails {
		return x
	}
	return b.call("convert::about", true, b.crate.path(e.Path), term{text: x.text})
}

func (b *body) lookup(e ir.Lookup) term {
	return b.onContext("row", true, b.operands(2, func(i int) term {
		if i == 0 {
			return atom(strconv.Itoa(e.Table))
		}
		return b.expr(e.Key)
	})...)
}

func (b *body) fail(e ir.Fail) term {
	code, ok := codes[e.Code]
	if !ok {
		b.crate.errorf("a flow can't fail with W%04d", e.Code)
	}
	return b.call("ops::fail", true, atom(code), b.crate.text(e.Field), b.crate.text(e.Detail))
}

// local is what a Let bound, as a value.
func (b *body) local(e ir.Local) term {
	b.read(e.Index)
	if b.crate.rows[e.Index] {
		return b.onContext("row_value", false, atom(localName(e.Index)))
	}
	return atom(localName(e.Index))
}

// read holds the IR to it that a local is read where it is bound.
func (b *body) read(local int) {
	if !b.bound[local] {
		b.crate.errorf("local %d is read where it isn't bound", local)
	}
}

// function calls a function of the guest's that takes so many values.
func (b *body) function(path string, count int, args ...ir.Expr) term {
	terms := b.operands(len(args), func(i int) term { return b.expr(args[i]) })
	for len(terms) < count {
		terms = append(terms, atom("Value::Missing"))
	}
	return b.call(path, true, append([]term{b.cx()}, terms...)...)
}

func (b *body) builtin(e ir.Call) term {
	if e.Name == "now" || e.Name == "root" {
		return b.onContext(e.Name, false)
	}
	if row, ok := b.rowOf(e); ok {
		return atom(fmt.Sprintf("Value::Bool(%s)", row))
	}
	known, ok := builtins[e.Name]
	if !ok || len(e.Args) > known.args {
		b.crate.errorf("the guest has no built-in %q of %d arguments", e.Name, len(e.Args))
		return atom("Value::Null")
	}
	b.crate.zone(e)
	return b.function(known.path, known.args, e.Args...)
}

// apply calls a filter that takes a closure of the item, which only reads what
// was computed before.
func (b *body) apply(e ir.Apply) term {
	terms := b.operands(len(ir.Children(e)), func(i int) term { return b.expr(ir.Children(e)[i]) })
	head, wanted, given := "lists::select", []term{atom(strconv.FormatBool(!strings.HasPrefix(e.Name, "reject")))}, 1
	if e.Name == "map" {
		head, wanted = "lists::map", nil
	}
	if e.Attr != nil {
		head, given = "lists::select_attribute", 2
	}
	each := "Ok"
	if e.Call != "" {
		known, ok := builtins[e.Call]
		if !ok || len(e.Args) >= known.args {
			b.crate.errorf("the guest has no built-in %q of %d arguments", e.Call, len(e.Args)+1)
			return atom("Value::Null")
		}
		args := []string{b.cx().text, "v"}
		for _, t := range terms[given:] {
			args = append(args, b.spill(t).text)
		}
		for len(args) <= known.args {
			args = append(args, "Value::Missing")
		}
		each = fmt.Sprintf("|v| %s(%s)", known.path, strings.Join(args, ", "))
	}
	args := append(append([]term{b.cx()}, terms[:given]...), wanted...)
	return b.call(head, true, append(args, atom(each))...)
}

// rowOf is whether there is a row: no value is made of it for that.
func (b *body) rowOf(e ir.Call) (string, bool) {
	if e.Name != "is_defined" && e.Name != "is_undefined" || len(e.Args) != 1 {
		return "", false
	}
	local, ok := e.Args[0].(ir.Local)
	if !ok || !b.crate.rows[local.Index] {
		return "", false
	}
	b.read(local.Index)
	not := ""
	if e.Name == "is_undefined" {
		not = "!"
	}
	return not + localName(local.Index) + ".found()", true
}

// truth is an expression as a condition.
func (b *body) truth(e ir.Expr) string {
	if call, ok := e.(ir.Call); ok {
		if row, ok := b.rowOf(call); ok {
			return row
		}
	}
	return b.call("ops::truthy", true, b.expr(e)).value()
}

func (b *body) binary(e ir.Binary) term {
	if path, ok := binary[e.Op]; ok {
		return b.function(path, 2, e.X, e.Y)
	}
	x := b.spill(b.expr(e.X))
	then, otherwise := e.Y, ir.Expr(nil)
	if e.Op == ir.Or {
		then, otherwise = nil, e.Y
	}
	return b.choice("ops::truthy("+x.text+")?", x, then, otherwise)
}

func (b *body) cond(e ir.Cond) term {
	return b.choice(b.truth(e.Test), term{}, e.Then, e.Else)
}

// choice evaluates one of two expressions; for nil stands what is given.
func (b *body) choice(test string, given term, then, otherwise ir.Expr) term {
	yes, yesLines := b.branch(given, then)
	no, noLines := b.branch(given, otherwise)
	name := b.fresh()
	short := fmt.Sprintf("if %s { %s } else { %s }", test, yes.value(), no.value())
	if len(yesLines)+len(noLines) == 0 && len(short) <= ifWidth {
		b.add("let %s = %s;", name, short)
		return atom(name)
	}
	b.lines = append(b.lines,
		line{text: fmt.Sprintf("let %s = if %s {", name, test), inner: append(yesLines, line{text: yes.value()})},
		line{text: "} else {", inner: append(noLines, line{text: no.value()}), after: "};"})
	return atom(name)
}

// branch evaluates an expression in a block of its own, or, deep down, in a
// function of its own.
func (b *body) branch(given term, e ir.Expr) (term, []line) {
	if e == nil {
		return given, nil
	}
	if b.depth >= deepest && len(ir.Children(e)) > 0 {
		return b.crate.outline(b, e), nil
	}
	inner := b.block()
	t := inner.expr(e)
	return t, inner.lines
}

// built makes text, lists and objects by adding one part after the other.
func (b *body) built(e ir.Expr) term {
	var kind string
	var parts []ir.Expr
	add := func(name string, t term) { b.add("%s;", b.call(name+".add", true, t).value()) }
	switch e := e.(type) {
	case ir.Concat:
		kind, parts = "Text", e.Parts
	case ir.List:
		kind, parts = "List", e.Items
	case ir.Dict:
		kind, parts = "Dict", e.Values
		add = nil
		if len(e.Keys) != len(e.Values) {
			b.crate.errorf("an object with %d keys and %d values", len(e.Keys), len(e.Values))
			return atom("Value::Null")
		}
	}
	name := b.fresh()
	mut := "mut "
	if len(parts) == 0 { // nothing is added, of which rustc would warn
		mut = ""
	}
	b.add("let %s%s = %s;", mut, name, b.call("build::"+kind+"::new", false, b.cx()).text)
	for i, part := range parts {
		if add != nil {
			add(name, b.expr(part))
			continue
		}
		pair := []ir.Expr{e.(ir.Dict).Keys[i], part}
		b.add("%s;", b.call(name+".add", true, b.operands(2, func(i int) term { return b.expr(pair[i]) })...).value())
	}
	return b.call(name+".done", false)
}

func localName(index int) string { return "local_" + strconv.Itoa(index) }

// locals are the locals that an expression reads, in order.
func locals(e ir.Expr) []int {
	var found []int
	switch e := e.(type) {
	case ir.Local:
		found = append(found, e.Index)
	case ir.Column:
		found = append(found, e.Local)
	case ir.Capture:
		found = append(found, e.Local)
	}
	for _, child := range ir.Children(e) {
		found = append(found, locals(child)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
