package validate

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/project"
)

// largeFlows is how many flows a large project has.
const largeFlows = 200

// large is a project as people write them, of many flows: each has a dozen
// expressions, half of them its own.
func large() fstest.MapFS {
	files := fstest.MapFS{}
	add := func(name, format string, args ...any) {
		files[name] = &fstest.MapFile{Data: []byte(fmt.Sprintf(format, args...))}
	}
	add("weavster.yaml", "name: large\nvars: {limit: 5}\n")
	add("tables/countries.csv", "code,name\nGB,United Kingdom\nAT,Austria\n")
	connectors := ""
	for i := range largeFlows {
		connectors += fmt.Sprintf("in%[1]d: {type: file, path: in%[1]d.jsonl}\nout%[1]d: {type: file, path: out%[1]d.jsonl}\nrest%[1]d: {type: file, path: rest%[1]d.jsonl}\n", i)
		add(fmt.Sprintf("flows/flow%03d.yaml", i), `description: Orders of branch %[1]d.
input: file.in%[1]d
vars: {limit: {type: int}}
transforms:
  - rename: {customer.id: customer_id, created: placed_at}
  - remove: [internal]
  - coalesce:
      email: {from: [email, contact.email], default: unknown}
  - compute:
      total: qty * price
      big: total > var('limit')
      code%[1]d: country | upper ~ '-%[1]d'
      share: total / %[2]d if total else 0
  - template:
      title: "{{ customer_name | upper }} - {{ sku }} (%[1]d)"
      line: "{{ qty }} x {{ price }}"
  - lookup: {field: country, table: countries, into: {country_name: name}, default: {country_name: unknown}}
  - filter: total > 0 and branch == %[1]d
  - set: {note: checked}
    when: big and country_name != 'unknown'
outputs:
  - to: file.out%[1]d
    when: status == 'paid' and total < %[2]d000
    transforms:
      - compute: {label: "sku ~ '/' ~ code%[1]d"}
  - to: file.rest%[1]d
    otherwise: true
`, i, i+2)
		add(fmt.Sprintf("flows/flow%03d_test.yaml", i), `vars: {limit: 5}
cases:
  - name: a paid order
    input: {customer: {id: 1}, customer_name: Ada, country: GB, sku: A-1, qty: 2, price: 1.5, branch: %[1]d, status: paid, created: 2026-01-01}
    expect: {outputs: {file.out%[1]d: [{total: 3}]}}
  - name: nothing to pay
    input: {customer_name: Ada, country: GB, sku: A-1, qty: 0, price: 1.5, branch: %[1]d, status: paid}
    expect: {filtered: filter}
`, i)
	}
	add("connectors/file.yaml", "%s", connectors)
	return files
}

func validateLarge(tb testing.TB, files fstest.MapFS, engine *minijinja.Engine) (*Summary, *source.Diagnostics) {
	tb.Helper()
	var diags source.Diagnostics
	summary, err := Directory(tb.Context(), project.Settings{Files: files, Folder: tb.TempDir(), Engine: engine, Kinds: all.Specs()}, &diags)
	if err != nil {
		tb.Fatal(err)
	}
	return summary, &diags
}

// What is said of flows that were looked at side by side comes in their order.
func TestALargeProject(t *testing.T) {
	files := large()
	summary, diags := validateLarge(t, files, engine)
	if err := diags.Err(); err != nil || diags.Len() > 0 || len(summary.Flows) != largeFlows || summary.Cases != 2*largeFlows {
		t.Fatalf("%d flows, %d cases, %d times something: %v", len(summary.Flows), summary.Cases, diags.Len(), diags.Sorted()[:min(3, diags.Len())])
	}
	for i, f := range summary.Flows {
		if want := fmt.Sprintf("flow%03d", i); f.Manifest.Flow != want {
			t.Fatalf("flow %d is %s", i, f.Manifest.Flow)
		}
	}
}

// BenchmarkALargeProject is `weavster validate` of 200 flows: with the compiled
// module at hand, as from the second time on, or without.
func BenchmarkALargeProject(b *testing.B) {
	files := large()
	cache := b.TempDir()
	for name, options := range map[string]minijinja.Options{"cached": {CacheDir: cache}, "interpreted": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				fresh, err := minijinja.New(b.Context(), options)
				if err != nil {
					b.Fatal(err)
				}
				validateLarge(b, files, fresh)
				if err := fresh.Close(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
