// Package explain tells a message's way through a flow in words: each step
// with its line, what it read, and what it changed; where the message went.
package explain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/document"
)

// An Input is a flow, and what its module made of a batch that asked for a
// trace.
type Input struct {
	Manifest *contract.Manifest
	Vars     [][]byte // as JSON, in the manifest's order
	Batch    *contract.Batch
	Result   *contract.Result
}

// A Report is the way of one message. Sensitive values are masked.
type Report struct {
	Flow    string          `json:"flow"`
	File    string          `json:"file"`
	Message json.RawMessage `json:"message,omitempty"` // absent where it couldn't be read
	Way     []Entry         `json:"way"`
	Ends    []End           `json:"ends"`
}

// An Entry is a step, an output, or the beginning of an item or a part.
type Entry struct {
	Kind        string   `json:"kind"` // step, output, item or part
	Name        string   `json:"name"` // the step's id, or the output
	Transform   string   `json:"transform,omitempty"`
	File        string   `json:"file,omitempty"` // the library's that the step is from; "": the flow's
	Line        int      `json:"line,omitempty"`
	Output      string   `json:"output,omitempty"` // whose step it is
	Depth       int      `json:"depth,omitempty"`  // of items inside of items
	Number      int      `json:"number,omitempty"` // of the item or part, from 1
	Did         string   `json:"did,omitempty"`
	When        *Shown   `json:"when,omitempty"`
	Expressions []Shown  `json:"expressions,omitempty"`
	Changes     []Change `json:"changes,omitempty"`
	NotKept     bool     `json:"not_kept,omitempty"` // what it changed was too much to keep
	Error       *Error   `json:"error,omitempty"`
	outer       bool     // other steps are part of it
}

// Shown is an expression with what it read.
type Shown struct {
	Source string          `json:"source"`
	Line   int             `json:"line"`
	Into   string          `json:"into,omitempty"`
	Reads  []Operand       `json:"reads,omitempty"`
	Result json.RawMessage `json:"result,omitempty"` // absent where it isn't known
	form   string
}

// An Operand is something that an expression read: a field, var('x') or
// meta('x'). A field or metadata without a value is missing.
type Operand struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value,omitempty"`
}

