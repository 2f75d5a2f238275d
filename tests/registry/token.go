package registry

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/authority"
)

const (
	issuer  = "tests"
	service = "registry of tests"
)

// tokenServer gives tokens to User, as the servers of public registries do, and
// the part of the registry's configuration that says so.
func tokenServer(t testing.TB, folder string) string {
	t.Helper()
	a, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	bundle, key, text := filepath.Join(folder, "tokens.pem"), a.Key, a.Certificate
	write(t, bundle, text)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != User || password != Password {
			http.Error(w, "no such user, or another password", http.StatusUnauthorized)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"token": token(t, key, text, r.URL.Query()["scope"])})
	}))
	t.Cleanup(server.Close)
	return fmt.Sprintf("auth:\n  token: {realm: %q, service: %q, issuer: %q, rootcertbundle: %q}\n", strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/token", service, issuer, bundle)
}

// token is a JWT as the distribution specification has it: what the user may
// do, which is whatever was asked for.
func token(t testing.TB, key *ecdsa.PrivateKey, certificate string, scopes []string) string {
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	list := []access{}
	for _, scope := range scopes {
		for one := range strings.FieldsSeq(scope) {
			if kind, rest, ok := strings.Cut(one, ":"); ok {
				at := strings.LastIndex(rest, ":")
				list = append(list, access{kind, rest[:max(at, 0)], strings.Split(rest[at+1:], ",")})
			}
		}
	}
	now := time.Now()
	chain := strings.Join(strings.Fields(strings.NewReplacer("-----BEGIN CERTIFICATE-----", "", "-----END CERTIFICATE-----", "").Replace(certificate)), "")
	body := part(t, map[string]any{"alg": "ES256", "typ": "JWT", "x5c": []string{chain}}) + "." + part(t, map[string]any{
		"iss": issuer, "sub": User, "aud": service, "jti": "1", "access": list,
		"exp": now.Add(time.Hour).Unix(), "nbf": now.Add(-time.Minute).Unix(), "iat": now.Unix(),
	})
	sum := sha256.Sum256([]byte(body))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Error(err)
		return ""
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return body + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func part(t testing.TB, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		t.Error(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
