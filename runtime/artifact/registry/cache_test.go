package registry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// What was changed on disk is fetched again, and what lies there unharmed isn't.
func TestTamperedBlobsAreFetchedAgain(t *testing.T) {
	h, ref, artifact := pushed(t, "orders", "returns")
	cache := t.TempDir()
	if _, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	all := files(t, cache, "sha256/*")
	for _, file := range all {
		for what, text := range map[string]string{"other bytes": "x", "no bytes": ""} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			h.set(nil)
			got, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref)
			if err != nil {
				t.Fatalf("%s: %s: %v", file, what, err)
			}
			if list := layers(t, got)["linux/amd64"]; strings.Join(list, ",") != "orders,returns" {
				t.Errorf("%s: %s: pulled %v", file, what, list)
			}
			if n := h.saw("GET /v2/shop/"); n > 2 { // the index by its tag, and the file
				t.Errorf("%s: %s: %d requests", file, what, n)
			}
		}
	}
	if len(all) != 7 {
		t.Errorf("%d files of %s", len(all), digestOf(t, artifact))
	}
}

// Between the pull and the use lies time, and whoever reads checks.
func TestTamperingIsSeenByReaders(t *testing.T) {
	_, ref, _ := pushed(t, "orders")
	cache := t.TempDir()
	got, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files(t, cache, "sha256/*") {
		if text, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		} else if string(text) == "orders" {
			if err := os.WriteFile(file, []byte("0rders"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	manifest, err := got.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	image, err := got.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	list, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	in, err := list[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.Read(make([]byte, 100)); err == nil {
		_, err = in.Read(make([]byte, 100))
		if !errors.Is(err, ErrWrongContent) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDigestsInTheCacheNeedNoNetwork(t *testing.T) {
	h, ref, artifact := pushed(t, "orders")
	cache := t.TempDir()
	if _, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	h.Close()
	got, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref.Pinned(digestOf(t, artifact)))
	if err != nil || layers(t, got)["linux/arm64"][0] != "orders" {
		t.Errorf("got %v", err)
	}
	if d, err := newClient(t, Options{Cache: cache}).Resolve(t.Context(), ref.Pinned(digestOf(t, artifact))); err != nil || d.Digest.String() != digestOf(t, artifact) {
		t.Errorf("resolved %v, %v", d.Digest, err)
	}
	if _, err := newClient(t, Options{Cache: cache}).Pull(t.Context(), ref); err == nil || !strings.Contains(err.Error(), "nothing listens at") {
		t.Errorf("by its tag: %v", err)
	}
}

// As processes would, clients share a folder and nothing else.
func TestClientsShareACache(t *testing.T) {
	_, ref, artifact := pushed(t, "orders", "returns", "refunds")
	cache := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		c := newClient(t, Options{Cache: cache})
		group.Go(func() {
			got, err := c.Pull(t.Context(), ref)
			if err != nil || digestOf(t, got) != digestOf(t, artifact) {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	if left := files(t, cache, "arriving-*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestTrim(t *testing.T) {
	folder := t.TempDir()
	c, err := OpenCache(folder)
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-48 * time.Hour)
	for i, text := range []string{"oldest", "old", "new"} {
		digest, size, err := v1.SHA256(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Put(digest, size, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if used := long.Add(time.Duration(i) * time.Hour); text != "new" {
			if err := os.Chtimes(c.path(digest), used, used); err != nil {
				t.Fatal(err)
			}
		}
	}
	abandoned := filepath.Join(folder, "arriving-1")
	if err := errors.Join(os.WriteFile(abandoned, nil, 0o600), os.Chtimes(abandoned, long, long)); err != nil {
		t.Fatal(err)
	}
	kept := func() (texts string) {
		for _, file := range files(t, folder, "*/*") {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts += string(text) + " "
		}
		return texts
	}
	if err := c.Trim(6); err != nil {
		t.Fatal(err)
	}
	if got := kept(); strings.Contains(got, "oldest") || !strings.Contains(got, "old ") || len(files(t, folder, "arriving-*")) > 0 {
		t.Errorf("within 6 bytes there is %s", got)
	}
	// What is new may be in use: it stays, whatever is allowed.
	if err := c.Trim(0); err != nil {
		t.Fatal(err)
	}
	if got := kept(); got != "new " {
		t.Errorf("within no bytes there is %s", got)
	}
}

func TestDigestsLeadNowhereElse(t *testing.T) {
	c, err := OpenCache(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, digest := range []v1.Hash{{Algorithm: "sha256", Hex: "../../x"}, {Algorithm: "sha512", Hex: strings.Repeat("a", 128)}, {}} {
		if err := c.Put(digest, 0, strings.NewReader("")); err == nil || !strings.Contains(err.Error(), "isn't a digest") {
			t.Errorf("%v: %v", digest, err)
		}
		if c.Has(digest, 0) {
			t.Errorf("%v is there", digest)
		}
	}
}
