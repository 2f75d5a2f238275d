// Package transform lowers a flow's transforms to the ops of the IR, one file
// a kind.
package transform

import (
	"reflect"
	"sync"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Kind is one transform: what it is called, what its key takes, what it does.
type Kind struct {
	Doc string
	// Body declares what stands under the transform's key; its name is the
	// transform's.
	Body syntax.Option
	// Expression says that the body is one, so that the reference says so.
	Expression bool

	// stem is what the id of a step without a name is made of; nil: the kind.
	stem func(body *syntax.Node) string

	lower func(f *Flow, body *syntax.Node) []ir.Op
}

// Name is the key that stands for the transform in a flow.
func (k *Kind) Name() string { return k.Body.Name }

// stemOf is what the id of a step without a name is made of.
func (k *Kind) stemOf(body *syntax.Node) string {
	if k.stem != nil {
		if stem := k.stem(body); idForm.MatchString(stem) {
			return stem
		}
	}
	return k.Name()
}

// catalog has a method for each transform, which is all that a new one has to
// add: Kinds finds them.
type catalog struct{}

// Kinds are all transforms, in the order of their names.
var Kinds = sync.OnceValue(func() []Kind {
	all := reflect.ValueOf(catalog{})
	kinds := make([]Kind, all.NumMethod())
	for i := range kinds {
		kinds[i] = all.Method(i).Call(nil)[0].Interface().(Kind)
	}
	return kinds
})

// StepOptions are the keys that every transform takes beside its own.
var StepOptions = syntax.Options{
	{Name: "name", Type: syntax.Text, Doc: "The step's stable id, for errors, metrics and fixtures. Default: the kind, from the second one on with a number: compute, compute_2."},
	{Name: "when", Type: syntax.Any, Doc: "An expression; where it doesn't hold, the step is passed over."},
	{Name: "on_error", Type: syntax.Enum, Values: []string{"dead_letter", "skip", "discard", "stop"}, Default: "dead_letter",
		Doc: "What a message's error in this step does: skip the step, discard the message (counted), send it to the dead letters, stop the flow."},
}
