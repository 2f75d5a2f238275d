// Package signing signs artifacts and checks their signatures and
// attestations, in the form that cosign v2 reads and writes.
//
// What is signed is the digest of an image's index. A signature carries
// annotations (cosign's `-a`), an attestation a statement in in-toto's form.
// Both lie beside the image: in a registry under the tags `sha256-….sig` and
// `sha256-….att`, in a layout folder where `cosign save` puts them.
//
// Everything read from there is hostile until a trusted key has signed it:
// counts and sizes are capped, and nothing is given back but what was
// verified, digest included.
package signing

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Signature is one that a trusted key made for the digest that was asked for.
type Signature struct {
	// Annotations are those signed along with the digest. Values that aren't
	// text, which cosign doesn't write, are left out.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Reference is the repository that the signer named. Images move between
	// registries: it is for people to read, not a check.
	Reference string `json:"reference,omitempty"`
	Signer    Signed `json:"signer"`
}

// Statement is an attestation that a trusted key signed, of the predicate
// type that was asked for, about the digest that was asked for.
type Statement struct {
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
	Signer        Signed          `json:"signer"`
}

// Signed says who signed.
type Signed struct {
	// By is how the verifier that accepted it is called: a key's reference.
	By string `json:"by"`
	// Key is the key's ID, unless a certificate stands for it.
	Key string `json:"key,omitempty"`
	// Subject and Issuer are the certificate's.
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
}

// What is read of a hostile store at most.
const (
	maxManifest  = 4 << 20
	maxEntries   = 1000             // cosign's own, too
	maxCommas    = 100 * maxEntries // of a list: an entry has about twenty
	maxPayload   = 64 << 10
	maxStatement = 16 << 20
	maxTotal     = 64 << 20
)

// kind is what lies beside an image.
type kind struct {
	suffix     string // of cosign's tag in a registry
	annotation string // of the descriptor in a layout folder
	one        string // in sentences
	limit      int64
}

var (
	signatures   = kind{suffix: "sig", annotation: "dev.cosignproject.cosign/sigs", one: "signature", limit: maxPayload}
	attestations = kind{suffix: "att", annotation: "dev.cosignproject.cosign/atts", one: "attestation", limit: maxStatement}
)

// tag is the one under which a registry keeps what belongs to a digest.
func (k kind) tag(digest v1.Hash) string {
	return digest.Algorithm + "-" + digest.Hex + "." + k.suffix
}
