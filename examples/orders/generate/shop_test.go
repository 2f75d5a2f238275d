package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	write := func(seed uint64) string {
		var out bytes.Buffer
		s := newShop(seed)
		if err := s.writeCustomers(&out); err != nil {
			t.Fatal(err)
		}
		if err := s.writeOrders(&out, 1000); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if first, second := write(1), write(1); first != second {
		t.Error("two runs with one seed differ")
	}
	if write(1) == write(2) {
		t.Error("the seed has no effect")
	}
}

// The example shows every way for a message to end, so the data has to hold
// enough of each.
func TestOrdersHoldEachKindOfTrouble(t *testing.T) {
	var out bytes.Buffer
	if err := newShop(1).writeOrders(&out, 100_000); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for line := range bytes.Lines(out.Bytes()) {
		found[trouble(line)]++
	}
	for kind, least := range map[string]int{"none": 90_000, "broken off": 50, "stranger": 50, "text": 50, "no price": 50, "free": 1000} {
		if found[kind] < least {
			t.Errorf("%s: %d orders, want at least %d", kind, found[kind], least)
		}
	}
}

func trouble(line []byte) string {
	var order struct {
		Customer int  `json:"customer_id"`
		Price    *int `json:"unit_price"`
		Qty      any  `json:"qty"`
	}
	if json.Unmarshal(line, &order) != nil {
		return "broken off"
	}
	_, words := order.Qty.(string)
	switch {
	case order.Customer > customers:
		return "stranger"
	case words:
		return "text"
	case order.Price == nil:
		return "no price"
	case order.Qty == 0.0:
		return "free"
	}
	return "none"
}
