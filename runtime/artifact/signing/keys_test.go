package signing

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyFiles(t *testing.T) {
	pair, err := Generate([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	private, public := filepath.Join(folder, "weavster.key"), filepath.Join(folder, "weavster.pub")
	if err := errors.Join(os.WriteFile(private, pair.Private, 0o600), os.WriteFile(public, pair.Public, 0o644)); err != nil {
		t.Fatal(err)
	}
	verifier, err := LoadVerifier(t.Context(), public, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(PasswordVariable, "secret")
	t.Setenv("SIGNING_KEY", string(pair.Private))
	for _, reference := range []string{private, "env://SIGNING_KEY"} {
		signer, err := LoadSigner(t.Context(), reference, Keys{})
		if err != nil {
			t.Fatalf("%s: %v", reference, err)
		}
		if got, err := signer.Public(); err != nil || !bytes.Equal(got, pair.Public) {
			t.Errorf("%s: the public key is %s, %v; the file has %s", reference, got, err, pair.Public)
		}
		if got, err := signer.ID(); err != nil || got != verifier.ID() {
			t.Errorf("%s: the ID is %s, %v; its public half has %s", reference, got, err, verifier.ID())
		}
	}
	wrong := Keys{Password: func() ([]byte, error) { return []byte("guess"), nil }}
	if _, err := LoadSigner(t.Context(), private, wrong); err == nil || !strings.Contains(err.Error(), "is the password right?") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestReferencesThatAreNoKeys(t *testing.T) {
	pair, err := Generate(nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("KEY", "nonsense")
	plain := "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
	tests := []struct{ reference, signer, verifier string }{
		{filepath.Join(folder, "none.key"), "there is no key file", "there is no key file"},
		{file("text.key", "nonsense"), "is no key: a private key begins with", "is no key: a public key begins with"},
		{"env://KEY", "env://KEY is no key", "env://KEY is no key"},
		{"env://NONE", "the environment has no NONE", "the environment has no NONE"},
		{file("plain.key", plain), "cosign import-key-pair", "is a private key"},
		{file("two.pub", string(pair.Public)+string(pair.Public)), "is a public key", "holds more than one key"},
		{file("pair.key", string(pair.Private)), "", "weavster key public"},
		{file("long.pub", strings.Repeat("x", maxKey+1)), "has 65537 bytes", "has 65537 bytes"},
		{"vault://key", "--kms-plugin vault allows the program sigstore-kms-vault", "--kms-plugin vault allows the program sigstore-kms-vault"},
		{"http://registry.example/key.pub", "--kms-plugin http allows the program sigstore-kms-http", "--kms-plugin http allows the program sigstore-kms-http"},
	}
	t.Setenv(PasswordVariable, "")
	for _, test := range tests {
		if _, err := LoadSigner(t.Context(), test.reference, Keys{}); said(err) != test.signer && !strings.Contains(said(err), test.signer) {
			t.Errorf("signing with %s: %v, want %q", test.reference, err, test.signer)
		}
		if _, err := LoadVerifier(t.Context(), test.reference, Keys{}); err == nil || !strings.Contains(err.Error(), test.verifier) {
			t.Errorf("verifying with %s: %v, want %q", test.reference, err, test.verifier)
		}
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func writeTestFile(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
