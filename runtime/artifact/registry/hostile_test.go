package registry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestMain(m *testing.M) {
	// Attempts follow each other at once, and there are as many of them as ever.
	backoff.Duration = time.Millisecond
	m.Run()
}

// A hostile is a registry, another implementation than Distribution's, that
// answers some requests in its own way.
type hostile struct {
	*httptest.Server
	// answer does so where it gives true.
	answer func(w http.ResponseWriter, r *http.Request) bool

	mu   sync.Mutex
	seen []string
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{}
	honest := ociserver.New(ocimem.New(), nil)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.seen = append(h.seen, r.Method+" "+r.URL.Path)
		answer := h.answer
		h.mu.Unlock()
		if answer == nil || !answer(w, r) {
			honest.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(h.CloseClientConnections)
	return h
}

func (h *hostile) set(answer func(http.ResponseWriter, *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer, h.seen = answer, nil
}

// saw counts the requests since the last set whose line has a text in it.
func (h *hostile) saw(text string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.seen {
		if strings.Contains(one, text) {
			n++
		}
	}
	return n
}

func (h *hostile) host() string { return h.Listener.Addr().String() }

// on answers requests of a method whose path has a text in it.
func on(method, text string, do func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, text) {
			return false
		}
		do(w, r)
		return true
	}
}

// endless is more than anybody can hold.
func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", string(types.OCIImageIndex))
	block := bytes.Repeat([]byte(" "), 1<<20)
	for r.Context().Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// put uploads a manifest as it is.
func put(t *testing.T, h *hostile, tag string, kind types.MediaType, text []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, h.URL+"/v2/shop/manifests/"+tag, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", string(kind))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", resp.Status, said)
	}
}

// serve answers any manifest with one text.
func serve(kind types.MediaType, text []byte) func(http.ResponseWriter, *http.Request) bool {
	return on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", string(kind))
		w.Write(text)
	})
}

func descriptor(kind types.MediaType, size int64) v1.Descriptor {
	return v1.Descriptor{MediaType: kind, Size: size, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}}
}

func manifests(t *testing.T, list ...v1.Descriptor) []byte {
	t.Helper()
	text, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: list})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestLies is about registries that give something else than an artifact. Each
