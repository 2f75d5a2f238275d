// Package shop runs examples/orders for tests that cross packages.
package shop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/store/embedded"
	"github.com/weavster/weavster/tools/runfile"
)

// A Shop is the example's project in a folder of its own.
type Shop struct {
	folder string // the project's
	env    []string
	args   []string
}

// New makes an empty project; its Postgres ends with the test.
func New(t testing.TB) *Shop {
	t.Helper()
	return NewOf(t, Bundle(t))
}

// Bundle is the example's, as Bazel has built it.
func Bundle(t testing.TB) string { return runfile.Need(t, "BUNDLE") }

// NewOf makes an empty project that runs another bundle of the example.
func NewOf(t testing.TB, bundle string) *Shop {
	t.Helper()
	root := t.TempDir()
	s := &Shop{
		folder: filepath.Join(root, "examples", "orders"),
		args:   []string{"--bundle", bundle, "--project", root},
		env:    append(os.Environ(), "WEAVSTER_POSTGRES_BINARIES="+runfile.Need(t, "WEAVSTER_POSTGRES_BINARIES")),
	}
	t.Cleanup(func() { s.stopPostgres(t) })
	return s
}

// Setenv sets a variable of the environment of the commands that follow.
func (s *Shop) Setenv(name, value string) { s.env = append(s.env, name+"="+value) }

// File is a file of the project: an output, for one.
func (s *Shop) File(name string) string { return filepath.Join(s.folder, name) }

// Command is `weavster …` on the project.
func (s *Shop) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(runfile.Need(t, "WEAVSTER"), append(args, s.args...)...)
	command.Env = s.env
	return command
}

// Run is what the command prints. It has to succeed.
func (s *Shop) Run(t testing.TB, args ...string) string {
	t.Helper()
	out, stderr, code := s.Try(t, args...)
	if code != 0 {
		t.Fatalf("weavster %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return out
}

// Try is what the command prints, on both streams, and its exit code.
func (s *Shop) Try(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	command := s.Command(t, args...)
	var out, errs strings.Builder
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// stopPostgres ends a server that a killed process left, and its data.
func (s *Shop) stopPostgres(t testing.TB) {
	t.Helper()
	options := embedded.Options{Folder: s.File(".weavster"), Binaries: runfile.Need(t, "WEAVSTER_POSTGRES_BINARIES")}
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
