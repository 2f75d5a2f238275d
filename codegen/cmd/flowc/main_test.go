package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/facts"
)

const flow = `input: file.orders
transforms:
  - compute: {total: qty * price}
  - lookup: {field: country, table: countries, into: {country_name: name}}
  - filter: total > 0
outputs: [{to: file.out}]
`

// folder holds a flow and its table.
func folder(t *testing.T, flow string) (dir string, args []string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"orders.yaml": flow, "countries.csv": "code,name\nGB,United Kingdom\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir, []string{"--flow=" + filepath.Join(dir, "orders.yaml"), "--file-name=flows/orders.yaml", "--name=orders",
		"--table=countries=" + filepath.Join(dir, "countries.csv"), "--out=" + filepath.Join(dir, "out")}
}

func TestWhatIsWritten(t *testing.T) {
	dir, args := folder(t, flow)
	var stderr bytes.Buffer
	if code := run(context.Background(), args, &stderr, false); code != exitWritten || stderr.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	var manifest contract.Manifest
	text, err := os.ReadFile(filepath.Join(dir, "out", "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &manifest)
	}
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Flow != "orders" || manifest.File != "flows/orders.yaml" || manifest.Input.Name != "file.orders" || len(manifest.Steps) != 3 {
		t.Errorf("manifest: %s", text)
	}
	crate, err := os.ReadFile(filepath.Join(dir, "out", "lib.rs"))
	if err != nil || !strings.Contains(string(crate), `include_bytes!("tables/countries.bin")`) {
		t.Errorf("crate: %s, %v", crate, err)
	}
	blob, err := os.ReadFile(filepath.Join(dir, "out", "tables", "countries.bin"))
	if row, ok := contract.LookupTable(blob, "GB"); err != nil || !ok || row[0] != `"United Kingdom"` {
		t.Errorf("table: %v, %v", row, err)
	}
	var lineage contract.Lineage
	if text, err = os.ReadFile(filepath.Join(dir, "out", "lineage.json")); err == nil {
		err = json.Unmarshal(text, &lineage)
	}
	if err != nil || lineage.Flow != "orders" || len(lineage.Outputs) != 1 || lineage.Outputs[0].Output != "file.out" {
		t.Errorf("lineage: %s, %v", text, err)
	}
	printed, err := os.ReadFile(filepath.Join(dir, "out", "ir.txt"))
	if err != nil || !strings.Contains(string(printed), "set .total = (.qty! * .price!)") {
		t.Errorf("IR: %s, %v", printed, err)
	}
}

func TestOnlySmallFlowsAreOptimisedAcrossCrates(t *testing.T) {
	const template = "  - template: {title: '{% for i in items %}{{ i }}{% endfor %}'}\n"
	const pattern = "  - regex: {field: sku, pattern: '^(?P<family>[A-Z]+)'}\n"
	for text, want := range map[string]string{
		flow: "-Clto=thin\n",
		strings.Replace(flow, "outputs:", template+"outputs:", 1): "-Clto=off\n",
		strings.Replace(flow, "outputs:", pattern+"outputs:", 1):  "-Clto=off\n",
	} {
		dir, args := folder(t, text)
		var stderr bytes.Buffer
		if code := run(context.Background(), args, &stderr, false); code != exitWritten {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "out", "rustc.args")); err != nil || string(got) != want {
			t.Errorf("rustc.args is %q, want %q: %v\n%s", got, want, err, text)
		}
	}
}

