package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	docFile  = regexp.MustCompile("(?s)```(?:yaml)?\n# ([a-z./]+)\n(.*?)```\n")
	docShown = regexp.MustCompile("(?s)(```\n\\$ weavster (config show [^\n]*)\n)(.*?)```\n")
)

// configured is a project as docs/configuration.md has it, with that page.
func configured(t *testing.T) (folder, page string) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for _, m := range docFile.FindAllStringSubmatch(string(text), -1) {
		file := filepath.Join(folder, m[1])
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, m[2])
	}
	return folder, string(text)
}

// The page's example comes to what it shows. Places in it are those of the
// files without their first line, which names them.
func TestTheGuidesProjectComesToWhatItShows(t *testing.T) {
	folder, page := configured(t)
	m := docShown.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page shows nothing")
	}
	a := weavster(t, append(strings.Fields(m[2]), "--project", folder)...)
	if diff := cmp.Diff(m[3], a.out); diff != "" || a.code != 0 {
		t.Errorf("exit code %d %s\n%s", a.code, a.err, diff)
	}
}

func TestAVariableOfTheEnvironmentNamesTheProfile(t *testing.T) {
	folder, _ := configured(t)
	t.Setenv("WEAVSTER_PROFILE", "prod")
	a := weavster(t, "config", "show", "--project", folder, "--origin")
	if !strings.Contains(a.out, "profile: prod ") || !strings.Contains(a.out, "# WEAVSTER_PROFILE\n") {
		t.Errorf("%s%s", a.out, a.err)
	}
	if a := weavster(t, "config", "show", "--project", folder, "--profile", "dev"); !strings.Contains(a.out, "profile: dev\n") {
		t.Errorf("%s%s", a.out, a.err)
	}
	t.Setenv("WEAVSTER_PROFILE", "prd")
	a = weavster(t, "config", "show", "--project", folder)
	if want := `no profile "prd", which WEAVSTER_PROFILE asks for; did you mean "prod"?`; a.code != 1 || !strings.Contains(a.err, want) {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
}

func TestTheConfigurationAsJSON(t *testing.T) {
	folder, _ := configured(t)
	a := weavster(t, "config", "show", "--project", folder, "--json", "--origin", "--vars", "threshold=7")
	var shown struct {
		Vars map[string]struct {
			Value  any
			Origin string
		}
	}
	if err := json.Unmarshal([]byte(a.out), &shown); err != nil {
		t.Fatal(err, a.out, a.err)
	}
	if v := shown.Vars["threshold"]; v.Value != 7.0 || v.Origin != "--vars" {
		t.Errorf("%+v", v)
	}
}

// What the environment lacks is said at its place; a secret is neither read
// nor shown, whatever is made of it.
func TestWhatCantBeShown(t *testing.T) {
	folder, _ := configured(t)
	writeFile(t, filepath.Join(folder, "connectors", "file.yaml"), "audit: {type: file, path: \"{{ env_var('LOST') }}\", format: \"{{ secret('S') | int + 1 }}\"}\n")
	t.Setenv("S", "hunter2")
	a := weavster(t, "config", "show", "--project", folder, "--origin")
	for _, want := range []string{
		"path: null ", "# connectors/file.yaml:1:27, env_var LOST: the environment variable LOST isn't set\n",
		`format: "***"`, "# connectors/file.yaml:1:60, secret S\n",
	} {
		if !strings.Contains(a.out, want) {
			t.Errorf("no %q in\n%s%s", want, a.out, a.err)
		}
	}
	if strings.Contains(a.out+a.err, "hunter2") {
		t.Error("a secret is shown")
	}
}
