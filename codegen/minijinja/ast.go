package minijinja

import "github.com/weavster/weavster/codegen/source"

// An Expr is an expression as MiniJinja's own parser reads it. Spans are
// bytes of the parsed source, and cover the whole expression, parentheses
// around it left out.
type Expr interface {
	Span() source.Span
	expr()
}

type span source.Span

// Span is the stretch of the source that the node was read from.
func (s span) Span() source.Span { return source.Span(s) }

type (
	// Var is a name.
	Var struct {
		span
		Name string
	}
	// Const is a literal.
	Const struct {
		span
		Kind ConstKind
		// Text is the string itself, the number as MiniJinja holds it, or
		// "true", "false", "none". A number's written digits are in the span.
		Text string
	}
	// Unary is `not x` or `-x`; `x not in y` and `x is not y` come as Not too.
	Unary struct {
		span
		Op string
		X  Expr
	}
	// Binary is an arithmetic, comparing or logical operator of two operands,
	// by its spelling.
	Binary struct {
		span
		Op   string
		X, Y Expr
	}
	// Compare is a chain, `a < b < c`: Ops[i] stands before Y[i].
	Compare struct {
		span
		X   Expr
		Ops []string // "not in" is one
		Y   []Expr
	}
	// Cond is `Then if Test else Else`; Else is nil where it wasn't written.
	Cond struct {
		span
		Test, Then, Else Expr
	}
	// Filter is `x | name(args)`. X is nil in a filter block or a capture.
	Filter struct {
		span
		Name   string
		NameAt source.Span
		X      Expr
		Args   []Arg
	}
	// Test is `x is name(args)`.
	Test struct {
		span
		Name   string
		NameAt source.Span
		X      Expr
		Args   []Arg
	}
	// Attr is `x.name`.
	Attr struct {
		span
		X      Expr
		Name   string
		NameAt source.Span
	}
	// Item is `x[key]` or `x.0`.
	Item struct {
		span
		X, Key Expr
	}
	// Slice is `x[from:to:step]`; what wasn't written is nil.
	Slice struct {
		span
		X, From, To, Step Expr
	}
	// Call is `f(args)`, with Fun a Var, or an Attr for a method.
	Call struct {
		span
		Fun  Expr
		Args []Arg
	}
	// List is `[a, b]`.
	List struct {
		span
		Items []Expr
	}
	// Tuple is `(a, b)`.
	Tuple struct {
		span
		Items []Expr
	}
	// Map is `{k: v}`.
	Map struct {
		span
		Keys, Values []Expr
	}
)

// An Arg is one argument of a call. Name is empty where it was given by place.
type Arg struct {
	Name  string // or "*" or "**" for a splat
	Value Expr
}

// ConstKind is the kind of a literal.
type ConstKind string

// The kinds of literals.
const (
	NoneConst   ConstKind = "none"
	BoolConst   ConstKind = "bool"
	IntConst    ConstKind = "int"
	FloatConst  ConstKind = "float"
	StringConst ConstKind = "string"
)

func (*Var) expr()     {}
func (*Const) expr()   {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Compare) expr() {}
func (*Cond) expr()    {}
func (*Filter) expr()  {}
func (*Test) expr()    {}
func (*Attr) expr()    {}
func (*Item) expr()    {}
func (*Slice) expr()   {}
func (*Call) expr()    {}
func (*List) expr()    {}
func (*Tuple) expr()   {}
func (*Map) expr()     {}

// A Stmt is a part of a template.
type Stmt interface {
	Span() source.Span
	stmt()
}

type (
	// Raw is text between tags.
	Raw struct {
		span
		Text string
	}
	// Emit is `{{ x }}`; its span is x's.
	Emit struct {
		span
		X Expr
	}
	// Block is any `{% … %}` tag: what it reads, what it binds, what it holds.
	Block struct {
		span
		Tag string // for, if, with, set, set_block, autoescape, filter_block, block, import, from, extends, include, macro, call_block, do
		// Name is a macro's or a block's.
		Name string
		// Binds are the names that the tag gives a value inside of it, or,
		// for set, import and from, after it.
		Binds []string
		// Reads are the expressions in the tag itself.
		Reads []Expr
		// Body and Else hold the parts up to the closing tag. The body of a
		// call_block is one macro.
		Body, Else []Stmt
	}
)

func (*Raw) stmt()   {}
func (*Emit) stmt()  {}
func (*Block) stmt() {}