// What a flow is made of is what it uses of what it is given.
func TestFacts(t *testing.T) {
	dir, args := folder(t, "schema: schemas/orders.json\n"+strings.Replace(flow, "outputs:", "  - template: {title: '{{ shout(sku) }}'}\n  - use: {library: tidy}\noutputs:", 1))
	args[3] += ",tables/countries.csv"
	for name, text := range map[string]string{
		"text.jinja": "{% macro shout(x) %}{{ x | upper }}!{% endmacro %}", "other.jinja": "{% macro whisper(x) %}{{ x }}{% endmacro %}",
		"tidy.yaml": "transforms: [{remove: [internal]}]\n", "other.yaml": "transforms: [{remove: [internal]}]\n",
		"orders.json": "\ufeff{}", "sizes.json": "[]",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	at := func(flag, name, file, shown string) {
		args = append(args, flag+name+"="+filepath.Join(dir, file)+","+shown)
	}
	at("--table=", "sizes", "sizes.json", "tables/sizes.json")
	at("--macro=", "text.jinja", "text.jinja", "macros/text.jinja")
	at("--macro=", "other.jinja", "other.jinja", "macros/other.jinja")
	at("--library=", "tidy", "tidy.yaml", "transforms/tidy.yaml")
	at("--library=", "other", "other.yaml", "transforms/other.yaml")
	args = append(args, "--schema=shop/schemas/orders.json="+filepath.Join(dir, "orders.json"))
	var stderr bytes.Buffer
	if code := run(context.Background(), args, &stderr, false); code != exitWritten {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	var got facts.Flow
	text, err := os.ReadFile(filepath.Join(dir, "out", "facts.json"))
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, s := range got.Sources {
		sources = append(sources, fmt.Sprintf("%s %s %d %d", s.Role, s.Path, s.Bytes, s.Rows))
	}
	info, err := os.Stat(filepath.Join(dir, "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		fmt.Sprintf("flow flows/orders.yaml %d 0", info.Size()), "table tables/countries.csv 28 1", "macro macros/text.jinja 50 0",
		"library transforms/tidy.yaml 35 0", "schema shop/schemas/orders.json 5 0",
	}
	if diff := cmp.Diff(want, sources); diff != "" {
		t.Error(diff)
	}
	// What sha256sum prints of the table.
	if sum := got.Sources[1].SHA256; sum != "ebb6f6a278d1917d6d39e36adbdc41394b71d4e9a7845285e5674e33b4ff9a5e" {
		t.Errorf("the table's sum is %s", sum)
	}
	if diff := cmp.Diff([]string{"weavster_guest", "weavster_guest_jinja"}, got.Crates); diff != "" {
		t.Error(diff)
	}
}

// A template may call a macro by its name; a flow that calls none is the same
// with macros and without.
func TestMacros(t *testing.T) {
	const template = "  - template: {title: '{{ shout(sku) }}'}\n"
	dir, args := folder(t, flow)
	files := map[string]string{"text.jinja": "{% macro shout(x) %}{{ x | upper }}!{% endmacro %}", "bad.jinja": "{% macro %}"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	lib := func(args ...string) string {
		var stderr bytes.Buffer
		if code := run(context.Background(), args, &stderr, false); code != exitWritten {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		text, err := os.ReadFile(filepath.Join(dir, "out", "lib.rs"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	macro := "--macro=text.jinja=" + filepath.Join(dir, "text.jinja")
	if diff := cmp.Diff(lib(args...), lib(append(args, macro)...)); diff != "" {
		t.Errorf("macros that aren't called change the flow\n%s", diff)
	}
	path := args[0][len("--flow="):]
	if err := os.WriteFile(path, []byte(strings.Replace(flow, "outputs:", template+"outputs:", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if text := lib(append(args, macro)...); !strings.Contains(text, `import shout %}{{ shout(sku) }}`) {
		t.Errorf("the template doesn't import its macro\n%s", text)
	}
	var stderr bytes.Buffer
	code := run(context.Background(), append(args, macro, "--macro=bad.jinja="+filepath.Join(dir, "bad.jinja")), &stderr, false)
	if code != exitErrors || !strings.Contains(stderr.String(), "bad.jinja:1:10: error:") {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}

func TestErrorsAreAllThatIsWritten(t *testing.T) {
	dir, args := folder(t, strings.Replace(flow, "filter: total", "filter: totl", 1))
	var stderr bytes.Buffer
	if code := run(context.Background(), args, &stderr, false); code != exitErrors {
		t.Errorf("exit code %d", code)
	}
	want := "flows/orders.yaml:5:13: error: unknown field \"totl\"; did you mean \"total\"? If messages do have it, write `this.totl` [W0203]\n" +
		"    5 |   - filter: totl > 0\n" +
		"      |             ^~~~\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}

	stderr.Reset()
	if code := run(context.Background(), append(args, "--json"), &stderr, false); code != exitErrors {
		t.Errorf("exit code %d", code)
	}
	var list []struct{ Line, Column int }
	if err := json.Unmarshal(stderr.Bytes(), &list); err != nil || len(list) != 1 || list[0].Line != 5 || list[0].Column != 13 {
		t.Errorf("got %s, %v", &stderr, err)
	}
}

// A library is shown by the path that it is given with, wherever it lies.
func TestLibraries(t *testing.T) {
	const step = "  - use: {library: paid}\n"
	dir, args := folder(t, strings.Replace(flow, "outputs:", step+"outputs:", 1))
	file := filepath.Join(dir, "generated.yaml")
	args = append(args, "--library=paid="+file+",transforms/paid.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("transforms:\n  - filter: status == 'paid'\n")
	var stderr bytes.Buffer
	if code := run(context.Background(), args, &stderr, false); code != exitWritten || stderr.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	crate, err := os.ReadFile(filepath.Join(dir, "out", "lib.rs"))
	if err != nil || !strings.Contains(string(crate), "/// `paid/filter`, transforms/paid.yaml line 2: filter.") || strings.Contains(string(crate), dir) {
		t.Errorf("crate: %s, %v", crate, err)
	}
	write("transforms:\n  - filter: status = 'paid'\n")
	if code := run(context.Background(), args, &stderr, false); code != exitErrors || !strings.HasPrefix(stderr.String(), "transforms/paid.yaml:2:") ||
		!strings.Contains(stderr.String(), "used at flows/orders.yaml:6:20") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

func TestCommandsThatCannotBeRun(t *testing.T) {
	_, args := folder(t, flow)
	for name, args := range map[string][]string{
		"no flags":   {},
		"no file":    append([]string{"--flow=nowhere.yaml"}, args[2:]...),
		"odd table":  append(args, "--table=x"),
		"no library": append(args, "--library=x=nowhere.yaml,x.yaml"),
		"no table":   append(args, "--table=x=nowhere.csv"),
		"odd macro":  append(args, "--macro=x"),
		"no macro":   append(args, "--macro=x.jinja=nowhere.jinja"),
		"two macros": append(args, "--macro=x.jinja="+args[0][len("--flow="):], "--macro=x.jinja="+args[0][len("--flow="):]),
		"words":      append(args, "more"),
		"odd folder": append(args, "--out="+args[0][len("--flow="):]),
	} {
		var stderr bytes.Buffer
		if code := run(context.Background(), args, &stderr, false); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%s: exit code %d, %s", name, code, &stderr)
		}
	}
}

func TestASchemaIsTheOneThatTheFlowNames(t *testing.T) {
	for named, want := range map[string]string{
		"schema: schemas/orders.json\n": "flows/orders.yaml:4:22: error: the flow's schema has no field \"qty\"",
		"schema: orders.json\n":         "flows/orders.yaml:4:22: error: the flow's schema has no field \"qty\"",
		"schema: rders.json\n":          "flows/orders.yaml:2:9: error: there is no schema \"rders.json\"",
		"":                              "flows/orders.yaml:1:1: error: the flow is compiled with the schema shop/schemas/orders.json, and doesn't name it; add schema: shop/schemas/orders.json",
	} {
		dir, args := folder(t, strings.Replace(flow, "transforms:", named+"transforms:", 1))
		schema := filepath.Join(dir, "schema.json")
		if err := os.WriteFile(schema, []byte(`{"additionalProperties": false, "properties": {"price": {}}}`), 0o666); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		code := run(context.Background(), append(args, "--schema=shop/schemas/orders.json="+schema), &stderr, false)
		if code != exitErrors || !strings.HasPrefix(stderr.String(), want) {
			t.Errorf("%q: exit code %d, %s", named, code, &stderr)
		}
	}
}
