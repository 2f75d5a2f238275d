package source

// A Code names a diagnostic for good: it is printed, searched for and
// documented. The errors of messages, W1001 and up, are in the package
// contract.
type Code string

// What can be wrong with a project's files.
const (
	BadSyntax      Code = "W0101" // not YAML
	BadEncoding    Code = "W0102" // not UTF-8, or a control character
	NotAllowed     Code = "W0103" // YAML that we refuse: tags, merge keys, many aliases, several documents
	TooLarge       Code = "W0104" // nested too deep, or too long
	DuplicateKey   Code = "W0105" // a key given twice
	UnknownKey     Code = "W0106" // a key that nothing knows
	MissingKey     Code = "W0107" // a key that has to be there
	WrongType      Code = "W0108" // text where a list belongs, and the like
	BadValue       Code = "W0109" // a value outside what its key takes
	UnknownName    Code = "W0201" // a variable, table, column, connector or built-in that nothing declares
	DuplicateName  Code = "W0202" // two steps, outputs or variables of one name
	UnknownField   Code = "W0203" // a field that looks like a slip for another
	BadPath        Code = "W0204" // a field path that can't be read
	BadExpression  Code = "W0301" // an expression that MiniJinja doesn't parse
	NotInDialect   Code = "W0302" // MiniJinja that the strict dialect leaves out
	BadArguments   Code = "W0303" // a built-in with the wrong number or kinds of arguments
	UnlikeKinds    Code = "W0304" // an operator on kinds that it can't take
	BadTemplate    Code = "W0305" // a template that MiniJinja doesn't parse
	BadPattern     Code = "W0306" // a regular expression that the regex crate doesn't parse
	DeadPattern    Code = "W0307" // a regular expression that no text matches
	SlowPattern    Code = "W0308" // a regular expression that is matched by trying
	Unreachable    Code = "W0401" // an output or step that nothing can reach
	Unused         Code = "W0402" // a declaration that nothing uses
	Suspicious     Code = "W0403" // something allowed that is seldom meant
	Constant       Code = "W0404" // a condition that always or never holds
	Unmatched      Code = "W0405" // messages that no output may take, and nothing says what becomes of them
	BadTable       Code = "W0501" // a table's file that can't be used
	BadSchema      Code = "W0502" // a schema that can't be used
	Dangling       Code = "W0601" // the project lacks what a flow needs
	BadEnvironment Code = "W0602" // a value that depends on the environment: unset, or of the wrong type
	LiteralSecret  Code = "W0603" // a secret in a file that is published
	BadFixture     Code = "W0701" // a fixture that can't be run
)
