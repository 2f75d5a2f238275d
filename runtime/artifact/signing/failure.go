package signing

import (
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Why nothing was verified; errors.Is tells them apart.
var (
	// ErrUnsigned: there is no signature, or no attestation, at all.
	ErrUnsigned = errors.New("nothing is signed")
	// ErrUntrusted: there are some, and no trusted key made one of them.
	ErrUntrusted = errors.New("no trusted key signed it")
	// ErrOtherDigest: a trusted key signed another image; it was copied here.
	ErrOtherDigest = errors.New("signed for another digest")
	// ErrPredicateType: a trusted key attested something else.
	ErrPredicateType = errors.New("attests something else")
	// ErrMalformed: a trusted key signed what can't be read, or what lies
	// there is no list of signatures.
	ErrMalformed = errors.New("malformed")
	// ErrTooMuch: there is more than a verifier reads.
	ErrTooMuch = errors.New("too much to read")
)

// Failure says why nothing that was found counts.
type Failure struct {
	Reason error // one of those above
	Digest v1.Hash
	Where  string   // the store
	What   string   // signature or attestation
	Found  []string // a sentence for each that was there
	Keys   []string // those that would have counted
}

func (f *Failure) Unwrap() error { return f.Reason }

func (f *Failure) Error() string {
	var b strings.Builder
	switch f.Reason {
	case ErrUnsigned:
		fmt.Fprintf(&b, "%s has no %s for %s", f.Where, f.What, f.Digest)
	case ErrUntrusted:
		fmt.Fprintf(&b, "no %s for %s in %s is by a trusted key", f.What, f.Digest, f.Where)
	default:
		fmt.Fprintf(&b, "no %s in %s counts for %s", f.What, f.Where, f.Digest)
	}
	for i, found := range f.Found {
		if i == maxSentences {
			fmt.Fprintf(&b, "; and %d more", len(f.Found)-i)
			break
		}
		b.WriteString([]string{": ", "; "}[min(i, 1)] + found)
	}
	if len(f.Keys) > 0 {
		fmt.Fprintf(&b, "; trusted: %s", strings.Join(f.Keys, ", "))
	}
	return b.String()
}

// maxSentences is how many of the signatures found are spoken of.
const maxSentences = 5

// worse is the reason that tells more: what a trusted key did wrong says more
// than that strangers signed as well.
func worse(a, b error) error {
	rank := func(err error) int {
		for i, reason := range []error{ErrUntrusted, ErrMalformed, ErrPredicateType, ErrOtherDigest} {
			if errors.Is(err, reason) {
				return i + 1
			}
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// reason is which of the reasons an error carries.
func reason(err error) error {
	for _, reason := range []error{ErrUnsigned, ErrUntrusted, ErrOtherDigest, ErrPredicateType, ErrMalformed, ErrTooMuch} {
		if errors.Is(err, reason) {
			return reason
		}
	}
	return ErrMalformed
}
