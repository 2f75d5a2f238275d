// Package tests holds what the rules make against what it is made of.
package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

// runfile reads a file that the test has as data.
func runfile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("TEST_SRCDIR"), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readBuild(t *testing.T, variable string) *contract.Build {
	t.Helper()
	b, err := contract.ReadBuild(runfile(t, os.Getenv(variable)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A flow names the crates that it is linked with, and no other.
func TestCratesAreThoseThatAreLinked(t *testing.T) {
	for variable, want := range map[string][]string{
		"FIELDS":   {"jiff", "weavster-guest"},
		"ECHO":     {"jiff", "minijinja", "weavster-guest", "weavster-guest-jinja"},
		"PATTERNS": {"jiff", "minijinja", "regex-automata", "weavster-guest", "weavster-guest-jinja", "weavster-guest-regex", "weavster-pattern"},
	} {
		var got []string
		for _, c := range readBuild(t, variable).Crates {
			// These stand for the rest.
			if slices.Contains([]string{"jiff", "minijinja", "regex-automata"}, c.Name) || strings.HasPrefix(c.Name, "weavster") {
				got = append(got, c.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", variable, diff)
		}
	}
}

func TestCratesAreThoseOfTheLock(t *testing.T) {
	lock := string(runfile(t, os.Getenv("TEST_WORKSPACE")+"/Cargo.lock"))
	for _, c := range readBuild(t, "PATTERNS").Crates {
		if strings.HasPrefix(c.Name, "weavster-") {
			if c.Version != contract.Version || c.Registry != "" || c.SHA256 != "" {
				t.Errorf("%+v isn't a crate of Weavster's own", c)
			}
			continue
		}
		entry := fmt.Sprintf("name = %q\nversion = %q\nsource = %q\nchecksum = %q\n", c.Name, c.Version, c.Registry, c.SHA256)
		if !strings.Contains(lock, entry) || c.License == "" {
			t.Errorf("Cargo.lock doesn't have %+v", c)
		}
	}
}

// Sources are what the flow uses of what it is given: not the table of sizes.
func TestSourcesAreThoseThatAreUsed(t *testing.T) {
	b := readBuild(t, "ECHO")
	var got []string
	for _, s := range b.Sources {
		got = append(got, s.Role+" "+strings.TrimPrefix(s.Path, "rules/tests/"))
		text := runfile(t, os.Getenv("TEST_WORKSPACE")+"/"+s.Path)
		if sum := sha256.Sum256(text); s.SHA256 != hex.EncodeToString(sum[:]) || s.Bytes != int64(len(text)) {
			t.Errorf("%+v isn't what lies there", s)
		}
	}
	want := []string{"flow echo.yaml", "table countries.csv", "library inner_library.yaml", "library outer.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b.Target != "//rules/tests:echo" || b.Flow != "echo" {
		t.Errorf("the target is %s, the flow %s", b.Target, b.Flow)
	}
}
