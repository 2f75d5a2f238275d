package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

// A slip in the command line is exit code 2, and a sentence that leads on.
func TestSlips(t *testing.T) {
	away(t)
	t.Setenv(signing.PasswordVariable, "")
	if a := weavster(t, "key", "generate"); a.code != 0 {
		t.Fatal(a.err)
	}
	folder := images(t)[1] // the project's
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"verfy", "x"}, `did you mean "verify"?`},
		{[]string{"pull", "oci://registry.example/shop:1", "--keys", "x.pub"}, "unknown flag: --keys; did you mean --key? See weavster pull --help"},
		{[]string{"inspect", "x", "--json", "--sbom"}, "--json and --sbom can't be had at once; see weavster inspect --help"},
		{[]string{"load", "--layout", "a", "--tarball", "b"}, "--layout and --tarball can't be had at once"},
		{[]string{"verify"}, "no arguments where one belongs: weavster verify REFERENCE"},
		{[]string{"diff", "a"}, "one argument where two belong: weavster diff FROM TO"},
		{[]string{"diff", "a", "b", "c"}, "3 arguments where two belong"},
		{[]string{"verify", "registry.example/shop:1.4.0", "--key", "weavster.pub"}, "begins with oci://: oci://registry.example/shop:1.4.0"},
		{[]string{"inspect", "nowhere/shop.oci"}, `there is no folder "nowhere/shop.oci": an artifact is oci://`},
		{[]string{"run", "shop@2"}, `there is no folder "shop@2"`},
		{[]string{"push", "--repository", "shop", folder}, `"shop" names no registry: a repository is host/path, such as registry.example/shop`},
		{[]string{"package", "--flow", "orders", folder}, `there is no flow "orders"; the images that were given are of none`},
	} {
		if a := weavster(t, c.args...); a.code != exitUsage || !strings.Contains(a.err, c.want) || strings.Count(a.err, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q lacks %q", c.args, a.code, a.err, c.want)
		}
	}
}

// That nobody is trusted is an answer to programs, too.
func TestVerifyWithoutAnybodyToTrust(t *testing.T) {
	away(t)
	if a := weavster(t, "verify", images(t)[0], "--json"); a.code != exitFailed || !strings.Contains(a.out, `"reason": "nobody-trusted"`) {
		t.Errorf("%+v", a)
	}
}

// A folder that holds images, or was made of the same, is one that leads on.
func TestAFolderThatIsNoLayout(t *testing.T) {
	away(t)
	writeFile(t, "dist/project/index.json", "{}")
	writeFile(t, "built/bundle.json", "{}")
	writeFile(t, "mine/plan.txt", "mine")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"inspect", "dist"}, "weavster: dist isn't an OCI layout folder: it has no index.json; dist/project is one\n"},
		{[]string{"inspect", "built"}, "it is a bundle, which `weavster run --bundle` takes"},
		{[]string{"load", "--layout", "mine", images(t)[0]}, "mine is there, and isn't an OCI layout folder"},
	} {
		if a := weavster(t, c.args...); a.code != exitFailed || !strings.Contains(a.err, c.want) {
			t.Errorf("%v: exit code %d, %q lacks %q", c.args, a.code, a.err, c.want)
		}
	}
	if left, err := filepath.Glob("mine/*"); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