// lie has a sentence of its own, and what isn't asked for isn't downloaded.
func TestLies(t *testing.T) {
	image := descriptor(types.OCIManifestSchema1, 500)
	many := make([]v1.Descriptor, 17)
	for i := range many {
		many[i] = image
	}
	elsewhere := image
	elsewhere.URLs = []string{"https://elsewhere.example/x"}
	weak := image
	weak.Digest = v1.Hash{Algorithm: "sha512", Hex: strings.Repeat("a", 128)}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		kind   error
		want   string
	}{
		"an endless index":       {on(http.MethodGet, "/manifests/", endless), ErrTooLarge, "answers with more than 4 MiB where a manifest belongs"},
		"a list of nothing":      {serve(types.OCIImageIndex, []byte(`{"manifests":[0`+strings.Repeat(",0", 1<<20)+`]}`)), ErrTooLarge, "has 1048576 commas"},
		"no JSON":                {serve(types.OCIImageIndex, []byte("<html>")), ErrNoArtifact, "its index is damaged"},
		"one image":              {serve(types.OCIManifestSchema1, []byte("{}")), ErrNoArtifact, "it is a application/vnd.oci.image.manifest.v1+json"},
		"Docker's list":          {serve(types.DockerManifestList, manifests(t, image)), ErrNoArtifact, "it is a application/vnd.docker"},
		"another kind inside":    {serve(types.OCIImageIndex, []byte(`{"schemaVersion":2,"mediaType":"x/y","manifests":[]}`)), ErrNoArtifact, `its index calls itself "x/y"`},
		"nothing in it":          {serve(types.OCIImageIndex, manifests(t)), ErrNoArtifact, "its index is empty"},
		"many images":            {serve(types.OCIImageIndex, manifests(t, many...)), ErrTooLarge, "the index has 17 images, and 16 are allowed"},
		"an index in an index":   {serve(types.OCIImageIndex, manifests(t, descriptor(types.OCIImageIndex, 1))), ErrNoArtifact, "is a \"application/vnd.oci.image.index.v1+json\""},
		"a manifest too large":   {serve(types.OCIImageIndex, manifests(t, descriptor(types.OCIManifestSchema1, 5<<20))), ErrTooLarge, "is said to have 5242880 bytes, and 4194304 are allowed"},
		"a size below nothing":   {serve(types.OCIImageIndex, manifests(t, descriptor(types.OCIManifestSchema1, -1))), ErrTooLarge, "is said to have -1 bytes"},
		"another place":          {serve(types.OCIImageIndex, manifests(t, elsewhere)), ErrNoArtifact, "is said to lie at another place"},
		"another hash":           {serve(types.OCIImageIndex, manifests(t, weak)), ErrNoArtifact, "isn't a digest of SHA-256"},
		"a manifest of another":  {serve(types.OCIImageIndex, manifests(t, image)), ErrWrongContent, "does not match requested digest"},
		"a terminal's commands":  {on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "\x1b[2Jgone\x07", http.StatusTeapot) }), nil, "refuses this (it says: "},
		"an endless error":       {on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot); endless(w, r) }), nil, "body exceeds 65536 byte limit"},
		"an index that is gzip":  {on(http.MethodGet, "/manifests/", bomb), ErrNoArtifact, "its index is damaged"},
		"a header without end":   {on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }), nil, "server response headers exceeded"},
		"a redirect to nowhere":  {redirect("http://tokens.example/x"), ErrUnsafe, "plain http to http://tokens.example"},
		"a redirect to metadata": {redirect("https://169.254.169.254/latest"), nil, "169.254.169.254"},
		"metadata by its name":   {redirect("https://[fd00:ec2::254]/latest"), nil, "fd00:ec2::254"},
		"an inner service":       {redirect("https://168.63.129.16/machine"), ErrUnsafe, "the registry leads to 168.63.129.16"},
		"a redirect to a file":   {redirect("file:///etc/passwd"), ErrUnsafe, "which is no https"},
		"redirects in a circle":  {on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }), ErrUnsafe, "redirects more than 5 times"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t)
			h.set(c.answer)
			pulled, err := newClient(t, Options{}).Pull(t.Context(), reference(t, "oci://%s/shop:1", h.host()))
			switch {
			case err == nil:
				t.Fatalf("pulled %v", pulled)
			case !strings.Contains(err.Error(), c.want), c.kind != nil && !errors.Is(err, c.kind):
				t.Errorf("got %v, want %s", err, c.want)
			case strings.ContainsAny(err.Error(), "\x1b\x07"):
				t.Errorf("the error has a terminal's commands: %q", err)
			}
			if n := h.saw("/blobs/"); n > 0 {
				t.Errorf("%d blobs were asked for", n)
			}
		})
	}
}

func redirect(to string) func(http.ResponseWriter, *http.Request) bool {
	return on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) })
}

// bomb is small on the way and large where it is unpacked.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", string(types.OCIImageIndex))
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	z.Write(bytes.Repeat([]byte(" "), 64<<20))
	z.Close()
}

// pushed is a hostile registry with an artifact at shop:1.
func pushed(t *testing.T, layers ...string) (*hostile, Reference, v1.ImageIndex) {
	t.Helper()
	h := newHostile(t)
	to := reference(t, "oci://%s/shop:1", h.host())
	artifact := index(t, layers...)
	if _, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: artifact, To: to, Tags: []string{"1"}}); err != nil {
		t.Fatal(err)
	}
	return h, to, artifact
}

