package postgres_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/conformance"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestTheSinkConforms(t *testing.T) {
	for _, mode := range []string{"mode: insert", "mode: upsert\nkey: [n]"} {
		t.Run(mode, func(t *testing.T) {
			url := storetest.URL(t)
			c := config(t, url, "table: numbers\ncreate: true\ncolumns: {n: integer}\n"+mode)
			conformance.Sink(t, conformance.SinkCase{
				Bad:  `{"n":"many"}`,
				Row:  func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) },
				Open: func(t *testing.T) connectors.Sink { return open(t, c) },
				Numbers: func(t *testing.T) (numbers []int) {
					for _, text := range storetest.Query(t, url, "select n::text from numbers order by n") {
						n, err := strconv.Atoi(text)
						if err != nil {
							t.Fatal(err)
						}
						numbers = append(numbers, n)
					}
					return numbers
				},
			})
		})
	}
}
