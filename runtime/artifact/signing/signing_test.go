package signing

import (
	"context"
	"crypto"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/sigstore/pkg/signature"
)

const provenance = "https://slsa.dev/provenance/v1"

// stores are one of each kind, each holding the same image.
func stores(t *testing.T) (map[string]Store, v1.Hash) {
	t.Helper()
	image := testIndex(t)
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if _, err := layout.Write(folder, mutate.AppendManifests(emptyIndex(t), mutate.IndexAddendum{Add: image})); err != nil {
		t.Fatal(err)
	}
	repository := testRepository(t)
	if err := remote.WriteIndex(repository.Digest(digest.String()), image); err != nil {
		t.Fatal(err)
	}
	return map[string]Store{"layout": Layout(folder), "registry": Repository(repository)}, digest
}

func testIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	index, err := random.Index(100, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	return mutate.Annotations(index, map[string]string{titleAnnotation: "orders"}).(v1.ImageIndex)
}

func emptyIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	index, err := random.Index(1, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func testRepository(t *testing.T) name.Repository {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	repository, err := name.NewRepository(strings.TrimPrefix(server.URL, "http://") + "/shop/orders")
	if err != nil {
		t.Fatal(err)
	}
	return repository
}

// testKey is a new key; its file would take half a second to open.
func testKey(t *testing.T, reference string) (*Signer, *Verifier) {
	t.Helper()
	private, err := cosign.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.LoadSignerVerifier(private, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signer := &Signer{reference: reference, key: key, public: private.Public()}
	verifier, err := signer.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func TestWhatIsSignedIsVerified(t *testing.T) {
	all, digest := stores(t)
	for kind, store := range all {
		t.Run(kind, func(t *testing.T) {
			ctx := context.Background()
			signer, verifier := testKey(t, "ours")
			other, _ := testKey(t, "others")
			annotations := map[string]string{"flow": "orders", "version": "1.4.0"}
			for _, s := range []*Signer{other, signer, signer} {
				if err := Sign(ctx, store, digest, s, annotations); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Signatures(ctx, store, digest, []*Verifier{verifier})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 {
				t.Fatalf("%d signatures by one key that signed the same twice", len(got))
			}
			if diff := cmp.Diff(annotations, got[0].Annotations); diff != "" {
				t.Error(diff)
			}
			if got[0].Signer != (Signed{By: verifier.name, Key: verifier.ID()}) {
				t.Errorf("signed by %+v", got[0].Signer)
			}
			if entries, err := read(ctx, store, digest, signatures); err != nil || len(entries) != 2 {
				t.Errorf("%d signatures kept, of two keys: %v", len(entries), err)
			}
		})
	}
}

func TestWhatIsAttestedIsVerified(t *testing.T) {
	all, digest := stores(t)
	for kind, store := range all {
		t.Run(kind, func(t *testing.T) {
			ctx := context.Background()
			signer, verifier := testKey(t, "ours")
			const predicate = `{"buildDefinition":{"digits":1.10}}`
			for range 2 {
				if err := Attest(ctx, store, digest, signer, provenance, []byte(predicate)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Attestations(ctx, store, digest, []*Verifier{verifier}, provenance)
			if err != nil {
				t.Fatal(err)
			}
			want := []Statement{{PredicateType: provenance, Predicate: json.RawMessage(predicate), Signer: Signed{By: verifier.name, Key: verifier.ID()}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
