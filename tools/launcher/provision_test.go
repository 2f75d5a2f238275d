package launcher_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A Debian host on which making the toolchain succeeds at once. The fake mmdebstrap makes an empty folder and writes
// down its arguments; the fake bwrap answers for the tools in it.
func newDebian(t *testing.T) *machine {
	m := newMachine(t)
	m.fake("id", `[[ $1 == -u ]] && echo 0 || echo root`)
	m.fake("df", `printf 'Avail\n99999M\n'`)
	m.fake("dpkg-query", `echo "install ok installed"`)
	m.fake("apt-get", `echo "apt-get $*" >>`+m.folder+`/asked`)
	m.fake("apt-config", ``)
	m.fake("setpriv", `exec "${@:3}"`)
	m.fake("unshare", `while [[ $1 == --* ]]; do shift; done; exec "$@"`)
	m.fake("mmdebstrap", `echo "mmdebstrap $*" >>`+m.folder+`/asked; mkdir -p `+m.place("root")+`.building/usr/local/share/ca-certificates`)
	m.fakeTools("7.7.1")
	return m
}

func (m *machine) fakeTools(bazel string) {
	m.fake("bwrap", `case "$*" in
*" bazel --version") echo "bazel `+bazel+`- (@non-git)" ;;
*" rustc --version") echo "rustc 1.97.1 (abc 2026-01-01) (built from a source tarball)" ;;
*" go version") echo "go version go1.26.10 linux/amd64" ;;
*" ld.lld --version") echo "Debian LLD 21.1.8 (compatible with GNU linkers)" ;;
*/modules.sh*) mkdir -p `+filepath.Dir(m.ruleSets("bazelrc"))+`; touch `+m.ruleSets("bazelrc")+` ;;
*" bazel info") echo "inner runs info" ;;
esac`)
}

func TestFirstRunSaysWhatItDoesAndDoesIt(t *testing.T) {
	m := newDebian(t)
	m.run("info").wants(t, 0, "makes a private toolchain, once", m.place("root"), "MB to download", "MB on disk",
		"minutes", "toolchain-remove", "the toolchain is ready", "inner runs info")
	asked := m.read("asked")
	for _, want := range []string{"mmdebstrap", "bazel-bootstrap,", "Install-Recommends", "forky"} {
		if !strings.Contains(asked, want) {
			t.Errorf("no %q in %s", want, asked)
		}
	}
	if strings.Contains(asked, "Check-Valid-Until") {
		t.Error("the mirror's date was not checked")
	}
	if r := m.run("info"); r.err != "" || r.out != "inner runs info\n" {
		t.Errorf("the second run isn't silent: %+v", r)
	}
}

func TestHostPackagesAreInstalledAsRootOnly(t *testing.T) {
	m := newDebian(t)
	m.fake("dpkg-query", `[[ $3 != mmdebstrap && $3 != uidmap ]] && echo "install ok installed"`)
	m.run("info").wants(t, 0, "installing on this host, to make and enter the toolchain: mmdebstrap\n")
	if got := m.read("asked"); !strings.Contains(got, "apt-get install --yes --no-install-recommends mmdebstrap\n") {
		t.Error(got)
	}
	if got := m.read("home/.cache/weavster/toolchain/host-packages"); got != "mmdebstrap\n" {
		t.Errorf("remembered %q", got)
	}

	m = newDebian(t)
	m.fake("dpkg-query", `[[ $3 != mmdebstrap && $3 != uidmap ]] && echo "install ok installed"`)
	m.fake("id", `[[ $1 == -u ]] && echo 1000 || echo jo`)
	m.run("info").wants(t, 1, "sudo apt-get install mmdebstrap uidmap.", "Bazelisk")
	if got := m.read("asked"); got != "" {
		t.Errorf("a plain user's run did: %s", got)
	}
}

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		prepare func(*machine)
		want    []string
	}{
		"another system": {
			func(m *machine) {
				if err := os.Remove(filepath.Join(m.folder, "bin/dpkg-query")); err != nil {
					m.t.Fatal(err)
				}
			},
			[]string{"needs a Debian or Ubuntu host", "install Bazelisk"},
		},
		"no namespaces": {
			func(m *machine) { m.fake("bwrap", `echo "bwrap: No permissions to create new namespace" >&2; exit 1`) },
			[]string{"no mount namespace for root: bwrap: No permissions", "--privileged", "Bazelisk"},
		},
		"no disk": {
			func(m *machine) { m.fake("df", `printf 'Avail\n  800M\n'`) },
			[]string{"there are 800 MB", "XDG_CACHE_HOME"},
		},
		"a package is gone": {
			func(m *machine) { m.fake("mmdebstrap", `echo "E: Unable to locate package bazel-skylib"; exit 100`) },
			[]string{"forky has no package bazel-skylib any more"},
		},
		"a network error": {
			func(m *machine) { m.fake("mmdebstrap", `echo "E: Failed to fetch it  Connection refused"; exit 100`) },
			[]string{"Failed to fetch it", "provision.log", "goes on with what is downloaded"},
		},
		"a major version moved": {
			func(m *machine) { m.fakeTools("8.0.0") },
			[]string{"forky now has bazel 8.0.0", "made for 7"},
		},
		"a version too low": {
			func(m *machine) { m.fakeTools("7.1.0") },
			[]string{"forky now has bazel 7.1.0", "at least 7.7"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDebian(t)
			c.prepare(m)
			r := m.run("info")
			r.wants(t, 1, c.want...)
			if strings.Contains(r.out, "inner runs") {
				t.Error("Bazel ran in spite of it")
			}
			left, err := filepath.Glob(m.place("root") + "*")
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

const expired = "E: Release file for mirror/dists/forky/InRelease is expired (invalid since 17d 3h 2min 1s). " +
	"Updates for this repository will not be applied."

func TestStaleMirrorIsUsedLoudly(t *testing.T) {
	m := newDebian(t)
	m.fake("mmdebstrap", `echo "mmdebstrap $*" >>`+m.folder+`/asked
case "$*" in
*'Acquire::Check-Valid-Until "false"'*) mkdir -p `+m.place("root")+`.building/usr/local/share/ca-certificates ;;
*) echo "`+expired+`"; exit 25 ;;
esac`)
	m.run("info").wants(t, 0, "WARNING: the Debian mirror is stale", "expired 17 days ago",
		"signatures are still verified", "inner runs info")
	if tries := strings.Count(m.read("asked"), "mmdebstrap"); tries != 2 {
		t.Errorf("%d tries, want a strict one and a second", tries)
	}
}

func TestNothingButExpiryLoosensTheCheck(t *testing.T) {
	m := newDebian(t)
	m.fake("mmdebstrap", `echo "mmdebstrap $*" >>`+m.folder+`/asked; echo "E: The repository is not signed."; exit 25`)
	m.run("info").wants(t, 1, "is not signed")
	if got := m.read("asked"); strings.Contains(got, "Check-Valid-Until") {
		t.Error(got)
	}
}

func TestSecondRunWaitsForTheFirst(t *testing.T) {
	m := newDebian(t)
	m.write("home/.cache/weavster/toolchain/lock", "")
	lock, err := os.Open(filepath.Join(m.place("store"), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	command := m.command("info")
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "waiting for it") {
	}
	if got := m.read("asked"); got != "" {
		t.Errorf("did something without the lock: %s", got)
	}
	// What the first run would have made in the meantime.
	m.writeAt(m.ruleSets("bazelrc"), "")
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
	if got := m.read("asked"); got != "" {
		t.Errorf("made the toolchain a second time: %s", got)
	}
}
