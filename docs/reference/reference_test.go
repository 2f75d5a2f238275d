package reference

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the pages")

// The pages are what the tables say today.
func TestPagesAreFresh(t *testing.T) {
	folder := "."
	if workspace := os.Getenv("BUILD_WORKSPACE_DIRECTORY"); workspace != "" { // bazel run
		folder = filepath.Join(workspace, "docs", "reference")
	}
	if *update {
		write(t, folder)
		return
	}
	stale, err := filepath.Glob("transforms/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages(t) {
		stale = slices.DeleteFunc(stale, func(page string) bool { return page == name })
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale; bazel run //docs/reference:reference_test -- -update\n%s", name, diff)
		}
	}
	if len(stale) > 0 {
		t.Errorf("pages of no transform: %s", stale)
	}
}

func pages(t *testing.T) map[string]string {
	t.Helper()
	all, err := Pages(os.DirFS("../../codegen/transform/testdata"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "transforms"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages(t) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A key that says nothing of itself helps nobody.
func TestEveryRowSaysSomething(t *testing.T) {
	for name, text := range pages(t) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "| `") && strings.HasSuffix(strings.TrimSpace(line), "|  |") {
				t.Errorf("%s: no words on %s", name, line)
			}
		}
	}
}
