// Package consumer builds a workspace that depends on this one, as a user's
// does, with a Bazel of its own.
package consumer

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
	w.env = append(os.Environ(), "GOPROXY=file://"+modules+","+goProxy(t), "CARGO_NET_OFFLINE=true", "TZ=Pacific/Kiritimati")
	// The user has another time zone than we, and keeps files to herself.
	mask := syscall.Umask(0o077)
	t.Cleanup(func() { syscall.Umask(mask) })
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

// outputs are the files that a target gives. An image, a folder, is its
// index.json, which has the image's digest.
func (w *workspace) outputs(t *testing.T, target string) map[string][]byte {
	t.Helper()
	execroot, _ := w.run(t, "info", "execution_root")
	list, _ := w.run(t, "cquery", target, "--output=files")
	files := map[string][]byte{}
	for name := range strings.Lines(list) {
		name = strings.TrimSpace(name)
		files[filepath.Base(name)] = read(t, filepath.Join(strings.TrimSpace(execroot), name))
	}
	return files
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	if strings.HasSuffix(name, ".image") {
		name = filepath.Join(name, "index.json")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAWorkspaceThatDependsOnOurs(t *testing.T) {
	w := newWorkspace(t)
	shared := []string{"@weavster//examples/orders/flows:orders", "@weavster//rules/tests:echo"}
	w.run(t, "build", append([]string{"//flows:all", "//:greetings", "//:images"}, shared...)...)

	greet := w.outputs(t, "//flows:greet")
	if !bytes.HasPrefix(greet["greet.wasm"], []byte("\x00asm")) || !bytes.Contains(greet["greet.manifest.json"], []byte(`"flow": "greet"`)) {
		t.Errorf("//flows:greet gives %d bytes of module and the manifest %s", len(greet["greet.wasm"]), greet["greet.manifest.json"])
	}

	// These flows were compiled in two output bases, and their workspace was
	// the root in one and a dependency in the other.
	modules, images := strings.Fields(os.Getenv("MODULES")), strings.Fields(os.Getenv("IMAGES"))
	if len(modules) != len(shared) || len(images) != len(shared) {
		t.Fatalf("to compare: %q, %q", modules, images)
	}
	for i, target := range shared {
		there := w.outputs(t, target)
		for _, ours := range []string{modules[i], images[i]} {
			here := read(t, filepath.Join(os.Getenv("TEST_SRCDIR"), ours))
			if got := there[filepath.Base(ours)]; !bytes.Equal(here, got) {
				t.Errorf("%s of %s has %d bytes and is another as a dependency's, which has %d", filepath.Base(ours), target, len(here), len(got))
			}
		}
	}

	stdout, _ := w.run(t, "test", "//flows/...", "--test_summary=short", "--nocache_test_results")
	if !strings.Contains(stdout, "//flows:greet_test") || !strings.Contains(stdout, "PASSED") {
		t.Errorf("the flow's fixtures didn't run:\n%s", stdout)
	}
}
