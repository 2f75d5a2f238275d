package module

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/weavster/weavster/codegen/contract"
)

// decodeEvents reads a trace, believing as little as the rest of the decoder.
func (d *decoder) decodeEvents(m memory, header []byte) error {
	d.result.Events = d.result.Events[:0]
	if !d.trace {
		return nil // whatever the module says: nobody asked
	}
	records, err := m.records("events", header, contract.EventRecordSize)
	if err != nil {
		return err
	}
	last, kept := uint32(0), 0
	for ; len(records) > 0; records = records[contract.EventRecordSize:] {
		event, err := d.event(m, records)
		if err != nil {
			return err
		}
		if err := d.order(event.Message, &last); err != nil {
			return err
		}
		// Texts that lie in one memory side by side can't be longer than it.
		if kept += len(event.Field) + len(event.Detail) + len(event.Value); kept > len(m) {
			return fmt.Errorf("its events hold more bytes than its memory")
		}
		if !utf8.Valid(event.Value) {
			return fmt.Errorf("an event of message %d isn't UTF-8", event.Message)
		}
		d.result.Events = append(d.result.Events, event)
	}
	return nil
}

func (d *decoder) event(m memory, record []byte) (e contract.Event, err error) {
	e.Message = binary.LittleEndian.Uint32(record)
	if e.Output, e.Step, err = d.target(record); err != nil {
		return e, err
	}
	e.Kind, e.After = contract.EventKind(record[8]), contract.After(record[9])
	if e.Kind < contract.MessageBegan || e.Kind > contract.LastEventKind || e.After > contract.NotKept {
		return e, fmt.Errorf("it tells of event %d of message %d, and %d after it, which aren't any", e.Kind, e.Message, e.After)
	}
	e.Code = contract.ErrorCode(binary.LittleEndian.Uint16(record[10:]))
	if e.Code != 0 && !isCode(e.Code) {
		return e, fmt.Errorf("an event of message %d has code %d, which isn't one", e.Message, e.Code)
	}
	e.Number = binary.LittleEndian.Uint32(record[12:])
	if e.Field, err = m.text("field names", record[16:]); err != nil {
		return e, err
	}
	if e.Detail, err = m.text("error texts", record[24:]); err != nil {
		return e, err
	}
	e.Value, err = m.records("events", record[32:], 1)
	return e, err
}
