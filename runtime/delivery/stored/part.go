package stored

import (
	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
)

// Part is the part of a batch that some rows for one output are from: these
// rows as its result, and of the messages only theirs. Rows are in ascending
// order. The part shares nothing with the batch.
func Part(b *connectors.Batch, output string, rows *contract.Rows, which []int) *connectors.Batch {
	p := &connectors.Batch{Partition: b.Partition, File: b.File, Only: output, Attempt: b.Attempt}
	p.Now = b.Now
	p.Result = &contract.Result{Outputs: make([]contract.Rows, 1)}
	last := -1
	for _, i := range which {
		m := int(rows.Message[i])
		if m != last {
			addMessage(p, b, m)
			last = m
		}
		p.Result.Outputs[0].Append(rows.Row(i), uint32(p.Len()-1))
	}
	return p
}

func addMessage(to, from *connectors.Batch, i int) {
	to.Payload = append(append(to.Payload, from.Message(i)...), '\n')
	to.Ends = append(to.Ends, uint32(len(to.Payload)-1))
	if len(from.MetaEnds) > 0 {
		to.Meta = append(append(to.Meta, from.MetaOf(i)...), '\n')
		to.MetaEnds = append(to.MetaEnds, uint32(len(to.Meta)-1))
	}
	if len(from.Lines) > 0 {
		to.Lines = append(to.Lines, from.Lines[i])
	}
}
