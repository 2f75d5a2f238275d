package lineage

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

// value is where an expression's value comes from.
func (a *analysis) value(e ir.Expr) *value {
	switch e := e.(type) {
	case ir.Const:
		if e.Text == "" {
			return absent
		}
		return made(only(source{kind: contract.FromConstant, name: e.Text}, contract.Copied))
	case ir.Field:
		v := a.message.at(e.Path)
		a.meet(v)
		return v
	case ir.This:
		return a.message
	case ir.VarRef:
		return made(only(source{kind: contract.FromVariable, name: a.program.Vars[e.Index].Name}, contract.Copied))
	case ir.MetaRef:
		return made(only(source{kind: contract.FromMeta, name: e.Name}, contract.Copied))
	case ir.Local:
		return a.local(e.Index)
	case ir.Column:
		return a.local(e.Local).in(named(strconv.Itoa(e.Column)))
	case ir.Capture:
		return a.local(e.Local)
	case ir.Lookup:
		return a.row(e)
	case ir.Require:
		return a.value(e.X)
	case ir.About:
		return a.value(e.X)
	case ir.Fail:
		return absent
	case ir.Cond:
		return either(a.value(e.Then), a.value(e.Else), a.reads(e.Test).as(contract.Control))
	case ir.Binary:
		if e.Op == ir.And || e.Op == ir.Or {
			return either(a.value(e.X), a.value(e.Y), a.reads(e.X).as(contract.Control))
		}
	case ir.Call:
		if v := a.call(e); v != nil {
			return v
		}
	case ir.Item:
		return a.item(e)
	case ir.List:
		return a.list(e.Items)
	case ir.Dict:
		if v := a.dict(e); v != nil {
			return v
		}
	}
	return computed(a.reads(e))
}

// computed is a value that is made of others, or else of constants alone.
func computed(from sources) *value {
	from = from.as(contract.Derived)
	if len(from) == 0 {
		from = only(source{kind: contract.FromConstant}, contract.Derived)
	}
	return made(from)
}

func (a *analysis) local(index int) *value {
	if v := a.locals[index]; v != nil {
		return v
	}
	return absent
}

// row is a table's: which one it is, the key decides, and so what is in it.
func (a *analysis) row(e ir.Lookup) *value {
	table, key := a.program.Tables[e.Table], a.reads(e.Key).as(contract.Derived)
	row := made(key.and(only(source{kind: contract.FromTable, name: table.Name}, contract.Derived)))
	for i, column := range table.Columns {
		cell := made(key.and(only(source{contract.FromTable, table.Name, column}, contract.Copied)))
		row = row.put(named(column), cell).put(named(strconv.Itoa(i)), cell)
	}
	return row
}

// call is the value of those built-ins that give one of their operands, or
// take from the context; nil: another's.
func (a *analysis) call(e ir.Call) *value {
	switch e.Name {
	case "root":
		if a.around != nil {
			return a.around
		}
		return a.message
	case "now":
		return made(only(source{kind: contract.FromTime}, contract.Copied))
	case "uuid_v4", "uuid_v7":
		return made(a.called(e.Name).and(a.readsAll(e.Args).as(contract.Derived)))
	case "coalesce", "default":
		v := a.value(e.Args[0])
		if len(e.Args) > 1 {
			v = either(v, a.value(e.Args[1]), a.readsAll(slices.Concat(e.Args[:1], e.Args[2:])).as(contract.Control))
		}
		return v
	}
	return nil
}

// called is what a built-in takes from the context.
func (a *analysis) called(name string) sources {
	from := sources{}
	switch name {
	case "now":
		from.add(source{kind: contract.FromTime}, fact{how: contract.Derived})
	case "uuid_v4":
		from.add(source{kind: contract.FromIdentity}, fact{how: contract.Derived})
	case "uuid_v7":
		from.add(source{kind: contract.FromIdentity}, fact{how: contract.Derived})
		from.add(source{kind: contract.FromTime}, fact{how: contract.Derived})
	}
	return from
}

