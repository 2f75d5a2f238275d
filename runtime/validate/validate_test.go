package validate

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/project"
)

var engine *minijinja.Engine

func TestMain(m *testing.M) {
	var err error
	if engine, err = minijinja.New(context.Background(), minijinja.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const shop = `
-- weavster.yaml --
name: shop
vars: {limit: 5, lost: 1}
tables: {customers: {path: data/customers.csv}}
-- profiles.yaml --
dev:
prod:
  vars: {limit: 7, only_prod: 1}
  connectors: {file.in: {path: "{{ env_var('IN') }}"}}
-- connectors/file.yaml --
in: {type: file, path: data/in.jsonl}
out: {type: file, path: "out/{{ profile.name }}-{{ var('lost') }}.jsonl"}
-- tables/countries.csv --
code,name
GB,United Kingdom
-- flows/orders.yaml --
input: file.in
vars: {limit: {type: int}}
tables: {customers: {key: id, columns: [tier]}}
transforms:
  - lookup: {field: country, table: countries, into: {country_name: name}}
  - lookup: {field: customer, table: customers, into: {tier: tier}}
  - filter: qty > var('limit')
outputs:
  - to: file.out
-- flows/orders_test.yaml --
tables: {customers: [{id: 1, tier: gold}]}
vars: {limit: 1}
cases:
  - name: one
    input: {qty: 1, country: GB, customer: 1}
    expect: {filtered: filter}
-- data/customers.csv --
id,tier
1,gold
`

func check(t *testing.T, archive string) (*Summary, []string) {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, fs.FS(files)); err != nil {
		t.Fatal(err)
	}
	var diags source.Diagnostics
	summary, err := Directory(t.Context(), project.Settings{
		Files: os.DirFS(folder), Prefix: "shop", Folder: folder, Engine: engine, Kinds: all.Specs(),
	}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, one := range diags.Sorted() {
		lines = append(lines, one.String())
	}
	return summary, lines
}

func TestAProjectWithoutFaults(t *testing.T) {
	summary, lines := check(t, shop)
	if diff := cmp.Diff([]string(nil), lines); diff != "" {
		t.Error(diff)
	}
	if summary.Project.Name != "shop" || len(summary.Flows) != 1 || summary.Cases != 1 {
		t.Errorf("got %+v", summary)
	}
}

// Mistakes in every kind of file are found in one run, each at its place.
func TestFaultsOfAllKinds(t *testing.T) {
	spoilt := strings.NewReplacer(
		"limit: 5", "limit: five",
		"vars: {limit: 7", "vars: {limit: seven",
		"in: {type: file, path", "in: {type: file, pth",
		"profile.name", "profil.name",
		"to: file.out", "to: file.uot",
		"id,tier", "id,tire",
		"expect: {filtered: filter}", "expect: {filtred: filter}",
	).Replace(shop)
	_, lines := check(t, spoilt)
	want := []string{
		`shop/connectors/file.yaml:1:18: error: unknown key "pth" in connector file.in; did you mean "path"?`,
		"shop/connectors/file.yaml:2:33: error: `profil` is undefined",
		`shop/flows/orders.yaml:9:9: error: there is no connector "file.uot"; did you mean "file.out"?`,
		`shop/flows/orders_test.yaml:6:14: error: unknown key "filtred"`,
		`shop/profiles.yaml:3:17: error: the variable "limit" has to be an integer in flow orders (shop/flows/orders.yaml:2:8), not "seven"`,
		`shop/weavster.yaml:2:15: error: the variable "limit" has to be an integer in flow orders (shop/flows/orders.yaml:2:8), not "five"`,
		`shop/weavster.yaml:3:28: error: the table "customers" of flow orders (shop/flows/orders.yaml:3:10): data/customers.csv: the table has no column "tier"`,
	}
	for _, w := range want {
		found := false
		for _, line := range lines {
			found = found || strings.HasPrefix(line, w)
		}
		if !found {
			t.Errorf("no %s", w)
		}
	}
	if len(lines) != len(want) || t.Failed() {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
}

// What a flow with an error uses isn't known, so nothing of the project is
// called unused.
func TestAFlowThatDoesntCompile(t *testing.T) {
	summary, lines := check(t, strings.Replace(shop, "filter: qty", "flter: qty", 1))
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "shop/flows/orders.yaml:") || len(summary.Flows) != 0 {
		t.Errorf("got %v", lines)
	}
	// Its fixtures are held against their form, and the connectors too.
	spoilt := strings.NewReplacer("filter: qty", "flter: qty", "{filtered: filter}", "{filtred: filter}", "in: {type: file, path", "in: {type: file, pth")
	_, lines = check(t, spoilt.Replace(shop))
	var places []string
	for _, line := range lines {
		place, _, _ := strings.Cut(line, ": ")
		places = append(places, place)
	}
	if diff := cmp.Diff([]string{"shop/connectors/file.yaml:1:18", "shop/flows/orders.yaml:7:5", "shop/flows/orders_test.yaml:6:14"}, places); diff != "" {
		t.Errorf("%s\n%v", diff, lines)
	}
}

// What one profile doesn't use, another may.
func TestUnusedUnderEveryProfile(t *testing.T) {
	_, lines := check(t, strings.Replace(shop, "vars: {limit: 5, lost: 1}", "vars: {limit: 5, lost: 1, nobody: 1}", 1)+"-- connectors/kafka.yaml --\nold: {type: file, path: x}\n")
	want := []string{
		`shop/connectors/kafka.yaml:1:1: warning: no flow uses connector kafka.old [W0402]`,
		`shop/weavster.yaml:2:27: warning: no flow declares the variable "nobody" [W0402]`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// A flow's templates call the project's macros; what is wrong with one is said
// once, in its file, though configuration is rendered with them too.
func TestMacros(t *testing.T) {
	const call = "- template: {title: \"{{ shout(sku) }}\"}\n  - filter: qty"
	const macros = "-- macros/text.jinja --\n{% macro shout(x) %}{{ x | upper }}!{% endmacro %}\n"
	if _, lines := check(t, strings.Replace(shop, "- filter: qty", call, 1)+macros); len(lines) > 0 {
		t.Errorf("got %v", lines)
	}
	_, lines := check(t, shop+strings.Replace(macros, "endmacro", "endmacr", 1))
	want := []string{"shop/macros/text.jinja:1:40: error: unknown statement endmacr [W0305]"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestNoProject(t *testing.T) {
	_, lines := check(t, "-- flows/a.yaml --\n{}\n-- flows/b/a.yaml --\n{}\n")
	if len(lines) < 2 || !strings.Contains(strings.Join(lines, "\n"), "there is no shop/weavster.yaml") ||
		!strings.Contains(strings.Join(lines, "\n"), `the flow "a" is in shop/flows/a.yaml already`) {
		t.Errorf("got %v", lines)
	}
}

// A schema is found in the project; where there is none, the fixtures show
// what messages look like.
func TestFieldsAreHeldAgainstWhatMessagesHave(t *testing.T) {
	withSchema := strings.Replace(shop, "input: file.in\n", "input: file.in\nschema: schemas/order.json\n", 1) +
		"-- schemas/order.json --\n" + `{"properties": {"qty": {"type": "string"}, "country": {}, "customer": {}}, "additionalProperties": false}` + "\n"
	_, lines := check(t, withSchema)
	want := []string{"shop/flows/orders.yaml:8:13: error: `>` doesn't take text and a number, by the flow's schema; convert one side: `| int`, `| float` or `| string` [W0304]"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	_, lines = check(t, strings.Replace(shop, "qty: 1, country", "qtty: 1, country", 1))
	want = []string{`shop/flows/orders.yaml:7:13: warning: no fixture's message has a field "qty"; did you mean "qtty"? [W0203]`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	_, lines = check(t, strings.Replace(withSchema, "schema: schemas/order.json", "schema: ../order.json", 1))
	if len(lines) != 1 || !strings.Contains(lines[0], `there is no schema "../order.json"`) {
		t.Errorf("got %v", lines)
	}
}

// Libraries are found by their files' names, in folders too. One that no flow
// uses is looked at by itself.
func TestLibraries(t *testing.T) {
	used := strings.Replace(shop, "  - filter: qty > var('limit')\n", "  - use: {library: enough, with: {of: qty}}\n", 1)
	used = strings.Replace(used, "{filtered: filter}", "{filtered: enough/filter}", 1) +
		"-- transforms/numbers/enough.yaml --\nparams: {of: {type: field}}\ntransforms:\n  - filter: param('of') > var('limit')\n"
	if summary, lines := check(t, used); len(lines) > 0 || summary.Cases != 1 {
		t.Errorf("got %v", lines)
	}
	_, lines := check(t, used+"-- transforms/lost.yaml --\nparams: {a: {type: int, default: x}}\ntransforms:\n  - set: {b: $c}\n")
	want := []string{
		`shop/transforms/lost.yaml:1:1: warning: no flow uses the library "lost" [W0402]`,
		`shop/transforms/lost.yaml:1:34: error: "a" has to be an integer, not "x" [W0108]`,
		`shop/transforms/lost.yaml:3:14: error: library "lost" has no parameter "c"; did you mean "a"? [W0201]`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	_, lines = check(t, used+"-- transforms/a/enough.yaml --\nparams: {of: {type: field}}\ntransforms:\n  - filter: param('of') > var('limit')\n")
	want = []string{`shop/transforms/numbers/enough.yaml:1:1: error: the library "enough" is in shop/transforms/a/enough.yaml already [W0202]`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// A table may be JSON, compiled in or read when the flow starts.
func TestTablesOfJSON(t *testing.T) {
	with := strings.NewReplacer(
		"tables/countries.csv --\ncode,name\nGB,United Kingdom", "tables/countries.json --\n[{\"code\": \"GB\", \"name\": \"United Kingdom\"}]",
		"table: countries,", "table: countries, key: code,",
		"data/customers.csv --\nid,tier\n1,gold", "data/customers.jsonl --\n{\"id\": 1, \"tier\": \"gold\"}",
		"data/customers.csv}", "data/customers.jsonl}",
	).Replace(shop)
	if _, lines := check(t, with); len(lines) > 0 {
		t.Errorf("got %v", lines)
	}
	_, lines := check(t, strings.Replace(with, `{"id": 1, "tier"`, `{"id": 1, "id"`, 1))
	want := []string{`shop/weavster.yaml:3:28: error: the table "customers" of flow orders (shop/flows/orders.yaml:3:10): data/customers.jsonl: line 1, column 11: the row has the column "id" twice [W0501]`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
