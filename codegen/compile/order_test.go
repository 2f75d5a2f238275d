package compile

import (
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/source"
)

func TestOrder(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"order: source":                        "",
		"order: key":                           "", // the project knows whether the input has keys
		"order: key\nkey: '\"a.b\"[0]'":        "",
		"key: id":                              "2:6: error: a key is what `order: key` goes by, and this flow keeps no order; order: key [W0107]",
		"order: source\nkey: id":               "3:6: error: a key belongs to `order: key`, not to `order: source` [W0109]",
		"order: key\nkey: a..b":                `3:6: error: "a..b" is no path of a field: `,
		"order: key\nkey: [a, b]":              `3:6: error: "key" has to be text, not a list`,
		"order: keys\nkey: id":                 `2:8: error: "order" has to be one of none, key, source, not "keys"; did you mean "key"?`,
		"order: key\nkey: custmer.id\n" + uses: `3:6: error: unknown field "custmer"; did you mean "customer"?`,
	} {
		var diags source.Diagnostics
		file := source.NewFile("flows/case.yaml", []byte("input: file.in\n"+text+"\noutputs: [{to: file.out}]\n"))
		if _, err := Flow(t.Context(), engine, Input{Name: "case", File: file}, &diags); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range diags.Sorted() {
			got = append(got, strings.TrimPrefix(one.String(), "flows/case.yaml:"))
		}
		if len(got) > 1 || !strings.HasPrefix(strings.Join(got, ""), want) || want == "" && got != nil {
			t.Errorf("%s\ngot  %q\nwant %s", text, got, want)
		}
	}
}

// uses mention a field twice.
const uses = `transforms: [{compute: {x: customer.a + customer.b}}]`
