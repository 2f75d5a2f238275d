// Package ir is the compiler's middle: what a flow does, without YAML and
// without Rust. Front-end transforms lower to a handful of ops over typed
// expressions; passes and the Rust printer know only those.
package ir

// A Program is one flow.
type Program struct {
	Name   string
	File   string // the flow's path, for comments
	Vars   []Var
	Tables []Table
	// Macros are the files of macros that templates need.
	Macros []MacroFile
	// Patterns are the regular expressions, each once.
	Patterns []Pattern
	// Steps are the transforms of the whole flow, in order.
	Steps     []Step
	Outputs   []Output
	Route     Route
	Unmatched Unmatched
	Meta      []string // the metadata that Meta expressions read, sorted
	Locals    int      // how many locals Let ops bind
}

// A Var is a variable that is answered at start.
type Var struct {
	Name string
	Kind Kind
}

// A Table is a lookup table by one key: compiled in where Blob is set, else
// the next of those that enter at start. Blob is in the form of
// contract.EncodeTable.
type Table struct {
	Name    string
	Key     []string
	Fold    bool // the key is folded, and so are those to look up
	Columns []string
	Blob    []byte
}

// A MacroFile is a file of macros, under the name that imports it.
type MacroFile struct{ Name, Text string }

// A Step is one transform, lowered. Index is its place among all steps of the
// manifest, those of outputs included.
type Step struct {
	Index   int
	ID      string
	Kind    string
	File    string // the library's that the step is from; "" is the flow's
	Line    int
	When    Expr // nil: always
	OnError OnError
	Ops     []Op
}

// OnError is what a step's failure does.
type OnError int

// DeadLetter is the default.
const (
	OnErrorDeadLetter OnError = iota
	OnErrorSkip               // undo the step's changes and go on
	OnErrorDiscard            // the message ends, counted
	OnErrorStop               // the flow stops
	OnErrorGroup              // it is the failure of the step around, which undoes what is in it
)

// An Output takes the messages for which When holds, or, if Otherwise, those
// that no other output took. Steps see a copy of the message.
type Output struct {
	Connector string
	Line      int
	When      Expr // nil: always
	Otherwise bool
	Steps     []Step
}

// Route says whether a message goes to every output that takes it or to the first.
type Route int

// RouteAll is the default.
const (
	RouteAll Route = iota
	RouteFirst
)

// Unmatched says what becomes of a message that no output takes.
type Unmatched int

// UnmatchedDeadLetter is the default.
const (
	UnmatchedDeadLetter Unmatched = iota
	UnmatchedDiscard
)

// An Op changes the message, binds a local, or ends the message.
type Op interface{ op() }

type (
	// Let binds a local. Value may be a Lookup, whose columns are read by Column.
	Let struct {
		Local int
		Value Expr
	}
	// Set puts a value at a path, making the objects on the way. Where the
	// value is a bare Path or Column its bytes are kept.
	Set struct {
		Path  Path
		Value Expr
	}
	// Remove takes a field away; a missing one is passed over.
	Remove struct{ Path Path }
	// Move renames: the value's bytes are kept, and, within one object, its
	// place in the order of keys. A missing one is passed over.
	Move struct{ From, To Path }
	// Guard ends the message, counted as filtered, unless Cond is true. Like
	// all conditions its kind is Bool.
	Guard struct{ Cond Expr }
	// If runs one of two lists of ops.
	If struct {
		Cond       Expr
		Then, Else []Op
	}
)

func (Let) op()    {}
func (Set) op()    {}
func (Remove) op() {}
func (Move) op()   {}
func (Guard) op()  {}
func (If) op()     {}

// A Path leads from the message's root: field names (string) and indexes (int).
type Path []any
