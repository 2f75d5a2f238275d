package embedded

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestARootWithoutACLibraryIsASentence(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere every machine has its library")
	}
	err := checkLibraries(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no C library") || !strings.Contains(err.Error(), "postgres://user:password@host:5432/database") {
		t.Errorf("got %v", err)
	}
	for _, loader := range []string{"lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1", "lib/ld-musl-x86_64.so.1"} {
		root := t.TempDir()
		name := filepath.Join(root, loader)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := checkLibraries(root); err != nil {
			t.Errorf("with %s: %v", loader, err)
		}
	}
}