func (a *analysis) item(e ir.Item) *value {
	if key, ok := e.Key.(ir.Const); ok {
		var name string
		if key.Of == ir.Int {
			return a.value(e.X).in(items)
		}
		if key.Of == ir.String && json.Unmarshal([]byte(key.Text), &name) == nil {
			return a.value(e.X).in(named(name))
		}
	}
	return computed(a.reads(e))
}

func (a *analysis) list(list []ir.Expr) *value {
	v := &value{from: only(source{kind: contract.FromConstant}, contract.Derived)}
	for i, e := range list {
		if item := a.value(e); i == 0 {
			v.items = item
		} else {
			v.items = join(v.items, item)
		}
	}
	return v
}

// dict is an object whose names are known; nil: they aren't.
func (a *analysis) dict(e ir.Dict) *value {
	v := &value{from: only(source{kind: contract.FromConstant}, contract.Derived)}
	for i, key := range e.Keys {
		var name string
		if key, ok := key.(ir.Const); !ok || json.Unmarshal([]byte(key.Text), &name) != nil {
			return nil
		}
		v = v.put(named(name), a.value(e.Values[i]))
	}
	v.others = absent
	return v
}

// reads is all that is looked at to evaluate an expression, wherever in it.
func (a *analysis) reads(e ir.Expr) sources {
	if e == nil {
		return nil
	}
	from := sources{}
	switch e := e.(type) {
	case ir.Call:
		if e.Name == "root" {
			return a.value(e).all()
		}
		from = a.called(e.Name)
	case ir.Lookup:
		from = a.value(e).all()
	case ir.Jinja:
		return a.template(e)
	}
	children := ir.Children(e)
	if len(children) == 0 {
		return from.and(a.value0(e).all())
	}
	if narrow, ok := a.narrow(e); ok {
		return from.and(narrow)
	}
	return from.and(a.readsAll(children))
}

// value0 is the value of an expression that isn't made of others.
func (a *analysis) value0(e ir.Expr) *value {
	switch e.(type) {
	case ir.Call, ir.List, ir.Dict, ir.Concat:
		return absent
	}
	return a.value(e)
}

// narrow is what an item reads whose place in a value is known: no more than
// that.
func (a *analysis) narrow(e ir.Expr) (sources, bool) {
	item, ok := e.(ir.Item)
	if !ok {
		return nil, false
	}
	if _, known := item.Key.(ir.Const); !known || !pure(item.X) {
		return nil, false
	}
	return a.item(item).all(), true
}

// pure says whether nothing is looked at beside the value itself.
func pure(e ir.Expr) bool {
	switch e := e.(type) {
	case ir.Field, ir.This, ir.Local:
		return true
	case ir.Call:
		return e.Name == "root"
	case ir.Item:
		_, known := e.Key.(ir.Const)
		return known && pure(e.X)
	case ir.Require:
		return pure(e.X)
	}
	return false
}

func (a *analysis) readsAll(list []ir.Expr) sources {
	from := sources{}
	for _, e := range list {
		from = from.and(a.reads(e))
	}
	return from
}

// template is what one reads that MiniJinja renders.
func (a *analysis) template(e ir.Jinja) sources {
	from := sources{}
	for _, path := range e.Reads.Fields {
		v := a.message.at(path)
		a.meet(v)
		from = from.and(v.all())
	}
	for _, path := range e.Reads.Root {
		from = from.and(a.value(ir.Call{Name: "root"}).at(path).all())
	}
	for _, name := range e.Reads.Vars {
		from.add(source{kind: contract.FromVariable, name: name}, fact{how: contract.Copied})
	}
	for _, name := range e.Reads.Meta {
		from.add(source{kind: contract.FromMeta, name: name}, fact{how: contract.Copied})
	}
	for _, own := range e.Own {
		from = from.and(a.called(own.Call))
	}
	return from
}
