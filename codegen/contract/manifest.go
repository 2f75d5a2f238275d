package contract

// A Manifest lists what a compiled flow is and what it needs. The compiler
// writes it beside the module, as JSON; the runtime and the project-level
// validation hold the project against it. Lines and columns count from 1, in
// the flow's file.
type Manifest struct {
	ABI         int      `json:"abi"`
	Compiler    string   `json:"compiler"`
	Flow        string   `json:"flow"`
	File        string   `json:"file"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`

	Input     Connector  `json:"input"`
	Outputs   []Output   `json:"outputs"`
	Vars      []Var      `json:"vars,omitempty"`
	Tables    []Table    `json:"tables,omitempty"` // only those given at run time; compiled-in ones are part of the module
	Steps     []Step     `json:"steps,omitempty"`
	Meta      []string   `json:"meta,omitempty"`     // names of metadata that the flow reads; none: it needs no metadata
	Identity  bool       `json:"identity,omitempty"` // the flow makes identifiers of who a message is: see Batch.Origin
	Sensitive []Field    `json:"sensitive,omitempty"`
	Errors    ErrorRules `json:"errors"`
	Order     string     `json:"order"` // none, key or source
	// Key is the field of a message as it is read whose value it keeps its
	// order by, where the order is key. Nil: the source's own key.
	Key *Field `json:"key,omitempty"`
}

// A Position is a place in the flow's file, or in that of a library that it uses.
type Position struct {
	File   string `json:"file,omitempty"` // the library's; empty: the flow's
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// A Connector is the reference `file.key` of a reusable connector.
type Connector struct {
	Name string   `json:"name"`
	At   Position `json:"at"`
}

// An Output is one destination, in the order of the module's outputs.
type Output struct {
	Connector
	When      *Expression `json:"when,omitempty"`
	Otherwise bool        `json:"otherwise,omitempty"`
}

// A Var is a variable, answered at start by the project.
type Var struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`              // string, int, float, decimal or bool
	Default *string  `json:"default,omitempty"` // as JSON, a decimal as text; nil: the project has to give it
	At      Position `json:"at"`
}

// A Table is a lookup table as a flow looks it up: those of a manifest are
// read when the flow starts. One that is looked up by other keys, too, is
// there once for each.
type Table struct {
	Name       string            `json:"name"`
	Key        []string          `json:"key"` // the columns that rows are found by
	Columns    []string          `json:"columns"`
	Types      map[string]string `json:"types,omitempty"` // string, int, float or bool, by column; others are as the file has them
	IgnoreCase bool              `json:"ignore_case,omitempty"`
	At         Position          `json:"at"`
}

// A Step is one transform: its stable id, kind and place. The id of a step
// that is part of another is `OUTER/inner`.
type Step struct {
	ID   string   `json:"id"`
	Kind string   `json:"kind"`
	At   Position `json:"at"`
	// Output is the one that the step is for; empty: all.
	Output string `json:"output,omitempty"`
	// OnError is skip, discard or stop; empty: dead_letter. It is group where
	// an error is one of the step around, which undoes all that is in it.
	OnError string      `json:"on_error,omitempty"`
	When    *Expression `json:"when,omitempty"`
	// Filters says that the step may end a message as filtered.
	Filters bool `json:"filters,omitempty"`
	// Anew says that the step makes a new message: all of its expressions see
	// the old one. Else a later one sees what an earlier one has set.
	Anew bool `json:"anew,omitempty"`
	// Expressions are those of the step beside its `when`, in the order in
	// which they are evaluated.
	Expressions []Expression `json:"expressions,omitempty"`
}

// An Expression is one as the flow has it, and what it reads: enough to show
// it with its operands without the flow's file.
type Expression struct {
	Source string   `json:"source"`
	Form   string   `json:"form"` // condition, value, template or field
	At     Position `json:"at"`
	Into   *Field   `json:"into,omitempty"`  // where its value goes
	Reads  []Field  `json:"reads,omitempty"` // in order, each once
	Vars   []string `json:"vars,omitempty"`
	Meta   []string `json:"meta,omitempty"`
}

// The forms of expressions. A condition is asked for its truth; a field is a
// path alone, such as a lookup's key.
const (
	FormCondition = "condition"
	FormValue     = "value"
	FormTemplate  = "template"
	FormField     = "field"
)

// A Field is a path into a message: as flows write it, and as a JSON pointer
// (RFC 6901).
type Field struct {
	Path    string `json:"path"`
	Pointer string `json:"pointer"`
}

// ErrorRules are the flow's `errors:`. Durations are Go's (`1s`, `5m`).
type ErrorRules struct {
	Unavailable UnavailableRule `json:"unavailable"`
	Rejected    RejectedRule    `json:"rejected"`
}

// UnavailableRule is what to do while an output is away. Retry is the number
// of tries after the first, or -1 for no end.
type UnavailableRule struct {
	Retry      int    `json:"retry"`
	MinBackoff string `json:"min_backoff"`
	MaxBackoff string `json:"max_backoff"`
}

// RejectedRule is what to do with a message that an output refuses, and where
// messages that failed go. DeadLetter is a connector, or nil for the dead
// letter table alone.
type RejectedRule struct {
	Retry      int        `json:"retry"`
	DeadLetter *Connector `json:"dead_letter,omitempty"`
}
