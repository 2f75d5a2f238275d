// Package consumer builds a workspace that depends on this one, as a user's
// does, with a Bazel of its own.
package consumer

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/tools/tree"
)

// A workspace is the user's, and how Bazel runs in it.
type workspace struct {
	folder, bazel, outputBase string
	env                       []string
}

// newWorkspace prepares the workspace in the real tree. Its output base lies
// beside ours and stays, so that a second run is a matter of seconds.
func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	runfiles, err := filepath.EvalSymlinks(os.Getenv("TEST_SRCDIR"))
	if err != nil {
		t.Fatal(err)
	}
	ours, _, found := strings.Cut(runfiles, "/execroot/")
	if !found {
		t.Fatalf("%s doesn't lie in an output base of Bazel's", runfiles)
	}
	w := &workspace{folder: filepath.Join(root, "tests/consumer/workspace"), bazel: "bazel", outputBase: ours + "-consumer"}
	if real := os.Getenv("BAZEL_REAL"); real != "" {
		w.bazel = real
	}
	// What the build of this test has fetched serves again, before the network.
	modules := filepath.Join(ours, "external/gazelle~~non_module_deps~bazel_gazelle_go_repository_cache/pkg/mod/cache/download")
	// Bazel would keep its caches in a test's temporary folder.
	if err := os.Unsetenv("TEST_TMPDIR"); err != nil {
		t.Fatal(err)
	}
	w.env = append(os.Environ(), "GOPROXY=file://"+modules+","+goProxy(t), "CARGO_NET_OFFLINE=true")
	t.Cleanup(func() { w.run(t, "shutdown") })
	return w
}

func goProxy(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// run gives what a command of Bazel's prints; it fails the test if Bazel does.
func (w *workspace) run(t *testing.T, command string, args ...string) (stdout, stderr string) {
	t.Helper()
	line := append([]string{"--output_base=" + w.outputBase, command}, args...)
	if command != "shutdown" {
		line = append(line, "--experimental_convenience_symlinks=ignore", "--noshow_progress", "--color=no")
	}
	bazel := exec.Command(w.bazel, line...)
	bazel.Dir, bazel.Env = w.folder, w.env
	var out, errs bytes.Buffer
	bazel.Stdout, bazel.Stderr = &out, &errs
	if err := bazel.Run(); err != nil {
		t.Fatalf("bazel %s %s: %v\n%s%s", command, strings.Join(args, " "), err, &out, &errs)
	}
	return out.String(), errs.String()
}

// outputs are the files that a target gives.
func (w *workspace) outputs(t *testing.T, target string) map[string][]byte {
	t.Helper()
	execroot, _ := w.run(t, "info", "execution_root")
	list, _ := w.run(t, "cquery", target, "--output=files")
	files := map[string][]byte{}
	for name := range strings.Lines(list) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(execroot), name))
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = text
	}
	return files
}

func TestAWorkspaceThatDependsOnOurs(t *testing.T) {
	w := newWorkspace(t)
	shared := []string{"@weavster//examples/orders/flows:orders", "@weavster//rules/tests:echo"}
	w.run(t, "build", append([]string{"//flows:all", "//:greetings"}, shared...)...)

	greet := w.outputs(t, "//flows:greet")
	if !bytes.HasPrefix(greet["greet.wasm"], []byte("\x00asm")) || !bytes.Contains(greet["greet.manifest.json"], []byte(`"flow": "greet"`)) {
		t.Errorf("//flows:greet gives %d bytes of module and the manifest %s", len(greet["greet.wasm"]), greet["greet.manifest.json"])
	}

	// These flows were compiled in two output bases, and their workspace was
	// the root in one and a dependency in the other.
	ours := strings.Fields(os.Getenv("MODULES"))
	if len(ours) != len(shared) {
		t.Fatalf("modules to compare: %q", ours)
	}
	for i, target := range shared {
		here, err := os.ReadFile(filepath.Join(os.Getenv("TEST_SRCDIR"), ours[i]))
		if err != nil {
			t.Fatal(err)
		}
		if there := w.outputs(t, target)[filepath.Base(ours[i])]; !bytes.Equal(here, there) {
			t.Errorf("the module of %s has %d bytes and is another as a dependency's, which has %d", target, len(here), len(there))
		}
	}

	stdout, _ := w.run(t, "test", "//flows/...", "--test_summary=short", "--nocache_test_results")
	if !strings.Contains(stdout, "//flows:greet_test") || !strings.Contains(stdout, "PASSED") {
		t.Errorf("the flow's fixtures didn't run:\n%s", stdout)
	}
}
