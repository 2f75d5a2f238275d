package explain

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/document"
)

// expressions are a step's, each with what it read. In a step that failed it
// isn't known what the first of them gave to the later ones.
func (t *teller) expressions(step *contract.Step, e contract.Event, before, after *document.Value) []Shown {
	var list []Shown
	set := map[string]*document.Value{} // by pointer, what expressions before have set
	failed := e.Code != 0
	for i := range step.Expressions {
		one := &step.Expressions[i]
		shown := Shown{Source: one.Source, Line: one.At.Line, form: one.Form}
		for _, read := range one.Reads {
			value, isSet := before.At(read.Pointer), false
			if !step.Anew {
				value, isSet = lookUp(set, read.Pointer, value)
			}
			if isSet && failed {
				continue
			}
			shown.Reads = append(shown.Reads, Operand{read.Path, t.mask.show(read.Pointer, value)})
		}
		shown.Reads = append(shown.Reads, t.surroundings(one)...)
		switch {
		case failed:
		case one.Form == contract.FormCondition && one.Into == nil && len(step.Expressions) == 1:
			shown.Result = json.RawMessage("true")
			if e.Kind == contract.StepFiltered {
				shown.Result = json.RawMessage("false")
			}
		case one.Into != nil:
			value := result(before, after, one.Into.Pointer)
			set[one.Into.Pointer], shown.Result = value, t.mask.show(one.Into.Pointer, value)
		}
		if one.Into != nil {
			shown.Into = one.Into.Path
			if failed {
				set[one.Into.Pointer] = nil
			}
		}
		list = append(list, shown)
	}
	return list
}

// result is what stands at a path after a step, which may have left the whole
// message as it was.
func result(before, after *document.Value, pointer string) *document.Value {
	if after == nil {
		return before.At(pointer)
	}
	return after.At(pointer)
}

// lookUp finds a value among those that a step has set itself, at the pointer
// or above it.
func lookUp(set map[string]*document.Value, pointer string, before *document.Value) (value *document.Value, isSet bool) {
	for above := pointer; above != ""; above = above[:strings.LastIndexByte(above, '/')] {
		if value, ok := set[above]; ok {
			return value.At(strings.TrimPrefix(pointer, above)), true
		}
	}
	return before, false
}

// shown is an expression that reads the message as it is.
func (t *teller) shown(e *contract.Expression, message *document.Value) Shown {
	s := Shown{Source: e.Source, Line: e.At.Line, form: e.Form}
	for _, read := range e.Reads {
		s.Reads = append(s.Reads, Operand{read.Path, t.mask.show(read.Pointer, message.At(read.Pointer))})
	}
	s.Reads = append(s.Reads, t.surroundings(e)...)
	return s
}

// surroundings are the variables and metadata that an expression reads.
func (t *teller) surroundings(e *contract.Expression) []Operand {
	var list []Operand
	for _, name := range e.Vars {
		i := slices.IndexFunc(t.Manifest.Vars, func(v contract.Var) bool { return v.Name == name })
		if i >= 0 && i < len(t.Vars) {
			value := t.Vars[i]
			if t.Manifest.Vars[i].Type == "decimal" {
				value = bytes.Trim(value, `"`) // which is text on its way to the module
			}
			list = append(list, Operand{"var('" + name + "')", value})
		}
	}
	for _, name := range e.Meta {
		operand := Operand{Name: "meta('" + name + "')"}
		if t.meta != nil {
			operand.Value = t.mask.show("", t.meta.Member(name))
		}
		list = append(list, operand)
	}
	return list
}
