// Package ship does what the README's section "Ship it" says, command by
// command, with the programs that Bazel has built.
package ship

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/store/embedded"
	"github.com/weavster/weavster/tests/registry"
)

// A program is what `bazel run` makes of a target.
type program struct {
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
	Program string            `json:"program"`
}

// address is where the README's registry listens.
const address = "localhost:5000"

// commands are those of the README's section.
func commands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(runfiles(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Ship it\n")
	if !found {
		t.Fatal(`the README has no section "Ship it"`)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var list []string
	for line := range strings.Lines(section) {
		if command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    tools/bazel run "); ok {
			list = append(list, command)
		}
	}
	return list
}

// runfiles is where the programs start, as under `bazel run`.
func runfiles() string { return filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv("TEST_WORKSPACE")) }

// target reads what `bazel run` makes of `//:NAME`.
func target(t *testing.T, label string) program {
	t.Helper()
	name, found := strings.CutPrefix(label, "//:")
	if !found {
		t.Fatalf("%s isn't a target of the root", label)
	}
	text, err := os.ReadFile(filepath.Join(runfiles(), "examples", "orders", name+".command.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p program
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// A user is somebody in a folder of their own.
type user struct {
	folder   string
	registry string
}

// run does what `tools/bazel run` followed by the command line does.
func (u *user) run(t *testing.T, line string) (stdout, stderr string) {
	t.Helper()
	label, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimPrefix(strings.TrimSpace(rest), "--")
	p := target(t, label)
	args := append(p.Args, strings.Fields(strings.ReplaceAll(rest, address, u.registry))...)
	command := exec.Command(filepath.Join(runfiles(), p.Program), args...)
	command.Dir = runfiles()
	command.Env = append(os.Environ(), "BUILD_WORKING_DIRECTORY="+u.folder, "BUILD_WORKSPACE_DIRECTORY="+u.folder, "COSIGN_PASSWORD=a password", "XDG_CACHE_HOME="+u.folder+"/cache")
	for name, value := range p.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	var out, errs strings.Builder
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("tools/bazel run %s: %v\n%s%s", line, err, &out, &errs)
	}
	return out.String(), errs.String()
}

// stopPostgres ends the server that the run has left, and its data.
func (u *user) stopPostgres(t *testing.T) {
	options := embedded.Options{
		Folder:   filepath.Join(u.folder, ".weavster"),
		Binaries: filepath.Join(runfiles(), target(t, "//:run").Env["WEAVSTER_POSTGRES_BINARIES"]),
	}
	server, err := embedded.Start(context.Background(), options)
	if err == nil {
		err = server.Close()
	}
	if err == nil {
		err = embedded.Remove(options)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestTheReadmesCommandsShipAFlow(t *testing.T) {
	u := &user{folder: t.TempDir(), registry: registry.Start(t, registry.Options{}).Host}
	t.Cleanup(func() { u.stopPostgres(t) })
	list := commands(t)
	if len(list) != 5 {
		t.Fatalf("the README ships in %d commands, not five: %q", len(list), list)
	}
	var out string
	for _, line := range list {
		stdout, stderr := u.run(t, line)
		t.Logf("$ tools/bazel run %s\n%s%s", line, stdout, stderr)
		out = stdout
	}
	if !regexp.MustCompile(`read +100,000`).MatchString(out) || !regexp.MustCompile(`to postgres\.orders +67,733`).MatchString(out) {
		t.Errorf("the artifact didn't run as the flow does:\n%s", out)
	}
}
