package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/module/moduletest"
)

var update = flag.Bool("update", false, "write what is printed into the files of testdata")

// ordersImage is the layout folder of examples/orders' flow, as Bazel compiled
// it, but for its module: that isn't looked at.
func ordersImage(t *testing.T) string {
	t.Helper()
	files, err := filepath.Abs("testdata/inspect")
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "flow.wasm")
	writeFile(t, module, string(moduletest.Assemble(moduletest.Guest).Bytes()))
	in := func(name string) string { return filepath.Join(files, name) }
	return layout(t, bundle.Contents{Flows: map[string]bundle.FlowFiles{"orders": {
		Module: module, Manifest: in("manifest.json"), Source: in("flow.yaml"), Build: in("build.json"), Lineage: in("lineage.json"),
	}}})
}

var digests = regexp.MustCompile(`sha256:[0-9a-f]+|[0-9.]+ k?B`)

func TestInspect(t *testing.T) {
	golden, err := filepath.Abs("testdata/inspect/orders.txt")
	if err != nil {
		t.Fatal(err)
	}
	folder := ordersImage(t)
	away(t)
	a := weavster(t, "inspect", folder)
	if a.code != 0 {
		t.Fatalf("%+v", a)
	}
	// Those of the image hang on its module, which isn't the flow's own.
	head, rest, _ := strings.Cut(a.out, "\n\n")
	got := digests.ReplaceAllString(head, "…") + "\n\n" + rest
	if *update {
		writeFile(t, golden, got)
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestInspectPrintsWhatIsAskedFor(t *testing.T) {
	folder := ordersImage(t)
	source, err := os.ReadFile("testdata/inspect/flow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	away(t)
	if a := weavster(t, "inspect", folder, "--source"); a.code != 0 || a.out != string(source) {
		t.Errorf("%+v", a)
	}
	var seen inspection
	if a := weavster(t, "inspect", folder, "--json"); a.code != 0 || json.Unmarshal([]byte(a.out), &seen) != nil ||
		seen.Contents[0].Build.Target != "//examples/orders/flows:orders" || len(seen.Platforms) != 2 || seen.Verified {
		t.Errorf("%+v", a)
	}
	if a := weavster(t, "inspect", folder, "--sbom"); a.code != 0 || !strings.Contains(a.out, "pkg:cargo/jiff@") || !strings.Contains(a.err, "add --key") {
		t.Errorf("%+v", a)
	}
	for want, args := range map[string][]string{
		"a provenance is worth what its signature is": {"--provenance"},
		`did you mean "orders"?`:                      {"--flow", "order"},
		"--json and --sbom can't be had at once":      {"--json", "--sbom"},
		"Key":                                         {"--key", "nowhere.pub"},
	} {
		if a := weavster(t, append([]string{"inspect", folder}, args...)...); a.code == 0 || !strings.Contains(a.err, want) && want != "Key" {
			t.Errorf("%v: %+v", args, a)
		}
	}
}

// Whoever has made an artifact may have put into it what a terminal obeys.
func TestInspectPrintsNothingThatATerminalObeys(t *testing.T) {
	folder := layout(t, tiered(t, "gold", "\x1b[2J\u202eevil"))
	away(t)
	for _, args := range [][]string{{"inspect", folder}, {"inspect", folder, "--source"}} {
		if a := weavster(t, args...); a.code != 0 || !strings.Contains(a.out, `\x1b[2J\u202eevil`) {
			t.Errorf("%+v", a)
		}
	}
}

func TestInspectBelievesTheGivenKeyAlone(t *testing.T) {
	folder := ordersImage(t)
	away(t)
	image, err := openImage(folder)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]*signing.Signer{}
	for _, name := range []string{"ours", "theirs"} {
		pair, err := signing.Generate([]byte("secret"))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, name+".key", string(pair.Private))
		writeFile(t, name+".pub", string(pair.Public))
		keys[name], err = signing.LoadSigner(t.Context(), name+".key", signing.Keys{Password: func() ([]byte, error) { return []byte("secret"), nil }})
		if err != nil {
			t.Fatal(err)
		}
	}
	run := statement.Run{Builder: "https://ci.example/runner", Source: statement.Source{Repository: "https://git.example/shop", Commit: strings.Repeat("8b", 20)}}
	signer := &artifactSigner{key: keys["ours"], run: run, warn: io.Discard}
	if err := signer.sign(t.Context(), signing.Layout(folder), image, "1.4.0"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"not verified: there are signatures", "add --key"}},
		{[]string{"--key", "theirs.pub"}, []string{"not verified: no signature for"}},
		{[]string{"--key", "ours.pub"}, []string{"by ours.pub", "flow=orders version=1.4.0", "built by https://ci.example/runner", "from https://git.example/shop at 8b8b", "attested; --sbom"}},
		{[]string{"--key", "ours.pub", "--provenance"}, []string{`"target": "//examples/orders/flows:orders"`}},
		{[]string{"--key", "ours.pub", "--sbom"}, []string{`"spdxVersion": "SPDX-2.3"`, contract.Version}},
	} {
		a := weavster(t, append([]string{"inspect", folder}, c.args...)...)
		for _, want := range c.want {
			if a.code != 0 || !strings.Contains(a.out, want) {
				t.Errorf("%v: want %q: %+v", c.args, want, a)
			}
		}
	}
	if a := weavster(t, "inspect", folder, "--key", "theirs.pub", "--sbom"); a.code == 0 || !strings.Contains(a.err, "no attestation") {
		t.Errorf("%+v", a)
	}
}
