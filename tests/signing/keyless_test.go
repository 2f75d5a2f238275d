package signing_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/trust"
)

func (s *sigstore) verifiers(identity signing.Identity) []*signing.Verifier {
	s.t.Helper()
	verifier, err := signing.LoadIdentity(identity, s.trustedRoot)
	if err != nil {
		s.t.Fatal(err)
	}
	return []*signing.Verifier{verifier}
}

var ada = signing.Identity{Subject: subject, Issuer: issuer}

// signKeyless signs and attests with our library.
func (b *bench) signKeyless(s *sigstore, store signing.Store) {
	b.t.Helper()
	ctx := b.t.Context()
	signer, err := signing.NewKeylessSigner(ctx, signing.Keyless{Token: token(), Fulcio: s.url, Rekor: s.url})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := errors.Join(
		signing.Sign(ctx, store, b.digest, signer, map[string]string{"flow": "orders"}),
		signing.Attest(ctx, store, b.digest, signer, provenance, []byte(b.attested()["slsaprovenance1"])),
	); err != nil {
		b.t.Fatal(err)
	}
}

func TestKeylessSignatures(t *testing.T) {
	b, s := newBench(t), newSigstore(t)
	store := signing.Repository(b.repository)
	b.signKeyless(s, store)
	for _, identity := range []signing.Identity{ada, {SubjectPattern: `.*@users\.example`, Issuer: issuer}} {
		got, err := signing.Signatures(t.Context(), store, b.digest, s.verifiers(identity))
		if err != nil || len(got) != 1 || got[0].Annotations["flow"] != "orders" || got[0].Signer.Subject != subject || got[0].Signer.Issuer != issuer {
			t.Errorf("%s: %+v, %v", identity, got, err)
		}
	}
	if got, err := signing.Attestations(t.Context(), store, b.digest, s.verifiers(ada), provenance); err != nil || len(got) != 1 {
		t.Errorf("attestations: %+v, %v", got, err)
	}
	b.must("verify", "--certificate-identity", subject, "--certificate-oidc-issuer", issuer,
		"--trusted-root", s.trustedRoot, "--insecure-ignore-sct", "--offline", "-a", "flow=orders", b.image())
	// cosign v2 takes the trusted root's parts for attestations, and not the whole.
	authority, logKey := s.parts()
	t.Setenv("SIGSTORE_REKOR_PUBLIC_KEY", logKey)
	b.must("verify-attestation", "--type", "slsaprovenance1", "--certificate-identity", subject, "--certificate-oidc-issuer", issuer,
		"--ca-roots", authority, "--insecure-ignore-sct", "--offline", b.image())
}

func TestKeylessSignaturesOfOthers(t *testing.T) {
	b, s := newBench(t), newSigstore(t)
	b.ourKeys()
	store := signing.Repository(b.repository)
	b.signKeyless(s, store)
	refused := map[string][]*signing.Verifier{
		"another subject":             s.verifiers(signing.Identity{Subject: "eve@users.example", Issuer: issuer}),
		"another issuer":              s.verifiers(signing.Identity{Subject: subject, Issuer: "https://other.example"}),
		"a pattern that matches half": s.verifiers(signing.Identity{SubjectPattern: "ada", Issuer: issuer}),
		"another sigstore":            newSigstore(t).verifiers(ada),
		"a key":                       b.verifiers(),
	}
	for what, verifiers := range refused {
		if got, err := signing.Signatures(t.Context(), store, b.digest, verifiers); !errors.Is(err, signing.ErrUntrusted) {
			t.Errorf("%s: %+v, %v", what, got, err)
		} else if verifiers[0].ID() == "" && !strings.Contains(err.Error(), subject+" of "+issuer) {
			t.Errorf("%s: %v doesn't say whose certificate it was", what, err)
		}
	}
}

// A certificate lives for minutes; the log says that it was used in time.
func TestKeylessSignaturesOutliveTheirCertificates(t *testing.T) {
	b, s := newBench(t), newSigstore(t)
	s.lifetime = time.Second
	store := signing.Repository(b.repository)
	b.signKeyless(s, store)
	deadline := time.Now().Add(1100 * time.Millisecond)
	for time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
	if _, err := signing.Signatures(t.Context(), store, b.digest, s.verifiers(ada)); err != nil {
		t.Error(err)
	}
}

func TestWeVerifyWhatCosignSignedKeyless(t *testing.T) {
	b, s := newBench(t), newSigstore(t)
	b.must("sign", "--fulcio-url", s.url, "--rekor-url", s.url, "--identity-token", token(), "--insecure-skip-verify",
		"--yes", "-a", "flow=orders", b.image())
	got, err := signing.Signatures(t.Context(), signing.Repository(b.repository), b.digest, s.verifiers(ada))
	if err != nil || len(got) != 1 || got[0].Annotations["flow"] != "orders" {
		t.Errorf("%+v, %v", got, err)
	}
}

// What policies ask of a key's signature is asked of a certificate's, too.
func TestAnIdentityIsTrustedAsAKeyIs(t *testing.T) {
	b, s := newBench(t), newSigstore(t)
	b.signKeyless(s, signing.Repository(b.repository))
	subject := trust.Subject{
		Reference: "oci://registry.example/shop/orders", Place: "registry.example/shop/orders",
		Digest: b.digest, Store: signing.Repository(b.repository),
	}
	eve := signing.Identity{Subject: "eve@users.example", Issuer: issuer}
	for _, test := range []struct {
		identity signing.Identity
		name     string
		reason   trust.Reason
	}{
		{ada, "orders", ""},
		{ada, "customers", trust.OtherName},
		{eve, "orders", trust.UntrustedKey},
	} {
		judge, err := trust.Load(t.Context(), trust.Options{Identities: s.verifiers(test.identity)})
		if err != nil {
			t.Fatal(err)
		}
		subject.Inspect = func(context.Context) (artifact.Info, error) {
			return artifact.Info{Kind: artifact.Flow, Name: test.name, Digest: b.digest}, nil
		}
		verdict, err := judge.Decide(t.Context(), subject)
		var refusal *trust.Refusal
		switch {
		case test.reason == "" && err != nil:
			t.Errorf("%s, %s: %v", test.identity, test.name, err)
		case test.reason == "" && verdict.Signatures[0].Signer.Subject != ada.Subject:
			t.Errorf("%s, %s: %+v", test.identity, test.name, verdict.Signatures)
		case test.reason != "" && (!errors.As(err, &refusal) || refusal.Reason != test.reason):
			t.Errorf("%s, %s: %v, want %s", test.identity, test.name, err, test.reason)
		}
	}
}
