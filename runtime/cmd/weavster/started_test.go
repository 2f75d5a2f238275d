package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weavster/weavster/runtime/store"
)

// What rules name is found where Bazel's `run` starts programs; what users
// name, where they are.
func TestPathsAreTheUsersAndThoseOfRulesStartFromTheRunfiles(t *testing.T) {
	runfiles, user := t.TempDir(), t.TempDir()
	for _, folder := range []string{filepath.Join(runfiles, "shop.bundle"), filepath.Join(runfiles, "postgres"), filepath.Join(user, "mine.bundle")} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(runfiles)
	t.Setenv("BUILD_WORKING_DIRECTORY", user)
	t.Setenv(store.BinariesVariable, "postgres")
	started, err := enterUserFolder()
	if err != nil {
		t.Fatal(err)
	}
	if now, err := os.Getwd(); err != nil || now != user || started != runfiles {
		t.Errorf("started in %s and now in %s, %v", started, now, err)
	}
	if got := os.Getenv(store.BinariesVariable); got != filepath.Join(runfiles, "postgres") {
		t.Errorf("Postgres is at %s", got)
	}
	for given, want := range map[string]string{
		"shop.bundle":         filepath.Join(runfiles, "shop.bundle"),
		"mine.bundle":         "mine.bundle",
		user + "/mine.bundle": user + "/mine.bundle",
	} {
		var got string
		if err := (builtPath{&got, started}).Set(given); err != nil || got != want {
			t.Errorf("%s is %s, %v, and should be %s", given, got, err, want)
		}
	}
}
