package signing

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/cosign/v2/pkg/oci/static"
	ctypes "github.com/sigstore/cosign/v2/pkg/types"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// Log entries are read before anything vouches for them, by code that takes
// fields for granted: none may end the process.
func TestHostileLogEntries(t *testing.T) {
	authority, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	options, err := keyless(authority)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _, err := authority.GenerateLeafCert("ada@users.example", "https://identity.example")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := cryptoutils.MarshalCertificateToPEM(leaf)
	if err != nil {
		t.Fatal(err)
	}
	verifier := &Verifier{name: "ada", options: *options}
	digest, err := testIndex(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []any{
		nil, 7, "", "nothing",
		encoded(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}`),
		encoded(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{},"signature":{}}}`),
		encoded(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{}},"signature":{"content":"","publicKey":{"content":"bm90aGluZw=="}}}}`),
		encoded(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"signature":{"publicKey":{"content":"bm90aGluZw=="}}}}`),
		encoded(`{"apiVersion":"0.0.1","kind":"dsse","spec":{"signatures":[{}]}}`),
		encoded(`{"apiVersion":"0.0.1","kind":"dsse","spec":{"signatures":[]}}`),
		encoded(`{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{}}}`),
		encoded(`{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":"x","signatures":[{"sig":"AA==","publicKey":""}]}}}}`),
		encoded(`{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":"x","signatures":[{"sig":"AA==","publicKey":"AA=="}]}}}}`),
		encoded(`{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":"x","signatures":[]}}}}`),
	} {
		text, err := json.Marshal(map[string]any{"Payload": map[string]any{"body": body}})
		if err != nil {
			t.Fatal(err)
		}
		e := entry{payload: []byte(`{}`), mediaType: ctypes.SimpleSigningMediaType, annotations: map[string]string{
			static.CertificateAnnotationKey: string(certificate), static.BundleAnnotationKey: string(text),
		}}
		for _, k := range []kind{signatures, attestations} {
			if _, _, err := verifier.check(t.Context(), e, digest, k); !errors.Is(err, ErrUntrusted) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestIdentitiesThatSayTooLittle(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "trusted_root.json")
	empty, err := root.NewTrustedRoot(root.TrustedRootMediaType01, nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := empty.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, nothing, text)
	tests := []struct {
		identity Identity
		says     string
	}{
		{Identity{Subject: "ada@users.example"}, "needs its issuer"},
		{Identity{Issuer: "https://identity.example"}, "is a subject or a pattern"},
		{Identity{Subject: "a", SubjectPattern: "a", Issuer: "https://identity.example"}, "is a subject or a pattern"},
		{Identity{SubjectPattern: "(", Issuer: "https://identity.example"}, "the pattern of subjects"},
		{Identity{Subject: "ada@users.example", Issuer: "https://identity.example"}, "names no certificate authority"},
	}
	for _, test := range tests {
		if _, err := LoadIdentity(test.identity, nothing); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v, want %q", test.identity, err, test.says)
		}
	}
}
