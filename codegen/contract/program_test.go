package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func someProgram() *Program {
	sum := "h1:" + strings.Repeat("A", 43) + "="
	return &Program{
		Schema: BuildSchema, Weavster: Version, Program: "weavster", Target: "//runtime:image",
		Compilers: []Compiler{{Name: CompilerRustc, Version: "1.97.1"}, {Name: CompilerGo, Version: "1.26.0"}},
		Modules:   []GoModule{{Path: "golang.org/x/sys", Version: "v0.49.0"}, {Path: "github.com/jackc/pgx/v5", Version: "v5.12.0", Sum: sum}},
		Crates:    []Crate{{Name: "minijinja", Version: "3.1.0"}, {Name: "memchr", Version: "2.7.4", SHA256: someSum}},
	}
}

func TestProgramIsOneText(t *testing.T) {
	first, err := someProgram().JSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadProgram(first)
	if err != nil {
		t.Fatal(err)
	}
	if read.Compiler(CompilerGo).Version != "1.26.0" || read.Modules[0].Path != "github.com/jackc/pgx/v5" || read.Crates[0].Name != "memchr" {
		t.Errorf("out of order:\n%s", first)
	}
	again, err := read.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(again)); diff != "" {
		t.Error(diff)
	}
}

func TestReadProgramRefuses(t *testing.T) {
	good, err := someProgram().JSON()
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string][2]string{
		"schema 2, and this weavster": {`"schema": 1`, `"schema": 2`},
		"it is damaged":               {`"schema": 1`, `"schema": 1, "schema": 1`},
		`has version "v5\n"`:          {`"v5.12.0"`, `"v5\n"`},
		`and sum "h1:AAA"`:            {"h1:" + strings.Repeat("A", 43) + "=", "h1:AAA"},
		`target are "0.1.0", "" and`:  {`"program": "weavster"`, `"program": ""`},
		"is there twice":              {"golang.org/x/sys", "github.com/jackc/pgx/v5"},
		"has the SHA-256":             {someSum, "12"},
	} {
		text := strings.Replace(string(good), spoil[0], spoil[1], 1)
		if _, err := ReadProgram([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := ReadProgram(make([]byte, MaxBuildBytes+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("got %v", err)
	}
}
