package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bazelled is a workspace whose Bazel writes down what it is asked, and fails
// where that has `fail` in it.
func bazelled(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	t.Setenv("BUILD_WORKSPACE_DIRECTORY", "")
	t.Setenv("BUILD_WORKING_DIRECTORY", "")
	for name, text := range map[string]string{
		"MODULE.bazel": "", "shop/weavster.yaml": "", "shop/flows/orders.yaml": "", "shop/flows/orders_test.yaml": "", "shop/flows/eu/fail.yaml": "",
		"tools/bazel": "#!/bin/sh\npwd\necho \"$@\"\ncase \"$*\" in *fail*) exit 3;; esac\n",
	} {
		writeFile(t, filepath.Join(root, name), text)
	}
	if err := os.Chmod(filepath.Join(root, "tools/bazel"), 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestBazelIsAskedToCompileAndTest(t *testing.T) {
	root := bazelled(t)
	for _, c := range []struct {
		args string
		out  string // on the standard output
		errs string
		code int
	}{
		{"compile", "", "build //shop/flows/...", 0},
		{"compile --flow orders", "", "build //shop/flows:orders", 0},
		{"compile --flow orders --debug", "cquery --output_groups=rust,ir --output=files --ui_event_filters=-info --noshow_progress kind(\"_flow rule\", //shop/flows:orders)",
			"build --output_groups=default,rust,ir //shop/flows:orders", 0},
		{"compile --flow fail", "", "build //shop/flows/eu:fail", exitFailed},
		{"test", "", "test --test_output=errors //shop/flows/...", 0},
		{"test --flow orders --filter paid", "", "test --test_output=errors --test_filter=paid //shop/flows:orders_test", 0},
		{"test --flow orders --update", "run //shop/flows:orders_test -- --update", "", 0},
		{"test --flow orders --update --filter paid", "run //shop/flows:orders_test -- --update --filter=paid", "", 0},
	} {
		a := weavster(t, append(strings.Fields(c.args), "--project", filepath.Join(root, "shop"))...)
		asked := func(command string) string {
			if command == "" {
				return ""
			}
			return root + "\n" + command + "\n"
		}
		if diff := cmp.Diff(answer{asked(c.out), asked(c.errs), c.code}, a, cmp.AllowUnexported(answer{})); diff != "" {
			t.Errorf("%s: %s", c.args, diff)
		}
	}
}

func TestMistakesInAskingBazel(t *testing.T) {
	root := bazelled(t)
	shop := filepath.Join(root, "shop")
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"compile", "--project", shop, "--flow", "ordres"}, `there is no flow "ordres"; did you mean "orders"?`, exitUsage},
		{[]string{"test", "--project", shop, "--flow", "invoices"}, `there is no flow "invoices"; there is fail, orders`, exitUsage},
		{[]string{"test", "--project", shop, "--update"}, "name it with --flow", exitUsage},
		{[]string{"compile", "--project", root}, "there is no project in", exitFailed},
	} {
		if a := weavster(t, c.args...); a.code != c.code || !strings.Contains(a.err, c.want) || a.out != "" {
			t.Errorf("%v: exit code %d, %s%s", c.args, a.code, a.out, a.err)
		}
	}
	if err := os.Remove(filepath.Join(root, "MODULE.bazel")); err != nil {
		t.Fatal(err)
	}
	if a := weavster(t, "compile", "--project", shop); a.code != exitFailed || !strings.Contains(a.err, "is in no Bazel workspace") {
		t.Errorf("exit code %d, %s", a.code, a.err)
	}
	writeFile(t, filepath.Join(root, "MODULE.bazel"), "")
	if err := os.Remove(filepath.Join(root, "tools/bazel")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", root)
	if a := weavster(t, "compile", "--project", shop); a.code != exitFailed || !strings.Contains(a.err, "install Bazelisk") {
		t.Errorf("exit code %d, %s", a.code, a.err)
	}
}
