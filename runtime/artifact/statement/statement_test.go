package statement

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weavster/weavster/codegen/contract"
)

var update = flag.Bool("update", false, "write what is said into the files of testdata")

const digest = "sha256:6f400d49f5ad3e8eb6c6d213b49033653934a9e30b7f807cd94d5897cfbd7436"

// build is that of a real flow: examples/orders', as Bazel wrote it.
func build(t *testing.T) *contract.Build {
	t.Helper()
	text, err := os.ReadFile("testdata/build.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := contract.ReadBuild(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// other is a flow of the same project: it shares what the first has but for
// its own file.
func other(t *testing.T) *contract.Build {
	t.Helper()
	b := build(t)
	b.Flow, b.Target = "re_turns", "//examples/orders/flows:re_turns"
	b.Sources[0].Path = "examples/orders/flows/re_turns.yaml"
	return b
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// SPDX's own schema has the last word.
func checkSchema(t *testing.T, document []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("testdata/spdx-schema-2.3.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(document)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}

func TestSPDX(t *testing.T) {
	flow, err := SPDX(Subject{Name: "orders", Digest: digest}, build(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "orders.spdx.json", flow)
	checkSchema(t, flow)
	project := Subject{Name: "shop", Version: "1.4.0", Digest: digest, Project: true}
	both, err := SPDX(project, build(t), other(t))
	if err != nil {
		t.Fatal(err)
	}
	checkSchema(t, both)
	turned, err := SPDX(project, other(t), build(t))
	if err != nil || string(turned) != string(both) {
		t.Errorf("the order of builds shows: %v", err)
	}
	var document struct {
		Packages []struct {
			Name   string
			SPDXID string
		}
	}
	if err := json.Unmarshal(both, &document); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, p := range document.Packages {
		count[p.Name]++
		count[p.SPDXID]++
	}
	for _, name := range []string{"shop", "orders", "re_turns", "jiff", "rustc", "std", "SPDXRef-Flow-re-turns"} {
		if count[name] != 1 {
			t.Errorf("%s is there %d times", name, count[name])
		}
	}
}

// A document's text is whatever the build says, and still a document.
func TestOddNamesStayApart(t *testing.T) {
	b := build(t)
	b.Sources = []contract.Source{
		{Role: "table", Path: "tables/a_b.csv", SHA256: strings.Repeat("1", 64)},
		{Role: "table", Path: "tables/a b.csv", SHA256: strings.Repeat("2", 64)},
		{Role: "table", Path: `tables/ü"b.csv`, SHA256: strings.Repeat("3", 64)},
	}
	text, err := SPDX(Subject{Name: "orders", Digest: digest}, b)
	if err != nil {
		t.Fatal(err)
	}
	checkSchema(t, text)
	for _, id := range []string{`"SPDXRef-Source-tables-a-b.csv"`, `"SPDXRef-Source-tables-a-b.csv-2"`, `"SPDXRef-Source-tables---b.csv"`} {
		if !strings.Contains(string(text), id) {
			t.Errorf("there is no %s", id)
		}
	}
}

func TestSubjectsThatDontFit(t *testing.T) {
	for want, s := range map[string]Subject{
		"is no digest":            {Name: "orders", Digest: "sha256:12"},
		"about an artifact with":  {Digest: digest},
		"is that of orders":       {Name: "returns", Digest: digest},
		`"md5:1" is no digest of`: {Name: "orders", Digest: "md5:1"},
	} {
		_, err := SPDX(s, build(t))
		_, also := Provenance(s, Run{}, build(t))
		for _, err := range []error{err, also} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}
