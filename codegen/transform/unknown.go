package transform

import (
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/types"
)

// look holds a field that is read against what the schema says of messages, or
// else against what fixtures show of them.
func (f *Flow) look(e *event, path ir.Path) {
	known := f.Exprs.Known
	switch {
	case known.Sure.Message.Get(path).Kind == ir.Missing: // a step took it away
	case known.Promised != nil:
		f.lookInSchema(e, path, known.Promised.Message)
	case known.Seen != nil:
		f.lookInFixtures(e, path, known.Seen.Message)
	}
}

func (f *Flow) lookInSchema(e *event, path ir.Path, message *types.Type) {
	t := message.Get(path)
	e.judged = t != types.Unknown()
	if t.Kind != ir.Missing {
		return
	}
	// The first part of the path that leads nowhere is what is wrong with it.
	at := 1
	for message.Get(path[:at]).Kind != ir.Missing {
		at++
	}
	one := f.Diags.Errorf(e.read.File, e.read.Span, source.UnknownField, "the flow's schema has no field %q", path[:at].String())
	if e.passes || e.read.Lenient {
		one.Severity = source.Warning
	}
	nearField(one, path[:at], message)
}

// lookInFixtures says what no fixture shows, unless the flow expects that the
// field is missing at times.
func (f *Flow) lookInFixtures(e *event, path ir.Path, message *types.Type) {
	there := message.Get(path).Kind&^ir.Missing != 0
	e.judged = there
	if there || e.passes || e.read.Lenient || e.read.Sure {
		return
	}
	e.judged = true
	one := f.Diags.Warnf(e.read.File, e.read.Span, source.UnknownField, "no fixture's message has a field %q", path.String())
	nearField(one, path, message)
	one.Hintf("if messages do have it, show one in the fixtures")
}

func nearField(one *source.Diagnostic, path ir.Path, message *types.Type) {
	parent := path[:len(path)-1]
	name, ok := path[len(path)-1].(string)
	if !ok {
		return
	}
	if near, found := source.Nearest(name, message.Get(parent).Names()); found {
		full := append(append(ir.Path{}, parent...), near)
		one.Hintf("did you mean %q?", full.String())
	}
}
