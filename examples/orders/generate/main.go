// Generate writes the example's data: orders as JSON lines, and the customers
// they name. The same seed gives the same bytes.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	orders := flag.String("orders", "orders.jsonl", "where to write the orders")
	customers := flag.String("customers", "customers.csv", "where to write the customers")
	count := flag.Int("n", 100_000, "number of orders")
	seed := flag.Uint64("seed", 1, "seed")
	flag.Parse()

	shop := newShop(*seed)
	if err := writeFile(*customers, shop.writeCustomers); err != nil {
		log.Fatal(err)
	}
	if err := writeFile(*orders, func(w io.Writer) error { return shop.writeOrders(w, *count) }); err != nil {
		log.Fatal(err)
	}
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return w.Flush()
}
