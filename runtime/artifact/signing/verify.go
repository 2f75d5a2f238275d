package signing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/in-toto/in-toto-golang/in_toto"
	ssldsse "github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/cosign/v2/pkg/oci"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// Signatures gives the signatures of a digest that one of the verifiers
// accepts. Annotations are given back and not judged. If there is none, the
// error is a Failure that says why.
func Signatures(ctx context.Context, store Store, digest v1.Hash, verifiers []*Verifier) ([]Signature, error) {
	found, err := verified(ctx, store, digest, signatures, verifiers, func(text []byte) error {
		var claim payload.SimpleContainerImage
		if err := json.Unmarshal(text, &claim); err != nil {
			return fmt.Errorf("%w: %w", err, ErrMalformed)
		}
		if claim.Critical.Type != payload.CosignSignatureType {
			return fmt.Errorf("its type is %q, not %q: %w", claim.Critical.Type, payload.CosignSignatureType, ErrMalformed)
		}
		return nil
	})
	var all []Signature
	for _, f := range found {
		var claim payload.SimpleContainerImage
		if err := json.Unmarshal(f.text, &claim); err != nil {
			return nil, err
		}
		all = append(all, Signature{
			Annotations: texts(claim.Optional),
			Reference:   claim.Critical.Identity.DockerReference,
			Signer:      f.signer,
		})
	}
	return all, err
}

func texts(values map[string]any) map[string]string {
	all := map[string]string{}
	for key, value := range values {
		if text, ok := value.(string); ok {
			all[key] = text
		}
	}
	return all
}

// statement is a Statement as it lies in its envelope.
type statement struct {
	in_toto.StatementHeader
	Predicate json.RawMessage `json:"predicate"`
}

// Attestations gives the statements of one type about a digest that one of the
// verifiers accepts. If there is none, the error is a Failure that says why.
func Attestations(ctx context.Context, store Store, digest v1.Hash, verifiers []*Verifier, predicateType string) ([]Statement, error) {
	found, err := verified(ctx, store, digest, attestations, verifiers, func(text []byte) error {
		var s statement
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("%w: %w", err, ErrMalformed)
		}
		if s.PredicateType != predicateType {
			return fmt.Errorf("it attests %s, not %s: %w", s.PredicateType, predicateType, ErrPredicateType)
		}
		return nil
	})
	var all []Statement
	for _, f := range found {
		var s statement
		if err := json.Unmarshal(f.text, &s); err != nil {
			return nil, err
		}
		all = append(all, Statement{PredicateType: s.PredicateType, Predicate: s.Predicate, Signer: f.signer})
	}
	return all, err
}

// accepted is what a verifier accepted: exactly the bytes that were signed.
type accepted struct {
	text   []byte
	signer Signed
}

// verified gives every entry that a verifier accepts and whose text holds, or
// says of each why not.
func verified(ctx context.Context, store Store, digest v1.Hash, k kind, verifiers []*Verifier, holds func([]byte) error) ([]accepted, error) {
	entries, err := read(ctx, store, digest, k)
	if err != nil {
		return nil, err
	}
	failure := &Failure{Reason: ErrUnsigned, Digest: digest, Where: store.String(), What: k.one}
	var all []accepted
	for _, e := range entries {
		one, err := firstAccepting(ctx, e, digest, k, verifiers)
		if err == nil {
			err = holds(one.text)
		}
		if err != nil {
			failure.Reason = worse(failure.Reason, reason(err))
			failure.Found = append(failure.Found, err.Error())
			continue
		}
		all = append(all, *one)
	}
	if len(all) > 0 {
		return all, nil
	}
	for _, v := range verifiers {
		failure.Keys = append(failure.Keys, v.String())
	}
	return nil, failure
}

