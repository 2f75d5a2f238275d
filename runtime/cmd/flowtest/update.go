package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weavster/weavster/runtime/fixture"
)

// update rewrites the expectations of cases that failed, in the files of the
// user's workspace.
func (t *tester) update(suites []*fixture.Suite, report *fixture.Report) (code int, err error) {
	for _, s := range suites {
		u := fixture.Update(s, os.ReadFile, report.Outcomes)
		for _, name := range slices.Sorted(maps.Keys(u.Files)) {
			if err := t.rewrite(name, u.Files[name]); err != nil {
				return exitBroken, err
			}
		}
		for _, name := range u.Cases {
			fmt.Fprintf(t.out, "updated  %s: %s\n", s.File.Name, name)
		}
		for _, name := range u.Left {
			code = exitFailed
			fmt.Fprintf(t.out, "left     %s: %s: this case is to be changed by hand\n", s.File.Name, name)
		}
		if len(u.Cases)+len(u.Left) == 0 {
			fmt.Fprintf(t.out, "as it is %s\n", s.File.Name)
		}
	}
	return code, nil
}

// rewrite puts a file in the place of the one that was read.
func (t *tester) rewrite(name string, text []byte) error {
	place, err := t.bazel.source(name)
	if err != nil {
		return err
	}
	read, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if there, err := os.ReadFile(place); err != nil {
		return err
	} else if !bytes.Equal(there, read) {
		return fmt.Errorf("%s isn't what was read of it: run it again", place)
	}
	info, err := os.Stat(place)
	if err != nil {
		return err
	}
	return os.WriteFile(place, text, info.Mode().Perm())
}

// source is where a file of the test lies in the user's workspace. Under
// `bazel test` there is none to write to.
func (b bazel) source(name string) (string, error) {
	workspace := b.getenv("BUILD_WORKSPACE_DIRECTORY")
	switch {
	case workspace == "" && b.getenv("TEST_SRCDIR") != "":
		return "", errors.New("--update writes to the workspace, which a test can't: use `bazel run` instead of `bazel test`")
	case workspace == "" || filepath.IsAbs(name):
		return name, nil
	case strings.HasPrefix(name, "../"):
		return "", fmt.Errorf("%s is another repository's", name)
	}
	return filepath.Join(workspace, name), nil
}
