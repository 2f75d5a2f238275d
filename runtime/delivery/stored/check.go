package stored

import (
	"errors"
	"fmt"

	"github.com/weavster/weavster/connectors"
)

// check holds what was read against what everybody else relies on: offsets
// lie within their bytes, and rows are of messages that are there.
func check(b *connectors.Batch, outputs int) error {
	if err := framed(b.Ends, b.Payload); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if err := framed(b.MetaEnds, b.Meta); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	switch n := b.Len(); {
	case len(b.MetaEnds) != 0 && len(b.MetaEnds) != n:
		return fmt.Errorf("metadata of %d messages, for %d", len(b.MetaEnds), n)
	case len(b.Lines) != 0 && len(b.Lines) != n:
		return fmt.Errorf("%d numbers of %d messages", len(b.Lines), n)
	case b.Attempt < 0:
		return errors.New("a negative attempt")
	}
	if b.Result == nil {
		return nil
	}
	if len(b.Result.Outputs) != outputs {
		return fmt.Errorf("rows of %d outputs, for %d", len(b.Result.Outputs), outputs)
	}
	for i := range b.Result.Outputs {
		r := &b.Result.Outputs[i]
		if err := framed(r.Ends, r.Data); err != nil {
			return fmt.Errorf("rows: %w", err)
		}
		if len(r.Message) != r.Len() {
			return fmt.Errorf("%d rows of %d messages", r.Len(), len(r.Message))
		}
		for _, m := range r.Message {
			// Rows of a batch without messages are dead letters on their way.
			if b.Len() > 0 && int(m) >= b.Len() {
				return fmt.Errorf("a row of message %d, of %d", m, b.Len())
			}
		}
	}
	return nil
}

// framed says whether each piece ends behind the one before it and its
// separator, and the last one where the bytes do, or a separator before that.
func framed(ends []uint32, data []byte) error {
	next := 0
	for _, end := range ends {
		if int(end) < next {
			return errors.New("they overlap")
		}
		next = int(end) + 1
	}
	if next > len(data)+1 || len(ends) == 0 && len(data) > 0 {
		return fmt.Errorf("%d bytes, where %d are said to be", len(data), next)
	}
	return nil
}
