package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
)

// files are what the action is given.
func files(t *testing.T) (folder string, args []string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range map[string]string{
		"flow":     `{"flow": "orders", "crates": ["weavster_guest"], "sources": [{"role": "flow", "path": "flows/orders.yaml", "sha256": "` + strings.Repeat("a", 64) + `", "bytes": 3}]}`,
		"linked":   `{"weavster_guest": ["weavster_guest", "zmij-1.0.23"]}`,
		"crates":   `{"zmij-1.0.23": {"name": "zmij", "version": "1.0.23", "source": "registry", "sha256": "` + strings.Repeat("b", 64) + `", "license": "MIT"}}`,
		"versions": "release: 1.97.1\nLLVM version: 22.1.8\nLLD 21.1.8\n",
		// What stands in for compilers that are inputs of the build.
		"rustc": "#!/bin/sh\n[ \"$*\" = -vV ] && printf 'release: 1.88.0\\nLLVM version: 20.1.5\\n'\n",
		"lld":   "#!/bin/sh\n[ \"$*\" = '-flavor wasm --version' ] && echo 'LLD 20.1.4 (compatible with GNU linkers)'\n",
		"bad":   "#!/bin/sh\necho no such option >&2; exit 1\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	args = []string{"--target=//flows:orders", "--out=" + filepath.Join(folder, "build.json")}
	for _, name := range []string{"flow", "linked", "crates"} {
		args = append(args, "--"+name+"="+filepath.Join(folder, name))
	}
	return folder, args
}

func TestBuildJSON(t *testing.T) {
	folder, args := files(t)
	for want, more := range map[string][]string{
		"1.97.1 22.1.8 21.1.8": {"--versions=" + filepath.Join(folder, "versions")},
		"1.88.0 20.1.5 20.1.4": {"--rustc=" + filepath.Join(folder, "rustc"), "--lld=" + filepath.Join(folder, "lld")},
	} {
		if err := run(slices.Concat(args, more), &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(folder, "build.json"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := contract.ReadBuild(text)
		if err != nil {
			t.Fatal(err)
		}
		got := b.Compiler("rustc").Version + " " + b.Compiler("llvm").Version + " " + b.Compiler("lld").Version
		if got != want || len(b.Crates) != 2 || len(b.Sources) != 1 {
			t.Errorf("want %s, got\n%s", want, text)
		}
	}
}

func TestErrorsSayWhat(t *testing.T) {
	folder, args := files(t)
	bad, lld := filepath.Join(folder, "bad"), filepath.Join(folder, "lld")
	for want, more := range map[string][]string{
		"--versions is needed, or --rustc and --lld": nil,
		"no such option":         {"--rustc=" + bad, "--lld=" + lld},
		"no such file":           {"--versions=" + lld, "--crates=nowhere"},
		"no versions of":         {"--versions=" + lld},
		"invalid character":      {"--versions=" + lld, "--linked=" + lld},
		"no path in a workspace": {"--versions=" + filepath.Join(folder, "versions"), "--flow=" + evil(t, folder)},
	} {
		if err := run(slices.Concat(args, more), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func evil(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "evil")
	if err := os.WriteFile(path, []byte(`{"flow": "orders", "crates": ["weavster_guest"], "sources": [{"role": "flow", "path": "/home/me/orders.yaml"}]}`), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
