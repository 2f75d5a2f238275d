package signing_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// sigstore is a certificate authority and a transparency log that answer as
// Fulcio and Rekor do, as far as signing asks them. They check nothing; the
// trusted root has their keys.
type sigstore struct {
	t           *testing.T
	authority   *x509.Certificate
	key, logKey *ecdsa.PrivateKey
	url         string
	trustedRoot string // a file
	lifetime    time.Duration
}

func newSigstore(t *testing.T) *sigstore {
	t.Helper()
	s := &sigstore{t: t, key: newKey(t), logKey: newKey(t), lifetime: 10 * time.Minute}
	s.authority = s.certify(&x509.Certificate{
		Subject: pkix.Name{CommonName: "an authority of tests", Organization: []string{"tests"}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, s.key.Public())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/signingCert", s.signingCertificate1)
	mux.HandleFunc("POST /api/v2/signingCert", s.signingCertificate2)
	mux.HandleFunc("POST /api/v1/log/entries", s.logEntry)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.writeTrustedRoot()
	return s
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (s *sigstore) certify(template *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	by := s.authority
	if by == nil {
		by = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key, s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	return certificate
}

// The identity provider's word: nobody here checks its signature.
const (
	subject = "ada@users.example"
	issuer  = "https://identity.example"
)

func token() string {
	encode := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"iss":%q,"sub":"ada","email":%q,"email_verified":true,"aud":"sigstore","exp":%d}`, issuer, subject, time.Now().Add(time.Hour).Unix())
	return encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("nothing"))
}

// leaf is a certificate as Fulcio's: for minutes, to an address, with the
// issuer in extensions.
func (s *sigstore) leaf(publicKey string) string {
	key, err := cryptoutils.UnmarshalPEMToPublicKey([]byte(publicKey))
	if err != nil {
		s.t.Error(err)
		return ""
	}
	value, err := asn1.MarshalWithParams(issuer, "utf8")
	if err != nil {
		s.t.Error(err)
	}
	certificate := s.certify(&x509.Certificate{
		EmailAddresses: []string{subject},
		NotBefore:      time.Now().Add(-time.Second), NotAfter: time.Now().Add(s.lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}, Value: []byte(issuer)}, // cosign v2 reads this one
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: value},
		},
	}, key)
	return encodeCertificate(certificate)
}

func encodeCertificate(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// signingCertificate1 is what cosign asks of Fulcio.
func (s *sigstore) signingCertificate1(w http.ResponseWriter, r *http.Request) {
	var request struct{ PublicKey struct{ Content []byte } }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		s.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/pem-certificate-chain")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, s.leaf(string(request.PublicKey.Content)), encodeCertificate(s.authority))
}

// signingCertificate2 is what sigstore-go asks of Fulcio.
func (s *sigstore) signingCertificate2(w http.ResponseWriter, r *http.Request) {
	var request struct {
		PublicKeyRequest struct{ PublicKey struct{ Content string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		s.t.Error(err)
	}
	if r.Header.Get("Authorization") == "" {
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	chain := []string{s.leaf(request.PublicKeyRequest.PublicKey.Content), encodeCertificate(s.authority)}
	s.answer(w, http.StatusOK, map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}})
}

// logEntry puts an entry into the log, as Rekor does: in its canonical form,
// with the log's signature over it, its place and its time.
func (s *sigstore) logEntry(w http.ResponseWriter, r *http.Request) {
	proposed, err := models.UnmarshalProposedEntry(r.Body, numbers{})
	if err != nil {
		s.t.Error(err)
		return
	}
	entry, err := types.UnmarshalEntry(proposed)
	if err != nil {
		s.t.Error(err)
		return
	}
	canonical, err := entry.Canonicalize(r.Context())
	if err != nil {
		s.t.Error(err)
		return
	}
	// In the order of their names, which is what makes this JSON canonical.
	payload := struct {
		Body           string `json:"body"`
		IntegratedTime int64  `json:"integratedTime"`
		LogID          string `json:"logID"`
		LogIndex       int64  `json:"logIndex"`
	}{base64.StdEncoding.EncodeToString(canonical), time.Now().Unix(), s.logID(), 7}
	text, err := json.Marshal(payload)
	if err != nil {
		s.t.Error(err)
	}
	sum := sha256.Sum256(text)
	signed, err := ecdsa.SignASN1(rand.Reader, s.logKey, sum[:])
	if err != nil {
		s.t.Error(err)
	}
	uuid := hex.EncodeToString(append(make([]byte, 8), sum[:]...))
	w.Header().Set("Location", "/api/v1/log/entries/"+uuid)
	s.answer(w, http.StatusCreated, map[string]any{uuid: map[string]any{
		"body": payload.Body, "integratedTime": payload.IntegratedTime, "logID": payload.LogID, "logIndex": payload.LogIndex,
		"verification": map[string]any{"signedEntryTimestamp": signed},
	}})
}

// numbers reads JSON for rekor's library, numbers as they stand.
type numbers struct{}

func (numbers) Consume(in io.Reader, into any) error {
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	return decoder.Decode(into)
}

func (s *sigstore) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.t.Error(err)
	}
}

func (s *sigstore) logID() string {
	der, err := x509.MarshalPKIXPublicKey(s.logKey.Public())
	if err != nil {
		s.t.Error(err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func (s *sigstore) writeTrustedRoot() {
	s.t.Helper()
	id, err := hex.DecodeString(s.logID())
	if err != nil {
		s.t.Fatal(err)
	}
	since := time.Now().Add(-time.Hour)
	trusted, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: s.authority, ValidityPeriodStart: since, URI: s.url}},
		nil, nil,
		map[string]*root.TransparencyLog{s.logID(): {
			BaseURL: s.url, ID: id, ValidityPeriodStart: since,
			HashFunc: crypto.SHA256, PublicKey: s.logKey.Public(), SignatureHashFunc: crypto.SHA256,
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := trusted.MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	s.trustedRoot = filepath.Join(s.t.TempDir(), "trusted_root.json")
	if err := os.WriteFile(s.trustedRoot, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// parts are the authority's certificate and the log's key, as files.
func (s *sigstore) parts() (authority, logKey string) {
	s.t.Helper()
	public, err := cryptoutils.MarshalPublicKeyToPEM(s.logKey.Public())
	if err != nil {
		s.t.Fatal(err)
	}
	folder := s.t.TempDir()
	authority, logKey = filepath.Join(folder, "authority.pem"), filepath.Join(folder, "log.pem")
	if err := errors.Join(
		os.WriteFile(authority, []byte(encodeCertificate(s.authority)), 0o600),
		os.WriteFile(logKey, public, 0o600),
	); err != nil {
		s.t.Fatal(err)
	}
	return authority, logKey
}
