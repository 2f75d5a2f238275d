package launcher_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Bazel of the given version on the PATH that counts how often it is asked about its registry.
func hostBazel(m *machine, name, version string, reachesRegistry bool) {
	answer := "exit 1"
	if reachesRegistry {
		answer = "exit 0"
	}
	m.fake(name, `case "$*" in
--version) echo "bazel `+version+`" ;;
*"mod graph"*) echo asked >>`+m.folder+`/asked; `+answer+` ;;
*) echo "`+name+` runs:$(printf ' <%s>' "$@")"; exit 7 ;;
esac`)
}

func TestBazelisksChoiceIsTaken(t *testing.T) {
	m := newMachine(t)
	hostBazel(m, "chosen", "7.4.1", false)
	m.env = append(m.env, "BAZEL_REAL="+filepath.Join(m.folder, "bin/chosen"))
	m.run("build", "//a b").wants(t, 7, "chosen runs: <build> <//a b>\n")
}

func TestPrivateWinsOverBazelisk(t *testing.T) {
	m := newMachine(t)
	m.made()
	m.env = append(m.env, "BAZEL_REAL=/nowhere", "WEAVSTER_TOOLCHAIN=private")
	if r := m.run("build", "//a b", ""); !r.entered("build", "//a b", "") {
		t.Errorf("not in the toolchain: %+v", r)
	}
}

func TestHostIsTakenUnasked(t *testing.T) {
	m := newMachine(t)
	m.env = append(m.env, "WEAVSTER_TOOLCHAIN=host")
	m.run("info").wants(t, 1, "neither bazelisk nor bazel is on the PATH")

	hostBazel(m, "bazel", "6.0.0", false)
	m.run("info").wants(t, 7, "bazel runs: <info>")
	hostBazel(m, "bazelisk", "6.0.0", false)
	m.run("info").wants(t, 7, "bazelisk runs: <info>")
	if asked := m.read("asked"); asked != "" {
		t.Errorf("asked about its registry: %q", asked)
	}
}

func TestUnknownToolchainIsRefused(t *testing.T) {
	m := newMachine(t)
	m.env = append(m.env, "WEAVSTER_TOOLCHAIN=mine")
	m.run("info").wants(t, 1, `WEAVSTER_TOOLCHAIN is "mine"; it can be auto, host or private`)
}

func TestHostBazelIsAskedOnce(t *testing.T) {
	m := newMachine(t)
	m.made()
	hostBazel(m, "bazel", "7.4.1", true)
	m.run("info").wants(t, 7, "asking "+m.folder+"/bin/bazel once", "bazel runs: <info>")
	m.run("info").wants(t, 7, "bazel runs: <info>")
	if asked := strings.Count(m.read("asked"), "asked"); asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}

	hostBazel(m, "bazel", "7.4.2", false)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(m.folder, "bin/bazel"), later, later); err != nil {
		t.Fatal(err)
	}
	if r := m.run("info"); !r.entered("info") {
		t.Errorf("another program at the same place wasn't asked anew: %+v", r)
	}
	if r := m.run("info"); !r.entered("info") || strings.Contains(r.err, "asking") {
		t.Errorf("a refusal wasn't remembered: %+v", r)
	}
}

func TestHostBazelHasTheWorkspacesVersion(t *testing.T) {
	m := newMachine(t)
	m.made()
	hostBazel(m, "bazel", "8.1.0", true)
	if r := m.run("info"); !r.entered("info") {
		t.Errorf("Bazel 8 was taken for 7: %+v", r)
	}
	m.write("home/workspace/.bazelversion", "8.1.0\n")
	m.run("info").wants(t, 7, "bazel runs: <info>")
}

func TestLauncherOnThePathIsNotTheHostsBazel(t *testing.T) {
	m := newMachine(t)
	m.made()
	if err := os.Symlink(filepath.Join(m.folder, "tools/bazel"), filepath.Join(m.folder, "bin/bazel")); err != nil {
		t.Fatal(err)
	}
	if r := m.run("info"); !r.entered("info") {
		t.Errorf("not in the toolchain: %+v", r)
	}
}

func TestInsideTheRootBazelRunsDirectly(t *testing.T) {
	m := newMachine(t)
	m.write("share/weavster/mark", "")
	m.fake("inner-bazel", `echo "inner runs:" "$@"`)
	m.env = append(m.env, "WEAVSTER_TOOLCHAIN=private", "BAZEL_REAL=/nowhere")
	m.run("test", "//...").wants(t, 0, "inner runs: test //...")
}

func TestEnteringKeepsTheHostsFoldersAndTheServer(t *testing.T) {
	m := newMachine(t)
	m.made()
	r := m.run("build", "//...")
	r.wants(t, 0,
		"--bind\n"+m.place("root")+"\n/\n",
		"--bind\n"+m.workspace+"\n"+m.workspace+"\n",
		"--bind\n"+filepath.Join(m.folder, "home")+"\n",
		"--chdir\n"+m.workspace+"\n",
		"--ro-bind\n"+m.ruleSets("bazelrc")+"\n/etc/bazel/bazelrc\n",
		"--unsetenv\nJAVA_HOME\n")
	for _, option := range []string{"--die-with-parent", "--unshare-pid", "--unshare-net"} {
		if strings.Contains(r.out, option) {
			t.Errorf("%s would end the Bazel server or cut it off", option)
		}
	}
}

func TestOwnWordsAreInTheHelp(t *testing.T) {
	m := newMachine(t)
	m.made()
	for _, word := range []string{"help", "--help"} {
		m.run(word).wants(t, 0, "toolchain-info", "toolchain-remove", "WEAVSTER_TOOLCHAIN")
	}
}

func TestRemove(t *testing.T) {
	m := newMachine(t)
	m.run("toolchain-remove").wants(t, 0, "Nothing to remove")
	m.made()
	m.write("home/.cache/weavster/toolchain/host-packages", "mmdebstrap\nbubblewrap\n")
	m.run("toolchain-remove").wants(t, 0, "Removed "+m.place("store"), "Left on this host", "bubblewrap mmdebstrap")
	if _, err := os.Stat(filepath.Join(m.folder, "home/.cache/weavster")); !os.IsNotExist(err) {
		t.Errorf("something is left: %v", err)
	}
	if _, err := os.Stat(m.workspace); err != nil {
		t.Error(err)
	}
}
