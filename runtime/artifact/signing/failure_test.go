package signing

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	ctypes "github.com/sigstore/cosign/v2/pkg/types"
)

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	signer, verifier := testKey(t, "ours")
	stranger, _ := testKey(t, "strangers")
	other, err := testIndex(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	// put writes entries as only an attacker would.
	put := func(k kind, entries ...entry) func(*testing.T, Store, v1.Hash) error {
		return func(t *testing.T, store Store, digest v1.Hash) error {
			image, err := list(entries)
			if err != nil {
				return err
			}
			return store.write(ctx, digest, k, image)
		}
	}
	tests := []struct {
		name   string
		put    func(*testing.T, Store, v1.Hash) error
		attest bool
		reason error
		says   string
	}{
		{
			name:   "nothing is signed",
			put:    func(*testing.T, Store, v1.Hash) error { return nil },
			reason: ErrUnsigned,
			says:   "has no signature for",
		},
		{
			name: "a stranger signed",
			put: func(_ *testing.T, store Store, digest v1.Hash) error {
				return Sign(ctx, store, digest, stranger, nil)
			},
			reason: ErrUntrusted,
			says:   "is by a trusted key",
		},
		{
			name: "copied from another image",
			put: func(t *testing.T, store Store, digest v1.Hash) error {
				return put(signatures, signedElsewhere(t, signer, other)...)(t, store, digest)
			},
			reason: ErrOtherDigest,
			says:   other.String(),
		},
		{
			name:   "another predicate type",
			attest: true,
			put: func(_ *testing.T, store Store, digest v1.Hash) error {
				return Attest(ctx, store, digest, signer, "https://spdx.dev/Document", []byte(`{}`))
			},
			reason: ErrPredicateType,
			says:   "it attests https://spdx.dev/Document, not " + provenance,
		},
		{
			name: "a signature of nonsense",
			put: func(t *testing.T, store Store, digest v1.Hash) error {
				return put(signatures, signedText(t, signer, `{"critical":`))(t, store, digest)
			},
			reason: ErrMalformed,
			says:   "unexpected end of JSON input",
		},
		{
			name: "an attestation that is none",
			put: put(attestations, entry{
				payload: []byte(`nonsense`), mediaType: ctypes.DssePayloadType, annotations: map[string]string{},
			}),
			attest: true,
			reason: ErrUntrusted,
			says:   "is by a trusted key",
		},
		{
			name: "a certificate that is none",
			put: put(signatures, entry{
				payload: []byte(`{}`), mediaType: ctypes.SimpleSigningMediaType,
				annotations: map[string]string{static.CertificateAnnotationKey: "nonsense", static.BundleAnnotationKey: "{}"},
			}),
			reason: ErrUntrusted,
		},
		{
			name:   "too many",
			put:    put(signatures, make([]entry, maxEntries+1)...),
			reason: ErrTooMuch,
			says:   "there are 1001 signatures, more than 1000",
		},
		{
			name:   "too long",
			put:    put(signatures, entry{payload: make([]byte, maxPayload+1)}),
			reason: ErrTooMuch,
			says:   "a signature has 65537 bytes, more than 65536",
		},
	}
	for _, test := range tests {
		all, digest := stores(t)
		for kind, store := range all {
			t.Run(test.name+"/"+kind, func(t *testing.T) {
				if err := test.put(t, store, digest); err != nil {
					t.Fatal(err)
				}
				var err error
				if test.attest {
					_, err = Attestations(ctx, store, digest, []*Verifier{verifier}, provenance)
				} else {
					_, err = Signatures(ctx, store, digest, []*Verifier{verifier})
				}
				if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want %q saying %q", err, test.reason, test.says)
				}
			})
		}
	}
}

// signedElsewhere are the signatures that a signer made for another digest.
// What a verifier wouldn't read isn't written: the signatures that are there
// go on to count.
func TestALastSignatureSpoilsNoOther(t *testing.T) {
	ctx := context.Background()
	signer, verifier := testKey(t, "ours")
	all, digest := stores(t)
	for kind, store := range all {
		full, err := list(append(signedElsewhere(t, signer, digest), make([]entry, maxEntries-1)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.write(ctx, digest, signatures, full); err != nil {
			t.Fatal(err)
		}
		if err := Sign(ctx, store, digest, signer, map[string]string{"version": "2"}); !errors.Is(err, ErrTooMuch) {
			t.Errorf("%s: one more: %v", kind, err)
		}
		// In its envelope a statement is longer by a third.
		long := []byte(`"` + strings.Repeat("x", maxStatement*4/5) + `"`)
		if err := Attest(ctx, store, digest, signer, provenance, long); !errors.Is(err, ErrTooMuch) {
			t.Errorf("%s: a long one: %v", kind, err)
		}
		if found, err := Signatures(ctx, store, digest, []*Verifier{verifier}); err != nil || len(found) != 1 {
			t.Errorf("%s: %d, %v", kind, len(found), err)
		}
	}
}

// What is read before anybody is trusted costs little.
func TestAListOfNothingIsNotDecoded(t *testing.T) {
	raw := []byte(`{"layers":[0` + strings.Repeat(",0", maxManifest/2-20) + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := parseList(raw, signatures); !errors.Is(err, ErrTooMuch) {
		t.Errorf("got %v", err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("it took %d bytes of memory", took)
	}
}

func signedElsewhere(t *testing.T, signer *Signer, digest v1.Hash) []entry {
	t.Helper()
	elsewhere := Repository(testRepository(t))
	if err := Sign(t.Context(), elsewhere, digest, signer, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := read(t.Context(), elsewhere, digest, signatures)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func signedText(t *testing.T, signer *Signer, text string) entry {
	t.Helper()
	made, err := signer.entry(t.Context(), signatures, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return *made
}
