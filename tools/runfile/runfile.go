// Package runfile finds the files that a build hands to a test by a variable of
// its environment: by their path, or, as `$(rlocationpath …)` has it, from the
// test's runfiles.
package runfile

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is where a file is that a variable names; "" where it isn't set.
func Path(variable string) string {
	name := os.Getenv(variable)
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(os.Getenv("TEST_SRCDIR"), name)
}

// Need is Path for a test that can't do without the file.
func Need(t testing.TB, variable string) string {
	t.Helper()
	path := Path(variable)
	if path == "" {
		t.Fatalf("%s isn't set: the test's BUILD file does, so Bazel runs this test", variable)
	}
	return path
}

// NeedOrSkip is Need within Bazel. Outside of it the test is skipped.
func NeedOrSkip(t testing.TB, variable string) string {
	t.Helper()
	if os.Getenv(variable) == "" && os.Getenv("TEST_SRCDIR") == "" {
		t.Skipf("%s isn't set; Bazel runs this test with it", variable)
	}
	return Need(t, variable)
}
