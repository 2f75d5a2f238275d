package oci_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The programs run from where Bazel puts them, and are of the versions that
// tests were written against.
func TestProgramsRun(t *testing.T) {
	for variable, c := range map[string]struct{ command, version string }{
		"WEAVSTER_COSIGN":   {"version", "v2.6.5"},
		"WEAVSTER_CRANE":    {"version", "v0.22.1"},
		"WEAVSTER_REGISTRY": {"--version", "v3.1.2"},
	} {
		program := filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv(variable))
		out, err := exec.Command(program, c.command).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.version) {
			t.Errorf("%s %s: %v: %s", program, c.command, err, out)
		}
	}
}
