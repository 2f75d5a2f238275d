package explain

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/document"
)

// ends tells what became of the message: its rows, in the order of outputs,
// then what ended on the way.
func (t *teller) ends(message uint32) {
	for i := range t.Result.Outputs {
		rows := &t.Result.Outputs[i]
		for j := range rows.Len() {
			if rows.Message[j] == message {
				t.end(End{Output: t.Manifest.Outputs[i].Name, What: "row", Row: t.row(rows.Row(j))}, -1, -1)
			}
		}
	}
	for _, d := range t.Result.Drops {
		if d.Message == message {
			t.end(End{What: dropped[d.Reason]}, d.Output, d.Step)
		}
	}
	for _, f := range t.Result.Failures {
		if f.Message == message {
			what := "failed"
			if f.Action == contract.Stop {
				what = "stops"
			}
			t.end(End{What: what, Error: failure(f.Code, f.Field, f.Detail)}, f.Output, f.Step)
		}
	}
	t.report.Ends = slices.Clip(t.report.Ends)
}

var dropped = map[contract.DropReason]string{
	contract.Filtered: "filtered", contract.Discarded: "discarded", contract.Unmatched: "unmatched",
}

func (t *teller) end(e End, output, step int) {
	if output >= 0 {
		e.Output = t.Manifest.Outputs[output].Name
	}
	if step >= 0 {
		at := t.Manifest.Steps[step].At
		e.Step, e.File, e.Line = t.Manifest.Steps[step].ID, at.File, at.Line
	}
	t.report.Ends = append(t.report.Ends, e)
}

// row is a row with its sensitive fields masked.
func (t *teller) row(text []byte) json.RawMessage {
	v, err := document.Parse(text)
	if err != nil {
		return json.RawMessage(syntax.Quote(strings.ToValidUTF8(string(text), "\ufffd")))
	}
	t.mask.learn(v)
	return t.mask.show("", v)
}
