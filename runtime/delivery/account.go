package delivery

import (
	"fmt"

	"github.com/weavster/weavster/codegen/contract"
)

// An Accountant checks that a result says what became of every message.
// (rule 1) It keeps its slices from batch to batch; one goroutine uses it.
type Accountant struct {
	whole []bool // messages that ended as a whole
	part  []bool // messages on the way to some output
}

// Check holds a result against the number of messages and outputs.
func (a *Accountant) Check(r *contract.Result, messages, outputs int) error {
	a.whole, a.part = cleared(a.whole, messages), cleared(a.part, messages)
	if len(r.Outputs) != outputs {
		return fmt.Errorf("the flow's module answers for %d outputs, and its manifest lists %d", len(r.Outputs), outputs)
	}
	for o := range r.Outputs {
		rows := &r.Outputs[o]
		if len(rows.Message) != rows.Len() {
			return fmt.Errorf("output %d has %d rows of %d messages", o, rows.Len(), len(rows.Message))
		}
		for _, m := range rows.Message {
			if err := a.settle(m, o); err != nil {
				return err
			}
		}
	}
	for _, d := range r.Drops {
		if d.Part {
			// It doesn't account for its message: the other parts do.
			if err := a.known(d.Message); err != nil {
				return err
			}
			continue
		}
		if err := a.end(d.Message, d.Output, outputs); err != nil {
			return err
		}
	}
	for _, f := range r.Failures {
		if err := a.end(f.Message, f.Output, outputs); err != nil {
			return err
		}
	}
	for m := range messages {
		if !a.whole[m] && !a.part[m] {
			return fmt.Errorf("message %d of the batch is unaccounted for", m)
		}
		if a.whole[m] && a.part[m] {
			return fmt.Errorf("message %d of the batch ended as a whole and has an output too", m)
		}
	}
	return nil
}

func (a *Accountant) end(message uint32, output, outputs int) error {
	if output >= outputs || output < -1 {
		return fmt.Errorf("message %d went to output %d of %d", message, output, outputs)
	}
	if output >= 0 {
		return a.settle(message, output)
	}
	if err := a.known(message); err != nil {
		return err
	}
	if a.whole[message] {
		return fmt.Errorf("message %d of the batch ended twice", message)
	}
	a.whole[message] = true
	return nil
}

func (a *Accountant) known(message uint32) error {
	if int(message) >= len(a.whole) {
		return fmt.Errorf("there is no message %d in a batch of %d", message, len(a.whole))
	}
	return nil
}

func (a *Accountant) settle(message uint32, output int) error {
	if int(message) >= len(a.part) {
		return fmt.Errorf("output %d has a row of message %d in a batch of %d", output, message, len(a.part))
	}
	a.part[message] = true
	return nil
}

func cleared(b []bool, n int) []bool {
	if cap(b) < n {
		return make([]bool, n)
	}
	b = b[:n]
	clear(b)
	return b
}
