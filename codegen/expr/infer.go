package expr

import (
	"encoding/json"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/types"
)

// A Scope is what is known where an expression stands.
type Scope struct {
	Message *types.Type
	Locals  map[int]*types.Type
}

// field is what is known of the message's value at a path.
func (s *Scope) field(path ir.Path) *types.Type {
	if s == nil {
		return types.Unknown()
	}
	return s.Message.Get(path)
}

// TypeOf is what is known of an expression's value.
func (s *Scope) TypeOf(e ir.Expr) *types.Type {
	switch e := e.(type) {
	case ir.Const:
		return constType(e)
	case ir.Field:
		return s.field(e.Path)
	case ir.This:
		return s.field(nil)
	case ir.Local:
		if t := s.Locals[e.Index]; t != nil {
			return t
		}
	case ir.About:
		return s.TypeOf(e.X)
	case ir.Require:
		return s.TypeOf(e.X).Without(ir.Missing)
	case ir.Cond:
		return types.Join(s.TypeOf(e.Then), s.TypeOf(e.Else))
	case ir.Dict:
		return s.dict(e)
	case ir.List:
		return s.list(e)
	case ir.Binary:
		return s.binary(e)
	case ir.Call:
		return s.call(e)
	}
	return types.Of(e.Kind())
}

func constType(e ir.Const) *types.Type {
	if e.Of&(ir.Array|ir.Object) != 0 {
		return types.Of(e.Of)
	}
	return &types.Type{Kind: e.Of, Values: []string{e.Text}}
}

func (s *Scope) dict(e ir.Dict) *types.Type {
	fields := map[string]*types.Type{}
	for i, key := range e.Keys {
		var name string
		if text, ok := key.(ir.Const); !ok || json.Unmarshal([]byte(text.Text), &name) != nil {
			return types.Of(ir.Object)
		}
		fields[name] = s.TypeOf(e.Values[i])
	}
	return types.Object(fields, true)
}

func (s *Scope) list(e ir.List) *types.Type {
	t := types.Of(ir.Array)
	for _, item := range e.Items {
		t.Items = types.Join(t.Items, s.TypeOf(item))
	}
	return t
}

func (s *Scope) binary(e ir.Binary) *types.Type {
	x, y := s.TypeOf(e.X), s.TypeOf(e.Y)
	switch e.Op {
	case ir.And:
		return types.Join(x, y)
	case ir.Or:
		return types.Join(x.Without(ir.Missing), y)
	}
	if of := result(e.Op, x.Kind, y.Kind); of != 0 {
		return types.Of(of)
	}
	return types.Of(e.Of)
}

// call knows those built-ins that give one of their arguments.
func (s *Scope) call(e ir.Call) *types.Type {
	if strings.HasPrefix(e.Name, "convert_") {
		return types.Of(e.Of | s.TypeOf(e.Args[0]).Kind&ir.Null) // which stays null
	}
	if e.Name != "coalesce" && e.Name != "default" || len(e.Args) == 0 {
		return types.Of(e.Of)
	}
	first := s.TypeOf(e.Args[0])
	switch {
	case e.Name == "coalesce" && len(e.Args) == 1:
		return first.Without(ir.Null)
	case e.Name == "coalesce":
		return types.Join(first.Without(ir.Null|ir.Missing), s.TypeOf(e.Args[1]))
	case len(e.Args) == 1:
		return types.Join(first.Without(ir.Missing), types.Of(ir.String))
	}
	return types.Join(first.Without(ir.Missing), s.TypeOf(e.Args[1]))
}

// result is what an operator may give; nothing where it doesn't take its
// operands.
func result(op ir.BinaryOp, x, y ir.Kind) (of ir.Kind) {
	for _, s := range operators[op] {
		if x&s.x != 0 && y&s.y != 0 {
			of |= s.of
		}
	}
	return of
}
