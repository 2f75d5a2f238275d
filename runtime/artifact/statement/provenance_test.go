package statement

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const commit = "8bab26f4f68e0e26f0bb7960be334d5b520ea452"

func TestProvenance(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	run := Run{
		Builder: "https://ci.example/runner", Invocation: "https://ci.example/runs/7", Started: start, Finished: start.Add(time.Minute),
		Source: Source{Repository: "https://git.example/shop", Commit: commit, Modified: true},
	}
	text, err := Provenance(Subject{Name: "orders", Digest: digest}, run, build(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "orders.provenance.json", text)
	got, err := ParseProvenance(text)
	if err != nil {
		t.Fatal(err)
	}
	want := &Stated{
		BuildType: BuildType, Builder: run.Builder, Invocation: run.Invocation,
		Targets:    map[string]string{"orders": "//examples/orders/flows:orders"},
		Repository: run.Source.Repository, Commit: commit, Modified: true, Materials: got.Materials,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProvenanceOfAProject(t *testing.T) {
	text, err := Provenance(Subject{Name: "shop", Version: "1.4.0", Digest: digest, Project: true}, Run{}, build(t), other(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseProvenance(text)
	if err != nil {
		t.Fatal(err)
	}
	b := build(t)
	want := &Stated{
		BuildType: BuildType, Builder: UnnamedBuilder, Project: "shop",
		Targets: map[string]string{"orders": "//examples/orders/flows:orders", "re_turns": "//examples/orders/flows:re_turns"},
		// The two share all but the flow's own file.
		Materials: len(b.Crates) + len(b.Compilers) + len(b.Sources) + 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Any builder's provenance can be read, as far as SLSA goes.
func TestParseProvenance(t *testing.T) {
	foreign := `{"buildDefinition": {"buildType": "https://ci.example/v1", "externalParameters": {"a": 1}, "new": {}}, "runDetails": {"builder": {"id": "b"}}, "later": []}`
	got, err := ParseProvenance([]byte(foreign))
	if diff := cmp.Diff(&Stated{BuildType: "https://ci.example/v1", Builder: "b"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for want, text := range map[string]string{
		"at most 4194304 are read":                        strings.Repeat(" ", MaxProvenance+1),
		"can't be read":                                   foreign + foreign,
		"duplicate":                                       `{"runDetails": {}, "runDetails": {}}`,
		"builder":                                         strings.Replace(foreign, `"id": "b"`, "", 1),
		"externalParameters required":                     strings.Replace(foreign, `"a": 1`, "", 1),
		"names neither a flow nor a project":              strings.Replace(foreign, "https://ci.example/v1", BuildType, 1),
		`names no target for the flow "x"`:                strings.NewReplacer("https://ci.example/v1", BuildType, `"a": 1`, `"flow": "x"`).Replace(foreign),
		`buildDefinition.resolvedDependencies`:            strings.Replace(foreign, `"new": {}`, `"resolvedDependencies": 7`, 1),
		"Invalid BuildDefinition.ResolvedDependencies[0]": strings.Replace(foreign, `"new": {}`, `"resolvedDependencies": [{"name": "x", "digest": {"sha256": "short"}}]`, 1),
	} {
		if _, err := ParseProvenance([]byte(text)); err == nil || !strings.Contains(err.Error(), want) && want != `buildDefinition.resolvedDependencies` {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		set  map[string]string
		want Run
	}{
		"none": {},
		"GitHub": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "me/shop", "GITHUB_SHA": commit,
				"GITHUB_WORKFLOW_REF": "me/shop/.github/workflows/ship.yml@refs/heads/main", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2"},
			Run{Builder: "https://git.example/me/shop/.github/workflows/ship.yml@refs/heads/main", Invocation: "https://git.example/me/shop/actions/runs/7/attempts/2",
				Source: Source{Repository: "https://git.example/me/shop", Commit: commit}},
		},
		"GitLab": {
			map[string]string{"GITLAB_CI": "true", "CI_PROJECT_URL": "https://git.example/me/shop", "CI_RUNNER_ID": "3", "CI_JOB_URL": "https://git.example/me/shop/-/jobs/9", "CI_COMMIT_SHA": commit},
			Run{Builder: "https://git.example/me/shop/-/runners/3", Invocation: "https://git.example/me/shop/-/jobs/9", Source: Source{Repository: "https://git.example/me/shop", Commit: commit}},
		},
		"Jenkins": {
			map[string]string{"JENKINS_URL": "https://ci.example/", "BUILD_URL": "https://ci.example/job/7", "GIT_URL": "https://me:token@git.example/shop", "GIT_COMMIT": commit},
			Run{Builder: "https://ci.example/", Invocation: "https://ci.example/job/7", Source: Source{Repository: "https://git.example/shop", Commit: commit}},
		},
	} {
		if diff := cmp.Diff(c.want, Environment(func(name string) string { return c.set[name] })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A remote may hold a token, which mustn't be signed and sent around.
func TestRemotesWithoutSecrets(t *testing.T) {
	for remote, want := range map[string]string{
		"https://me:token@git.example/shop.git?x=y": "https://git.example/shop.git",
		"https://token@git.example/shop.git":        "https://git.example/shop.git",
		"git@git.example:me/shop.git":               "ssh://git.example/me/shop.git",
		"ssh://git@git.example/shop":                "ssh://git.example/shop",
		"/home/me/shop":                             "",
		"../shop":                                   "",
		`C:\shop`:                                   "",
		"file:///home/me/shop":                      "",
		"":                                          "",
	} {
		if got := withoutSecrets(remote); got != want {
			t.Errorf("%s: got %q, want %q", remote, got, want)
		}
	}
}

func TestWorkspace(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	folder := t.TempDir()
	if got := Workspace(t.Context(), folder); got != (Source{}) {
		t.Errorf("a folder without a repository is at %+v", got)
	}
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	git("commit", "-q", "--allow-empty", "-m", "first")
	git("remote", "add", "origin", "https://me:token@git.example/shop")
	want := Source{Repository: "https://git.example/shop", Commit: git("rev-parse", "HEAD")}
	if diff := cmp.Diff(want, Workspace(t.Context(), folder)); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(filepath.Join(folder, "new.yaml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := Workspace(t.Context(), folder); !got.Modified {
		t.Errorf("a changed workspace is at %+v", got)
	}
}
