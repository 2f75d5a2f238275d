package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
)

// build writes a project and one compiled flow to disk, and gives the
// arguments that bundle them.
func build(t *testing.T, connectors string) (folder string, args []string) {
	t.Helper()
	inputs := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(inputs, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	at := func(line, column int) contract.Position { return contract.Position{Line: line, Column: column} }
	manifest, err := json.Marshal(contract.Manifest{
		ABI: contract.ABIVersion, Flow: "orders", File: "shop/flows/orders.yaml",
		Input:   contract.Connector{Name: "file.in", At: at(1, 8)},
		Outputs: []contract.Output{{Connector: contract.Connector{Name: "file.out", At: at(3, 9)}}},
		Tables:  []contract.Table{{Name: "customers", Key: []string{"id"}, Columns: []string{"tier"}, At: at(1, 1)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(t.TempDir(), "bundle")
	lines := []string{
		"--out", folder, "--package", "shop",
		"--config", "weavster.yaml=" + put("w", "name: shop\ntables: {customers: {path: data/c.csv}}\nruntime: {database: \"{{ env_var('DB') }}\"}\n"),
		"--config", "connectors/file.yaml=" + put("c", connectors),
		"--data", "data/c.csv=" + put("d", "id,tier\n1,gold\n"),
		"--flow", "orders/flow.wasm=" + put("m", "\x00asm"),
		"--flow", "orders/manifest.json=" + put("j", string(manifest)),
		"--flow", "orders/flow.yaml=" + put("y", "input: file.in\noutputs:\n  - to: file.out\n"),
	}
	return folder, []string{"write", "@" + put("args", strings.Join(lines, "\n")+"\n")}
}

func TestWriteAndCheck(t *testing.T) {
	folder, args := build(t, "in: {type: file, path: data/in.jsonl}\nout: {type: file, path: out.jsonl}\n")
	var out bytes.Buffer
	if code := run(t.Context(), args, &out); code != exitFine {
		t.Fatalf("exit %d: %s", code, &out)
	}
	stamp := filepath.Join(t.TempDir(), "stamp")
	if code := run(t.Context(), []string{"check", "--bundle", folder, "--stamp", stamp}, &out); code != exitFine || out.Len() > 0 {
		t.Fatalf("exit %d: %s", code, &out)
	}
	if _, err := os.Stat(stamp); err != nil {
		t.Error(err)
	}
}

// A table that the bundle doesn't carry lies in the workspace, where a build
// doesn't look: that is no reason for a warning at every build.
func TestCheckIsSilentAboutWhatTheWorkspaceHas(t *testing.T) {
	folder, args := build(t, "in: {type: file, path: data/in.jsonl}\nout: {type: file, path: out.jsonl}\n")
	var out bytes.Buffer
	run(t.Context(), args, &out)
	if err := os.RemoveAll(filepath.Join(folder, "data")); err != nil {
		t.Fatal(err)
	}
	code := run(t.Context(), []string{"check", "--bundle", folder, "--stamp", filepath.Join(t.TempDir(), "stamp")}, &out)
	if code != exitFine || out.Len() > 0 {
		t.Errorf("exit %d: %s", code, &out)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	folder, args := build(t, "in: {type: file, pth: data/in.jsonl}\nuot: {type: file, path: out.jsonl}\n")
	var out bytes.Buffer
	if code := run(t.Context(), args, &out); code != exitFine {
		t.Fatalf("exit %d: %s", code, &out)
	}
	stamp := filepath.Join(t.TempDir(), "stamp")
	if code := run(t.Context(), []string{"check", "--bundle", folder, "--stamp", stamp}, &out); code != exitWrong {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		`shop/flows/orders.yaml:3:9: error: there is no connector "file.out"; did you mean "file.uot"? [W0601]`,
		"    3 |   - to: file.out\n",
		`shop/connectors/file.yaml:1:18: error: unknown key "pth" in connector file.in; did you mean "path"? [W0106]`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, &out)
		}
	}
	if _, err := os.Stat(stamp); err == nil {
		t.Error("a wrong project got its stamp")
	}
}

func TestPack(t *testing.T) {
	connectors := "in: {type: file, path: data/in.jsonl}\nout: {type: file, path: out.jsonl}\n"
	folder, args := build(t, connectors)
	args[0] = "pack"
	var out bytes.Buffer
	if code := run(t.Context(), args, &out); code != exitFine || out.Len() > 0 {
		t.Fatalf("exit %d: %s", code, &out)
	}
	index, err := artifact.ReadLayout(folder)
	if err != nil {
		t.Fatal(err)
	}
	info, err := artifact.Unpack(index, filepath.Join(t.TempDir(), "unpacked"))
	if err != nil || info.Name != "shop" || len(info.Flows) != 1 {
		t.Errorf("got %+v, %v", info, err)
	}
}

// What an image has, everybody can read who may pull it.
func TestSecretsAreNotPacked(t *testing.T) {
	folder, args := build(t, "in: {type: file, path: data/in.jsonl}\nout:\n  type: postgres\n  table: a\n  url: postgres://shop:hunter2@db.example/shop\n")
	args[0] = "pack"
	var out bytes.Buffer
	if code := run(t.Context(), args, &out); code != exitWrong {
		t.Errorf("exit %d", code)
	}
	if !strings.HasPrefix(out.String(), "shop/connectors/file.yaml:5:8: error: a secret is written out here") || !strings.Contains(out.String(), "secret('NAME')") || strings.Contains(out.String(), "hunter2") {
		t.Errorf("it says\n%s", &out)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("there is an image all the same")
	}
}

// What the environment decides can't be an artifact's name.
func TestNamesAreTheSameEverywhere(t *testing.T) {
	_, args := build(t, "in: {type: file}\n")
	args[0] = "pack"
	main := strings.TrimPrefix(args[1], "@")
	if err := os.WriteFile(filepath.Join(filepath.Dir(main), "w"), []byte("name: \"{{ env_var('NAME') }}\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), args, &out); code != exitWrong || !strings.Contains(out.String(), "weavster.yaml:1:7: error: the project's name has to be plain text") {
		t.Errorf("exit %d: %s", code, &out)
	}
}

func TestBadCommandLines(t *testing.T) {
	for want, args := range map[string][]string{
		"usage: bundle write|check|pack": {},
		"needs --out":                    {"write"},
		"what is \"x\"?":                 {"write", "--out", "y", "x"},
		"it has to be NAME=PATH":         {"write", "--config", "weavster.yaml"},
		"a.yaml is given twice":          {"write", "--config", "a.yaml=x", "--config", "a.yaml=y"},
		`"" isn't a file of a flow`:      {"write", "--out", "y", "--flow", "a=x"},
		`"b" isn't a file of a flow`:     {"pack", "--out", "y", "--flow", "a/b=x"},
		"this isn't a bundle":            {"check", "--bundle", t.TempDir(), "--stamp", "x"},
		"no such file":                   {"@nowhere"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), args, &out); code != exitBroken || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d, %s", args, code, &out)
		}
	}
}
