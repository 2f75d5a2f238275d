package contract

// An Event is one thing that happened to a message, where a trace was asked
// for. A message's events stand in the order in which they happened:
//
//   - MessageBegan, with the message as it came;
//   - for each step, one of the Step events, with the message after it where
//     that differs from before. A step that has steps of its own gives, before
//     its own event, ItemBegan for each item and the events of those steps,
//     which are about the item;
//   - a step that stands for others (`use`) gives its own event before theirs,
//     and StepSkipped behind them where what they have done is undone;
//   - after a step that splits the message, PartBegan for each part, and the
//     events of the rest of the way, which are about the part;
//   - for each output, one of the Output events, and behind OutputTook the
//     events of the output's own steps, which are about the output's copy;
//   - NoOutput where no output took the message.
//
// A message that couldn't be read has none.
//
// An event's record, 40 bytes:
//
//	 0 u32 message
//	 4 u16 output, u16 step, as in drops and failures; the output is AllOutputs in the steps of the flow
//	 8 u8 kind, u8 after, u16 code: 0 but where something failed
//	12 u32 number: of the item or part, from 0
//	16 Text field, Text detail: of the failure
//	32 Text value: the message, where after says that it has changed
type Event struct {
	Message uint32
	Output  int // -1: the steps that are for all outputs
	Step    int // -1: about an output, or the message
	Kind    EventKind
	After   After
	Number  uint32
	Code    ErrorCode
	Field   string
	Detail  string
	Value   []byte // JSON
}

// EventKind is what happened.
type EventKind uint8

// Kinds of events.
const (
	MessageBegan   EventKind = 1
	ItemBegan      EventKind = 2
	PartBegan      EventKind = 3
	StepRan        EventKind = 4  // to its end
	StepPassed     EventKind = 5  // its `when` doesn't hold
	StepSkipped    EventKind = 6  // it failed, and was undone: `on_error: skip`
	StepFiltered   EventKind = 7  // the message ends here
	StepDiscarded  EventKind = 8  // it failed, and the message ends: `on_error: discard`
	StepFailed     EventKind = 9  // the message is a dead letter, or the flow stops
	OutputTook     EventKind = 10 // its `when` holds, or it has none, or it is `otherwise`
	OutputDeclined EventKind = 11 // its `when` doesn't hold
	OutputClosed   EventKind = 12 // not asked: another output took the message
	OutputFailed   EventKind = 13 // its `when` failed
	NoOutput       EventKind = 14 // and so the message ends

	LastEventKind = NoOutput
)

// After is what the message was after an event, as against before it.
type After uint8

// The values of After. A module keeps a few megabytes of a batch's messages.
const (
	Same    After = 0
	Changed After = 1 // Value holds it
	NotKept After = 2 // what came before has filled the trace
)
