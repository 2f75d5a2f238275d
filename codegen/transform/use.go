package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var useOptions = syntax.Options{
	{Name: "library", Type: syntax.Text, Required: true, Doc: "The library's name: for transforms/contact.yaml it is contact."},
	{Name: "with", Type: syntax.Mapping, Doc: "Values for the library's parameters: paths of fields, and constants."},
}

// Use is the transform of that name.
func (catalog) Use() Kind {
	return Kind{
		Doc: "Takes the transforms of a [library](../libraries.md), a file that flows share. Their ids are this step's, a slash, and their own. " +
			"`when` decides about all of them together, once. `on_error` is for the errors of those inside that don't have their own; `skip` undoes what all of them have done.",
		Body: syntax.Option{Name: "use", Type: syntax.Record, Fields: useOptions,
			Doc: "The library, and values for its parameters. The step's id is the library's name, unless it has its own."},
		stem: func(body *syntax.Node) string {
			if name := body.Get("library"); name != nil {
				return name.Text
			}
			return ""
		},
		lower: func(f *Flow, body *syntax.Node) []ir.Op {
			var reported source.Diagnostics // by Check
			fields := useOptions.Decode(body, "use", &reported)
			name := fields.Get("library")
			if name == nil {
				return nil
			}
			lib := f.library(name)
			if lib == nil || !f.mayUse(lib, name) {
				return nil
			}
			return []ir.Op{ir.Group{Steps: f.use(lib, name, fields.Get("with"))}}
		},
	}
}

// A group is what the steps that are being lowered stand in.
type group struct {
	// step is the one that is being lowered.
	step *ir.Step
	// onError is for steps that don't say theirs.
	onError ir.OnError
	// maybe: all of them may be passed over, or undone.
	maybe bool
	// whole: they are taken or undone together, so that none can end the list.
	whole bool
}

// use lowers the transforms of a library where it is used.
func (f *Flow) use(lib *Library, name, with *syntax.Node) []ir.Step {
	file := source.NewFile(lib.File.Name, lib.File.Text)
	file.UsedAt = &source.Place{File: name.File, Span: name.Span}
	root := syntax.Parse(file, f.Diags)
	if root == nil {
		return nil
	}
	fields := LibraryOptions.Decode(root, "a library", f.Diags)
	params, nodes := f.params(lib, fields.Get("params"), name, with)
	list := fields.Get("transforms")
	if list == nil {
		return nil
	}
	substitute(list, params, f.Diags)

	outer, within, inside, now := f.Exprs.Params, f.within, f.inside, f.now
	f.Exprs.Params, f.inside = params, now+"/"
	f.within = within.inner(within.step)
	f.used.names = append(f.used.names, lib.Name)
	f.Reserve(list)
	steps := f.Lower(list)
	f.used.names = f.used.names[:len(f.used.names)-1]
	f.Exprs.Params, f.within, f.inside, f.now = outer, within, inside, now

	for i, arg := range params.List {
		// What has an error may be its use.
		if !arg.Used && !f.Diags.Failed() {
			nodes[i].Warnf(f.Diags, source.Unused, "parameter %q is never used", arg.Name).
				Hintf("write $%s where a path or a constant stands, and param('%s') in an expression", arg.Name, arg.Name)
		}
	}
	return steps
}

// inner is the group of the steps inside of one.
func (g group) inner(step *ir.Step) group {
	inner := group{onError: step.OnError, maybe: g.maybe || step.When != nil, whole: g.whole || step.When != nil}
	if step.OnError == ir.OnErrorSkip {
		inner = group{onError: ir.OnErrorGroup, maybe: true, whole: true}
	}
	return inner
}

// flat takes the steps of a group out of it, behind the step that it is of,
// where nothing decides about all of them together.
func flat(step ir.Step) []ir.Step {
	if len(step.Ops) == 1 && step.When == nil && step.OnError != ir.OnErrorSkip {
		if group, ok := step.Ops[0].(ir.Group); ok {
			step.Ops = nil
			return append([]ir.Step{step}, group.Steps...)
		}
	}
	return []ir.Step{step}
}