func body(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

func TestLiesAboutBlobs(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		limits Limits
		kind   error
		want   string
	}{
		"other bytes":       {body("orderz"), Limits{}, ErrWrongContent, "error verifying sha256 checksum"},
		"too few":           {body("ord"), Limits{}, ErrWrongContent, "error verifying sha256 checksum after reading 3 bytes"},
		"too many":          {body("orders and more"), Limits{}, ErrWrongContent, "goes on after the 6 bytes that it was announced with"},
		"endless":           {endless, Limits{}, ErrWrongContent, "goes on after the 6 bytes that it was announced with"},
		"more than allowed": {nil, Limits{Blob: 5}, ErrTooLarge, "is said to have 6 bytes, and 5 are allowed"},
		"more in all":       {nil, Limits{Total: 100}, ErrTooLarge, "and 100 are allowed"},
		"more layers":       {nil, Limits{Layers: 1}, ErrTooLarge, "has 2 layers, and 1 are allowed"},
		"gone":              {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, Limits{}, nil, "has no repository shop"},
		"to a metadata host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://100.100.100.200/", http.StatusFound)
		}, Limits{}, ErrUnsafe, "the registry leads to 100.100.100.200"},
	} {
		t.Run(name, func(t *testing.T) {
			h, ref, _ := pushed(t, "orders", "return")
			h.set(nil)
			if c.answer != nil { // about one blob: of several that fail at once, any may be the first
				h.set(on(http.MethodGet, fmt.Sprintf("/blobs/sha256:%x", sha256.Sum256([]byte("orders"))), c.answer))
			}
			cache := t.TempDir()
			_, err := newClient(t, Options{Limits: c.limits, Cache: cache}).Pull(t.Context(), ref)
			if err == nil || !strings.Contains(err.Error(), c.want) || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if c.answer == nil && h.saw("/blobs/") > 0 {
				t.Error("blobs were asked for")
			}
			if left := files(t, cache, "arriving-*"); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

func TestSlowRegistries(t *testing.T) {
	// More than is in any buffer on the way.
	h, ref, artifact := pushed(t, strings.Repeat("x", 100))
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	hang := func(http.ResponseWriter, *http.Request) { <-stop }
	drip := func(w http.ResponseWriter, r *http.Request) {
		for {
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-r.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	// Only what is waited for is short: a busy machine is slow in all the rest.
	const short = 100 * time.Millisecond
	for name, c := range map[string]struct {
		answer   func(http.ResponseWriter, *http.Request) bool
		patience Patience
		want     string
	}{
		"no header":        {on(http.MethodGet, "/manifests/", hang), Patience{Answer: short}, "doesn't answer"},
		"a dripping index": {on(http.MethodGet, "/manifests/", drip), Patience{Stall: short}, "has moved less than 1024 bytes"},
		"a dripping blob":  {on(http.MethodGet, "/blobs/", drip), Patience{Stall: short}, "has moved less than 1024 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			h.set(c.answer)
			_, err := newClient(t, Options{Patience: c.patience}).Pull(t.Context(), ref)
			if !errors.Is(err, ErrSlow) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("an upload that nobody reads", func(t *testing.T) {
		h.set(on(http.MethodPatch, "/blobs/", hang))
		large := index(t, strings.Repeat("y", 32<<20))
		_, err := newClient(t, Options{Patience: Patience{Stall: short}}).Push(t.Context(), Upload{Index: large, To: ref})
		if !errors.Is(err, ErrSlow) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		h.set(on(http.MethodGet, "/blobs/", hang))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := newClient(t, Options{}).Pull(ctx, ref); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	h.set(nil)
	if got, err := newClient(t, Options{}).Pull(t.Context(), ref); err != nil || digestOf(t, got) != digestOf(t, artifact) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// TestPassingFaults is about registries that fail and are there again.
func TestPassingFaults(t *testing.T) {
	for name, fail := range map[string]func(http.ResponseWriter){
		"overloaded":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"too many requests": func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"broken connection": func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"broken in the middle": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100000")
			w.Write([]byte("x"))
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t)
			ref := reference(t, "oci://%s/shop:1", h.host())
			// Each request fails once, whatever it is.
			failed := map[string]bool{}
			var mu sync.Mutex
			flaky := func(w http.ResponseWriter, r *http.Request) bool {
				key := r.Method + r.URL.Path
				if r.Method == http.MethodPatch || r.Method == http.MethodPut && strings.Contains(r.URL.Path, "uploads") {
					key = r.Method
				}
				mu.Lock()
				again := failed[key]
				failed[key] = true
				mu.Unlock()
				if again || name == "broken in the middle" && !strings.Contains(r.URL.Path, "/blobs/sha256") {
					return false
				}
				fail(w)
				return true
			}
			artifact := index(t, "a", "b")
			h.set(flaky)
			if _, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: artifact, To: ref, Tags: []string{"1"}}); err != nil {
				t.Fatal(err)
			}
			got, err := newClient(t, Options{}).Pull(t.Context(), ref)
			if err != nil || digestOf(t, got) != digestOf(t, artifact) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestFailureIsSaid is about registries that stay away, after as many attempts
// as there should be.
func TestFailureIsSaid(t *testing.T) {
	h := newHostile(t)
	h.set(on(http.MethodGet, "/manifests/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	_, err := newClient(t, Options{}).Pull(t.Context(), reference(t, "oci://%s/shop:1", h.host()))
	if err == nil || !strings.Contains(err.Error(), "fails, and did so several times") || h.saw("/manifests/") != backoff.Steps {
		t.Errorf("after %d attempts: %v", h.saw("/manifests/"), err)
	}
}

// keys are one user's, for any registry.
var keys = authn.NewKeychainFromHelper(helper{})

type helper struct{}

func (helper) Get(string) (string, string, error) { return "ada", "s3cret", nil }

// TestCredentialsStayHome is about where passwords go: to the registry that
// was named, and to a token server that it names over https or beside it.
func TestCredentialsStayHome(t *testing.T) {
	heard := make(chan string, 100)
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("Authorization")
		io.WriteString(w, "orders")
	}))
	t.Cleanup(stranger.Close)
	h, ref, _ := pushed(t, "orders")
	asks := func(answer func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Authorization") == "" {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			return answer(w, r)
		}
	}
	away := strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1)
	h.set(asks(on(http.MethodGet, "/blobs/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, away, http.StatusFound) })))
	// One blob's bytes are right, so the redirects themselves are no fault.
	_, err := newClient(t, Options{Keychain: keys}).Pull(t.Context(), ref)
	if !errors.Is(err, ErrWrongContent) {
		t.Errorf("got %v", err)
	}
	select {
	case secret := <-heard:
		if secret != "" {
			t.Errorf("another host hears %q", secret)
		}
	default:
		t.Error("nothing was redirected")
	}
	for realm, want := range map[string]string{
		"http://tokens.example/token":     "plain http to http://tokens.example",
		"https://169.254.169.254/token":   "private or link-local",
		"ftp://" + h.host() + "/token":    "realm scheme \"ftp\" not allowed",
		"https://[::ffff:10.0.0.1]/token": "private or link-local",
	} {
		h.set(func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="x"`, realm))
			w.WriteHeader(http.StatusUnauthorized)
			return true
		})
		_, err := newClient(t, Options{Keychain: keys}).Pull(t.Context(), ref)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("realm %s: got %v, want %s", realm, err, want)
		}
	}
}

// TestUploadsStayHome is about where the bytes of an upload go.
func TestUploadsStayHome(t *testing.T) {
	for location, want := range map[string]string{
		"http://uploads.example/x":  "plain http to http://uploads.example",
		"https://169.254.169.254/x": "169.254.169.254",
		"gopher://x/":               "which is no https",
	} {
		h := newHostile(t)
		h.set(on(http.MethodPost, "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusAccepted)
		}))
		_, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: index(t, "orders"), To: reference(t, "oci://%s/shop", h.host())})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", location, err, want)
		}
	}
}

// Others that use the client's options are guarded as well.
func TestRemoteIsGuarded(t *testing.T) {
	h := newHostile(t)
	h.set(on(http.MethodGet, "/manifests/", endless))
	c := newClient(t, Options{})
	name, err := c.Name(reference(t, "oci://%s/shop:sha256-x.sig", h.host()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Get(name, c.Remote(t.Context())...); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
