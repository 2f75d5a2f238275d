package signing

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/in-toto/in-toto-golang/in_toto"
	"github.com/sigstore/cosign/v2/pkg/oci"
	"github.com/sigstore/cosign/v2/pkg/oci/empty"
	"github.com/sigstore/cosign/v2/pkg/oci/mutate"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	ctypes "github.com/sigstore/cosign/v2/pkg/types"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

const (
	// keyAnnotation says which key an entry is by. It is a hint for sentences,
	// signed by nobody.
	keyAnnotation       = "io.weavster.key"
	predicateAnnotation = "predicateType" // as `cosign attest` writes it
)

// Sign signs a digest together with annotations, and puts the signature
// beside those that are there. What the key has signed already in the same
// words isn't signed again.
func Sign(ctx context.Context, store Store, digest v1.Hash, signer *Signer, annotations map[string]string) error {
	reference, err := store.reference(digest)
	if err != nil {
		return err
	}
	text, err := json.Marshal(claim(reference, digest, annotations))
	if err != nil {
		return err
	}
	return add(ctx, store, digest, signatures, signer, text, nil)
}

// claim is what a signature is made over, in cosign's form.
func claim(reference string, digest v1.Hash, annotations map[string]string) payload.SimpleContainerImage {
	c := payload.SimpleContainerImage{Critical: payload.Critical{
		Identity: payload.Identity{DockerReference: reference},
		Image:    payload.Image{DockerManifestDigest: digest.String()},
		Type:     payload.CosignSignatureType,
	}}
	for key, value := range annotations {
		if c.Optional == nil {
			c.Optional = map[string]any{}
		}
		c.Optional[key] = value
	}
	return c
}

// Attest signs a statement about a digest: a predicate, as JSON, of a type,
// which is a URI.
func Attest(ctx context.Context, store Store, digest v1.Hash, signer *Signer, predicateType string, predicate []byte) error {
	reference, err := store.reference(digest)
	if err != nil {
		return err
	}
	text, err := json.Marshal(in_toto.Statement{
		StatementHeader: in_toto.StatementHeader{
			Type:          in_toto.StatementInTotoV01,
			PredicateType: predicateType,
			Subject:       []in_toto.Subject{{Name: reference, Digest: map[string]string{digest.Algorithm: digest.Hex}}},
		},
		Predicate: json.RawMessage(predicate),
	})
	if err != nil {
		return fmt.Errorf("the predicate of type %s: %w", predicateType, err)
	}
	return add(ctx, store, digest, attestations, signer, text, map[string]string{predicateAnnotation: predicateType})
}

// entry signs a text.
func (s *Signer) entry(ctx context.Context, k kind, text []byte) (*entry, error) {
	key := s.key
	if k == attestations {
		key = dsse.WrapSigner(key, ctypes.IntotoPayloadType)
	}
	signed, err := key.SignMessage(bytes.NewReader(text), options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s.reference, err)
	}
	id, err := s.ID()
	if err != nil {
		return nil, err
	}
	made := &entry{payload: text, mediaType: ctypes.SimpleSigningMediaType, annotations: map[string]string{keyAnnotation: id}}
	if k == attestations { // the envelope holds the text
		made.payload, made.mediaType = signed, ctypes.DssePayloadType
	} else {
		made.annotations[static.SignatureAnnotationKey] = base64.StdEncoding.EncodeToString(signed)
	}
	if s.certificate != nil {
		delete(made.annotations, keyAnnotation) // nobody will meet this key again
		err = s.certificate.certify(ctx, k, made, signed)
	}
	return made, err
}

// add puts one more entry into a store, unless the key made it before.
func add(ctx context.Context, store Store, digest v1.Hash, k kind, signer *Signer, text []byte, annotations map[string]string) error {
	if int64(len(text)) > k.limit {
		return fmt.Errorf("the %s of %s has %d bytes, more than %d, which is what a verifier reads", k.one, digest, len(text), k.limit)
	}
	entries, err := read(ctx, store, digest, k)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	verifier, err := signer.Verifier()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if signed, _, err := verifier.check(ctx, e, digest, k); err == nil && bytes.Equal(signed, text) {
			return nil
		}
	}
	made, err := signer.entry(ctx, k, text)
	if err != nil {
		return err
	}
	maps.Copy(made.annotations, annotations)
	return write(ctx, store, digest, k, append(entries, *made))
}

// write puts entries in place of those that are there, unless a verifier
// wouldn't read that many: then the old ones would count no more, either.
func write(ctx context.Context, store Store, digest v1.Hash, k kind, entries []entry) error {
	list, err := list(entries)
	if err != nil {
		return err
	}
	raw, err := list.RawManifest()
	if err != nil {
		return err
	}
	if _, err := parseList(raw, k); err != nil {
		return fmt.Errorf("one more %s of %s can't be put into %s, and what is there stays as it is: %w", k.one, digest, store, err)
	}
	return store.write(ctx, digest, k, list)
}

// list is entries as an image, which is how registries keep them.
func list(entries []entry) (oci.Signatures, error) {
	var all []oci.Signature
	for _, e := range entries {
		s, err := e.signature()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return mutate.AppendSignatures(empty.Signatures(), false, all...)
}

// Copy takes what is signed of a digest, signatures and attestations, from one
// store to another as it is. It is checked by those who use it.
func Copy(ctx context.Context, from, to Store, digest v1.Hash) error {
	for _, k := range []kind{signatures, attestations} {
		entries, err := read(ctx, from, digest, k)
		if err != nil {
			return err
		}
		there, err := read(ctx, to, digest, k)
		if err != nil {
			return err
		}
		missing := without(entries, there)
		if len(missing) == 0 {
			continue
		}
		if err := write(ctx, to, digest, k, append(there, missing...)); err != nil {
			return err
		}
	}
	return nil
}

// without are the entries that aren't among others.
func without(entries, others []entry) []entry {
	var rest []entry
	for _, e := range entries {
		known := false
		for _, other := range others {
			known = known || bytes.Equal(e.payload, other.payload) &&
				e.annotations[static.SignatureAnnotationKey] == other.annotations[static.SignatureAnnotationKey]
		}
		if !known {
			rest = append(rest, e)
		}
	}
	return rest
}
