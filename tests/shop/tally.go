package shop

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"testing"

	"github.com/weavster/weavster/tools/runfile"
)

// A Tally is what has to become of the example's orders: the flow's other
// implementation, which reads them with encoding/json and follows
// flows/orders.yaml by hand.
type Tally struct {
	Read, Filtered, Delivered, Review, Dead int

	Revenue    int64 // the sum of `total` over delivered rows, in cents
	Big        int   // delivered rows with a total from bigFrom up
	ByTier     map[string]int
	DeadByStep map[string]int // "" is the input
}

// bigFrom is what examples/orders/weavster.yaml answers to var('big_from').
const bigFrom = 50_000

// Expect reads the orders and says what has to come out.
func Expect(t testing.TB) Tally {
	t.Helper()
	tiers := readTiers(t, runfile.Need(t, "CUSTOMERS"))
	f, err := os.Open(runfile.Need(t, "ORDERS"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tally := Tally{ByTier: map[string]int{}, DeadByStep: map[string]int{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		tally.add(lines.Bytes(), tiers)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return tally
}

func (tally *Tally) add(line []byte, tiers map[string]string) {
	tally.Read++
	var order struct {
		Customer json.Number `json:"customer_id"`
		Qty      any         `json:"qty"`
		Price    *int64      `json:"unit_price"`
		Status   string      `json:"status"`
	}
	if json.Unmarshal(line, &order) != nil {
		tally.deadLetter("")
		return
	}
	tier, known := tiers[order.Customer.String()]
	if !known {
		tally.deadLetter("customer")
		return
	}
	qty, isNumber := order.Qty.(float64)
	if !isNumber || order.Price == nil {
		tally.deadLetter("compute")
		return
	}
	total := int64(qty) * *order.Price
	switch {
	case total <= 0:
		tally.Filtered++
	case order.Status != "paid":
		tally.Review++
	default:
		tally.Delivered++
		tally.Revenue += total
		tally.ByTier[tier]++
		if total >= bigFrom {
			tally.Big++
		}
	}
}

func (tally *Tally) deadLetter(step string) {
	tally.Dead++
	tally.DeadByStep[step]++
}

func readTiers(t testing.TB, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tiers := map[string]string{}
	for _, row := range rows[1:] {
		tiers[row[0]] = row[2]
	}
	return tiers
}
