package reference

import (
	"flag"
	"os"
	"path/filepath"
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
	for name, want := range Pages() {
		if *update {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale; bazel run //docs/reference:reference_test -- -update\n%s", name, diff)
		}
	}
}

// A key that says nothing of itself helps nobody.
func TestEveryRowSaysSomething(t *testing.T) {
	for name, text := range Pages() {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "| `") && strings.HasSuffix(strings.TrimSpace(line), "|  |") {
				t.Errorf("%s: no words on %s", name, line)
			}
		}
	}
}
