package module

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

// identities reads who the messages of a frame are, as the guest does.
func identities(frame []byte) (origin contract.Origin, numbers []int64) {
	at := binary.LittleEndian.Uint32(frame[40:])
	if at == 0 {
		return origin, nil
	}
	at += uint32(copy(origin[:], frame[at:]))
	for range binary.LittleEndian.Uint32(frame) {
		numbers = append(numbers, int64(binary.LittleEndian.Uint64(frame[at:])))
		at += 8
	}
	return origin, numbers
}

// However a batch is cut into frames, each message stays who it is.
func TestMessagesKeepTheirIdentity(t *testing.T) {
	b := batch("{}", `{"a":1}`, "{}", "", `{"b":[2]}`)
	b.Origin, b.Numbers = contract.OriginOf("orders", "file.orders", "in.jsonl"), []int64{1, 2, 5, 6, 1 << 40}
	for _, meta := range []bool{false, true} {
		whole := span{batch: b, hi: b.Len(), meta: meta, identity: true}
		for lo := range b.Len() {
			for hi := lo + 1; hi <= b.Len(); hi++ {
				s := whole.part(lo, hi)
				frame := make([]byte, s.size())
				s.write(frame)
				origin, numbers := identities(frame)
				if diff := cmp.Diff(b.Numbers[lo:hi], numbers); diff != "" || origin != b.Origin {
					t.Errorf("messages %d to %d: origin %x, numbers %s", lo, hi, origin, diff)
				}
			}
		}
		whole.identity = false
		frame := make([]byte, whole.size())
		whole.write(frame)
		if _, numbers := identities(frame); numbers != nil {
			t.Errorf("numbers nobody asked for: %v", numbers)
		}
	}
	if err := checkBatch(b, true, true); err != nil {
		t.Error(err)
	}
	b.Numbers = b.Numbers[:4]
	if err := checkBatch(b, true, true); err == nil {
		t.Error("a batch with too few numbers is taken")
	}
}

// What was made of an origin stands in somebody's database.
func TestOriginsAreForGood(t *testing.T) {
	if contract.OriginOf("a", "b c", "d") == contract.OriginOf("a b", "c", "d") {
		t.Error("two sources have one origin")
	}
	if got, want := fmt.Sprintf("%x", contract.OriginOf("orders", "file.orders", "in.jsonl")), "b50e12a7fde2265a816774053909b61e"; got != want {
		t.Errorf("the origin is %s, and was %s", got, want)
	}
}
