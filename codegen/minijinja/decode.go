package minijinja

import (
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/source"
)

// A record is one node of the flat list that the module answers with: see
// `src/kids.rs` for what its fields hold for each kind. Children are places
// in the list, always later than their parent's; 0 means none.
type record struct {
	Kind     string   `json:"kind"`
	At       [2]int   `json:"at"`
	Name     string   `json:"name"`
	X        int      `json:"x"`
	Y        int      `json:"y"`
	Z        int      `json:"z"`
	Names    []string `json:"names"`
	List     []int    `json:"list"`
	Optional []int    `json:"optional"`
}

func (r *record) span() source.Span { return source.Span{Start: r.At[0], End: r.At[1]} }

// A tree is the nodes that were made so far, from the list's end on.
type tree struct {
	source string
	exprs  []Expr
	stmts  []Stmt
}

func decode(text string, records []record) (*tree, error) {
	t := &tree{source: text, exprs: make([]Expr, len(records)), stmts: make([]Stmt, len(records))}
	for i := len(records) - 1; i >= 0; i-- {
		r := &records[i]
		if err := r.check(i, len(records)); err != nil {
			return nil, err
		}
		if t.exprs[i] = t.expr(r); t.exprs[i] == nil {
			t.stmts[i] = t.stmt(r)
		}
	}
	return t, nil
}

// check keeps a damaged answer from being more than an error.
func (r *record) check(at, count int) error {
	for _, list := range [][]int{{r.X, r.Y, r.Z}, r.List, r.Optional} {
		for _, child := range list {
			if child != 0 && (child <= at || child >= count) {
				return fmt.Errorf("node %d of MiniJinja's tree has a child at %d of %d", at, child, count)
			}
		}
	}
	return nil
}

// root is the list's first node, an expression or a template.
func (t *tree) root() (Expr, []Stmt) {
	if block, ok := t.stmts[0].(*Block); ok {
		return nil, block.Body
	}
	return t.exprs[0], nil
}

// expr is nil for a statement.
func (t *tree) expr(r *record) Expr {
	at, x, y := span(r.span()), t.exprs[r.X], t.exprs[r.Y]
	switch r.Kind {
	case "var":
		return &Var{at, r.Name}
	case "none", "bool", "int", "float", "string":
		return &Const{at, ConstKind(r.Kind), r.Name}
	case "unary":
		return &Unary{t.unary(r, x), r.Name, x}
	case "binary":
		return &Binary{binary(r, x), r.Name, x, y}
	case "compare":
		return &Compare{begin(at, x), x, r.Names, t.list(r.List)}
	case "cond":
		return &Cond{begin(at, y), x, y, t.exprs[r.Z]}
	case "filter":
		return &Filter{begin(at, x), r.Name, head(r), x, t.args(r)}
	case "test":
		return &Test{begin(at, x), r.Name, head(r), x, t.args(r)}
	case "attr":
		return &Attr{begin(at, x), x, r.Name, source.Span{Start: r.At[1] - len(r.Name), End: r.At[1]}}
	case "item":
		return &Item{begin(at, x), x, y}
	case "slice":
		return &Slice{begin(at, x), x, t.at(r.Optional, 0), t.at(r.Optional, 1), t.at(r.Optional, 2)}
	case "call":
		return &Call{begin(at, x), x, t.args(r)}
	case "list":
		return &List{at, t.list(r.List)}
	case "tuple":
		return &Tuple{at, t.list(r.List)}
	case "map":
		return &Map{at, t.list(r.List), t.list(r.Optional)}
	}
	return nil
}

// MiniJinja begins the span of a comparison or condition at the token before
// it, and that of a filter or a further `.x` at the operator. Ours begin at the
// first operand.
func begin(at span, first Expr) span {
	if first != nil {
		at.Start = first.Span().Start
	}
	return at
}

// binary keeps MiniJinja's span where it is right: at the operand's parenthesis.
func binary(r *record, x Expr) span {
	switch r.Name {
	case "==", "!=", "<", "<=", ">", ">=", "in":
		return begin(span(r.span()), x)
	}
	return span(r.span())
}

// unary tells `not x` from `x not in y` and `x is not y`, which have no node
// of their own: only the first begins with the word.
func (t *tree) unary(r *record, x Expr) span {
	at := span(r.span())
	if start := x.Span().Start; at.Start < start && start <= len(t.source) {
		between, isNot := strings.CutPrefix(t.source[at.Start:start], r.Name)
		if isNot && strings.Trim(between, " \t\r\n(") == "" {
			return at
		}
	}
	return begin(at, x)
}

// head is where the name of a filter or test stands: their spans begin with it.
func head(r *record) source.Span {
	return source.Span{Start: r.At[0], End: r.At[0] + len(r.Name)}
}

func (t *tree) at(list []int, i int) Expr {
	if i >= len(list) {
		return nil
	}
	return t.exprs[list[i]]
}

func (t *tree) list(places []int) []Expr {
	exprs := make([]Expr, len(places))
	for i, place := range places {
		exprs[i] = t.exprs[place]
	}
	return exprs
}

func (t *tree) args(r *record) []Arg {
	args := make([]Arg, len(r.List))
	for i, place := range r.List {
		args[i] = Arg{Name: r.Names[i], Value: t.exprs[place]}
	}
	return args
}

func (t *tree) stmt(r *record) Stmt {
	at := span(r.span())
	switch r.Kind {
	case "raw":
		return &Raw{at, r.Name}
	case "emit":
		return &Emit{at, t.exprs[r.X]}
	}
	block := &Block{span: at, Tag: r.Kind, Name: r.Name}
	block.read(t.exprs[r.X], t.exprs[r.Y])
	switch r.Kind {
	case "call_block", "do":
		// Their names are those of arguments.
		for _, arg := range t.args(r) {
			block.read(arg.Value)
		}
		if macro := t.stmts[r.Y]; macro != nil {
			block.Body = []Stmt{macro}
		}
		return block
	case "with", "macro":
		block.read(t.list(r.Optional)...)
	default:
		block.Else = t.block(r.Optional)
	}
	block.Binds, block.Body = r.Names, t.block(r.List)
	return block
}

func (b *Block) read(exprs ...Expr) {
	for _, x := range exprs {
		if x != nil {
			b.Reads = append(b.Reads, x)
		}
	}
}

func (t *tree) block(places []int) []Stmt {
	var stmts []Stmt
	for _, place := range places {
		stmts = append(stmts, t.stmts[place])
	}
	return stmts
}
