package statement

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

func program(t *testing.T) *contract.Program {
	t.Helper()
	b := build(t)
	return &contract.Program{
		Schema: contract.BuildSchema, Weavster: "0.1.0", Program: "weavster", Target: "//runtime:image",
		Compilers: append(b.Compilers, contract.Compiler{Name: contract.CompilerGo, Version: "1.26.0"}),
		Modules: []contract.GoModule{
			{Path: "github.com/BurntSushi/toml", Version: "v1.4.0"},
			{Path: "github.com/docker/docker", Version: "v28.5.2+incompatible", Sum: "h1:" + strings.Repeat("A", 43) + "="},
		},
		Crates: b.Crates[:2],
	}
}

func TestSPDXOfPrograms(t *testing.T) {
	runtime, err := SPDX(Subject{Name: "weavster", Version: "0.1.0", Digest: digest, Program: program(t)})
	if err != nil {
		t.Fatal(err)
	}
	checkSchema(t, runtime)
	application, err := SPDX(Subject{Name: "shop", Version: "1.4.0", Digest: digest, Project: true, Program: program(t)}, build(t))
	if err != nil {
		t.Fatal(err)
	}
	checkSchema(t, application)
	b := build(t)
	for _, want := range []string{
		`"pkg:golang/github.com/burntsushi/toml@v1.4.0"`, `"pkg:golang/github.com/docker/docker@v28.5.2%2Bincompatible"`,
		`"pkg:golang/stdlib@1.26.0"`, `"name": "github.com/BurntSushi/toml"`, crateURL(b.Crates[0]), `"name": "std"`,
	} {
		for _, text := range []string{string(runtime), string(application)} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%s is there %d times", want, strings.Count(text, want))
			}
		}
	}
	if text := string(application); !strings.Contains(text, `"SPDXRef-Flow-orders"`) || !strings.Contains(text, `"SPDXRef-Program-weavster-0.1.0"`) {
		t.Error("an application is a program and flows")
	}
}

func TestProvenanceOfPrograms(t *testing.T) {
	p := program(t)
	text, err := Provenance(Subject{Name: "weavster", Version: "0.1.0", Digest: digest, Program: p}, Run{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseProvenance(text)
	if err != nil {
		t.Fatal(err)
	}
	want := &Stated{
		BuildType: BuildTypeImage, Builder: UnnamedBuilder, Program: "weavster", Targets: map[string]string{},
		Materials: len(p.Modules) + len(p.Crates) + len(p.Compilers),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(text), `"dirHash": "`+strings.Repeat("0", 64)+`"`) {
		t.Errorf("there is no sum of a module:\n%s", text)
	}
	both, err := Provenance(Subject{Name: "shop", Version: "1.4.0", Digest: digest, Project: true, Program: p}, Run{}, build(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, err = ParseProvenance(both); err != nil {
		t.Fatal(err)
	}
	if got.BuildType != BuildTypeImage || got.Program != "weavster" || got.Project != "shop" || got.Targets["orders"] == "" {
		t.Errorf("got %+v", got)
	}
	none := strings.Replace(string(text), `"program": "weavster"`, `"other": "weavster"`, 1)
	if _, err := ParseProvenance([]byte(none)); err == nil || !strings.Contains(err.Error(), "names no program") {
		t.Errorf("got %v", err)
	}
}

func TestAProgramAloneHasNoFlows(t *testing.T) {
	s := Subject{Name: "weavster", Digest: digest, Program: program(t)}
	if _, err := SPDX(s, build(t)); err == nil || !strings.Contains(err.Error(), "and has the flows orders") {
		t.Errorf("got %v", err)
	}
}
