// Package tree finds the real source tree from within a Bazel test: for checks
// of the tree itself, and for tests that run Bazel in it.
package tree

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Root is the workspace's folder. A test has MODULE.bazel as data, as a link;
// the file that it leads to lies at the root of the real tree.
func Root() (string, error) {
	link := filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv("TEST_WORKSPACE"), "MODULE.bazel")
	file, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", fmt.Errorf("the workspace: %w", err)
	}
	return filepath.Dir(file), nil
}

// Files are the paths below root, slashed and relative to it, for which keep
// holds. Hidden folders, Bazel's links and Cargo's output are passed over.
func Files(root string, keep func(name string) bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "target") {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() && keep(name) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(relative))
		}
		return nil
	})
	return files, err
}
