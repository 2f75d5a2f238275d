package explain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

func field(path string) contract.Field {
	return contract.Field{Path: path, Pointer: "/" + strings.ReplaceAll(path, ".", "/")}
}

func fields(paths ...string) (list []contract.Field) {
	for _, path := range paths {
		list = append(list, field(path))
	}
	return list
}

func into(path string) *contract.Field {
	f := field(path)
	return &f
}

// orders is a flow as its compiler would describe it.
func orders() *contract.Manifest {
	at := func(line int) contract.Position { return contract.Position{Line: line, Column: 5} }
	output := func(name string, line int) contract.Output {
		return contract.Output{Connector: contract.Connector{Name: name, At: at(line)}}
	}
	m := &contract.Manifest{
		Flow: "orders", File: "flows/orders.yaml",
		Vars:      []contract.Var{{Name: "threshold"}},
		Sensitive: fields("customer.email"),
		Steps: []contract.Step{
			{ID: "rename", Kind: "rename", At: at(4)},
			{ID: "contact", Kind: "set", At: at(6), OnError: "skip", When: &contract.Expression{
				Source: "meta('topic') == 'web'", Form: contract.FormCondition, At: at(7), Meta: []string{"topic"}}},
			{ID: "compute", Kind: "compute", At: at(9), Expressions: []contract.Expression{
				{Source: "qty * price", Form: contract.FormValue, At: at(10), Into: into("total"), Reads: fields("qty", "price")},
				{Source: "total > var('threshold')", Form: contract.FormValue, At: at(11), Into: into("big"), Reads: fields("total"), Vars: []string{"threshold"}},
				{Source: "{{ mail }}:\n {{ qty }}", Form: contract.FormTemplate, At: at(12), Into: into("qty"), Reads: fields("mail", "qty")},
			}},
			{ID: "filter", Kind: "filter", At: at(13), Filters: true, Expressions: []contract.Expression{
				{Source: "total > 0", Form: contract.FormCondition, At: at(13), Reads: fields("total")}}},
			{ID: "short", Kind: "remove", At: at(17), Output: "postgres.orders"},
			{ID: "each", Kind: "each", At: at(20)},
			{ID: "each/set", Kind: "set", At: at(21)},
		},
		Outputs: []contract.Output{output("postgres.orders", 15), output("file.rest", 18), output("file.big", 19)},
	}
	m.Outputs[0].When = &contract.Expression{Source: "big", Form: contract.FormCondition, At: at(16), Reads: fields("big")}
	m.Outputs[2].When = m.Outputs[0].When
	return m
}

// explained is the report of a message with these events.
func explained(result *contract.Result) *Report {
	if result.Outputs == nil {
		result.Outputs = make([]contract.Rows, 3)
	}
	meta := `{"topic":"shop"}`
	in := &Input{
		Manifest: orders(), Vars: [][]byte{[]byte("1000")}, Result: result,
		Batch: &contract.Batch{Meta: []byte(meta), MetaEnds: []uint32{uint32(len(meta))}},
	}
	return Explain(in, 0)
}

func event(output, step int, kind contract.EventKind, value string) contract.Event {
	e := contract.Event{Output: output, Step: step, Kind: kind, Value: []byte(value)}
	if value != "" {
		e.After = contract.Changed
	}
	return e
}

const arrived = `{"id":"o-1","customer":{"email":"ada@example.org"},"qty":2,"price":1100}`

