package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/store/storetest"
)

// BenchmarkOrders brings 100,000 orders of 300 bytes into a table of 13 typed
// columns and a file: what everything but the compiled flow costs.
func BenchmarkOrders(b *testing.B) {
	const n = 100_000
	var text strings.Builder
	for i := range n {
		to := "table"
		if i%10 > 6 {
			to = "file"
		}
		fmt.Fprintf(&text, `{"n":%d,"to":"%s","order_id":"o-%06d","placed_at":"2026-01-02T03:04:05Z","customer_id":%d,"customer_name":"Ada Lovelace","tier":"gold",`+
			`"country":"GB","country_name":"United Kingdom","sku":"AB-12","qty":%d,"unit_price":1050,"total":2100,"big":false,"title":"ADA LOVELACE: 2 x AB-12","channel":"web"}`+"\n",
			i, to, i, i%5000, i%9)
	}
	for b.Loop() {
		p := &project{folder: b.TempDir(), database: storetest.URL(b), name: "orders", manifest: manifest}
		p.columns = "order_id: text, placed_at: timestamptz, customer_id: bigint, customer_name: text, tier: text, country: text, country_name: text, sku: text, qty: integer, unit_price: integer, total: bigint, big: boolean, title: text"
		p.write(b, "in.jsonl", text.String())
		f, closeAll, err := p.open(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := engine.Run(b.Context(), b.Context(), f); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "messages/s")
		closeAll()
	}
}
