package expr

import (
	"maps"
	"slices"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// callsMacro is a macro's call where code is made: a template with one is
// rendered by MiniJinja, and an expression can't have one.
func (l *lowerer) callsMacro(name *minijinja.Var) ir.Expr {
	if l.template {
		l.outside = true
		return broken
	}
	l.errorf(name.Span(), source.NotInDialect, "%q is a macro, and an expression has none", name.Name).
		Hintf("call it in a step `template`: {{ %s(…) }}", name.Name)
	return broken
}

// callable are the names of a form that may have been meant.
func (l *lowerer) callable(form Form) []string {
	list := names(form)
	if form == Function && l.template {
		list = append(list, l.Macros.Names()...)
	}
	return list
}

// macroArgs holds a call's arguments against those that the macro takes. One
// that is left out is undefined in the macro, which may expect that.
func (l *lowerer) macroArgs(m *minijinja.Macro, call *minijinja.Call) {
	given := map[string]bool{}
	for i, arg := range call.Args {
		name := arg.Name
		switch {
		case name == "*" || name == "**":
			return
		case name == "" && i >= len(m.Binds):
			l.errorf(arg.Value.Span(), source.BadArguments, "macro %q takes %s", m.Name, atMost(len(m.Binds)))
			return
		case name == "":
			name = m.Binds[i]
		case !slices.Contains(m.Binds, name) && name != "caller":
			l.errorf(arg.Value.Span(), source.BadArguments, "macro %q has no argument named %q", m.Name, name).DidYouMean(name, m.Binds)
		}
		if given[name] {
			l.errorf(arg.Value.Span(), source.BadArguments, "argument %q of macro %q is given twice", name, m.Name)
		}
		given[name] = true
	}
}

// useMacro imports a macro of the project, and looks at it and at what it calls.
func (l *lowerer) useMacro(m *minijinja.Macro, at source.Span) {
	if slices.ContainsFunc(l.rendered.calls, func(other *minijinja.Macro) bool { return other.Name == m.Name }) {
		return
	}
	if l.macro != nil {
		// It is bound where the file is read, and that may come before.
		l.errorf(at, source.UnknownName, "the macro %q is in another file", m.Name).
			Hintf("import it at the top: {%% from %q import %s %%}", m.File.Name, m.Name)
		return
	}
	l.rendered.calls = append(l.rendered.calls, m)
	l.macroFile(m.File, func(name string) bool { return name == m.Name })
}

// macroFile has the module carry a file of macros, and looks at what is done
// when it is imported and at some of its macros, with those that they call.
func (l *lowerer) macroFile(f *minijinja.MacroFile, wanted func(name string) bool) {
	inner := *l
	inner.macro, inner.code = f.File, string(f.File.Text)
	inner.carry(f)
	(&reader{&l.rendered.reads}).block(f.Body, nil)
	own, todo := boundBy(top(f)), []*minijinja.Macro{}
	for _, m := range f.Macros() {
		if wanted(m.Name) {
			todo = append(todo, m)
		}
	}
	inner.survey(top(f), own)
	inner.imports(f)
	for i := 0; i < len(todo); i++ {
		inner.survey([]minijinja.Stmt{todo[i].Block}, own)
		for _, m := range f.Macros() {
			if !slices.ContainsFunc(todo, func(other *minijinja.Macro) bool { return other.Name == m.Name }) && mentions(todo[i].Block, m.Name) {
				todo = append(todo, m)
			}
		}
	}
	l.failed, l.reads, l.vars, l.meta = inner.failed, inner.reads, inner.vars, inner.meta
}

// carry gives a file its place in the module.
func (l *lowerer) carry(f *minijinja.MacroFile) {
	at := slices.IndexFunc(l.MacroFiles, func(other ir.MacroFile) bool { return other.Name == f.Name })
	if at < 0 {
		at = len(l.MacroFiles)
		l.MacroFiles = append(l.MacroFiles, ir.MacroFile{Name: f.Name, Text: string(f.File.Text)})
	}
	if !slices.Contains(l.rendered.files, at) {
		l.rendered.files = append(l.rendered.files, at)
	}
}

// imports follows a file's own imports, all of whose macros may then be called.
func (l *lowerer) imports(f *minijinja.MacroFile) {
	walkStmts(f.Body, func(s minijinja.Stmt) {
		b, ok := s.(*minijinja.Block)
		if !ok || b.Tag != "import" && b.Tag != "from" && b.Tag != "include" {
			return
		}
		name, ok := b.Reads[0].(*minijinja.Const)
		if !ok || name.Kind != minijinja.StringConst {
			l.errorf(b.Reads[0].Span(), source.BadArguments, "a file of macros is imported by its name in quotes: it is compiled with the flow")
			return
		}
		file := l.Macros.Files[name.Text]
		if file == nil {
			l.errorf(name.Span(), source.UnknownName, "there is no file of macros %q", name.Text).
				DidYouMean(name.Text, slices.Collect(maps.Keys(l.Macros.Files)))
			return
		}
		if !slices.ContainsFunc(l.rendered.files, func(at int) bool { return l.MacroFiles[at].Name == file.Name }) {
			l.macroFile(file, func(string) bool { return true })
		}
	})
}

// top are a file's statements outside of its macros, which stand as names
// alone: what is done when it is imported.
func top(f *minijinja.MacroFile) (stmts []minijinja.Stmt) {
	for _, s := range f.Body {
		if b, ok := s.(*minijinja.Block); ok && b.Tag == "macro" {
			s = &minijinja.Block{Tag: "macro", Name: b.Name}
		}
		stmts = append(stmts, s)
	}
	return stmts
}

// mentions says whether a name is read or called somewhere in a block.
func mentions(block *minijinja.Block, name string) bool {
	found := false
	see := func(e minijinja.Expr) {
		walkExpr(e, func(e minijinja.Expr) {
			switch e := e.(type) {
			case *minijinja.Var:
				found = found || e.Name == name
			case *minijinja.Call:
				fun, ok := e.Fun.(*minijinja.Var)
				found = found || ok && fun.Name == name
			}
		})
	}
	walkStmts([]minijinja.Stmt{block}, func(s minijinja.Stmt) {
		switch s := s.(type) {
		case *minijinja.Emit:
			see(s.X)
		case *minijinja.Block:
			for _, e := range s.Reads {
				see(e)
			}
		}
	})
	return found
}
