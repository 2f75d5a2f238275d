package failpoint

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// breakMe has this test binary be a process that hits points, as an armed one.
const breakMe = "WEAVSTER_TEST_BREAK"

func TestMain(m *testing.M) {
	if os.Getenv(breakMe) == "" {
		os.Exit(m.Run())
	}
	linked = "yes"
	for _, name := range []string{"read", "write", "read", "commit", "read"} {
		if err := Hit(name); err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
		}
	}
}

func process(t *testing.T, plan, hits string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), breakMe+"=1", Plan+"="+plan, Hits+"="+hits)
	return command
}

// What is shipped isn't linked so.
func TestAnEnvironmentAloneBreaksNothing(t *testing.T) {
	t.Setenv(Plan, "*=kill")
	if err := Hit("read"); err != nil || Enabled() {
		t.Error(err)
	}
}

func TestAProcessDiesAtTheHitThatThePlanNames(t *testing.T) {
	for plan, want := range map[string]string{
		"read=kill@2":             "read write read",
		"commit=kill":             "read write read commit",
		"*=kill@2":                "read write",
		"write=error, *=kill@4":   "read write read commit",
		"read=kill@4, other=kill": "read write read commit read",
	} {
		hits := filepath.Join(t.TempDir(), "hits")
		command := process(t, plan, hits)
		err := command.Run()
		got, readErr := os.ReadFile(hits)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if text := strings.Join(strings.Fields(string(got)), " "); text != want {
			t.Errorf("%s: it hit %q, want %q", plan, text, want)
		}
		killed := command.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		if killed != (want != "read write read commit read") {
			t.Errorf("%s: %v", plan, err)
		}
	}
}

func TestAPointFailsWhereItIsTold(t *testing.T) {
	out, err := process(t, "read=error@3", "").Output()
	if err != nil || string(out) != "read: injected by a failpoint\n" {
		t.Errorf("%q, %v", out, err)
	}
	rules, err := parse("read=error")
	if err != nil || !errors.Is(rules[0].action("read"), ErrInjected) {
		t.Error(err)
	}
}

func TestAPausedProcessGoesOnWhenTheFileAppears(t *testing.T) {
	file := filepath.Join(t.TempDir(), "go")
	command := process(t, "commit=pause:"+file, "")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(file + ".reached"); err == nil {
			break
		}
	}
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAPlanThatIsWrongEndsTheProcess(t *testing.T) {
	for _, plan := range []string{"read", "=kill", "read=kill@0", "read=kill@x", "read=explode", "read=pause", "read=kill:1"} {
		command := process(t, plan, "")
		if out, err := command.CombinedOutput(); command.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), Plan) {
			t.Errorf("%s: %v: %s", plan, err, out)
		}
	}
}

func BenchmarkHit(b *testing.B) {
	for b.Loop() {
		if err := Hit("engine/commit/before"); err != nil {
			b.Fatal(err)
		}
	}
}
