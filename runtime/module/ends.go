package module

import (
	"fmt"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
)

// What is known of a message while a result is decoded.
const (
	seen      = 1 << iota // a row, drop or failure was for it
	delivered             // a row was
)

// checkEnds holds what was said of a message against itself: one that failed,
// or whose way to an output did, has no rows and no drops there, or it would
// be delivered and be in the dead letters, too; and one that ended as a whole
// ended once. Records were decoded, so that they stand in order of messages.
func (d *decoder) checkEnds() error {
	drops, failures := d.result.Drops, d.result.Failures
	if len(drops) == 0 && len(failures) == 0 {
		return nil
	}
	d.failed = append(d.failed[:0], make([]uint32, d.outputs)...)
	d.dropped = append(d.dropped[:0], make([]uint32, d.outputs)...)
	for len(drops) > 0 || len(failures) > 0 {
		message := nextMessage(drops, failures)
		dropped, failed := 0, 0
		for dropped < len(drops) && drops[dropped].Message == message {
			dropped++
		}
		for failed < len(failures) && failures[failed].Message == message {
			failed++
		}
		if err := d.checkEnd(message, drops[:dropped], failures[:failed]); err != nil {
			return err
		}
		drops, failures = drops[dropped:], failures[failed:]
	}
	return nil
}

func nextMessage(drops []contract.Drop, failures []contract.Failure) uint32 {
	switch {
	case len(drops) == 0:
		return failures[0].Message
	case len(failures) == 0:
		return drops[0].Message
	}
	return min(drops[0].Message, failures[0].Message)
}

// checkEnd looks at one message's drops and failures. Marks are the message's
// number plus one, so that nothing has to be cleared between two.
func (d *decoder) checkEnd(message uint32, drops []contract.Drop, failures []contract.Failure) error {
	mark := message + 1
	for i := range drops {
		switch drop := &drops[i]; {
		case drop.Output >= 0:
			d.dropped[drop.Output] = mark
		case drop.Whole() && i < len(drops)-1:
			return fmt.Errorf("it says more of message %d after that ended", message)
		case drop.Whole() && (len(failures) > 0 || d.anyRow(message)):
			return fmt.Errorf("it drops message %d, and delivers or fails it, too", message)
		}
	}
	for i := range failures {
		f := &failures[i]
		switch {
		case f.Output < 0 && len(failures) > 1 || f.Output >= 0 && d.failed[f.Output] == mark:
			return fmt.Errorf("it fails message %d twice", message)
		case f.Output < 0 && (len(drops) > 0 || d.anyRow(message)),
			f.Output >= 0 && (d.dropped[f.Output] == mark || d.hasRow(f.Output, message)):
			return fmt.Errorf("it fails message %d, and delivers or drops it, too", message)
		case f.Output >= 0:
			d.failed[f.Output] = mark
		}
	}
	return nil
}

func (d *decoder) anyRow(message uint32) bool { return d.states[message]&delivered != 0 }

func (d *decoder) hasRow(output int, message uint32) bool {
	if !d.anyRow(message) {
		return false
	}
	_, found := slices.BinarySearch(d.result.Outputs[output].Message, message)
	return found
}
