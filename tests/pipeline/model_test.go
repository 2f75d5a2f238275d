package pipeline

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// A tally is what has to become of the example's orders, by reading them with
// encoding/json and following flows/orders.yaml by hand: the flow's other
// implementation.
type tally struct {
	read, filtered, delivered, review, dead int
	revenue                                 int64 // the sum of `total` over delivered rows, in cents
	big                                     int   // delivered rows with a total from bigFrom up
	byTier                                  map[string]int
	deadByStep                              map[string]int
}

// bigFrom is what examples/orders/weavster.yaml answers to var('big_from').
const bigFrom = 50_000

func expect(t *testing.T, ordersFile, customersFile string) tally {
	t.Helper()
	tiers := readTiers(t, customersFile)
	f, err := os.Open(ordersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := tally{byTier: map[string]int{}, deadByStep: map[string]int{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sum.add(lines.Bytes(), tiers)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return sum
}

func (sum *tally) add(line []byte, tiers map[string]string) {
	sum.read++
	var order struct {
		Customer json.Number `json:"customer_id"`
		Qty      any         `json:"qty"`
		Price    *int64      `json:"unit_price"`
		Status   string      `json:"status"`
	}
	if json.Unmarshal(line, &order) != nil {
		sum.deadLetter("")
		return
	}
	tier, known := tiers[order.Customer.String()]
	if !known {
		sum.deadLetter("customer")
		return
	}
	qty, isNumber := order.Qty.(float64)
	if !isNumber || order.Price == nil {
		sum.deadLetter("compute")
		return
	}
	total := int64(qty) * *order.Price
	switch {
	case total <= 0:
		sum.filtered++
	case order.Status != "paid":
		sum.review++
	default:
		sum.delivered++
		sum.revenue += total
		sum.byTier[tier]++
		if total >= bigFrom {
			sum.big++
		}
	}
}

func (sum *tally) deadLetter(step string) {
	sum.dead++
	sum.deadByStep[step]++
}

func readTiers(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tiers := map[string]string{}
	for _, row := range rows[1:] {
		tiers[row[0]] = row[2]
	}
	return tiers
}
