package module

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

// Where the parts of the test's result lie.
const (
	atResult   = 0
	atOutputs  = 32
	atRows     = 64
	atDrops    = 96
	atFailures = 128
	atData     = 192
	atTexts    = 224
	atEvents   = 256
)

// answer is a memory with a result for five messages, two outputs and three
// steps: message 0 and 3 have rows, 1 a drop, 2 a failure, 4 a row and a drop.
func answer() memory {
	m := make(memory, 352)
	words := func(at int, words ...uint32) {
		for i, w := range words {
			binary.LittleEndian.PutUint32(m[at+4*i:], w)
		}
	}
	words(atResult, atOutputs, 2, atDrops, 2, atFailures, 1, atEvents, 2)
	words(atOutputs, atData, 6, atRows, 2, atData+6, 3, atRows+16, 2)
	words(atRows, 0, 2, 4, 5)    // "ab" and "cd"
	words(atRows+16, 3, 1, 3, 2) // "e" and ""
	copy(m[atData:], "ab\ncd\ne\n\n")
	words(atDrops, 1, 0x0002_ffff, uint32(contract.Filtered), 4, 0xffff_0001, uint32(contract.Unmatched))
	words(atFailures, 2, 0xffff_0000, uint32(contract.ErrMissing)|uint32(contract.Stop)<<16, atTexts, 5, atTexts+5, 7)
	words(atEvents, 1, 0x0002_ffff, uint32(contract.StepRan)|uint32(contract.Changed)<<8, 7, 0, 0, 0, 0, atData, 2)
	words(atEvents+40, 2, 0xffff_0000, uint32(contract.OutputFailed)|uint32(contract.ErrMissing)<<16, 0, atTexts, 5, atTexts+5, 7, 0, 0)
	copy(m[atTexts:], "fieldno such")
	return m
}

func newDecoder() *decoder { return &decoder{outputs: 2, steps: 3, trace: true} }

