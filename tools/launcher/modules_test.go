package launcher_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The modules of versions.sh, by name.
func listedModules(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("bash", "-c", `source ./versions.sh; printf '%s\n' "${modules[@]}"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		listed[fields[0]] = fields[1]
	}
	return listed
}

func TestVersionsAreThoseOfModuleBazel(t *testing.T) {
	text, err := os.ReadFile("../../MODULE.bazel")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, dep := range regexp.MustCompile(`bazel_dep\(\s*name = "(\w+)",\s*version = "([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		asked[dep[1]] = dep[2]
	}
	compared := 0
	for name, version := range listedModules(t) {
		if asked[name] == "" {
			continue
		}
		compared++
		if asked[name] != version {
			t.Errorf("%s: MODULE.bazel asks for %s, versions.sh provides %s", name, asked[name], version)
		}
	}
	if compared < 3 {
		t.Errorf("only %d modules in both MODULE.bazel and versions.sh", compared)
	}
}

// withRegistry gives the toolchain a registry that has rules_go in the listed version, and a stand-in.
func withRegistry(t *testing.T) (m *machine, registry, version string) {
	m = newMachine(t)
	m.made()
	version = listedModules(t)["rules_go"]
	registry = m.ruleSets("registry/modules")
	m.writeAt(registry+"/rules_go/"+version+"/MODULE.bazel", `module(version = "`+version+`", name = "rules_go")`)
	m.writeAt(registry+"/zlib/1.3/MODULE.bazel", `module(version = "1.3", name = "zlib")`)
	return m, registry, version
}

func TestAskedVersionsAreServedFromWhatThereIs(t *testing.T) {
	for asked, noted := range map[string]bool{"0.40.0": false, "99.1.0": true} {
		m, registry, _ := withRegistry(t)
		m.write("home/workspace/MODULE.bazel", "bazel_dep(\n    name = \"rules_go\",\n    version = \""+asked+"\",\n)\n")
		r := m.run("info")
		r.wants(t, 0)
		got, err := os.ReadFile(filepath.Join(registry, "rules_go", asked, "MODULE.bazel"))
		if err != nil {
			t.Fatal(err)
		}
		if want := `module(version = "` + asked + `", name = "rules_go")`; string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if strings.Contains(r.err, "rules_go "+asked+" is asked for") != noted {
			t.Errorf("note wanted: %t, got: %s", noted, r.err)
		}
	}
}

func TestStandInsAreSaidAndOtherModulesLeftAlone(t *testing.T) {
	m, registry, version := withRegistry(t)
	m.write("home/workspace/MODULE.bazel", `bazel_dep(name = "zlib", version = "1.4")
bazel_dep(name = "rules_oci", version = "2.0.0")
bazel_dep(name = "rules_go", version = "`+version+`")
`)
	r := m.run("info")
	r.wants(t, 0, "zlib is only a stand-in here")
	if strings.Contains(r.err, "rules_") {
		t.Error(r.err)
	}
	entries, err := filepath.Glob(registry + "/*/*")
	if err != nil || len(entries) != 2 {
		t.Errorf("the registry changed: %v %v", entries, err)
	}
}

func TestRegistryLeadsToTheSources(t *testing.T) {
	m := newMachine(t)
	m.write("share/bazel/embedded_tools/MODULE.bazel", `module(name = "bazel_tools")
bazel_dep(name = "zlib", version = "1.3.1.bcr.3")
`)
	m.write("share/bazel/rules/rust/MODULE.bazel", "bazel_dep(\n    name = \"zlib\",\n    version = \"1.2\",\n)\n")
	m.write("rules_go/MODULE.bazel", `module(
    name = "rules_go",
    repo_name = "io_bazel_rules_go",
)

bazel_dep(name = "gazelle", version = "0.51.3")
`)
	m.write("gazelle/MODULE.bazel", "module(\n    name = \"gazelle\",\n    version = \"\",\n)\n")
	registry := filepath.Join(m.folder, "registry")
	command := exec.Command(filepath.Join(m.folder, "tools/launcher/registry.sh"), registry,
		"rules_go=0.62.0="+m.folder+"/rules_go", "gazelle=0.47.0="+m.folder+"/gazelle")
	command.Env = m.env
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	want := `module(version = "0.62.0", 
    name = "rules_go",
    repo_name = "io_bazel_rules_go",
)

bazel_dep(name = "gazelle", version = "0.47.0")
`
	if diff := cmp.Diff(want, m.read("registry/modules/rules_go/0.62.0/MODULE.bazel")); diff != "" {
		t.Errorf("rules_go (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("module(version = \"0.47.0\", \n    name = \"gazelle\",\n)\n", m.read("registry/modules/gazelle/0.47.0/MODULE.bazel")); diff != "" {
		t.Errorf("gazelle (-want +got):\n%s", diff)
	}
	source := `{"type": "local_path", "path": "` + m.folder + "/rules_go\"}\n"
	if diff := cmp.Diff(source, m.read("registry/modules/rules_go/0.62.0/source.json")); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if got := m.read("registry/stubs/buildozer/buildozer_binary.bzl"); !strings.Contains(got, `"github.com/bazelbuild/buildtools/buildozer@v`) {
		t.Errorf("buildozer's source isn't named: %s", got)
	}
	for _, version := range []string{"1.2", "1.3.1.bcr.3"} {
		if got := m.read("registry/modules/zlib/" + version + "/MODULE.bazel"); !strings.Contains(got, `version = "`+version+`"`) {
			t.Errorf("zlib %s: %q", version, got)
		}
	}
}
