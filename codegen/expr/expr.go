package expr

import (
	"context"
	"errors"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Read is a mention of a message's field.
type Read struct {
	Path ir.Path
	File *source.File
	Span source.Span
	// Sure is a read that can't be a slip of the pen: `this.x` names a field
	// on purpose, and a template that loops has names of its own.
	Sure bool
	// Lenient is a read that expects the field to be missing at times.
	Lenient bool
}

// A Use is an expression or template, and what it reads.
type Use struct {
	Node  *syntax.Node
	Form  string // as contract.Expression has it
	Reads []ir.Path
	Vars  []string
	Meta  []string
}

// A Compiler reads the expressions of one flow. What it learns on the way
// (reads, metadata, used variables) stands in its fields.
type Compiler struct {
	Vars  []ir.Var // declared by the flow
	Diags *source.Diagnostics
	// OnRead is told of each field that an expression reads, in order; nil: nobody asks.
	OnRead func(Read)
	// Known is what is known of the message where the next expression stands.
	Known Known
	// Params are those of the library that is being compiled; nil: none is.
	Params *Params
	// OnUse is told of each expression and template, in order; nil: nobody asks.
	OnUse func(Use)

	// Depth is how many steps `each` the expressions stand inside of, and
	// Rooted is set when one of them asks for the message around.
	Depth  int
	Rooted bool

	Meta     []string     // names that meta() is asked for, in order of appearance
	UsedVars map[int]bool // indexes of Vars
	Patterns []ir.Pattern // each once, in order of appearance
	Identity bool         // something is made of who a message is
	// Macros are those of the project, which templates may call; nil: none.
	Macros     *minijinja.Macros
	MacroFiles []ir.MacroFile // those that a template needs
	// Broken is set when MiniJinja's engine itself failed.
	Broken error

	ctx    context.Context
	engine *minijinja.Engine

	patterns     map[string]*parsed
	patternBytes int
}

// NewCompiler makes a compiler for one flow.
func NewCompiler(ctx context.Context, engine *minijinja.Engine, diags *source.Diagnostics) *Compiler {
	return &Compiler{Diags: diags, UsedVars: map[int]bool{}, patterns: map[string]*parsed{}, ctx: ctx, engine: engine}
}

// Value lowers an expression whose value is stored: a missing one is an error
// of the message. It is nil after an error, which was reported.
func (c *Compiler) Value(n *syntax.Node) ir.Expr {
	e := c.parse(n)
	if e == nil {
		return nil
	}
	x := c.checked(n, contract.FormValue, func(l *lowerer) ir.Expr { return l.need(e) })
	if name, bare := e.(*minijinja.Var); bare && name.Name == n.Text && name.Name != "this" && x != nil && (n.Style == syntax.SingleQuoted || n.Style == syntax.DoubleQuoted) {
		n.Warnf(c.Diags, source.Suspicious, "%q is an expression, here the field %q, in spite of YAML's quotes", n.Text, n.Text).
			Hintf("for the text itself write %s, or leave the quotes out", syntax.Quote("'"+n.Text+"'"))
	}
	return x
}

// Condition lowers an expression that is asked for its truth, in MiniJinja's
// sense: the result's kind is Bool.
func (c *Compiler) Condition(n *syntax.Node) ir.Expr {
	e := c.parse(n)
	if e == nil {
		return nil
	}
	return c.checked(n, contract.FormCondition, func(l *lowerer) ir.Expr {
		x := truth(l.need(e))
		l.judge(e.Span(), x)
		return x
	})
}

// truth makes a condition's kind plain, so that no later phase needs to know
// what is true.
func truth(x ir.Expr) ir.Expr {
	if x.Kind() == ir.Bool {
		return x
	}
	return ir.Call{Name: "bool", Args: []ir.Expr{x}, Of: ir.Bool}
}

// parse is nil after an error.
func (c *Compiler) parse(n *syntax.Node) minijinja.Expr {
	if !c.scalar(n, "an expression") {
		return nil
	}
	e, err := c.engine.ParseExpr(c.ctx, n.Text)
	if err != nil {
		c.failure(n, source.BadExpression, "expression", err)
		return nil
	}
	return e
}

// scalar checks that a node is one, with the hints for what YAML made of an
// expression.
func (c *Compiler) scalar(n *syntax.Node, what string) bool {
	switch {
	case n.Broken:
		return false
	case n.Param != "":
		n.Errorf(c.Diags, source.BadExpression, "`$%s` stands for a path or a constant, and not in %s", n.Param, what).
			Hintf("write param('%s'); in a template, {{ param('%s') }}", n.Param, n.Param)
		return false
	case n.Kind == syntax.Scalar:
		return true
	case n.Kind == syntax.Null:
		n.Errorf(c.Diags, source.WrongType, "%s is expected here, not nothing", what).Hintf("null as a value is written none")
	default:
		n.Errorf(c.Diags, source.WrongType, "%s is expected here, not %s", what, n.Kind).
			Hintf("YAML reads brackets and braces at the start; put the whole value in quotes")
	}
	return false
}

// failure reports MiniJinja's word on a source.
func (c *Compiler) failure(n *syntax.Node, code source.Code, what string, err error) {
	var e *minijinja.Error
	if !errors.As(err, &e) {
		if c.Broken == nil {
			c.Broken = err
		}
		return
	}
	if e.Kind == minijinja.TooDeep || e.Kind == minijinja.TooLarge {
		code = source.TooLarge
	}
	one := c.Diags.Errorf(n.File, n.Part(e.At.Start, e.At.End), code, "this %s can't be read: %s", what, e.Message)
	if hint := habit(n.Text, e); hint != "" && code == source.BadExpression {
		one.Hintf("%s", hint)
	}
	if n.Comment && n.Style == syntax.Plain {
		one.Hintf("YAML takes ` #` for the start of a comment; put the whole value in quotes")
	}
}

// A lowerer works on one expression or template.
type lowerer struct {
	*Compiler
	node *syntax.Node
	// macro is the file of macros that is looked at; nil: the node itself.
	macro *source.File
	// template says that macros can be called; rendered is what the template
	// needs when MiniJinja renders it, nil in one that becomes code.
	template bool
	rendered *rendered
	// code is the source that spans refer to.
	code   string
	failed bool
	// outside is set when something MiniJinja has and the dialect lacks was met.
	outside bool
	diags   *source.Diagnostics
	reads   []Read
	// params are what stands in a template for calls of param().
	params []replacement
	vars   []string
	meta   []string
	// scope is what is known here; see Known.
	scope *Scope
	// decided is set when it was said that a part's answer is known beforehand.
	decided bool
}

// result hands over what was read, and is nil after an error.
func (l *lowerer) result(form string, x ir.Expr) ir.Expr {
	use := Use{Node: l.node, Form: form, Vars: l.vars, Meta: l.meta}
	for _, read := range l.reads {
		l.note(read)
		use.Reads = append(use.Reads, read.Path)
	}
	if l.failed {
		return nil
	}
	if l.OnUse != nil {
		l.OnUse(use)
	}
	return x
}

func (c *Compiler) note(read Read) {
	if c.OnRead != nil {
		c.OnRead(read)
	}
}

func (l *lowerer) span(s source.Span) source.Span {
	if l.macro != nil {
		return s
	}
	return l.node.Part(s.Start, s.End)
}

func (l *lowerer) file() *source.File {
	if l.macro != nil {
		return l.macro
	}
	return l.node.File
}

func (l *lowerer) errorf(at source.Span, code source.Code, format string, args ...any) *source.Diagnostic {
	l.failed = true
	return l.diags.Errorf(l.file(), l.span(at), code, format, args...)
}

// read makes a field of a path and notes it.
func (l *lowerer) read(path ir.Path, at source.Span, sure bool) ir.Expr {
	l.reads = append(l.reads, Read{Path: path, File: l.file(), Span: l.span(at), Sure: sure})
	return l.field(path)
}

// field is the message's value at a path, of the kinds that it may have here.
// What isn't there any more is reported as such, and no kind is made of it.
func (l *lowerer) field(path ir.Path) ir.Field {
	of := l.scope.field(path).Kind
	if of == ir.Any || of == ir.Missing {
		of = 0
	}
	return ir.Field{Path: path, Of: of}
}

// lenient runs f and marks what it reads as expected to be missing at times.
func (l *lowerer) lenient(f func() ir.Expr) ir.Expr {
	from := len(l.reads)
	x := f()
	for i := from; i < len(l.reads); i++ {
		l.reads[i].Lenient = true
	}
	return x
}

func (l *lowerer) useMeta(name string) {
	l.meta = append(l.meta, name)
	if !slices.Contains(l.Meta, name) {
		l.Meta = append(l.Meta, name)
	}
}
