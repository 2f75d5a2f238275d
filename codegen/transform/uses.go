package transform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// Uses are the expressions of what is being lowered, for the manifest: tools
// show them with their operands beside what a message's trace tells.
type Uses struct {
	list  []contract.Expression
	nodes []*syntax.Node
}

// See notes an expression.
func (u *Uses) See(use expr.Use) {
	e := contract.Expression{Source: use.Node.Text, Form: use.Form, At: position(use.Node), Vars: once(use.Vars), Meta: once(use.Meta)}
	seen := map[string]bool{}
	for _, path := range use.Reads {
		if field := FieldOf(path); !seen[field.Path] {
			seen[field.Path] = true
			e.Reads = append(e.Reads, field)
		}
	}
	u.list, u.nodes = append(u.list, e), append(u.nodes, use.Node)
}

// field notes a path that a transform reads by itself.
func (u *Uses) field(n *syntax.Node, path ir.Path) {
	u.See(expr.Use{Node: n, Form: contract.FormField, Reads: []ir.Path{path}})
}

// into says where the value of an expression goes. One that couldn't be read
// isn't there.
func (u *Uses) into(n *syntax.Node, path ir.Path) {
	for i := range u.nodes {
		if u.nodes[i] == n {
			field := FieldOf(path)
			u.list[i].Into = &field
		}
	}
}

// Of are the expressions that f lowers. Those of what is around it are apart.
func (u *Uses) Of(f func()) []contract.Expression {
	outer := *u
	*u = Uses{}
	f()
	list := u.list
	*u = outer
	return list
}

// One is the expression that f lowers, or nil after an error.
func (u *Uses) One(f func()) *contract.Expression {
	if list := u.Of(f); len(list) == 1 {
		return &list[0]
	}
	return nil
}

// FieldOf is a path as the manifest has it.
func FieldOf(path ir.Path) contract.Field {
	var pointer strings.Builder
	for _, part := range path {
		pointer.WriteByte('/')
		switch part := part.(type) {
		case int:
			pointer.WriteString(strconv.Itoa(part))
		case string:
			pointer.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
		}
	}
	return contract.Field{Path: path.String(), Pointer: pointer.String()}
}

// contains says whether an op of a type is among operations.
func contains[T ir.Op](ops []ir.Op) bool {
	return slices.ContainsFunc(ops, func(op ir.Op) bool {
		if choice, ok := op.(ir.If); ok {
			return contains[T](choice.Then) || contains[T](choice.Else)
		}
		_, found := op.(T)
		return found
	})
}

func position(n *syntax.Node) contract.Position {
	at := n.Position()
	return contract.Position{File: libraryOf(n), Line: at.Line, Column: at.Column}
}

// once is a list without the repetitions.
func once(list []string) (kept []string) {
	seen := map[string]bool{}
	for _, item := range list {
		if !seen[item] {
			seen[item] = true
			kept = append(kept, item)
		}
	}
	return kept
}
