package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

func TestProgram(t *testing.T) {
	sum := func(letter string) string { return "h1:" + strings.Repeat(letter, 43) + "=" }
	sums := "example.com/kms v1.10.3 " + sum("a") + "\nexample.com/kms v1.10.3/go.mod " + sum("b") + "\nexample.com/kms/aws v1.10.2 " + sum("c") + "\n"
	golang := Go{
		Version:  "1.26.0",
		Packages: []string{"example.com/kms/options", "example.com/kms/aws/v1", "example.com/kms/awsome", "example.com/kms"},
		Modules: []contract.GoModule{
			{Path: "example.com/kms", Version: "v1.10.3"}, {Path: "example.com/kms/aws", Version: "v1.10.3"}, {Path: "example.com/tests", Version: "v1.0.0"},
			{Path: "example.com/kms", Version: "v1.10.3"},
		},
	}
	linked := Linked{"minijinja": {"minijinja-3.1.0"}, "weavster_pattern": {"weavster_pattern", "minijinja-3.1.0"}}
	crates := Crates{"minijinja-3.1.0": {Name: "minijinja", Version: "3.1.0", SHA256: strings.Repeat("2", 64), License: "Apache-2.0"}}
	p, err := Program("weavster", "//runtime:image", golang, sums, linked, crates, []contract.Compiler{{Name: "rustc", Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = contract.ReadProgram(text); err != nil {
		t.Fatal(err)
	}
	// A sum of another version, or of go.mod alone, is none.
	want := []contract.GoModule{{Path: "example.com/kms", Version: "v1.10.3", Sum: sum("a")}, {Path: "example.com/kms/aws", Version: "v1.10.3"}}
	if diff := cmp.Diff(want, p.Modules); diff != "" {
		t.Error(diff)
	}
	if len(p.Crates) != 2 || p.Crates[0].Name != "minijinja" || p.Compiler("go").Version != "1.26.0" || p.Compiler("rustc").Version != "1" {
		t.Errorf("got\n%s", text)
	}

	golang.Packages = []string{"example.com/km"}
	if _, err := Program("", "", golang, sums, linked, crates, nil); err == nil || !strings.Contains(err.Error(), "example.com/km is linked, and of no module") {
		t.Errorf("got %v", err)
	}
	golang.Modules = append(golang.Modules, contract.GoModule{Path: "example.com/tests", Version: "v2.0.0"})
	if _, err := Program("", "", golang, sums, linked, crates, nil); err == nil || !strings.Contains(err.Error(), "as v1.0.0 and as v2.0.0") {
		t.Errorf("got %v", err)
	}
}
