package pipeline

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/tests/shop"
)

//go:embed testdata/explain.txt
var explained string

// What somebody sees who asks what the flow does to an order: the real
// module's trace, beside the lines of the flow's file.
func TestAnOrderIsExplained(t *testing.T) {
	s := shop.New(t)
	var got strings.Builder
	for _, message := range []string{
		`{"id":"o-1","created":"2026-01-02T03:04:05Z","customer_id":7,"email":"ada@example.org","country":"XX","sku":"AB-12","qty":2,"unit_price":1050,"status":"open","client":{"ip":"192.0.2.1","app":"shop"}}`,
		`{"id":"o-2","customer_id":7,"country":"GB","sku":"AB-12","qty":0,"unit_price":1050,"status":"paid"}`,
		`{"id":"o-3","customer_id":7,"country":"GB","sku":"AB-12","qty":"two","unit_price":1050,"status":"paid"}`,
	} {
		got.WriteString(s.Run(t, "explain", "orders", "--message", message) + "\n")
	}
	if diff := cmp.Diff(explained, got.String()); diff != "" {
		t.Error(diff)
	}
	s.Run(t, "run")
	id := strings.TrimSpace(strings.Split(s.Run(t, "sql", "--csv", "select min(id) from weavster.dead_letter where step = 'compute' and field = 'unit_price'"), "\n")[1])
	letter := s.Run(t, "explain", "--dead-letter", id)
	for _, part := range []string{"compute  failed: W1101 missing, field unit_price", "unit_price = missing", "failed: W1101"} {
		if !strings.Contains(letter, part) {
			t.Errorf("the dead letter's way lacks %q:\n%s", part, letter)
		}
	}
}
