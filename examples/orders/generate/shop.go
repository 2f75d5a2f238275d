package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// customers is how many customers the shop has; orders name a few more than
// that, which is what goes wrong in real systems too.
const customers = 5000

type shop struct {
	rand *rand.Rand
	// start is the time of the first order.
	start time.Time
}

func newShop(seed uint64) *shop {
	return &shop{
		rand:  rand.New(rand.NewPCG(seed, 0x5eed)),
		start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

var (
	firstNames = []string{"Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Jean", "Katherine", "Ken", "Leslie", "Margaret", "Niklaus", "Radia", "Søren", "Zoë"}
	lastNames  = []string{"Allen", "Bartik", "Dijkstra", "Hamilton", "Hopper", "Johnson", "Kierkegaard", "Lamport", "Liskov", "Lovelace", "O'Neill", "Perlman", "Ritchie", "Thompson", "Turing", "Wirth"}
	tiers      = []string{"basic", "basic", "basic", "silver", "silver", "gold"}
	countries  = []string{"AT", "AU", "BR", "CA", "CH", "CN", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "US", "US", "US", "ZA", "XK"} // XK is in no table
	families   = []string{"AB", "CX", "KT", "MUG", "PEN", "TEE"}
	apps       = []string{"shop", "ios", "android"}
	statuses   = []string{"paid", "paid", "paid", "paid", "paid", "paid", "paid", "open", "cancelled", "refunded"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// writeCustomers writes id,name,tier, a header first.
func (s *shop) writeCustomers(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "id,name,tier"); err != nil {
		return err
	}
	for id := 1; id <= customers; id++ {
		if _, err := fmt.Fprintf(w, "%d,%s %s,%s\n", id, pick(s.rand, firstNames), pick(s.rand, lastNames), pick(s.rand, tiers)); err != nil {
			return err
		}
	}
	return nil
}

// writeOrders writes n orders, one JSON object a line. About one in 130 is
// broken in one of the ways that brokenOrder knows, one in 50 is for nothing.
func (s *shop) writeOrders(w io.Writer, n int) error {
	for i := 1; i <= n; i++ {
		line := s.order(i)
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (s *shop) order(i int) string {
	r := s.rand
	qty := fmt.Sprint(1 + r.IntN(9))
	price := fmt.Sprintf(`,"unit_price":%d`, 95+100*r.IntN(200))
	customer := 1 + r.IntN(customers)
	tail := "}"
	if r.IntN(50) == 0 {
		qty = "0" // a free sample: the flow filters it
	}
	if r.IntN(130) == 0 {
		switch r.IntN(4) {
		case 0:
			customer += customers // nobody we know
		case 1:
			qty = `"two"` // text where a number belongs
		case 2:
			price = "" // missing
		case 3:
			tail = "" // the line breaks off
		}
	}
	placed := s.start.Add(time.Duration(i) * 37 * time.Second).Format(time.RFC3339)
	return fmt.Sprintf(`{"id":"o-%06d","created":"%s","customer_id":%d,"email":"c%d@example.com","country":"%s","sku":"%s-%03d","qty":%s%s,"status":"%s","session":"%016x","client":{"ip":"192.0.2.%d","app":"%s"}%s`,
		i, placed, customer, customer, pick(r, countries), pick(r, families), r.IntN(500), qty, price, pick(r, statuses), r.Uint64(), r.IntN(256), pick(r, apps), tail)
}
