package ir

// A Pattern is a regular expression that the flow's module carries.
type Pattern struct {
	// Text is the pattern as it was written, for people.
	Text string
	// Code is its tree, in the form of codegen/pattern.
	Code []byte
	// Size is how many bytes its states take in the module.
	Size int
}

type (
	// Captures is the groups of the first of some patterns that matches a
	// text, an array; Missing where none does.
	Captures struct {
		X       Expr
		Choices []Choice
	}
	// A Choice is a pattern of Program.Patterns and those of its groups that
	// are asked for; NoGroup stands where it has no such group.
	Choice struct {
		Pattern int
		Groups  []int
	}
	// Capture is one of the groups of a Captures that a Let bound: Missing
	// where the group took no part in the match.
	Capture struct {
		Local, Index int
		Of           Kind
	}
	// Regex is a built-in about a pattern of Program.Patterns.
	Regex struct {
		Op      RegexOp
		X       Expr
		Pattern int
		Group   int // of RegexCapture
		// With stands in for a match, and Count is how many are replaced, 0
		// for all: of RegexReplace.
		With  []Part
		Count int
	}
	// A Part is text, or, unless it is NoGroup, what a group matched.
	Part struct {
		Text  string
		Group int
	}
)

// NoGroup stands where a pattern has no such group.
const NoGroup = -1

// RegexOp is what is done with a pattern's matches.
type RegexOp string

// The built-ins about patterns.
const (
	RegexMatching RegexOp = "matching"
	RegexFind     RegexOp = "regex_find"
	RegexFindAll  RegexOp = "regex_find_all"
	RegexCapture  RegexOp = "regex_capture"
	RegexSplit    RegexOp = "regex_split"
	RegexReplace  RegexOp = "regex_replace"
)

var regexKinds = map[RegexOp]Kind{
	RegexMatching: Bool, RegexFind: String | Missing, RegexFindAll: Array,
	RegexCapture: String | Missing, RegexSplit: Array, RegexReplace: String,
}

// Kind is an array, or missing.
func (Captures) Kind() Kind { return Array | Missing }

// Kind is text, or also missing.
func (e Capture) Kind() Kind { return e.Of }

// Kind is the built-in's result.
func (e Regex) Kind() Kind { return regexKinds[e.Op] }
