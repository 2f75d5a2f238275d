package contract_test

import (
	"regexp"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
)

// Receivers keep IDs: a change of this one has them take old rows for new.
func TestARowsIDStays(t *testing.T) {
	origin := contract.OriginOf("orders", "file.orders", "data/orders.jsonl")
	const want = "07a0fedb-6bfb-8daa-bb8e-fa9e7b0b4ebe"
	if got := origin.Row(7, "postgres.orders", 1).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`); !form.MatchString(want) {
		t.Errorf("%s isn't a UUID of version 8", want)
	}
}

func TestRowsOfAMessageAreToldApart(t *testing.T) {
	origin := contract.OriginOf("orders", "file.orders", "data/orders.jsonl")
	other := contract.OriginOf("orders", "file.orders", "data/more.jsonl")
	seen := map[contract.ID]string{}
	note := func(id contract.ID, what string) {
		if before, ok := seen[id]; ok {
			t.Errorf("%s and %s have the ID %s", before, what, id)
		}
		seen[id] = what
	}
	note(origin.Row(7, "postgres.orders", 0), "the row")
	note(origin.Row(7, "postgres.orders", 1), "the message's next row")
	note(origin.Row(8, "postgres.orders", 0), "the next message's row")
	note(origin.Row(7, "postgres.order", 0), "another output's row")
	note(other.Row(7, "postgres.orders", 0), "another partition's row")
}

// A message is in another batch after a restart, and its rows beside others.
func TestARowsIDDoesNotDependOnItsBatch(t *testing.T) {
	origin := contract.OriginOf("orders", "file.orders", "data/orders.jsonl")
	rows := func(messages ...uint32) *contract.Rows {
		var r contract.Rows
		for _, m := range messages {
			r.Append([]byte("{}"), m)
		}
		return &r
	}
	first := rows(0, 1, 1, 3)
	first.Identify(origin, []int64{10, 11, 12, 13}, "file.out")
	second := rows(0, 0, 2)
	second.Identify(origin, []int64{11, 12, 13}, "file.out")
	for i, id := range second.IDs {
		if id != first.IDs[i+1] {
			t.Errorf("row %d: %s in one batch, %s in another", i, first.IDs[i+1], id)
		}
	}
	if first.IDs[0] != origin.Row(10, "file.out", 0) || first.IDs[2] != origin.Row(11, "file.out", 1) {
		t.Error("IDs aren't those of number and index")
	}
}
