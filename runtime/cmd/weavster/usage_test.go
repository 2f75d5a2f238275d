package main

import (
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
	} {
		if a := weavster(t, c.args...); a.code != exitUsage || !strings.Contains(a.err, c.want) || strings.Count(a.err, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q lacks %q", c.args, a.code, a.err, c.want)
		}
	}
}
