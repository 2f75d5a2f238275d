package expr

import (
	"slices"
	"strconv"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// A rendered template is one that MiniJinja renders, with what it needs beside
// its own text.
type rendered struct {
	calls    []*minijinja.Macro // of the project, each once
	files    []int              // places in Compiler.MacroFiles
	patterns []ir.JinjaPattern
	own      []ir.Own
	reads    ir.Reads
}

// jinja is the template as the module takes it: it imports the macros that it
// calls, on its own first line.
func (r *rendered) jinja(text string) ir.Jinja {
	imports := ""
	for _, macro := range r.calls {
		imports += "{% from " + strconv.Quote(macro.File.Name) + " import " + macro.Name + " %}"
	}
	return ir.Jinja{Source: imports + text, Macros: r.files, Patterns: r.patterns, Own: r.own, Reads: r.reads}
}

// refused are statements that reach outside the template. Macros need none:
// they are there by their names.
var refused = []string{"import", "from", "extends", "include", "block"}

// survey looks at a template that MiniJinja renders for what has to be known
// now: variables, metadata, patterns, macros, names of filters, tests and
// functions. Outer names are bound around it.
func (l *lowerer) survey(stmts []minijinja.Stmt, outer []string) {
	bound := map[string]bool{"loop": true, "self": true, "caller": true}
	for _, name := range append(boundBy(stmts), outer...) {
		bound[name] = true
	}
	walkStmts(stmts, func(s minijinja.Stmt) {
		switch s := s.(type) {
		case *minijinja.Emit:
			l.surveyExpr(s.X, bound)
		case *minijinja.Block:
			if slices.Contains(refused, s.Tag) && (l.macro == nil || s.Tag == "extends" || s.Tag == "block") {
				one := l.errorf(s.Span(), source.NotInDialect, "a flow's template has no `%s`", s.Tag)
				if s.Tag == "import" || s.Tag == "from" {
					one.Hintf("macros of macros/*.jinja can be called by their names, without an import")
				}
			}
			l.surveyBlock(s, bound)
		}
	})
}

// boundBy are the names that statements give a value anywhere in them.
func boundBy(stmts []minijinja.Stmt) (names []string) {
	walkStmts(stmts, func(s minijinja.Stmt) {
		if b, ok := s.(*minijinja.Block); ok {
			names = append(append(names, b.Binds...), b.Name)
		}
	})
	return names
}

func (l *lowerer) surveyBlock(b *minijinja.Block, bound map[string]bool) {
	reads := b.Reads
	if name, ok := called(b); ok && !bound[name.Name] {
		reads = reads[1:]
		if macro := l.Macros.Find(name.Name); macro != nil {
			l.useMacro(macro, name.Span())
		} else {
			l.known(Function, name.Name, name.Span())
		}
	}
	for _, e := range reads {
		l.surveyExpr(e, bound)
	}
}

// called is the name in `{% call name() %}` and `{% do name() %}`.
func called(b *minijinja.Block) (*minijinja.Var, bool) {
	if b.Tag != "call_block" && b.Tag != "do" || len(b.Reads) == 0 {
		return nil, false
	}
	name, ok := b.Reads[0].(*minijinja.Var)
	return name, ok
}

func (l *lowerer) surveyExpr(e minijinja.Expr, bound map[string]bool) {
	walkExpr(e, func(e minijinja.Expr) {
		switch e := e.(type) {
		case *minijinja.Var:
			switch {
			case bound[e.Name] || e.Name == "this":
			case slices.Contains(Functions(), e.Name):
				l.errorf(e.Span(), source.NotInDialect, "`%s` is a function of templates, and no value", e.Name).
					Hintf("a field of that name is `this.%s`", e.Name)
			default:
				l.read(ir.Path{e.Name}, e.Span(), true)
			}
		case *minijinja.Filter:
			l.surveyBuiltin(Filter, e.Name, e.NameAt, e.Args)
		case *minijinja.Test:
			l.surveyBuiltin(Test, e.Name, e.NameAt, e.Args)
		case *minijinja.Call:
			if name, ok := e.Fun.(*minijinja.Var); ok && !bound[name.Name] {
				l.surveyCall(name, e)
			}
		}
	})
}

func (l *lowerer) surveyCall(name *minijinja.Var, e *minijinja.Call) {
	switch {
	case name.Name == "param" && l.macro != nil:
		l.errorf(name.Span(), source.NotInDialect, "a macro has no parameters of a library").
			Hintf("give it as an argument: the macro's call may be {{ m(param('…')) }}")
		return
	case name.Name == "param":
		l.jinjaParam(e)
		return
	case name.Name == "var" || name.Name == "meta" || name.Name == "root":
		l.function(e)
		return
	}
	if macro := l.Macros.Find(name.Name); macro != nil && find(Function, name.Name) == nil {
		l.macroArgs(macro, e)
		l.useMacro(macro, name.Span())
		return
	}
	l.known(Function, name.Name, name.Span())
}

func (l *lowerer) surveyBuiltin(form Form, name string, at source.Span, args []minijinja.Arg) {
	b := l.known(form, name, at)
	if b == nil || b.Regex == "" {
		return
	}
	if _, ok := l.args(b, b.Params[1:], at, args); !ok {
		return
	}
	if e, ok := l.regex(b, broken, args).(ir.Regex); ok {
		key := ""
		if len(args) > 1 {
			key = args[1].Value.(*minijinja.Const).Text
		}
		l.rendered.patterns = append(l.rendered.patterns, ir.JinjaPattern{Pattern: e.Pattern, Key: key, Group: e.Group, With: e.With})
	}
}

// known finds a built-in of the dialect, or reports that MiniJinja has none of
// that name either.
func (l *lowerer) known(form Form, name string, at source.Span) *Builtin {
	if _, theirs := beyond[form][name]; theirs {
		return nil
	}
	b := l.builtin(form, name, at)
	switch {
	case b == nil:
	case b.Call == "is_decimal":
		l.errorf(at, source.NotInDialect, "a template with statements has no decimals: they are text in it").
			Hintf("test the value in a step before it")
	case b.Own:
		l.bind(b)
	}
	return b
}

// bind has the template call a built-in of ours.
func (l *lowerer) bind(b *Builtin) {
	l.Identity = l.Identity || b.Identity
	own := ir.Own{Form: b.Form.String(), Name: b.Name, Call: b.Call, Zoned: b.Zoned}
	if slices.ContainsFunc(l.rendered.own, func(o ir.Own) bool { return o.Form == own.Form && o.Name == own.Name }) {
		return
	}
	for _, p := range b.Params {
		own.Params = append(own.Params, p.Name)
	}
	l.rendered.own = append(l.rendered.own, own)
}
