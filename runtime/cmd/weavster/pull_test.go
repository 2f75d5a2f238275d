package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An artifact goes from a registry to a folder, and from there to another
// registry, and its signature with it; each step holds it against the key.
func TestPull(t *testing.T) {
	p := publish(t)
	folder := filepath.Join(t.TempDir(), "pulled", "orders.oci")
	a := weavster(t, "pull", p.reference("shop/orders"), "--key", p.public, "--output", folder, "--json")
	var pulled pulledImage
	if err := json.Unmarshal([]byte(a.out), &pulled); err != nil || a.code != 0 {
		t.Fatalf("%v: %+v", err, a)
	}
	if !pulled.Trusted || pulled.Name != "orders" || pulled.Path != folder || !strings.HasSuffix(pulled.Reference, ":1.0.0@"+pulled.Digest.String()) {
		t.Errorf("got %+v", pulled)
	}
	if a := weavster(t, "verify", folder, "--key", p.public); a.code != 0 {
		t.Errorf("the folder: %+v", a)
	}
	if a := weavster(t, "push", folder, "--repository", p.server.Host+"/other", "--tag", "1.0.0"); a.code != 0 {
		t.Errorf("on to another repository: %+v", a)
	}
	again := weavster(t, "pull", p.reference("other/orders"), "--key", p.public)
	if want := p.reference("other/orders") + "@" + pulled.Digest.String() + "\n"; again.code != 0 || again.out != want {
		t.Errorf("from there: %+v, want %s", again, want)
	}
}

func TestPullRefuses(t *testing.T) {
	p := publish(t)
	if a := weavster(t, "pull", p.reference("shop/orders")); a.code == 0 || !strings.Contains(a.err, "nothing says whom to trust") {
		t.Errorf("nobody to trust: %+v", a)
	}
	if a := weavster(t, "push", filepath.Join(packed(t, shopConfig)[0]), "--repository", p.server.Host+"/unsigned", "--tag", "1"); a.code != 0 {
		t.Fatal(a.err)
	}
	folder := filepath.Join(t.TempDir(), "orders.oci")
	reference := "oci://" + p.server.Host + "/unsigned/orders:1"
	if a := weavster(t, "pull", reference, "--key", p.public, "--output", folder); a.code == 0 || exists(folder) {
		t.Errorf("unsigned: %+v", a)
	}
	a := weavster(t, "pull", reference, "--insecure-unsigned", "--output", folder)
	if a.code != 0 || !strings.Contains(a.err, "NOBODY HAS VOUCHED FOR "+reference) || !exists(folder) {
		t.Errorf("unsigned, and taken: %+v", a)
	}
	mine := filepath.Join(t.TempDir(), "mine")
	writeFile(t, filepath.Join(mine, "letter.txt"), "dear")
	if a := weavster(t, "pull", reference, "--insecure-unsigned", "--output", mine); a.code == 0 || !strings.Contains(a.err, "isn't an OCI layout folder") {
		t.Errorf("over something else: %+v", a)
	}
	if text, err := os.ReadFile(filepath.Join(mine, "letter.txt")); err != nil || string(text) != "dear" {
		t.Errorf("the letter: %s, %v", text, err)
	}
	if a := weavster(t, "pull", reference, "--insecure-unsigned", "--output", filepath.Join(mine, "letter.txt")); a.code == 0 || readFile(t, filepath.Join(mine, "letter.txt")) != "dear" {
		t.Errorf("over a file: %+v", a)
	}
	if a := weavster(t, "pull", "oci://"+p.server.Host+"/nothing:1", "--insecure-unsigned"); a.code == 0 || !strings.Contains(a.err, "has no repository nothing") {
		t.Errorf("nothing there: %+v", a)
	}
}

// What is in the cache is taken from there, and --no-cache looks past it.
func TestPullUsesTheCache(t *testing.T) {
	p := publish(t)
	pull := func(args ...string) int {
		before := strings.Count(p.server.Log.String(), `method=GET`)
		if a := weavster(t, append([]string{"pull", p.reference("shop"), "--key", p.public}, args...)...); a.code != 0 {
			t.Fatal(a.err)
		}
		return strings.Count(p.server.Log.String(), `method=GET`) - before
	}
	first, second, third := pull(), pull(), pull("--no-cache")
	if second >= first || third < first {
		t.Errorf("%d requests, then %d, and without the cache %d", first, second, third)
	}
}
