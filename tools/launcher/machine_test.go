package launcher_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A machine to run the launcher on: a copy of the scripts, a home of its own, and a PATH with the system's plain tools
// and the test's fakes, so that neither Bazel, nor Debian's tools, nor the network is reached.
type machine struct {
	t         *testing.T
	folder    string
	workspace string
	env       []string
}

// Plain tools, which the launcher may find on any host.
var plainTools = []string{
	"awk", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "du", "flock", "grep", "head", "id", "mkdir", "mktemp",
	"mv", "ps", "readlink", "rm", "rmdir", "sed", "sha256sum", "sleep", "sort", "stat", "tail", "timeout", "touch", "tr",
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, folder: t.TempDir()}
	m.workspace = filepath.Join(m.folder, "home", "workspace")
	for _, folder := range []string{"bin", "home/workspace", "tools/launcher", "share/bazel"} {
		if err := os.MkdirAll(filepath.Join(m.folder, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	scripts, err := filepath.Glob("*.sh")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts beside the test: %v", err)
	}
	m.copyScript("../bazel", "tools/bazel")
	for _, script := range scripts {
		m.copyScript(script, "tools/launcher/"+script)
	}
	for _, tool := range plainTools {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.folder, "bin", tool)); err != nil {
			t.Fatal(err)
		}
	}
	m.write("home/workspace/MODULE.bazel", "")
	m.env = []string{"PATH=" + filepath.Join(m.folder, "bin"), "HOME=" + filepath.Join(m.folder, "home")}
	return m
}

// The test itself may run inside the toolchain root: the folders by which the scripts know it are moved.
func (m *machine) copyScript(from, to string) {
	m.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		m.t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(text), "/usr/share/", m.folder+"/share/")
	moved = strings.ReplaceAll(moved, "/usr/bin/bazel", m.folder+"/bin/inner-bazel")
	m.write(to, moved)
	if err := os.Chmod(filepath.Join(m.folder, to), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	m.writeAt(filepath.Join(m.folder, name), text)
}

func (m *machine) writeAt(path, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.folder, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	return string(text)
}

// fake puts a program on the PATH.
func (m *machine) fake(name, script string) {
	m.t.Helper()
	path := filepath.Join(m.folder, "bin", name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	m.write("bin/"+name, "#!/bin/bash\n"+script+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// place asks the scripts themselves for a variable of root.sh.
func (m *machine) place(variable string) string {
	m.t.Helper()
	script := `launcher=$1; source "$launcher/root.sh"; echo "${!2}"`
	command := exec.Command("bash", "-c", script, "bash", filepath.Join(m.folder, "tools/launcher"), variable)
	command.Env = m.env
	out, err := command.Output()
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// made makes the machine one whose toolchain is there; entering it prints the arguments.
func (m *machine) made() {
	m.t.Helper()
	m.writeAt(m.ruleSets("bazelrc"), "")
	m.fake("bwrap", `printf '%s\n' "$@"`)
}

// ruleSets gives the path, seen from outside, of a file of the toolchain's rule sets.
func (m *machine) ruleSets(name string) string {
	return filepath.Join(m.place("root"), m.place("rule_sets"), name)
}

type result struct {
	out, err string
	code     int
}

func (m *machine) command(arguments ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(m.folder, "tools/bazel"), arguments...)
	command.Dir = m.workspace
	command.Env = m.env
	return command
}

func (m *machine) run(arguments ...string) result {
	m.t.Helper()
	var out, stderr bytes.Buffer
	command := m.command(arguments...)
	command.Stdout, command.Stderr = &out, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return result{out.String(), stderr.String(), command.ProcessState.ExitCode()}
}

func (r result) wants(t *testing.T, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, part := range parts {
		if !strings.Contains(r.out+r.err, part) {
			t.Errorf("no %q in:\n%s%s", part, r.out, r.err)
		}
	}
}

// entered tells whether Bazel was run in the root with these arguments.
func (r result) entered(arguments ...string) bool {
	words := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	want := append([]string{"bazel"}, arguments...)
	return len(words) > len(want) && slices.Equal(words[len(words)-len(want):], want)
}
