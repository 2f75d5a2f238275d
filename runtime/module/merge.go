package module

import (
	"slices"

	"github.com/weavster/weavster/codegen/contract"
)

// A merge puts a batch's result together from those of its parts, added in
// the order of their messages.
type merge struct {
	result contract.Result
	// hints is whether the module's word for who is to blame is listened
	// to: until it was wrong once.
	hints bool
}

func newMerge(outputs int) *merge {
	return &merge{result: contract.Result{Outputs: make([]contract.Rows, outputs)}, hints: true}
}

// add copies the result of the part that begins at message lo.
func (m *merge) add(lo int, part *contract.Result) {
	base := uint32(lo)
	for i := range part.Outputs {
		from, to := &part.Outputs[i], &m.result.Outputs[i]
		// A part's data may go on behind its last row; leave that out.
		used := 0
		if n := from.Len(); n > 0 {
			used = int(from.Ends[n-1]) + 1
		}
		shift := uint32(len(to.Data))
		to.Data = append(to.Data, from.Data[:used]...)
		for j := range from.Ends {
			to.Ends = append(to.Ends, from.Ends[j]+shift)
			to.Message = append(to.Message, from.Message[j]+base)
		}
	}
	for _, drop := range part.Drops {
		drop.Message += base
		m.result.Drops = append(m.result.Drops, drop)
	}
	for _, failure := range part.Failures {
		failure.Message += base
		m.result.Failures = append(m.result.Failures, failure)
	}
	for _, event := range part.Events {
		event.Message += base
		event.Value = slices.Clone(event.Value)
		m.result.Events = append(m.result.Events, event)
	}
}

// fail notes a message that the module couldn't handle.
func (m *merge) fail(message int, f *fault) {
	m.result.Failures = append(m.result.Failures, contract.Failure{
		Message: uint32(message), Output: -1, Step: -1,
		Code: f.code, Action: contract.DeadLetter, Detail: f.detail,
	})
}
