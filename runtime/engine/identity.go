package engine

import (
	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
)

func identifies(sink connectors.Sink) bool {
	s, ok := sink.(connectors.Identified)
	return ok && s.Identifies()
}

// origin stands for a partition of the flow's input. It is the same for a batch
// that was read there, tried again or replayed.
func (f *Flow) origin(partition string) contract.Origin {
	return contract.OriginOf(f.Manifest.Flow, f.Manifest.Input.Name, partition)
}

// identify says who the rows are, for outputs that ask.
func (f *Flow) identify(j *job) {
	for o, sink := range f.Outputs {
		if identifies(sink) {
			j.result.Outputs[o].Identify(f.origin(j.batch.Partition), j.batch.Lines, f.outputName(o))
		}
	}
}

// letterID is who a dead letter is: no output has its name, which has a space.
func (f *Flow) letterID(d *delivery.DeadLetter) contract.ID {
	return f.origin(d.Partition).Row(d.Line, "dead letter "+d.Output, 0)
}
