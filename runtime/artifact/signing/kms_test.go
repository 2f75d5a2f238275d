package signing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/signature/kms/cliplugin/handler"
	"github.com/sigstore/sigstore/pkg/signature/kms/fake"
)

// asPlugin makes this test binary a key management system's program.
const asPlugin = "WEAVSTER_TEST_AS_KMS_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		answerAsPlugin()
		return
	}
	os.Exit(m.Run())
}

// answerAsPlugin answers as such a program does; its key is in the environment.
func answerAsPlugin() {
	arguments, err := handler.GetPluginArgs(os.Args)
	if err != nil {
		panic(err)
	}
	der, err := os.ReadFile(os.Getenv(asPlugin))
	if err != nil {
		panic(err)
	}
	private, err := x509.ParseECPrivateKey(der)
	if err != nil {
		panic(err)
	}
	key, err := fake.LoadSignerVerifier(context.WithValue(context.Background(), fake.KmsCtxKey{}, private), crypto.SHA256)
	if err != nil {
		panic(err)
	}
	if _, err := handler.Dispatch(os.Stdout, os.Stdin, arguments, key); err != nil {
		panic(err)
	}
}

func TestAKeyBehindAProgram(t *testing.T) {
	private := newPrivateKey(t)
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "key.der")
	writeTestFile(t, file, der)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(folder, "sigstore-kms-vault")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	t.Setenv(asPlugin, file)
	signsAndVerifies(t, "vault://release", Keys{Plugins: []string{"vault"}})
	if _, err := LoadSigner(t.Context(), "other://release", Keys{Plugins: []string{"other"}}); err == nil || !strings.Contains(err.Error(), "there is no program sigstore-kms-other") {
		t.Errorf("a program that isn't there: %v", err)
	}
	if _, err := LoadSigner(t.Context(), "../x://release", Keys{Plugins: []string{"../x"}}); err == nil || !strings.Contains(err.Error(), "is no name of a key management system") {
		t.Errorf("a program somewhere else: %v", err)
	}
}

// TestAKeyOfAWS holds our use of AWS' library against a server that answers as
// AWS documents. docs/signing.md says which other servers it was tried with.
func TestAKeyOfAWS(t *testing.T) {
	private := newPrivateKey(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answerAsAWS(t, private, w, r)
	}))
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "HOME": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	signsAndVerifies(t, "awskms:///alias/release", Keys{})
}

func answerAsAWS(t *testing.T, key *ecdsa.PrivateKey, w http.ResponseWriter, r *http.Request) {
	const id = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	var request struct{ Message []byte }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		t.Error(err)
	}
	var answer any
	switch operation := r.Header.Get("X-Amz-Target"); operation {
	case "TrentService.DescribeKey":
		answer = map[string]any{"KeyMetadata": map[string]any{
			"KeyId": id, "Arn": id, "KeySpec": "ECC_NIST_P256", "CustomerMasterKeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY",
			"SigningAlgorithms": []string{"ECDSA_SHA_256"},
		}}
	case "TrentService.GetPublicKey":
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Error(err)
		}
		answer = map[string]any{"KeyId": id, "PublicKey": der, "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": []string{"ECDSA_SHA_256"}}
	case "TrentService.Sign":
		signed, err := ecdsa.SignASN1(rand.Reader, key, request.Message)
		if err != nil {
			t.Error(err)
		}
		answer = map[string]any{"KeyId": id, "Signature": signed, "SigningAlgorithm": "ECDSA_SHA_256"}
	default:
		t.Errorf("AWS was asked for %s", operation)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		t.Error(err)
	}
}

// signsAndVerifies signs with a key of a KMS, and verifies by its public key
// alone.
func signsAndVerifies(t *testing.T, reference string, keys Keys) {
	t.Helper()
	all, digest := stores(t)
	store := all["layout"]
	signer, err := LoadSigner(t.Context(), reference, keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := Sign(t.Context(), store, digest, signer, map[string]string{"flow": "orders"}); err != nil {
		t.Fatal(err)
	}
	text, err := PublicKey(t.Context(), reference, keys)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := ParseVerifier("release.pub", text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Signatures(t.Context(), store, digest, []*Verifier{verifier}); err != nil || got[0].Annotations["flow"] != "orders" {
		t.Errorf("%+v, %v", got, err)
	}
}

func newPrivateKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
