package ir

// Kind is the set of kinds that a value may have, as far as is known when the
// flow is compiled.
type Kind uint16

// The kinds of a value. Int, Float and Decimal are numbers; a number of the
// message with a fraction or an exponent is a Float. Missing is a field that
// isn't there.
const (
	Missing Kind = 1 << iota
	Null
	Bool
	Int
	Float
	String
	Array
	Object
	Decimal // an exact number, which a flow made one

	Number = Int | Float | Decimal
	Any    = Missing | Null | Bool | Number | String | Array | Object
)

// An Expr computes a value from the message, its metadata, the batch's time,
// variables and tables; nothing else.
type Expr interface {
	// Kind is the set of kinds the value may have.
	Kind() Kind
}

type (
	// Const is a constant: Text is JSON. It is written as it stands, so
	// that `1.10` keeps its digits; arithmetic takes its value. Without text it
	// is what isn't there.
	Const struct {
		Text string
		Of   Kind
	}
	// Field is the message's value at a path. Of is what is known of its
	// kinds for sure, by what the steps before have set; 0: nothing.
	Field struct {
		Path Path
		Of   Kind
	}
	// This is the whole message.
	This struct{}
	// VarRef is the value of Program.Vars[Index].
	VarRef struct {
		Index int
		Of    Kind
	}
	// MetaRef is a value of the message's metadata.
	MetaRef struct{ Name string }
	// Local is what a Let bound.
	Local struct {
		Index int
		Of    Kind
	}
	// Lookup is the row of Program.Tables[Table] under a key, a List where the
	// table's has several columns; Missing where there is none. An integer is
	// looked up by its digits; a key that is missing or null has no row.
	Lookup struct {
		Table int
		Key   Expr
	}
	// Column is a cell of the row that a Let bound: Missing where there was no
	// row. Of is the kind of the cells, 0 for any.
	Column struct {
		Local, Column int
		Of            Kind
	}
	// Unary is `not x` or `-x`.
	Unary struct {
		Op UnaryOp
		X  Expr
		Of Kind
	}
	// Binary is an operator of two operands. And and Or are lazy and give
	// one of their operands, as in Jinja.
	Binary struct {
		Op   BinaryOp
		X, Y Expr
		Of   Kind
	}
	// Cond is `then if test else otherwise`.
	Cond struct{ Test, Then, Else Expr }
	// Call is a filter, a test or a function, by its name in the table
	// of built-ins; a piped or tested value is its first argument.
	Call struct {
		Name string
		Args []Expr
		Of   Kind
	}
	// Apply applies a filter or a test to each item of a list, or to an
	// attribute of it. Name says what for: map, select, reject, selectattr or
	// rejectattr. Args are the built-in's, behind the item; without a Call
	// the item's own truth is asked for.
	Apply struct {
		Name    string
		X, Attr Expr // Attr is nil where the item itself is meant
		Call    string
		Args    []Expr
	}
	// Item is `x[key]` or `x.key`, where x isn't a field path known ahead.
	Item struct{ X, Key Expr }
	// List is `[a, b]`; Dict is `{k: v}`.
	List struct{ Items []Expr }
	Dict struct{ Keys, Values []Expr }
	// Concat is a template that needs no full Jinja: its parts, each
	// printed as MiniJinja prints it, one after the other.
	Concat struct{ Parts []Expr }
	// Jinja is a template that MiniJinja renders at run time.
	Jinja struct {
		Source   string
		Macros   []int // the files of Program.Macros that it imports, by itself or through others
		Patterns []JinjaPattern
		Own      []Own // the built-ins of ours that it calls
		Reads    Reads
	}
	// Reads is what a template may look at, its macros included; rather too much
	// than too little. The empty path is the whole message.
	Reads struct {
		Fields, Root []Path // Root: of the message around the items of an each
		Vars, Meta   []string
	}
	// An Own is a built-in that MiniJinja doesn't have, by its name in
	// templates, those of its arguments, and its name in calls; Zoned as in
	// the table of built-ins.
	Own struct {
		Form, Name string // filter, test or function
		Params     []string
		Call       string
		Zoned      bool
	}
	// A JinjaPattern is a pattern of Program.Patterns that a template asks
	// for. Key is how it asks: the group's name or number, or what stands in
	// for a match; Group and With are what that comes to.
	JinjaPattern struct {
		Pattern int
		Key     string
		Group   int
		With    []Part
	}
	// Require is x, or the error W1101 where x is missing. Field names it.
	Require struct{ X Expr }
	// About is x, whose error is about the field at a path.
	About struct {
		Path Path
		X    Expr
	}
	// Fail is an error of the message.
	Fail struct {
		Code   uint16
		Field  string
		Detail string
	}
)

// UnaryOp is an operator of one operand.
type UnaryOp string

// BinaryOp is an operator of two operands.
type BinaryOp string

// Operators, by their spelling in the dialect.
const (
	Not UnaryOp = "not"
	Neg UnaryOp = "-"

	Add      BinaryOp = "+"
	Sub      BinaryOp = "-"
	Mul      BinaryOp = "*"
	Div      BinaryOp = "/"
	FloorDiv BinaryOp = "//"
	Rem      BinaryOp = "%"
	Pow      BinaryOp = "**"
	Join     BinaryOp = "~"
	Eq       BinaryOp = "=="
	Ne       BinaryOp = "!="
	Lt       BinaryOp = "<"
	Le       BinaryOp = "<="
	Gt       BinaryOp = ">"
	Ge       BinaryOp = ">="
	And      BinaryOp = "and"
	Or       BinaryOp = "or"
	In       BinaryOp = "in"
)

// Kind is the kind of the constant.
func (e Const) Kind() Kind { return e.Of }

// Kind is what is known of the field, or any.
func (e Field) Kind() Kind {
	if e.Of == 0 {
		return Any
	}
	return e.Of
}

// Kind is Object.
func (This) Kind() Kind { return Object }

// Kind is the variable's declared kind.
func (e VarRef) Kind() Kind { return e.Of }

// Kind is any.
func (MetaRef) Kind() Kind { return Any }

// Kind is that of the bound value.
func (e Local) Kind() Kind { return e.Of }

// Kind is an object, or missing.
func (Lookup) Kind() Kind { return Object | Missing }

// Kind is that of the column's cells.
func (e Column) Kind() Kind {
	if e.Of == 0 {
		return Any
	}
	return e.Of
}

// Kind is the operator's result.
func (e Unary) Kind() Kind { return e.Of }

// Kind is the operator's result.
func (e Binary) Kind() Kind { return e.Of }

// Kind is that of either branch.
func (e Cond) Kind() Kind { return e.Then.Kind() | e.Else.Kind() }

// Kind is the built-in's result.
func (e Call) Kind() Kind { return e.Of }

// Kind is Array.
func (Apply) Kind() Kind { return Array }

// Kind is any.
func (Item) Kind() Kind { return Any }

// Kind is Array.
func (List) Kind() Kind { return Array }

// Kind is Object.
func (Dict) Kind() Kind { return Object }

// Kind is String.
func (Concat) Kind() Kind { return String }

// Kind is String.
func (Jinja) Kind() Kind { return String }

// Kind is that of X, which isn't missing.
func (e Require) Kind() Kind { return e.X.Kind() &^ Missing }

// Kind is that of X.
func (e About) Kind() Kind { return e.X.Kind() }

// Kind is none: no value comes of it.
func (Fail) Kind() Kind { return 0 }
