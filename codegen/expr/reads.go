package expr

import (
	"slices"
	"strconv"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
)

// A reader finds which fields a template may read, for the lineage. It names
// rather too many: a name that is bound on some ways alone counts as a field.
type reader struct{ reads *ir.Reads }

// add takes a path in, unless it is there.
func add(list *[]ir.Path, path ir.Path) {
	if !slices.ContainsFunc(*list, func(p ir.Path) bool { return slices.Equal(p, path) }) {
		*list = append(*list, path)
	}
}

// block reads statements, among names that are bound around them.
func (r *reader) block(stmts []minijinja.Stmt, bound []string) {
	bound = slices.Clip(bound)
	for _, s := range stmts {
		switch s := s.(type) {
		case *minijinja.Emit:
			r.expr(s.X, bound)
		case *minijinja.Block:
			r.statement(s, bound)
			switch s.Tag {
			case "set", "set_block", "import", "from":
				bound = append(bound, s.Binds...)
			case "macro":
				bound = append(bound, s.Name)
			}
		}
	}
}

func (r *reader) statement(b *minijinja.Block, bound []string) {
	inner := append(slices.Clip(bound), b.Binds...)
	reads := b.Reads
	if name, ok := called(b); ok {
		reads = reads[1:]
		r.function(name.Name)
	}
	switch b.Tag {
	case "for":
		inner = append(inner, "loop")
	case "set", "set_block":
		inner = bound
	case "macro":
		// What it is called among may be other than what is around it.
		inner = append(slices.Clone(b.Binds), "caller")
	}
	for i, e := range reads {
		if b.Tag == "for" && i > 0 { // its `if` sees the item
			r.expr(e, inner)
		} else {
			r.expr(e, bound)
		}
	}
	r.block(b.Body, inner)
	r.block(b.Else, bound)
}

func (r *reader) expr(e minijinja.Expr, bound []string) {
	if e == nil || r.path(e, bound) {
		return
	}
	if call, ok := e.(*minijinja.Call); ok {
		if name, ok := call.Fun.(*minijinja.Var); ok {
			r.function(name.Name)
		}
	}
	for _, child := range children(e) {
		r.expr(child, bound)
	}
}

// function notes the functions that see all there is.
func (r *reader) function(name string) {
	if name == "debug" {
		add(&r.reads.Fields, ir.Path{})
		add(&r.reads.Root, ir.Path{})
	}
}

// path reads a path of names and constant keys, and says whether it is one.
func (r *reader) path(e minijinja.Expr, bound []string) bool {
	var path ir.Path
	for {
		switch x := e.(type) {
		case *minijinja.Attr:
			path, e = append(path, x.Name), x.X
			continue
		case *minijinja.Item:
			key, ok := constantKey(x.Key)
			if !ok {
				return false
			}
			path, e = append(path, key), x.X
			continue
		case *minijinja.Var:
			if slices.Contains(bound, x.Name) {
				return true
			}
			if x.Name != "this" {
				path = append(path, x.Name)
			}
			slices.Reverse(path)
			add(&r.reads.Fields, path)
			return true
		case *minijinja.Call:
			name, ok := x.Fun.(*minijinja.Var)
			if !ok || name.Name != "root" || slices.Contains(bound, "root") {
				return false
			}
			slices.Reverse(path)
			add(&r.reads.Root, path)
			return true
		}
		return false
	}
}

// constantKey is a name or an index from the start.
func constantKey(e minijinja.Expr) (any, bool) {
	key, ok := e.(*minijinja.Const)
	if !ok {
		return nil, false
	}
	if key.Kind == minijinja.IntConst {
		index, err := strconv.Atoi(key.Text)
		return index, err == nil && index >= 0
	}
	return key.Text, key.Kind == minijinja.StringConst
}

// once is a list without the repetitions.
func once(list []string) (kept []string) {
	for _, item := range list {
		if !slices.Contains(kept, item) {
			kept = append(kept, item)
		}
	}
	return kept
}