func TestDecode(t *testing.T) {
	got, err := newDecoder().decode(answer(), atResult, 5)
	if err != nil {
		t.Fatal(err)
	}
	want := &contract.Result{
		Outputs: []contract.Rows{
			{Data: []byte("ab\ncd\n"), Ends: []uint32{2, 5}, Message: []uint32{0, 4}},
			{Data: []byte("e\n\n"), Ends: []uint32{1, 2}, Message: []uint32{3, 3}},
		},
		Drops: []contract.Drop{
			{Message: 1, Output: -1, Step: 2, Reason: contract.Filtered},
			{Message: 4, Output: 1, Step: -1, Reason: contract.Unmatched},
		},
		Failures: []contract.Failure{
			{Message: 2, Output: 0, Step: -1, Code: contract.ErrMissing, Action: contract.Stop, Field: "field", Detail: "no such"},
		},
		Events: []contract.Event{
			{Message: 1, Output: -1, Step: 2, Kind: contract.StepRan, After: contract.Changed, Number: 7, Value: []byte("ab")},
			{Message: 2, Output: 0, Step: -1, Kind: contract.OutputFailed, Code: contract.ErrMissing, Field: "field", Detail: "no such", Value: []byte{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	quiet := newDecoder()
	quiet.trace = false
	if got, err := quiet.decode(answer(), atResult, 5); err != nil || len(got.Events) != 0 {
		t.Errorf("events that nobody asked for: %v, %v", got.Events, err)
	}
}

func TestDecodeBelievesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    int
		value uint32
		want  string
	}{
		{"outputs elsewhere", atResult, 346, "its outputs lie outside its memory"},
		{"outputs without end", atResult + 4, 1 << 31, "its outputs lie outside its memory"},
		{"an output too few", atResult + 4, 1, "it has 1 outputs instead of 2"},
		{"drops elsewhere", atResult + 8, 0xffff_ffff, "its drops lie outside its memory"},
		{"failures without end", atResult + 20, 0xffff_ffff, "its failures lie outside its memory"},
		{"rows elsewhere", atOutputs + 8, 0xffff_fff8, "its rows lie outside its memory"},
		{"more rows than memory", atOutputs + 12, 1 << 29, "its rows lie outside its memory"},
		{"data without end", atOutputs + 4, 1 << 20, "its rows lie outside its memory"},
		{"a row of no message", atRows, 5, "it tells of message 5 of 5"},
		{"rows out of order", atRows + 16, 4, "it tells of message 3 after 4"},
		{"a row that ends too late", atRows + 12, 6, "a row of message 4 doesn't end where it says"},
		{"a row that ends before it begins", atRows + 12, 1, "a row of message 4 doesn't end where it says"},
		{"a row without a newline", atRows + 4, 1, "a row of message 0 doesn't end where it says"},
		{"a row less", atOutputs + 12, 1, ""},
		{"no row of message 0", atRows, 4, "it says nothing of message 0"},
		{"a drop of no message", atDrops, 9, "it tells of message 9 of 5"},
		{"a drop of no output", atDrops + 4, 0xffff_0002, "it names output 2 and step -1, of 2 and 3"},
		{"a drop of no step", atDrops + 4, 0x0003_ffff, "it names output -1 and step 3, of 2 and 3"},
		{"a drop for no reason", atDrops + 8, 4, "it drops message 1 for reason 4, which isn't one"},
		{"a drop of what is no part", atDrops + 8, 0x0002_0001, "it drops part 2 of message 1 on the way to output -1"},
		{"a part's drop on the way", atDrops + 20, 0x0001_0001, "it drops part 1 of message 4 on the way to output 1"},
		{"drops out of order", atDrops + 12, 0, "it tells of message 0 after 1"},
		{"a failure of no code", atFailures + 8, 7 | 1<<16, "it fails message 2 with code 7 and action 1, which aren't any"},
		{"a failure of no action", atFailures + 8, 1101, "it fails message 2 with code 1101 and action 0, which aren't any"},
		{"a field elsewhere", atFailures + 12, 351, "its field names lie outside its memory"},
		{"a text without end", atFailures + 24, 1 << 20, "its error texts lie outside its memory"},
		{"events elsewhere", atResult + 24, 0xffff_fff8, "its events lie outside its memory"},
		{"events without end", atResult + 28, 1 << 30, "its events lie outside its memory"},
		{"an event of no message", atEvents, 5, "it tells of message 5 of 5"},
		{"events out of order", atEvents, 3, "it tells of message 2 after 3"},
		{"an event alone", atDrops, 4, "it says nothing of message 1"},
		{"an event of no step", atEvents + 4, 0x0003_ffff, "it names output -1 and step 3, of 2 and 3"},
		{"an event of no kind", atEvents + 8, 15, "it tells of event 15 of message 1, and 0 after it, which aren't any"},
		{"an event after which there is nothing", atEvents + 8, 4 | 3<<8, "it tells of event 4 of message 1, and 3 after it, which aren't any"},
		{"an event of no code", atEvents + 8, 4 | 7<<16, "an event of message 1 has code 7, which isn't one"},
		{"a value elsewhere", atEvents + 32, 351, "its events lie outside its memory"},
		{"a value of all memory, and another", atEvents + 76, 351, "its events hold more bytes than its memory"},
		{"a value that isn't text", atData, 0x630a_62ff, "an event of message 1 isn't UTF-8"},
		{"an event's text elsewhere", atEvents + 56, 1 << 20, "its field names lie outside its memory"},
		{"an event's text without end", atEvents + 68, 1 << 20, "its error texts lie outside its memory"},
		{"a text that isn't one", atTexts + 5, 0xff, "its error texts aren't UTF-8"},
	} {
		m := answer()
		binary.LittleEndian.PutUint32(m[c.at:], c.value)
		_, err := newDecoder().decode(m, atResult, 5)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := newDecoder().decode(answer(), 321, 5); err == nil || err.Error() != "its results lie outside its memory" {
		t.Errorf("a result at the end of memory: %v", err)
	}
}

// A message that failed isn't delivered as well, and what has ended goes
// nowhere: a forged module could have it delivered, and then replayed from the
// dead letters.
func TestDecodeRefusesTwoEndsOfAMessage(t *testing.T) {
	again := func(message, target uint32) func(memory) {
		return func(m memory) {
			copy(m[atFailures+28:], m[atFailures:atFailures+28])
			binary.LittleEndian.PutUint32(m[atFailures+28:], message)
			binary.LittleEndian.PutUint32(m[atFailures+32:], target)
			binary.LittleEndian.PutUint32(m[atResult+20:], 2)
		}
	}
	put := func(at int, value uint32) func(memory) {
		return func(m memory) { binary.LittleEndian.PutUint32(m[at:], value) }
	}
	for _, c := range []struct {
		name  string
		spoil func(memory)
		want  string
	}{
		{"failed on the way to one output, delivered to another", again(3, 0xffff_0000), ""},
		{"failed on the way to two outputs", again(2, 0xffff_0001), ""},
		{"delivered and failed there", again(4, 0xffff_0000), "it fails message 4, and delivers or drops it, too"},
		{"dropped and failed there", again(4, 0xffff_0001), "it fails message 4, and delivers or drops it, too"},
		{"delivered and failed as a whole", again(3, 0xffff_ffff), "it fails message 3, and delivers or drops it, too"},
		{"failed twice", again(2, 0xffff_0000), "it fails message 2 twice"},
		{"failed on the way and as a whole", again(2, 0xffff_ffff), "it fails message 2 twice"},
		{"dropped as a whole and delivered", put(atDrops+16, 0xffff_ffff), "it drops message 4, and delivers or fails it, too"},
		{"dropped as a whole and on the way", put(atDrops+12, 1), "it says more of message 1 after that ended"},
		{"dropped as a whole and failed", func(m memory) {
			again(2, 0xffff_0000)(m)
			put(atFailures, 1)(m)
		}, "it drops message 1, and delivers or fails it, too"},
		{"rows that share a memory", func(m memory) {
			put(atOutputs, 0)(m) // all of the memory, and all of it again
			put(atOutputs+4, 352)(m)
			put(atOutputs+12, 0)(m)
			put(atDrops, 0)(m)
		}, "its outputs hold more bytes than its memory"},
	} {
		m := answer()
		c.spoil(m)
		_, err := newDecoder().decode(m, atResult, 5)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// A text is cut where a character ends.
func TestTextIsBounded(t *testing.T) {
	m := make(memory, 2000)
	copy(m[8:], "x"+strings.Repeat("é", 900))
	binary.LittleEndian.PutUint32(m, 8)
	binary.LittleEndian.PutUint32(m[4:], 1801)
	got, err := m.text("texts", m)
	if want := "x" + strings.Repeat("é", 255); err != nil || got != want {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
}

// No memory makes the decoder panic, or give rows outside of it.
func TestDecodeSurvivesDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	d := newDecoder()
	accepted := 0
	for range 100_000 {
		m := answer()
		for range 1 + random.IntN(3) {
			m[random.IntN(len(m))] = byte(random.IntN(256))
		}
		r, err := d.decode(m, atResult, 5)
		if err != nil {
			continue
		}
		accepted++
		for i := range r.Outputs {
			for j := range r.Outputs[i].Len() {
				if !bytes.Contains(m, r.Outputs[i].Row(j)) {
					t.Fatal("a row isn't from the memory")
				}
			}
		}
	}
	if accepted == 0 {
		t.Error("no damage was harmless: the test tests nothing")
	}
}
