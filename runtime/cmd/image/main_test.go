package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/weavster/weavster/runtime/artifact"
)

func TestTheCommitIsTheStatussOwn(t *testing.T) {
	status := filepath.Join(t.TempDir(), "status")
	write := func(text string) {
		if err := os.WriteFile(status, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("BUILD_HOST here\nSTABLE_WEAVSTER_COMMIT abc-changed\n")
	if commit, err := commitOf(status); commit != "abc-changed" || err != nil {
		t.Errorf("got %q, %v", commit, err)
	}
	write("BUILD_HOST here\n")
	if _, err := commitOf(status); err == nil || !strings.Contains(err.Error(), "--config=release") {
		t.Errorf("got %v", err)
	}
	if commit, err := commitOf(""); commit != "" || err != nil {
		t.Errorf("unstamped: %q, %v", commit, err)
	}
}

// Bazel's sandbox is a tree of links to files.
func TestALayoutOfLinksIsRead(t *testing.T) {
	image, err := random.Image(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex),
		mutate.IndexAddendum{Add: mutate.MediaType(image, types.OCIManifestSchema1)})
	made, linked := filepath.Join(t.TempDir(), "made"), t.TempDir()
	if err := artifact.WriteLayout(made, index); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(made, func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(linked, strings.TrimPrefix(path, made))
		if err != nil || d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		return os.Symlink(path, to)
	}); err != nil {
		t.Fatal(err)
	}
	read, err := readLayout(linked)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(read); err != nil {
		t.Error(err)
	}
}
