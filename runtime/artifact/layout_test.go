package artifact

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// written is a layout folder, and the paths of the index's, the manifests' and
// the layers' blobs.
func written(t *testing.T) (folder string, blobs map[string]string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "layout")
	index := pack(t, alone(t, "orders"))
	if err := WriteLayout(folder, index); err != nil {
		t.Fatal(err)
	}
	top, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	image, err := index.Image(list.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	return folder, map[string]string{
		"list": filepath.Join(folder, layoutIndex), "index": blobPath(folder, top), "manifest": blobPath(folder, list.Manifests[0].Digest),
		"config": blobPath(folder, m.Config.Digest), "layer": blobPath(folder, m.Layers[1].Digest),
	}
}

// A folder that somebody handed over holds what they like: nothing in it may
// be waited for, or read without an end.
func TestLayoutsOfPipesAndDevices(t *testing.T) {
	for _, blob := range []string{"list", "index", "manifest", "config", "layer"} {
		for kind, put := range map[string]func(path string) error{
			"isn't a regular file": func(path string) error { return syscall.Mkfifo(path, 0o666) },
			"regular file":         func(path string) error { return os.Symlink("/dev/zero", path) },
			"are allowed":          func(path string) error { return sparse(path, 2<<30) },
		} {
			folder, blobs := written(t)
			if err := errors.Join(os.Remove(blobs[blob]), put(blobs[blob])); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadLayout(folder); err == nil || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s, %s: got %v", blob, kind, err)
			}
		}
	}
}

// sparse is a file of a size that takes no room.
func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

func TestFoldersThatAreNoLayout(t *testing.T) {
	folder, _ := written(t)
	if err := WriteLayout(folder, pack(t, alone(t, "orders"))); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an image is written over another: %v", err)
	}
	if _, err := ReadLayout(t.TempDir()); err == nil || !strings.Contains(err.Error(), "isn't an OCI layout folder") {
		t.Errorf("got %v", err)
	}
	put(t, folder, layoutIndex, `{"manifests":[]}`)
	if _, err := ReadLayout(folder); err == nil || !strings.Contains(err.Error(), "has 0 images for several platforms, and an artifact is one") {
		t.Errorf("got %v", err)
	}
	put(t, folder, layoutIndex, `{"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:../../../x","size":1}]}`)
	if _, err := ReadLayout(folder); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
}

// An index of nothing isn't decoded: it would take hundreds of times its size.
func TestALayoutOfNothing(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "index.json", `{"manifests":[0`+strings.Repeat(",0", 1<<20)+`]}`)
	if _, err := ReadLayout(folder); err == nil || !strings.Contains(err.Error(), "has 1048576 commas") {
		t.Errorf("got %v", err)
	}
}