func printed(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAMessagesWay(t *testing.T) {
	result := &contract.Result{Outputs: make([]contract.Rows, 3), Events: []contract.Event{
		event(-1, -1, contract.MessageBegan, arrived),
		event(-1, 0, contract.StepRan, `{"order_id":"o-1","customer":{},"qty":2,"price":1100,"mail":"ada@example.org"}`),
		event(-1, 1, contract.StepPassed, ""),
		event(-1, 2, contract.StepRan, `{"order_id":"o-1","customer":{},"qty":"ada@example.org: 2","price":1100,"mail":"ada@example.org","total":2200,"big":true}`),
		event(-1, 3, contract.StepRan, ""),
		event(0, -1, contract.OutputTook, ""),
		event(0, 4, contract.StepRan, `{"order_id":"o-1","qty":"ada@example.org: 2","total":2200,"big":true}`),
		event(1, -1, contract.OutputClosed, ""),
		event(2, -1, contract.OutputDeclined, ""),
	}}
	result.Outputs[0].Append([]byte(`{"order_id":"o-1","qty":"ADA@example.org: 2","total":2200}`), 0)
	want := `orders (flows/orders.yaml)
message  {"id":"o-1","customer":{"email":"***"},"qty":2,"price":1100}

   4  rename
        ~ id → order_id          "o-1"
        ~ customer.email → mail  "***"
   6  contact (set)  passed over
   7    when meta('topic') == 'web'   meta('topic') = "shop" → false
   9  compute
  10    + total  2200  = qty * price   qty = 2, price = 1100
  11    + big    true  = total > var('threshold')   total = 2200, var('threshold') = 1000
  12    ~ qty    2 → "***"  = {{ mail }}: {{ qty }}   mail = "***", qty = 2
  13  filter
  13    total > 0   total = 2200 → true
  15  → postgres.orders  takes the message
  16    when big = true → true
  17    short (remove)
          - customer  {}
          - price     1100
          - mail      "***"
  18  → file.rest  isn't asked: another output has taken the message
  19  → file.big  doesn't take the message
  16    when big = true → false

postgres.orders gets
  {"order_id":"o-1","qty":"***","total":2200}
`
	if diff := cmp.Diff(want, printed(t, explained(result))); diff != "" {
		t.Error(diff)
	}
}

// What ends inside of an item ends the item alone; what a split does is shown
// by its parts, and a decimal variable is a number.
func TestWordsForParts(t *testing.T) {
	m := orders()
	m.Vars[0].Type = "decimal"
	m.Steps = append(m.Steps, contract.Step{ID: "split", Kind: "split", At: m.Steps[0].At})
	result := &contract.Result{Outputs: make([]contract.Rows, 3), Events: []contract.Event{
		event(-1, -1, contract.MessageBegan, `{"items":[]}`),
		event(-1, 5, contract.ItemBegan, `{"n":1}`), {Output: -1, Step: 6, Kind: contract.StepDiscarded, Code: contract.ErrMissing},
		event(-1, 5, contract.ItemBegan, `{"n":2}`), {Output: -1, Step: 6, Kind: contract.StepFiltered},
		event(-1, 5, contract.StepRan, ""),
		event(-1, 7, contract.StepRan, ""), event(-1, 7, contract.PartBegan, `{"total":1}`),
		{Output: -1, Step: 2, Kind: contract.StepFailed, Code: contract.ErrMissing},
	}}
	got := printed(t, Explain(&Input{Manifest: m, Vars: [][]byte{[]byte(`"10.50"`)}, Result: result, Batch: &contract.Batch{}}, 0))
	for _, want := range []string{
		"each/set  failed, and the item is discarded: W1101", "each/set  filtered the item\n", "   4  split\n", "var('threshold') = 10.50\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// A field that a step turns into something else in its place has no other
// origin, and one that it takes as it is needn't be shown twice.
func TestFieldsAlone(t *testing.T) {
	m := orders()
	m.Steps = []contract.Step{
		{ID: "convert", Kind: "convert", At: m.Steps[0].At, Expressions: []contract.Expression{
			{Source: "room", Form: contract.FormValue, At: m.Steps[0].At, Into: into("room"), Reads: fields("room")},
			{Source: "same", Form: contract.FormValue, At: m.Steps[1].At, Into: into("same"), Reads: fields("same")},
		}},
		{ID: "map", Kind: "map", At: m.Steps[2].At, Anew: true, Expressions: []contract.Expression{
			{Source: "room", Form: contract.FormValue, At: m.Steps[2].At, Into: into("to"), Reads: fields("room")},
		}},
		{ID: "late", Kind: "convert", At: m.Steps[3].At, Expressions: []contract.Expression{
			{Source: "to", Form: contract.FormValue, At: m.Steps[3].At, Into: into("to"), Reads: fields("to")},
		}},
	}
	result := &contract.Result{Outputs: make([]contract.Rows, 3), Events: []contract.Event{
		event(-1, -1, contract.MessageBegan, `{"room":"312","same":7}`),
		event(-1, 0, contract.StepRan, `{"room":312,"same":7}`),
		event(-1, 1, contract.StepRan, `{"to":312}`),
		{Output: -1, Step: 2, Kind: contract.StepFailed, Code: contract.ErrBadArgument, Field: "to", Detail: "no"},
	}}
	want := `
   4  convert
   4    ~ room  "312" → 312
   6    same = 7 → 7
   9  map
   9    + to    312  = room
        - room  312
        - same  7
  13  late (convert)  failed: W1105 bad_argument, field to: no
  13    to = 312
`
	report := Explain(&Input{Manifest: m, Result: result, Batch: &contract.Batch{}}, 0)
	if got := printed(t, report); !strings.Contains(got, want) {
		t.Errorf("%s", cmp.Diff(want, got))
	}
}

func TestWaysThatEnd(t *testing.T) {
	failed := contract.Event{Output: -1, Step: 2, Kind: contract.StepFailed, Code: contract.ErrUnlikeKinds, Detail: "* doesn't take a string and an integer"}
	skipped := contract.Event{Output: -1, Step: 1, Kind: contract.StepSkipped, Code: contract.ErrMissing, Field: "email", Detail: "a field that is needed is missing"}
	undecided := contract.Event{Output: 0, Step: -1, Kind: contract.OutputFailed, Code: contract.ErrMissing, Field: "big", Detail: "a field that is needed is missing"}
	for name, c := range map[string]struct {
		result contract.Result
		want   string
	}{
		"a step fails": {contract.Result{
			Events:   []contract.Event{event(-1, -1, contract.MessageBegan, `{"qty":"x","price":2}`), skipped, failed},
			Failures: []contract.Failure{{Output: -1, Step: 2, Code: failed.Code, Action: contract.DeadLetter, Detail: failed.Detail}},
		}, `message  {"qty":"x","price":2}

   6  contact (set)  failed and was skipped: W1101 missing, field email: a field that is needed is missing
   7    when meta('topic') == 'web'   meta('topic') = "shop"
   9  compute  failed: W1102 unlike_kinds: * doesn't take a string and an integer
  10      total = qty * price   qty = "x", price = 2
  11      big = total > var('threshold')   var('threshold') = 1000
  12      qty = {{ mail }}: {{ qty }}   mail = missing, qty = "x"

failed: W1102 unlike_kinds: * doesn't take a string and an integer (compute, line 9)
  ` + "`weavster explain W1102`" + ` tells more of it
`},
		"a filter": {contract.Result{
			Events: []contract.Event{event(-1, -1, contract.MessageBegan, `{"total":0}`), event(-1, 3, contract.StepFiltered, "")},
			Drops:  []contract.Drop{{Output: -1, Step: 3, Reason: contract.Filtered}},
		}, `message  {"total":0}

  13  filter  filtered the message
  13    total > 0   total = 0 → false

filtered by filter (line 13)
`},
		"no output, and a condition that fails": {contract.Result{
			Events:   []contract.Event{event(-1, -1, contract.MessageBegan, `{}`), undecided},
			Failures: []contract.Failure{{Output: 0, Step: -1, Code: contract.ErrMissing, Action: contract.Stop, Field: "big"}},
			Drops:    []contract.Drop{{Output: -1, Step: -1, Reason: contract.Unmatched}},
		}, `message  {}

  15  → postgres.orders  failed: W1101 missing, field big: a field that is needed is missing
  16    when big = missing

no output takes the message, and it is discarded
postgres.orders: failed, and the flow stops: W1101 missing, field big
  ` + "`weavster explain W1101`" + ` tells more of it
`},
		"no message": {contract.Result{
			Failures: []contract.Failure{{Output: -1, Step: -1, Code: contract.ErrMalformed, Action: contract.DeadLetter, Detail: "expected a value at byte 3 of the message"}},
		}, "\nfailed: W1001 malformed: expected a value at byte 3 of the message\n  `weavster explain W1001` tells more of it\n"},
		"a step that stands for others, and is undone": {contract.Result{
			Events: []contract.Event{
				event(-1, -1, contract.MessageBegan, `{"a":1}`),
				event(-1, 5, contract.StepRan, ""), event(-1, 6, contract.StepRan, `{"a":1,"x":2}`),
				{Output: -1, Step: 0, Kind: contract.StepFailed, Code: contract.ErrMissing},
				{Output: -1, Step: 5, Kind: contract.StepSkipped, Code: contract.ErrMissing},
				event(-1, 6, contract.StepRan, `{"a":1,"y":3}`),
			},
		}, `message  {"a":1}

  20  each
  21    each/set
          + x  2
   4  rename  failed: W1101 missing
  20  each  failed and was skipped: W1101 missing
  21    each/set
          + y  3

`},
		"steps that are skipped in one item or part, and ran in another": {contract.Result{
			Events: []contract.Event{
				event(-1, -1, contract.MessageBegan, `{"items":[]}`),
				event(-1, 0, contract.PartBegan, `{"a":1}`), event(-1, 5, contract.StepRan, ""), event(-1, 6, contract.StepRan, `{"a":1,"x":2}`),
				event(-1, 0, contract.PartBegan, `{"b":1}`), {Output: -1, Step: 5, Kind: contract.StepSkipped, Code: contract.ErrMissing},
				event(-1, 0, contract.StepRan, `{"b":1,"w":1}`), event(-1, 5, contract.ItemBegan, `{"c":1}`), event(-1, 6, contract.StepRan, ""),
				{Output: -1, Step: 5, Kind: contract.ItemBegan, Number: 1, After: contract.Changed, Value: []byte(`{"d":1}`)},
				{Output: -1, Step: 6, Kind: contract.StepSkipped, Code: contract.ErrMissing},
				event(-1, 1, contract.StepRan, `{"d":1,"y":1}`),
				event(-1, 0, contract.PartBegan, `{"e":1}`), event(-1, 0, contract.StepRan, `{"e":1,"z":1}`),
			},
		}, `message  {"items":[]}

   4  part 1 of rename
  20  each
  21    each/set
          + x  2
   4  part 1 of rename
  20  each  failed and was skipped: W1101 missing
   4  rename
        + w  1
  20    item 1 of each
  21    each/set  changed nothing
  20    item 2 of each
  21    each/set  failed and was skipped: W1101 missing
   6    contact (set)
   7      when meta('topic') == 'web'   meta('topic') = "shop" → true
          + y  1
   4  part 1 of rename
   4  rename
        + z  1

`},
		"items and parts": {contract.Result{
			Events: []contract.Event{
				event(-1, -1, contract.MessageBegan, `{"items":[{"n":1},{"n":2}]}`),
				event(-1, 5, contract.ItemBegan, `{"n":1}`), event(-1, 6, contract.StepRan, `{"n":1,"x":true}`),
				{Output: -1, Step: 5, Kind: contract.ItemBegan, Number: 1, After: contract.Changed, Value: []byte(`{"n":2}`)},
				event(-1, 6, contract.StepRan, `{"x":true}`),
				event(-1, 5, contract.StepRan, `{"items":[{"n":1,"x":true},{"x":true}]}`),
				event(-1, 0, contract.PartBegan, `{"items":[]}`),
				{Output: -1, Step: 0, Kind: contract.StepRan, After: contract.NotKept},
				event(-1, 0, contract.StepRan, ""),
			},
		}, `message  {"items":[{"n":1},{"n":2}]}

  20    item 1 of each
  21    each/set
          + x  true
  20    item 2 of each
  21    each/set
          - n  2
          + x  true
  20  each
        + items[0].x  true
        - items[1].n  2
        + items[1].x  true
   4  part 1 of rename
   4  rename
        what it changed is more than a trace keeps
   4  rename  changed nothing

`},
	} {
		got := strings.TrimPrefix(printed(t, explained(&c.result)), "orders (flows/orders.yaml)\n")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A library's steps stand in its file.
func TestStepsOfALibrary(t *testing.T) {
	m := orders()
	m.Steps[0].At.File = "transforms/contact.yaml"
	in := &Input{Manifest: m, Vars: [][]byte{[]byte("1000")}, Batch: &contract.Batch{}, Result: &contract.Result{
		Outputs:  make([]contract.Rows, 3),
		Events:   []contract.Event{event(-1, -1, contract.MessageBegan, `{"id":1}`), event(-1, 0, contract.StepFailed, "")},
		Failures: []contract.Failure{{Output: -1, Step: 0, Code: contract.ErrMissing}},
	}}
	got := printed(t, Explain(in, 0))
	for _, want := range []string{"   4  rename  failed", "transforms/contact.yaml\n", "(rename, transforms/contact.yaml line 4)"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestOtherMessagesAreNotTold(t *testing.T) {
	other := event(-1, -1, contract.MessageBegan, `{"other":1}`)
	other.Message = 1
	r := explained(&contract.Result{Events: []contract.Event{other}, Drops: []contract.Drop{{Message: 1, Output: -1, Step: 3, Reason: contract.Filtered}}})
	if r.Message != nil || len(r.Way) > 0 || len(r.Ends) > 0 {
		t.Errorf("%+v", r)
	}
}

// A field that a later step makes sensitive is masked before that, too.
func TestNothingSensitiveIsShown(t *testing.T) {
	for _, message := range []string{
		`{"address":"ada@example.org","n":1}`, `{"customer":{"email":{"work":"ada@example.org","n":7}}}`,
	} {
		r := explained(&contract.Result{Events: []contract.Event{
			event(-1, -1, contract.MessageBegan, message),
			event(-1, 0, contract.StepRan, `{"customer":{"email":"ada@example.org"},"note":"to Ada@Example.org, \u0001"}`),
			event(-1, 5, contract.ItemBegan, `{"mail":"ada@example.org"}`),
		}})
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{string(text), printed(t, r)} {
			if strings.Contains(strings.ToLower(shown), "ada@") || strings.Contains(shown, "\x01") || !strings.Contains(shown, "***") {
				t.Error(shown)
			}
		}
	}
}

func TestColour(t *testing.T) {
	r := &Report{Flow: "f", Way: []Entry{{Kind: "step", Name: "s", Transform: "s", Line: 3, Did: "ran", Changes: []Change{{Path: "a", After: json.RawMessage("1")}}}}}
	var b bytes.Buffer
	if err := r.Print(&b, true); err != nil {
		t.Fatal(err)
	}
	want := "\x1b[1mf\x1b[0m ()\n\n\x1b[2m   3\x1b[0m  \x1b[1ms\x1b[0m\n        \x1b[32m+ a\x1b[0m  1\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
