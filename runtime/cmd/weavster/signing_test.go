package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/runtime/bundle"
)

// factImages are the images of a project and its one flow, with the facts of
// its build.
func factImages(t *testing.T) []string {
	t.Helper()
	parts := t.TempDir()
	build := contract.Build{
		Schema: contract.BuildSchema, Weavster: "1.0.0", Flow: "orders", Target: "//flows:orders",
		Compilers: []contract.Compiler{{Name: contract.CompilerRustc, Version: "1.81.0"}},
		Sources:   []contract.Source{{Role: contract.SourceFlow, Path: "flows/orders.yaml", SHA256: strings.Repeat("0", 64), Bytes: 7}},
	}
	facts, err := build.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"flow.wasm": "\x00asm", "build.json": string(facts), "weavster.yaml": "name: shop\nversion: 1.4.0\n",
		"manifest.json": `{"abi":` + strconv.Itoa(contract.ABIVersion) + `,"compiler":"weavster 1.0.0","flow":"orders","file":"flows/orders.yaml"}`,
	} {
		writeFile(t, filepath.Join(parts, name), text)
	}
	flows := map[string]bundle.FlowFiles{"orders": {
		Module: filepath.Join(parts, "flow.wasm"), Manifest: filepath.Join(parts, "manifest.json"), Build: filepath.Join(parts, "build.json"),
	}}
	var folders []string
	for name, contents := range map[string]bundle.Contents{
		"orders":  {Flows: flows},
		"project": {Flows: flows, Config: map[string]string{"weavster.yaml": filepath.Join(parts, "weavster.yaml")}},
	} {
		index, err := artifact.Pack(contents)
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, filepath.Join(parts, name))
		if err := artifact.WriteLayout(filepath.Join(parts, name), index); err != nil {
			t.Fatal(err)
		}
	}
	return folders
}

func TestPackagesAreSigned(t *testing.T) {
	t.Setenv(signing.PasswordVariable, "secret")
	keys := filepath.Join(t.TempDir(), "release")
	if a := weavster(t, "key", "generate", "--output", keys); a.code != 0 {
		t.Fatal(a.err)
	}
	dist := filepath.Join(t.TempDir(), "dist")
	arguments := append([]string{"package", "--output", dist, "--sign", "--key", keys + ".key", "--annotation", "by=tests", "--builder-id", "https://ci.example/tests"}, factImages(t)...)
	if a := weavster(t, arguments...); a.code != 0 || a.err != "" {
		t.Fatalf("%d %s", a.code, a.err)
	}
	verifier, err := signing.LoadVerifier(t.Context(), keys+".pub", signing.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]map[string]string{
		"project":      {"project": "shop", "version": "1.4.0", "by": "tests"},
		"flows/orders": {"flow": "orders", "version": "1.4.0", "by": "tests"},
	} {
		image, err := openImage(filepath.Join(dist, folder))
		if err != nil {
			t.Fatal(err)
		}
		store, verifiers := signing.Layout(image.folder), []*signing.Verifier{verifier}
		signed, err := signing.Signatures(t.Context(), store, image.Digest, verifiers)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, signed[0].Annotations); diff != "" {
			t.Errorf("%s: %s", folder, diff)
		}
		if _, err := signing.Attestations(t.Context(), store, image.Digest, verifiers, statement.PredicateSPDX); err != nil {
			t.Error(err)
		}
		attested, err := signing.Attestations(t.Context(), store, image.Digest, verifiers, statement.PredicateSLSA)
		if err != nil {
			t.Fatal(err)
		}
		if stated, err := statement.ParseProvenance(attested[0].Predicate); err != nil || stated.Builder != "https://ci.example/tests" {
			t.Errorf("%s: %+v, %v", folder, stated, err)
		}
	}
}

func TestSignFlagsThatDontGoTogether(t *testing.T) {
	tests := map[string]string{
		"--key x":                  "--key says how to sign; add --sign",
		"--annotation a=b":         "--annotation says how to sign; add --sign",
		"--sign":                   "--sign needs --key",
		"--sign --key x --keyless": "can't be had at once",
		"--sign --keyless":         "--keyless needs --fulcio-url and --rekor-url",
		"--sign --key x --rekor-url https://rekor.example":           "is for signing without a key",
		"--sign --key x --annotation a":                              `--annotation "a" is not name=value`,
		"--sign --key x --annotation flow=other":                     "is written by weavster itself",
		"--sign --key x --builder-id https://ci.example --bundle no": "there is no key file x",
	}
	for _, flags := range slices.Sorted(maps.Keys(tests)) {
		a := weavster(t, append([]string{"package"}, strings.Fields(flags)...)...)
		if a.code == 0 || !strings.Contains(a.err, tests[flags]) {
			t.Errorf("%s: %d %s, want %q", flags, a.code, a.err, tests[flags])
		}
	}
}
