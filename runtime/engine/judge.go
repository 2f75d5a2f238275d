package engine

import (
	"fmt"
	"time"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
)

// judge counts a batch's drops, and makes dead letters of its failures. A
// failure that the flow wants to stop at is an error.
func (f *Flow) judge(j *job) error {
	b, c := j.batch, &j.counts
	c.Read = int64(b.Read())
	c.Ended = int64(len(b.Refused))
	for i := range b.Refused {
		r := &b.Refused[i]
		j.letters = append(j.letters, delivery.DeadLetter{
			Flow: f.Manifest.Flow, Code: r.Code.String(), Error: r.Detail, Sensitive: f.sensitive,
			Source: place(b.File, r.Line), Partition: b.Partition, At: time.Now(), Now: b.Now, Payload: r.Bytes,
		})
	}
	for _, d := range j.result.Drops {
		switch d.Reason {
		case contract.Filtered:
			c.Filtered++
		case contract.Discarded:
			c.Discarded++
		case contract.Unmatched:
			c.Unmatched++
		default:
			return fmt.Errorf("flow %s dropped a message for a reason, %d, that nobody knows", f.Manifest.Flow, d.Reason)
		}
		if d.Whole() {
			c.Ended++
		}
	}
	for i := range j.result.Failures {
		fail := &j.result.Failures[i]
		if fail.Action == contract.Stop {
			return f.stopped(b, fail)
		}
		if fail.Output < 0 {
			c.Ended++
		}
		j.letters = append(j.letters, f.letter(b, fail))
	}
	// Whatever didn't end as a whole went to some output. (rule 1)
	c.Routed = c.Read - c.Ended
	c.Dead = int64(len(j.letters))
	return nil
}

func (f *Flow) letter(b *connectors.Batch, fail *contract.Failure) delivery.DeadLetter {
	d := f.about(b, fail.Output, fail.Message)
	d.Step, d.Code, d.Error, d.Field = f.stepName(fail.Step), fail.Code.String(), fail.Detail, fail.Field
	return d
}

// rejected is the dead letter of a row that an output refused.
func (f *Flow) rejected(b *connectors.Batch, output int, message uint32, r *connectors.Rejection) delivery.DeadLetter {
	d := f.about(b, output, message)
	d.Code, d.Error, d.Field = contract.ErrOutputRejected.String(), r.Detail, r.Field
	return d
}

// about is a letter about a message or its way to one output, with all that it
// takes to replay it as it was. (rule 8)
func (f *Flow) about(b *connectors.Batch, output int, message uint32) delivery.DeadLetter {
	d := delivery.DeadLetter{
		Flow: f.Manifest.Flow, Output: f.outputName(output), Sensitive: f.sensitive,
		Source: origin(b, message), Partition: b.Partition, At: time.Now(), Now: b.Now,
		Payload: b.Message(int(message)), Meta: b.MetaOf(int(message)),
	}
	if int(message) < len(b.Lines) {
		d.Line = b.Lines[message]
	}
	return d
}

func (f *Flow) stopped(b *connectors.Batch, fail *contract.Failure) error {
	step := ""
	if name := f.stepName(fail.Step); name != "" {
		step = " in step " + name
	}
	return fmt.Errorf("flow %s stopped at %s, as its on_error says:%s %s: %s",
		f.Manifest.Flow, origin(b, fail.Message), step, fail.Code, fail.Detail)
}

func (f *Flow) outputName(i int) string {
	if i < 0 || i >= len(f.Manifest.Outputs) {
		return ""
	}
	return f.Manifest.Outputs[i].Name
}

func (f *Flow) stepName(i int) string {
	if i < 0 || i >= len(f.Manifest.Steps) {
		return ""
	}
	return f.Manifest.Steps[i].ID
}

// origin is where a message was read.
func origin(b *connectors.Batch, message uint32) string {
	if int(message) >= len(b.Lines) {
		return b.File
	}
	return place(b.File, b.Lines[message])
}

func place(file string, line int64) string { return fmt.Sprintf("%s:%d", file, line) }
