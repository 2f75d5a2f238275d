package postgres_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The binaries run from where Bazel puts them, and they are the version that
// the embedded-postgres library would fetch.
func TestServerRuns(t *testing.T) {
	bin := filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv("WEAVSTER_POSTGRES_BINARIES"), "bin")
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		out, err := exec.Command(filepath.Join(bin, name), "--version").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "(PostgreSQL) 18.3") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
