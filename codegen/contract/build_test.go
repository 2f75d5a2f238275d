package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someSum = "c982642fa9e8606056828ee9a8505737230110bb1099153c79efe865c59d12ba"

func someBuild() *Build {
	return &Build{
		Schema: BuildSchema, Weavster: Version, Flow: "orders", Target: "//flows:orders",
		Compilers: []Compiler{{Name: CompilerRustc, Version: "1.97.1", Commit: strings.Repeat("8b", 20)}, {Name: CompilerFlowc, Version: Version}},
		Crates: []Crate{
			{Name: "weavster-guest", Version: Version},
			{Name: "memchr", Version: "2.7.4", Registry: "registry+https://registry.example/index", SHA256: someSum, License: "Unlicense OR MIT"},
		},
		Sources: []Source{
			{Role: SourceTable, Path: "tables/countries.csv", SHA256: someSum, Bytes: 12, Rows: 2},
			{Role: SourceFlow, Path: "flows/orders.yaml", SHA256: someSum, Bytes: 7},
		},
	}
}

func TestBuildIsOneText(t *testing.T) {
	first, err := someBuild().JSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadBuild(first)
	if err != nil {
		t.Fatal(err)
	}
	if read.Sources[0].Role != SourceFlow || read.Crates[0].Name != "memchr" || read.Compilers[0].Name != CompilerFlowc {
		t.Errorf("out of order:\n%s", first)
	}
	again, err := read.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(again)); diff != "" {
		t.Error(diff)
	}
	if got := read.Compiler(CompilerRustc).Version; got != "1.97.1" {
		t.Errorf("rustc is %q", got)
	}
}

func TestReadBuildRefuses(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(*Build)
	}{
		{"schema 2, and this weavster reads schema 1", func(b *Build) { b.Schema = 2 }},
		{`are "0.1.0", "a\x1b[2Jb" and`, func(b *Build) { b.Flow = "a\x1b[2Jb" }},
		{`"orders" and ""`, func(b *Build) { b.Target = "" }},
		{`commit "HEAD"`, func(b *Build) { b.Compilers[1].Commit = "HEAD" }},
		{`its crate memchr has the SHA-256 "C98"`, func(b *Build) { b.Crates[0].SHA256 = "C98" }},
		{`its source "../x" has no path in a workspace`, func(b *Build) { b.Sources[0].Path = "../x" }},
		{`its source "/etc/passwd" has no path`, func(b *Build) { b.Sources[0].Path = "/etc/passwd" }},
		{`its source "a\\..\\b" has no path`, func(b *Build) { b.Sources[0].Path = `a\..\b` }},
		{`has the role "binary"`, func(b *Build) { b.Sources[0].Role = "binary" }},
		{"has -1 bytes", func(b *Build) { b.Sources[0].Bytes = -1 }},
		{"out of order, or one is there twice", func(b *Build) { b.Sources[1] = b.Sources[0] }},
		{"out of order, or one is there twice", func(b *Build) { b.Crates[0], b.Crates[1] = b.Crates[1], b.Crates[0] }},
	} {
		text, err := someBuild().JSON()
		if err != nil {
			t.Fatal(err)
		}
		b, err := ReadBuild(text)
		if err != nil {
			t.Fatal(err)
		}
		c.spoil(b)
		// JSON would refuse it.
		if text, err = json.Marshal(b); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadBuild(text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	for want, text := range map[string]string{
		"it is damaged":       `{"schema":1}{}`,
		"stands twice":        `{"schema":1,"flow":"a","flow":"b"}`,
		"at most 1048576 are": strings.Repeat(" ", MaxBuildBytes+1),
	} {
		if _, err := ReadBuild([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
