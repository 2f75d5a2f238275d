package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Params are the parameters of a library, with what one use of it gives them.
type Params struct {
	Library string
	List    []*Arg
}

// An Arg is a parameter's value: a field of the message, or a constant.
type Arg struct {
	Name  string
	Field ir.Path // nil: a constant
	// Const is the constant; a decimal's is its digits. It is nil where it has
	// an error, which was reported.
	Const *ir.Const
	Text  string // of the constant, as it was written
	Used  bool
}

// Find is the parameter of a name, which is used thereby, or nil.
func (p *Params) Find(name string) *Arg {
	for _, arg := range p.List {
		if arg.Name == name {
			arg.Used = true
			return arg
		}
	}
	return nil
}

// Names are the parameters' names.
func (p *Params) Names() []string {
	names := make([]string, len(p.List))
	for i, arg := range p.List {
		names[i] = arg.Name
	}
	return names
}

// param is `param('name')`.
func (l *lowerer) param(name *minijinja.Const, at source.Span) ir.Expr {
	arg := l.arg(name)
	switch {
	case arg == nil, arg.Field == nil && arg.Const == nil:
		return broken
	case arg.Field != nil:
		return l.read(arg.Field, at, false)
	case arg.Const.Of == ir.Decimal:
		return ir.Call{Name: "decimal", Args: []ir.Expr{ir.Const{Text: syntax.Quote(arg.Const.Text), Of: ir.String}}, Of: ir.Decimal}
	}
	return *arg.Const
}

// arg finds a parameter, or reports that there is none.
func (l *lowerer) arg(name *minijinja.Const) *Arg {
	if l.Params == nil {
		l.errorf(name.Span(), source.UnknownName, "a flow has no parameters: param() is for libraries").
			Hintf("declare a variable under `vars:`, and write var('%s')", name.Text)
		return nil
	}
	arg := l.Params.Find(name.Text)
	if arg == nil {
		l.errorf(name.Span(), source.UnknownName, "library %q has no parameter %q", l.Params.Library, name.Text).
			DidYouMean(name.Text, l.Params.Names()).Hintf("declare it under `params:` of the library")
	}
	return arg
}

// A replacement is what stands for a part of a template.
type replacement struct {
	at   source.Span
	text string
}

// jinjaParam notes what a call of param() is in a template that MiniJinja
// renders, which knows of no parameters.
func (l *lowerer) jinjaParam(e *minijinja.Call) {
	before := l.failed
	l.failed = false
	value := l.function(e)
	if !l.failed {
		l.params = append(l.params, replacement{e.Span(), jinja(value)})
		if field, ok := value.(ir.Field); ok {
			add(&l.rendered.reads.Fields, field.Path)
		}
	}
	l.failed = l.failed || before
}

// jinja is a field or a constant as MiniJinja reads it.
func jinja(value ir.Expr) string {
	switch value := value.(type) {
	case ir.Field:
		text := "this"
		for _, step := range value.Path {
			switch step := step.(type) {
			case string:
				text += "[" + syntax.Quote(step) + "]"
			case int:
				text += "[" + strconv.Itoa(step) + "]"
			}
		}
		return text
	case ir.Call: // a decimal, which is text in a template
		return value.Args[0].(ir.Const).Text
	case ir.Const:
		if strings.HasPrefix(value.Text, "-") {
			return "(" + value.Text + ")"
		}
		return value.Text
	}
	return ""
}

// withParams is a template's source with the values of parameters in it.
func (l *lowerer) withParams(code string) string {
	var b strings.Builder
	end := 0
	slices.SortFunc(l.params, func(a, b replacement) int { return a.at.Start - b.at.Start })
	for _, r := range l.params {
		if r.at.Start < end {
			continue // the same once more
		}
		b.WriteString(code[end:r.at.Start])
		b.WriteString(r.text)
		end = r.at.End
	}
	return b.String() + code[end:]
}
