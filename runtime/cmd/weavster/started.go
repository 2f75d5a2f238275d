package main

import (
	"os"
	"path/filepath"

	"github.com/weavster/weavster/runtime/store"
)

// enterUserFolder goes where the user is, so that paths on the command line
// are the user's: Bazel's `run` starts programs in their runfiles, and says
// where it was called. It gives the folder that the process was started in, if
// that is another one.
func enterUserFolder() (started string, err error) {
	user := os.Getenv("BUILD_WORKING_DIRECTORY")
	if user == "" {
		return "", nil
	}
	if started, err = os.Getwd(); err != nil {
		return "", err
	}
	if binaries := os.Getenv(store.BinariesVariable); binaries != "" {
		if err := os.Setenv(store.BinariesVariable, fromStart(started, binaries)); err != nil {
			return "", err
		}
	}
	return started, os.Chdir(user)
}

// fromStart is a path that a rule has written, which starts from the runfiles,
// or else one that the user has.
func fromStart(started, path string) string {
	if built := filepath.Join(started, path); !filepath.IsAbs(path) && exists(built) {
		return built
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// A builtPath is a flag that names something built.
type builtPath struct {
	path    *string
	started string
}

func (b builtPath) String() string {
	if b.path == nil {
		return ""
	}
	return *b.path
}

func (b builtPath) Type() string { return "string" }

func (b builtPath) Set(path string) error {
	*b.path = fromStart(b.started, path)
	return nil
}
