// Package statement turns what is known of a build into what is said of an
// artifact: a bill of materials (SPDX) and a provenance (SLSA). Whoever signs
// artifacts wraps both into in-toto statements about a digest.
package statement

// The types of predicates, as in-toto statements name them.
const (
	PredicateSLSA = "https://slsa.dev/provenance/v1"
	PredicateSPDX = "https://spdx.dev/Document"
)

// BuildType says how a flow is built and what its provenance means. It is the
// address of the page that tells it.
const BuildType = "https://github.com/weavster/weavster/blob/main/docs/provenance.md#flow-v1"

// UnnamedBuilder is the builder of a provenance whose signer names none. It
// claims nothing: whoever holds the key may have built it anywhere.
const UnnamedBuilder = "https://github.com/weavster/weavster/blob/main/docs/provenance.md#unnamed-builder"