// firstAccepting asks one verifier after the other.
func firstAccepting(ctx context.Context, e entry, digest v1.Hash, k kind, verifiers []*Verifier) (*accepted, error) {
	for _, v := range verifiers {
		text, signer, err := v.check(ctx, e, digest, k)
		if err == nil {
			return &accepted{text: text, signer: signer}, nil
		}
		if !errors.Is(err, ErrUntrusted) {
			return nil, err
		}
	}
	return nil, stranger(e.by())
}

// stranger is a signature that no verifier accepts. It says by whom it is.
type stranger string

func (s stranger) Error() string { return "one is by " + string(s) }
func (s stranger) Unwrap() error { return ErrUntrusted }

// by is who an entry says that it is by, which anyone can write.
func (e entry) by() string {
	if certificates, err := cryptoutils.UnmarshalCertificatesFromPEM([]byte(e.annotations[static.CertificateAnnotationKey])); err == nil && len(certificates) > 0 {
		subject, issuer := holder(certificates[0])
		return fmt.Sprintf("a certificate of %.200q", subject+" of "+issuer)
	}
	if id := e.annotations[keyAnnotation]; id != "" {
		return fmt.Sprintf("a key that calls itself %q", short(id))
	}
	return "a key that it doesn't name"
}

// check has cosign verify an entry, its claim about the digest included, and
// gives the bytes that were signed.
func (v *Verifier) check(ctx context.Context, e entry, digest v1.Hash, k kind) (text []byte, signer Signed, err error) {
	found, err := v.found(e)
	if err != nil {
		return nil, Signed{}, fmt.Errorf("%w: %w", err, ErrUntrusted)
	}
	verify, claims := cosign.VerifyImageSignature, cosign.SimpleClaimVerifier
	if k == attestations {
		verify, claims = cosign.VerifyBlobAttestation, cosign.IntotoSubjectClaimVerifier
	}
	// cosign looks at the claim when the key has been found right.
	trusted := false
	options := v.options
	options.ClaimVerifier = func(s oci.Signature, digest v1.Hash, annotations map[string]any) error {
		trusted = true
		return claims(s, digest, annotations)
	}
	err = guarded(func() error {
		_, err := verify(ctx, found, digest, &options)
		return err
	})
	switch {
	case err != nil && trusted:
		return nil, Signed{}, fmt.Errorf("%s signed it: %w", v, wrongClaim(err))
	case err != nil:
		return nil, Signed{}, fmt.Errorf("%w: %w", err, ErrUntrusted)
	}
	if text, err = e.text(k); err != nil {
		return nil, Signed{}, err
	}
	signer, err = v.signer(found)
	return text, signer, err
}

// found is an entry as this verifier looks at it. What an entry says of
// certificates is nothing to a key.
func (v *Verifier) found(e entry) (oci.Signature, error) {
	if v.options.SigVerifier != nil {
		return e.signature()
	}
	return e.certified()
}

func (v *Verifier) signer(found oci.Signature) (Signed, error) {
	signer := Signed{By: v.name, Key: v.id}
	certificate, err := found.Cert()
	if certificate != nil && v.options.SigVerifier == nil {
		signer.Subject, signer.Issuer = holder(certificate)
	}
	return signer, err
}

// guarded takes a panic for a refusal. cosign reads log entries before their
// signatures are checked, and takes for granted that fields are there.
func guarded(verify func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it can't be read: %v", p)
		}
	}()
	return verify()
}

// wrongClaim tells a claim about another image from one that can't be read.
func wrongClaim(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return fmt.Errorf("%w: %w", err, ErrMalformed)
	}
	return fmt.Errorf("%w: %w", err, ErrOtherDigest)
}

// text are the bytes that were signed: an attestation's stand in an envelope.
func (e entry) text(k kind) ([]byte, error) {
	if k == signatures {
		return e.payload, nil
	}
	var envelope ssldsse.Envelope
	if err := json.Unmarshal(e.payload, &envelope); err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrMalformed)
	}
	text, err := envelope.DecodeB64Payload()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrMalformed)
	}
	return text, nil
}
