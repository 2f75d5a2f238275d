package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

const printed = `rustc 1.97.1 (8bab26f4f 2026-07-14) (built from a source tarball)
binary: rustc
commit-hash: 8bab26f4f68e0e26f0bb7960be334d5b520ea452
commit-date: 2026-07-14
host: x86_64-unknown-linux-gnu
release: 1.97.1
LLVM version: 22.1.8
Debian LLD 21.1.8
`

func TestCompilers(t *testing.T) {
	got, err := Compilers(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := []contract.Compiler{
		{Name: "rustc", Version: "1.97.1", Commit: "8bab26f4f68e0e26f0bb7960be334d5b520ea452"},
		{Name: "llvm", Version: "22.1.8"},
		{Name: "lld", Version: "21.1.8"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// As Rust's own toolchain says it, and a compiler whose packager knew no commit.
	other := strings.NewReplacer("Debian LLD 21.1.8", "LLD 20.1.5 (https://github.com/rust-lang/llvm-project.git c1118fdbb3024157df7f4cfe765f2b0b4339e8a2)",
		"8bab26f4f68e0e26f0bb7960be334d5b520ea452", "unknown").Replace(printed)
	if got, err = Compilers(other); err != nil || got[0].Commit != "" || got[2].Version != "20.1.5" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Compilers("rustc: command not found"); err == nil || !strings.Contains(err.Error(), "rustc: command not found") {
		t.Errorf("got %v", err)
	}
}

func TestBuild(t *testing.T) {
	linked := Linked{
		"weavster_guest":       {"weavster_guest", "jiff-1.0.2"},
		"weavster_guest_jinja": {"weavster_guest", "weavster_guest_jinja", "jiff-1.0.2", "minijinja-3.1.0"},
		"weavster_guest_regex": {"weavster_guest", "weavster_guest_regex", "regex-automata-0.4.19"},
	}
	crates := Crates{
		"jiff-1.0.2":            {Name: "jiff", Version: "1.0.2", Source: "registry", SHA256: strings.Repeat("1", 64), License: "Unlicense OR MIT"},
		"minijinja-3.1.0":       {Name: "minijinja", Version: "3.1.0", Source: "registry", SHA256: strings.Repeat("2", 64), License: "Apache-2.0 / MIT"},
		"regex-automata-0.4.19": {Name: "regex-automata", Version: "0.4.19", Source: "registry", SHA256: strings.Repeat("3", 64)},
	}
	flow := &Flow{Flow: "orders", Crates: []string{"weavster_guest", "weavster_guest_jinja"}}
	b, err := Build("//flows:orders", flow, linked, crates, []contract.Compiler{{Name: "rustc", Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if b, err = contract.ReadBuild(text); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range b.Crates {
		got = append(got, c.Name+" "+c.Version+" "+c.License)
	}
	want := []string{
		"jiff 1.0.2 Unlicense OR MIT", "minijinja 3.1.0 Apache-2.0 OR MIT",
		"weavster-guest " + contract.Version + " Apache-2.0", "weavster-guest-jinja " + contract.Version + " Apache-2.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b.Target != "//flows:orders" || b.Compiler("flowc").Version != contract.Version || b.Compiler("rustc").Version != "1" {
		t.Errorf("got %+v", b)
	}

	delete(crates, "jiff-1.0.2")
	if _, err := Build("", flow, linked, crates, nil); err == nil || !strings.Contains(err.Error(), "jiff-1.0.2 isn't among those of Cargo.lock") {
		t.Errorf("got %v", err)
	}
	flow.Crates = []string{"weavster_guest_new"}
	if _, err := Build("", flow, linked, crates, nil); err == nil || !strings.Contains(err.Error(), "weavster_guest_new, which it isn't linked with") {
		t.Errorf("got %v", err)
	}
}
