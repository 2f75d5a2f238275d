package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/module/moduletest"
)

const fixtures = `cases:
  - {name: first row, input: s, expect: {outputs: {file.out: [s, s]}}}
  - {name: second row, input: sx, expect: {outputs: {file.out: [sx, sx]}}}
  - {name: broken, input: '{"a":2}', expect: {outputs: {file.out: [{a: 1}]}}}
`

// arguments writes a flow and its fixtures, and gives the command's arguments.
func arguments(t *testing.T, fixtures string) []string {
	t.Helper()
	dir := t.TempDir()
	manifest, err := json.Marshal(contract.Manifest{
		ABI: contract.ABIVersion, Flow: "guest",
		Outputs: []contract.Output{{Connector: contract.Connector{Name: "file.out"}}}, Steps: []contract.Step{{ID: "check"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return []string{
		"--module", write("flow.wasm", moduletest.Assemble(moduletest.Guest).Bytes()),
		"--manifest", write("manifest.json", manifest), write("guest_test.yaml", []byte(fixtures)),
	}
}

func execute(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, &o, &e)
	return code, o.String(), e.String()
}

func TestExitCodes(t *testing.T) {
	args := arguments(t, fixtures)
	for _, c := range []struct {
		name      string
		args      []string
		env       map[string]string
		code      int
		out, errs string
	}{
		{"a case fails", args, nil, exitFailed, "2 passed, 1 failed\n", ""},
		{"a filter by text", args, map[string]string{"TESTBRIDGE_TEST_ONLY": "second"}, exitPassed, "1 passed, 0 failed\n", ""},
		{"a filter by pattern", append([]string{"--filter", "* row"}, args...), nil, exitPassed, "2 passed, 0 failed\n", ""},
		{"flags behind the fixtures", append(args[:len(args):len(args)], "--filter", "first"), nil, exitPassed, "1 passed, 0 failed\n", ""},
		{"a filter that fits nothing", args, map[string]string{"TESTBRIDGE_TEST_ONLY": "third*"}, exitPassed, "0 passed, 0 failed\n", "no case's name fits \"third*\"\n"},
		{"the first of two shards", args, map[string]string{"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "0"}, exitFailed, "1 passed, 1 failed\n", ""},
		{"the second of two shards", args, map[string]string{"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "1"}, exitPassed, "1 passed, 0 failed\n", ""},
		{"a shard that isn't one", args, map[string]string{"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "2"}, exitBroken, "", `shard "2" of "2" isn't one`},
		{"too little of the flow is covered", append([]string{"--min-coverage=1", "--filter="}, args...), map[string]string{"TEST_TOTAL_SHARDS": "1", "TEST_SHARD_INDEX": "0"}, exitFailed,
			"coverage: 0 of 1 steps, 0 of 1 branches\n  check (line 0)     never ran\n  file.out (line 0)  never took a message\nFAIL coverage is 0 %, and 1 % is asked for\n2 passed, 1 failed\n", ""},
		{"coverage alone fails", append([]string{"--min-coverage=1"}, arguments(t, "cases: [{name: a, input: d, expect: {filtered: check}}]")...), nil, exitFailed, "FAIL coverage is 0 %, and 1 % is asked for\n1 passed, 0 failed\n", ""},
		{"coverage isn't asked of some cases", append([]string{"--min-coverage=1", "--filter=second"}, args...), nil, exitPassed, "1 passed, 0 failed\n", ""},
		{"an update with a report", append([]string{"--json", "--update"}, args...), nil, exitBroken, "", "leave out --json"},
		{"a coverage that can't be", append([]string{"--min-coverage=101"}, args...), nil, exitBroken, "", "--min-coverage 101 is no percentage"},
		{"a fixture that can't be read", arguments(t, "cases: [{nmae: x}]"), nil, exitBroken, "", `unknown key "nmae"`},
		{"no such file", append(args[:4:4], "none.yaml"), nil, exitBroken, "", "none.yaml: no such file"},
		{"no manifest", append([]string{"--manifest", args[1]}, args[:2]...), nil, exitBroken, "", "at least one file of fixtures"},
		{"a module that isn't one", append([]string{"--module", args[3]}, args[2:]...), nil, exitBroken, "", "module refused at byte 0: it is not a WebAssembly module"},
		{"a manifest that isn't one", append(args[:2:2], "--manifest", args[1], args[4]), nil, exitBroken, "", "is not a flow's manifest"},
		{"no arguments", nil, nil, exitBroken, "", "flowtest needs --module"},
		{"an unknown flag", []string{"--modul"}, nil, exitBroken, "", "usage: flowtest"},
		{"help", []string{"--help"}, nil, exitPassed, "", "usage: flowtest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := execute(t, c.env, c.args...)
			if code != c.code || !strings.HasSuffix(out, c.out) || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
				t.Errorf("exit %d, want %d\nout: %s\nerrors: %s", code, c.code, out, errs)
			}
		})
	}
}

func TestBazelGetsItsFiles(t *testing.T) {
	dir := t.TempDir()
	xml, status := filepath.Join(dir, "test.xml"), filepath.Join(dir, "status")
	env := map[string]string{"XML_OUTPUT_FILE": xml, "TEST_TOTAL_SHARDS": "1", "TEST_SHARD_INDEX": "0", "TEST_SHARD_STATUS_FILE": status}
	if code, out, errs := execute(t, env, arguments(t, fixtures)...); code != exitFailed {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	text, err := os.ReadFile(xml)
	if err != nil || !strings.Contains(string(text), `<testsuite name="guest" tests="3" failures="1">`) {
		t.Errorf("%v: %s", err, text)
	}
	if _, err := os.Stat(status); err != nil {
		t.Errorf("Bazel isn't told that shards are known: %v", err)
	}
}

func TestJSON(t *testing.T) {
	code, out, _ := execute(t, nil, append([]string{"--json"}, arguments(t, fixtures)...)...)
	var report struct{ Passed, Failed int }
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitFailed || report.Passed != 2 || report.Failed != 1 {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

func TestUpdate(t *testing.T) {
	workspace := t.TempDir()
	args := append([]string{"--update"}, arguments(t, fixtures)...)
	read := args[len(args)-1]
	t.Chdir(filepath.Dir(read))
	args[len(args)-1] = "guest_test.yaml"
	if err := os.WriteFile(filepath.Join(workspace, "guest_test.yaml"), []byte(fixtures), 0o640); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"BUILD_WORKSPACE_DIRECTORY": workspace, "TEST_SRCDIR": "/somewhere"}
	code, out, errs := execute(t, env, args...)
	text, err := os.ReadFile(filepath.Join(workspace, "guest_test.yaml"))
	want := strings.Replace(fixtures, "{a: 1}", "{a: 2}", 1)
	if code != exitPassed || out != "updated  guest_test.yaml: broken\n" || string(text) != want || err != nil {
		t.Errorf("exit %d: %s%s%s", code, out, errs, text)
	}
	if was, err := os.ReadFile(read); err != nil || string(was) != fixtures {
		t.Errorf("it has changed the file that it read: %s", was)
	}
	// What was read is no longer what is there.
	if code, _, errs := execute(t, env, args...); code != exitBroken || !strings.Contains(errs, "isn't what was read of it") {
		t.Errorf("exit %d: %s", code, errs)
	}
	delete(env, "BUILD_WORKSPACE_DIRECTORY")
	if code, _, errs := execute(t, env, args...); code != exitBroken || !strings.Contains(errs, "use `bazel run` instead") {
		t.Errorf("exit %d: %s", code, errs)
	}
	// Without Bazel, the file itself; and then nothing is left to do.
	if code, out, errs := execute(t, nil, args...); code != exitPassed || out != "updated  guest_test.yaml: broken\n" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := execute(t, nil, args...); code != exitPassed || out != "as it is guest_test.yaml\n" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