// An Error is why a step, an output's condition or the message failed.
type Error struct {
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// An End is what became of the message, or of its way to one output.
type End struct {
	Output string          `json:"output,omitempty"` // "": all
	What   string          `json:"what"`             // row, filtered, discarded, unmatched, failed or stops
	Row    json.RawMessage `json:"row,omitempty"`    // text where it isn't JSON
	Step   string          `json:"step,omitempty"`
	File   string          `json:"file,omitempty"` // the library's that the step is from
	Line   int             `json:"line,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}

// Explain tells the way of message i of the batch.
func Explain(in *Input, i int) *Report {
	t := &teller{Input: in, report: &Report{Flow: in.Manifest.Flow, File: in.Manifest.File, Way: []Entry{}}, now: map[int]*document.Value{}, began: map[int]begun{}}
	if in.Batch.MetaEnds != nil {
		one := contract.Batch{Payload: in.Batch.Meta, Ends: in.Batch.MetaEnds}
		t.meta, _ = document.Parse(one.Message(i)) // else it has none, as for the module
	}
	t.mask = newMask(in.Manifest.Sensitive)
	values := make([]*document.Value, len(in.Result.Events))
	for j, e := range in.Result.Events {
		if e.Message == uint32(i) && e.After == contract.Changed {
			values[j], _ = document.Parse(e.Value) // a module's slip shows as no change
			// All of them first: a field may become a sensitive one.
			t.mask.learn(values[j])
		}
	}
	for j, e := range in.Result.Events {
		if e.Message == uint32(i) {
			t.tell(e, values[j])
		}
	}
	t.ends(uint32(i))
	return t.report
}

// A teller follows a message's events.
type teller struct {
	*Input
	report *Report
	mask   *mask
	meta   *document.Value
	// now is the message as it is: under -1 that for all outputs, under an
	// output's number its copy.
	now map[int]*document.Value
	// began is the message before each step that stands for others.
	began map[int]begun
	// outside are what items are parts of, the innermost last.
	outside []outside
}

type begun struct {
	value *document.Value
	depth int // of items inside of items
}

type outside struct {
	step, output int
	value        *document.Value
}

func (t *teller) tell(e contract.Event, value *document.Value) {
	switch {
	case e.Kind == contract.MessageBegan:
		t.now[-1] = value
		t.report.Message = t.mask.show("", value)
	case e.Kind == contract.ItemBegan || e.Kind == contract.PartBegan:
		t.begin(e, value)
	case e.Step >= 0:
		t.step(e, value)
	case e.Output >= 0:
		t.output(e)
	}
}

// begin tells of an item or a part. A step's items are over when the step is;
// a part goes on to the end of the message's way.
func (t *teller) begin(e contract.Event, value *document.Value) {
	step := t.Manifest.Steps[e.Step]
	entry := Entry{Kind: "part", Name: step.ID, Line: step.At.Line, Output: step.Output, Number: int(e.Number) + 1}
	if e.Kind == contract.ItemBegan {
		entry.Kind = "item"
		if n := len(t.outside); n == 0 || t.outside[n-1].step != e.Step {
			t.outside = append(t.outside, outside{e.Step, e.Output, t.now[e.Output]})
		}
	}
	if e.Kind == contract.PartBegan {
		t.outside = nil // a part before it may have ended inside of an item
	}
	entry.Depth = len(t.outside)
	t.now[e.Output] = value
	// What began in the item or part before is over.
	maps.DeleteFunc(t.began, func(_ int, b begun) bool { return b.depth >= entry.Depth })
	t.report.Way = append(t.report.Way, entry)
}

func (t *teller) step(e contract.Event, value *document.Value) {
	if n := len(t.outside); n > 0 && t.outside[n-1].step == e.Step {
		t.now[e.Output] = t.outside[n-1].value
		t.outside = t.outside[:n-1]
	}
	step := &t.Manifest.Steps[e.Step]
	entry := Entry{
		Kind: "step", Name: step.ID, Transform: step.Kind, File: step.At.File, Line: step.At.Line, Output: step.Output, Depth: max(len(t.outside), strings.Count(step.ID, "/")),
		outer: t.stands(step.ID), Did: stepDid[e.Kind], NotKept: e.After == contract.NotKept, Error: failure(e.Code, e.Field, e.Detail),
	}
	if n := len(t.outside); n > 0 && strings.HasPrefix(step.ID, t.Manifest.Steps[t.outside[n-1].step].ID+"/") {
		entry.Did = strings.Replace(entry.Did, "the message", "the item", 1)
	}
	before := t.now[e.Output]
	if e.Kind != contract.StepSkipped {
		delete(t.began, e.Step)
	} else if b, ok := t.began[e.Step]; ok {
		// The steps that it stands for are undone.
		t.now[e.Output] = b.value
		t.report.Way = append(t.report.Way, entry)
		return
	}
	if e.Kind == contract.StepRan && entry.outer {
		t.began[e.Step] = begun{before, len(t.outside)}
	}
	if step.When != nil {
		shown := t.shown(step.When, before)
		shown.Result = whenResult(e.Kind)
		entry.When = &shown
	}
	if e.Kind != contract.StepPassed {
		entry.Expressions = t.expressions(step, e, before, value)
	}
	if value != nil {
		entry.Changes = t.changes(step.Kind, before, value)
		t.now[e.Output] = value
	}
	t.report.Way = append(t.report.Way, entry)
}

// stands is whether other steps are part of one.
func (t *teller) stands(id string) bool {
	return slices.ContainsFunc(t.Manifest.Steps, func(s contract.Step) bool { return strings.HasPrefix(s.ID, id+"/") })
}

var stepDid = map[contract.EventKind]string{
	contract.StepRan: "ran", contract.StepPassed: "passed over", contract.StepSkipped: "failed and was skipped",
	contract.StepFiltered: "filtered the message", contract.StepDiscarded: "failed, and the message is discarded", contract.StepFailed: "failed",
}

// whenResult is what a step's condition was, as far as what the step did
// tells: one that failed may have done so in its condition.
func whenResult(kind contract.EventKind) json.RawMessage {
	switch kind {
	case contract.StepPassed:
		return json.RawMessage("false")
	case contract.StepRan, contract.StepFiltered:
		return json.RawMessage("true")
	}
	return nil
}

func (t *teller) output(e contract.Event) {
	output := &t.Manifest.Outputs[e.Output]
	entry := Entry{Kind: "output", Name: output.Name, Line: output.At.Line, Did: outputDid[e.Kind], Error: failure(e.Code, e.Field, e.Detail)}
	if output.When != nil && e.Kind != contract.OutputClosed {
		shown := t.shown(output.When, t.now[-1])
		if e.Kind != contract.OutputFailed {
			shown.Result = json.RawMessage(fmt.Sprint(e.Kind == contract.OutputTook))
		}
		entry.When = &shown
	}
	t.now[e.Output] = t.now[-1]
	t.report.Way = append(t.report.Way, entry)
}

var outputDid = map[contract.EventKind]string{
	contract.OutputTook: "takes the message", contract.OutputDeclined: "doesn't take the message",
	contract.OutputClosed: "isn't asked: another output has taken the message", contract.OutputFailed: "failed",
}

func failure(code contract.ErrorCode, field, detail string) *Error {
	if code == 0 {
		return nil
	}
	return &Error{Code: code.String(), Field: field, Detail: detail}
}
