package stored_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery/stored"
)

var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(connectors.Batch{})}

// anyBatch is any batch that the engine might store.
func anyBatch(t *rapid.T) *connectors.Batch {
	b := &connectors.Batch{
		Partition: rapid.String().Draw(t, "partition"), File: rapid.String().Draw(t, "file"),
		Only: rapid.String().Draw(t, "only"), Attempt: rapid.IntRange(0, 9).Draw(t, "attempt"),
	}
	messages := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 8).Draw(t, "messages")
	meta := rapid.Bool().Draw(t, "meta")
	for i, m := range messages {
		b.Payload = append(append(b.Payload, m...), '\n')
		b.Ends = append(b.Ends, uint32(len(b.Payload)-1))
		b.Lines = append(b.Lines, rapid.Int64().Draw(t, "line"))
		if meta {
			b.Meta = append(append(b.Meta, m[:i%(len(m)+1)]...), '\n')
			b.MetaEnds = append(b.MetaEnds, uint32(len(b.Meta)-1))
		}
	}
	if seconds := rapid.Int64Range(0, 1<<33).Draw(t, "now"); seconds > 0 {
		b.Now = time.Unix(seconds, 7).UTC()
	}
	for range rapid.IntRange(0, 2).Draw(t, "refused") {
		b.Refused = append(b.Refused, connectors.Refused{
			Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), Line: rapid.Int64().Draw(t, "refused line"),
			Code: contract.ErrorCode(rapid.Uint16().Draw(t, "code")), Detail: rapid.String().Draw(t, "detail"),
		})
	}
	if rapid.Bool().Draw(t, "result") {
		b.Result = &contract.Result{}
		for range rapid.IntRange(0, 3).Draw(t, "outputs") {
			var r contract.Rows
			for m := range messages {
				for range rapid.IntRange(0, 2).Draw(t, "rows") {
					r.Append(rapid.SliceOf(rapid.Byte()).Draw(t, "row"), uint32(m))
				}
			}
			b.Result.Outputs = append(b.Result.Outputs, r)
		}
	}
	return b
}

func TestABatchComesBackAsItWasStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBatch(t)
		got, err := stored.Read(stored.Append(nil, b))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, got, same); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A batch is read as a whole or not at all, whatever happened to its bytes.
func FuzzRead(f *testing.F) {
	for seed := range 20 {
		f.Add(stored.Append(nil, rapid.Custom(anyBatch).Example(seed)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := stored.Read(body)
		if err != nil {
			return
		}
		for i := range b.Len() {
			b.Message(i)
		}
		if b.Result != nil {
			for o := range b.Result.Outputs {
				for i := range b.Result.Outputs[o].Len() {
					b.Result.Outputs[o].Row(i)
				}
			}
		}
		again, err := stored.Read(stored.Append(nil, b))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, again, same); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWhatANewerProgramWroteIsRefused(t *testing.T) {
	body := stored.Append(nil, &connectors.Batch{Partition: "p"})
	newer := append([]byte{2}, body[1:]...)
	if _, err := stored.Read(newer); err == nil || !strings.Contains(err.Error(), "a newer one wrote it") {
		t.Error(err)
	}
	unknown := append(body, 0xf8, 0x01, 0x01) // field 31
	if _, err := stored.Read(unknown); err == nil || !strings.Contains(err.Error(), "field 31") {
		t.Error(err)
	}
}

func TestAPartHasTheMessagesOfItsRows(t *testing.T) {
	b := &connectors.Batch{Partition: "p", File: "in.jsonl", Lines: []int64{10, 11, 12}, Attempt: 2}
	b.Now = time.Unix(9, 0).UTC()
	b.Payload, b.Ends = []byte("a\nbb\nccc\n"), []uint32{1, 4, 8}
	b.Meta, b.MetaEnds = []byte("{1}\n{}\n{3}\n"), []uint32{3, 6, 10}
	var rows contract.Rows
	for i, m := range []uint32{0, 1, 1, 2, 2} {
		rows.Append([]byte{'r', byte('0' + i)}, m)
	}
	got := stored.Part(b, "file.out", &rows, []int{0, 3, 4})
	want := &connectors.Batch{Partition: "p", File: "in.jsonl", Lines: []int64{10, 12}, Only: "file.out", Attempt: 2}
	want.Now = b.Now
	want.Payload, want.Ends = []byte("a\nccc\n"), []uint32{1, 5}
	want.Meta, want.MetaEnds = []byte("{1}\n{3}\n"), []uint32{3, 7}
	want.Result = &contract.Result{Outputs: []contract.Rows{{Data: []byte("r0\nr3\nr4\n"), Ends: []uint32{2, 5, 8}, Message: []uint32{0, 1, 1}}}}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
