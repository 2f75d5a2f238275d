package registry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var digest = "sha256:" + strings.Repeat("0a", 32)

func TestParse(t *testing.T) {
	for text, want := range map[string]Reference{
		"oci://registry.example/shop":                             {Host: "registry.example", Repository: "shop"},
		"oci://registry.example:5000/a/b-c/d:1.4.0":               {Host: "registry.example:5000", Repository: "a/b-c/d", Tag: "1.4.0"},
		"oci://registry.example/shop@" + digest:                   {Host: "registry.example", Repository: "shop", Digest: digest},
		"oci://registry.example/shop/orders:v1@" + digest:         {Host: "registry.example", Repository: "shop/orders", Tag: "v1", Digest: digest},
		"oci://[::1]:5000/shop:1":                                 {Host: "[::1]:5000", Repository: "shop", Tag: "1"},
		"oci://localhost/shop:1":                                  {Host: "localhost", Repository: "shop", Tag: "1"},
		"out/layout":                                              {Folder: "out/layout"},
		"./a:b@c":                                                 {Folder: "./a:b@c"},
		"/tmp/layout@" + digest:                                   {Folder: "/tmp/layout", Digest: digest},
		"registry.example/shop:1.4.0":                             {Folder: "registry.example/shop:1.4.0"},
		"oci://registry.example/shop:" + strings.Repeat("a", 128): {Host: "registry.example", Repository: "shop", Tag: strings.Repeat("a", 128)},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if got.String() != text {
			t.Errorf("%s comes back as %s", text, got)
		}
		if got.Remote() != strings.HasPrefix(text, Scheme) {
			t.Errorf("%s: Remote() is %v", text, got.Remote())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "a reference is empty",
		"https://registry.example/shop":         "those of registries begin with oci://",
		"oci://shop":                            "it has to be oci://host/repository:tag",
		"oci:///shop":                           "it has to be oci://host/repository:tag",
		"oci://registry.example/":               "it has to be oci://host/repository:tag",
		"oci://registry.example/shop:":          "ends before its tag",
		"oci://registry.example/shop@":          `"" isn't a digest`,
		"oci://registry.example/shop@sha256:12": `"sha256:12" isn't a digest`,
		"oci://registry.example/shop@sha512:" + strings.Repeat("0", 128): "isn't a digest",
		"oci://registry.example/shop@" + strings.ToUpper(digest):         "isn't a digest",
		"oci://registry.example/Shop:1":                                  "can't be a repository",
		"oci://registry.example/a/../b:1":                                "can't be a repository",
		"oci://user@registry.example/shop:1":                             "isn't the name of a host",
		"oci://registry.example/shop:-x":                                 "can't be a tag",
		"oci://registry.example/shop:1:2":                                "can't be a tag",
		"oci://registry.example/shop:" + strings.Repeat("a", 129):        "can't be a tag",
		"oci://registry.example/shop:1?x=y":                              "can't be a tag",
	} {
		if r, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %+v, %v; want %s", text, r, err, want)
		}
	}
}

func TestRelatives(t *testing.T) {
	r, err := Parse("oci://registry.example/shop:1@" + digest)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{r.Below("orders").String(), r.Tagged("2").String(), r.Tagged("2").Pinned(digest).String()}
	want := []string{"oci://registry.example/shop/orders", "oci://registry.example/shop:2", "oci://registry.example/shop:2@" + digest}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
