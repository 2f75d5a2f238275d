package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/compare"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/module/moduletest"
)

// tiered is a project of moduletest.Guest, whose variable comes out of `v…`.
func tiered(t *testing.T, tier, description string) bundle.Contents {
	t.Helper()
	parts := t.TempDir()
	manifest := guest
	manifest.Description = description
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) string {
		writeFile(t, filepath.Join(parts, name), text)
		return filepath.Join(parts, name)
	}
	return bundle.Contents{
		Config: map[string]string{"weavster.yaml": put("weavster.yaml", "name: shop\nversion: 1.0.0\nvars: {tier: "+tier+"}\n")},
		Flows: map[string]bundle.FlowFiles{"orders": {
			Module:   put("flow.wasm", string(moduletest.Assemble(moduletest.Guest).Bytes())),
			Manifest: put("manifest.json", string(text)),
			Source:   put("flow.yaml", "description: "+description+"\n"),
		}},
	}
}

func written(t *testing.T, c bundle.Contents) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "bundle")
	if err := bundle.Write(folder, c); err != nil {
		t.Fatal(err)
	}
	return folder
}

// layout is the folder of a bundle's image.
func layout(t *testing.T, c bundle.Contents) string {
	t.Helper()
	index, err := artifact.Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "layout")
	if err := artifact.WriteLayout(folder, index); err != nil {
		t.Fatal(err)
	}
	return folder
}

func away(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Chdir(t.TempDir())
}

func TestDiffSaysWhetherArtifactsDiffer(t *testing.T) {
	away(t)
	one, two := written(t, tiered(t, "gold", "One")), written(t, tiered(t, "silver", "Two"))
	if a := weavster(t, "diff", one, one); a.code != 0 || !strings.Contains(a.out, "no difference") {
		t.Errorf("%+v", a)
	}
	a := weavster(t, "diff", one, two)
	if a.code != 1 || a.err != "" {
		t.Errorf("%+v", a)
	}
	for _, want := range []string{"-description: One", "+description: Two", "module the same", "~ weavster.yaml", "+vars: {tier: silver}"} {
		if !strings.Contains(a.out, want) {
			t.Errorf("%q isn't in\n%s", want, a.out)
		}
	}
	if a := weavster(t, "diff", one, two, "--flow", "order"); a.code != 2 || !strings.Contains(a.err, `did you mean "orders"?`) {
		t.Errorf("%+v", a)
	}
	if a := weavster(t, "diff", one, filepath.Join(two, "gone")); a.code != 2 {
		t.Errorf("%+v", a)
	}
}

func TestDiffPutsMessagesThroughBoth(t *testing.T) {
	away(t)
	one, two := written(t, tiered(t, "gold", "One")), written(t, tiered(t, "silver", "One"))
	writeFile(t, "samples.jsonl", "{\"n\":1}\nv\n\nd\n")
	a := weavster(t, "diff", one, two, "--messages", "samples.jsonl", "--json")
	var report compare.Report
	if err := json.Unmarshal([]byte(a.out), &report); err != nil || a.code != 1 {
		t.Fatalf("%v: %+v", err, a)
	}
	if m := report.Messages; len(m) != 1 || m[0].Count != 3 || m[0].Different != 1 || m[0].First[0].Number != 2 ||
		string(m[0].First[0].Rows[0].Changes[0].After) != `"silver"` {
		t.Errorf("%s", a.out)
	}
	for name, args := range map[string][]string{
		"isn't a time":        {"--now", "noon"},
		"isn't a JSON object": {"--meta", "[]"},
		"no such file":        {"--messages", "gone.jsonl"},
		"has no messages":     {"--messages", os.DevNull},
	} {
		a := weavster(t, append([]string{"diff", one, two, "--messages", "samples.jsonl"}, args...)...)
		if a.code != 2 || !strings.Contains(a.err, name) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// The one project of a variable may be another's: the flow came alone.
func TestDiffOfFlowsThatCameAlone(t *testing.T) {
	away(t)
	alone := tiered(t, "gold", "One")
	alone.Config = nil
	one, two := written(t, alone), written(t, alone)
	writeFile(t, "samples.jsonl", "v\n")
	if a := weavster(t, "diff", one, two, "--messages", "samples.jsonl"); a.code != 2 || !strings.Contains(a.err, "tier") {
		t.Errorf("%+v", a)
	}
	if a := weavster(t, "diff", one, two, "--messages", "samples.jsonl", "--vars", "tier=gold"); a.code != 0 {
		t.Errorf("%+v", a)
	}
}

// Anybody's images can be compared; what is run has to be trusted.
func TestDiffOfImages(t *testing.T) {
	p := publish(t)
	t.Setenv("TMPDIR", t.TempDir())
	one := layout(t, tiered(t, "gold", "One"))
	p.push(t, "other", tiered(t, "silver", "Two"), map[string]string{"project": "shop", "version": "1.0.0"})
	args := []string{"diff", "--insecure-registry", one, p.reference("other")}
	if a := weavster(t, args...); a.code != 1 || !strings.Contains(a.out, "size ") || !strings.Contains(a.out, "+description: Two") {
		t.Errorf("%+v", a)
	}
	writeFile(t, "samples.jsonl", "v\n")
	args = append(args, "--messages", "samples.jsonl")
	if a := weavster(t, args...); a.code != 2 || !strings.Contains(a.err, "nothing says whom to trust") {
		t.Errorf("an image that nobody vouches for was run: %+v", a)
	}
	if a := weavster(t, append(args, "--key", p.public)...); a.code != 2 || !strings.Contains(a.err, "signature") {
		t.Errorf("an image without a signature was run: %+v", a)
	}
	a := weavster(t, append(args, "--insecure-unsigned")...)
	if a.code != 1 || !strings.Contains(a.out, `"gold" -> "silver"`) || strings.Count(a.err, "NOBODY HAS VOUCHED FOR") != 2 {
		t.Errorf("%+v", a)
	}
	// One that was built here needs no signature, and the other one has it.
	args[2] = written(t, tiered(t, "gold", "One"))
	if a := weavster(t, append(args, "--key", p.public)...); a.code != 1 || !strings.Contains(a.out, `"gold" -> "silver"`) || a.err != "" {
		t.Errorf("%+v", a)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "weavster-artifact-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheLineageOfAFlow(t *testing.T) {
	away(t)
	contents := tiered(t, "gold", "One")
	if a := weavster(t, "explain", "orders", "--lineage", "--bundle", written(t, contents)); a.code != 1 || !strings.Contains(a.err, "doesn't carry the lineage") {
		t.Errorf("%+v", a)
	}
	const lineage = `{"flow": "orders", "outputs": [{"output": "file.out", "dropped": ["ssn"], "fields": [
		{"path": "", "sources": [{"kind": "field", "how": "copied"}]}, {"path": "total", "sources": [{"kind": "field", "name": "qty", "how": "derived"}]}]}]}`
	flow := contents.Flows["orders"]
	flow.Lineage = filepath.Join(t.TempDir(), "lineage.json")
	writeFile(t, flow.Lineage, lineage)
	contents.Flows["orders"] = flow
	a := weavster(t, "explain", "orders", "--lineage", "--bundle", written(t, contents))
	want := "file.out\n  everything else  <- the message\n  total            <- qty (derived)\n  dropped: ssn\n"
	if a.code != 0 || a.out != want {
		t.Errorf("%+v", a)
	}
	if a := weavster(t, "explain", "--lineage"); a.code != 2 {
		t.Errorf("%+v", a)
	}
}
