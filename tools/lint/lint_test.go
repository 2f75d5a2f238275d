package lint

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/tools/tree"
)

func find(t *testing.T, keep func(string) bool) (root string, files []string) {
	t.Helper()
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	if files, err = tree.Files(root, keep); err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("nothing to look at in %s", root)
	}
	return root, files
}

func isGo(name string) bool { return strings.HasSuffix(name, ".go") }

func TestGoIsFormatted(t *testing.T) {
	root, files := find(t, isGo)
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.Source(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if !bytes.Equal(text, formatted) {
			t.Errorf("%s isn't formatted: run gofmt -w %s", file, file)
		}
	}
}

func TestImportsGoTheRightWay(t *testing.T) {
	root, files := find(t, isGo)
	for _, file := range files {
		offences, err := Offences(root, file, Rules)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, offence := range offences {
			t.Error(offence)
		}
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		why                string // a piece of the offence, or "" where there is none
	}{
		{"codegen/expr", "runtime/module", "the compiler knows nothing"},
		{"codegen/expr", "codegen/ir", ""},
		{"codegen/rust", "codegen/ir", ""},
		{"codegen/rust", "codegen/expr", "knows the IR alone"},
		{"codegen/ir", "codegen/expr", "imports none of them"},
		{"codegen/source", "codegen/ir", "the bottom"},
		{"codegen/types", "codegen/ir", ""},
		{"codegen/types", "codegen/expr", "the IR's kinds"},
		{"runtime/engine", "codegen/contract", ""},
		{"runtime/engine", "codegen/expr", "shares the contract"},
		{"runtime/validate", "codegen/compile", ""},
		{"runtime/engine", "github.com/tetratelabs/wazero/api", "wazero is behind"},
		{"runtime/module/verify", "github.com/tetratelabs/wazero", ""},
		{"codegen/minijinja", "github.com/tetratelabs/wazero", ""},
		{"runtime/store", "github.com/riverqueue/river", "River is behind"},
		{"runtime/queue", "github.com/riverqueue/river", ""},
		{"connectors/file", "connectors", ""},
		{"connectors/file", "connectors/postgres", "no other connector"},
		{"connectors/file", "runtime/store", "no other connector or the runtime"},
		{"connectors/all", "connectors/postgres", ""},
		{"runtime/engine", "connectors/postgres", "by their interfaces"},
		{"runtime/cmd/weavster", "connectors/all", ""},
		{"codegen/syntax", "codegen/expr", "nothing of flows"},
		{"codegen/transform", "codegen/expr", ""},
		{"codegen/expr", "codegen/transform", "made of expressions"},
		{"codegen/transform", "codegen/rust", "those after it"},
		{"runtime/engine", "connectors", ""},
		{"runtime/engine", "fmt", ""},
	} {
		var offences []string
		for _, rule := range Rules {
			if offence := rule.Offence(c.importer, c.imported); offence != "" {
				offences = append(offences, offence)
			}
		}
		if c.why == "" && len(offences) > 0 {
			t.Errorf("%s may import %s, but: %q", c.importer, c.imported, offences)
		}
		if c.why != "" && !slices.ContainsFunc(offences, func(o string) bool { return strings.Contains(o, c.why) }) {
			t.Errorf("%s imports %s: %q doesn't say %q", c.importer, c.imported, offences, c.why)
		}
	}
}

// MODULE.bazel holds nothing but literals, and Go can't read it when it builds.
func TestVersionIsTheModules(t *testing.T) {
	root, _ := find(t, isGo)
	text, err := os.ReadFile(filepath.Join(root, "MODULE.bazel"))
	if err != nil {
		t.Fatal(err)
	}
	stated := regexp.MustCompile(`(?m)^module\([^)]*^    version = "(.*)",$`).FindSubmatch(text)
	if stated == nil {
		t.Fatal("MODULE.bazel states no version")
	}
	if string(stated[1]) != contract.Version {
		t.Errorf("MODULE.bazel is of version %s, and contract.Version says %s", stated[1], contract.Version)
	}
}

func TestBuildFilesAreFormatted(t *testing.T) {
	root, files := find(t, func(name string) bool {
		return name == "BUILD.bazel" || name == "MODULE.bazel" || strings.HasSuffix(name, ".bzl") || strings.HasSuffix(name, ".BUILD")
	})
	buildifier := filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv("BUILDIFIER"))
	// C++ rules still come with Bazel 7 itself.
	check := exec.Command(buildifier, append([]string{"-mode=check", "-lint=warn", "-warnings=-native-cc-common,-native-cc-toolchain"}, files...)...)
	check.Dir = root
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v; `tools/bazel run //:buildifier -- -r \"$PWD\"` mends what can be mended:\n%s", err, out)
	}
}
