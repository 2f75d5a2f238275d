package trust

import (
	"errors"
	"fmt"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

// A Reason names why an artifact is refused, for programs.
type Reason string

// The reasons.
const (
	Unsigned         Reason = "unsigned"           // nobody has signed it
	UntrustedKey     Reason = "untrusted-key"      // none of those who did is trusted
	CopiedSignature  Reason = "copied-signature"   // a trusted key signed another image
	OtherName        Reason = "other-name"         // the signature is for another flow or project
	OtherVersion     Reason = "other-version"      // it is for another version than the tag says
	OtherAnnotation  Reason = "other-annotation"   // it lacks what the policy asks for
	DigestNotAllowed Reason = "digest-not-allowed" // the policy lists digests, and not this one
	OtherDigest      Reason = "other-digest"       // the reference has another digest than what is there
	NoEntry          Reason = "no-entry"           // no entry of the policy is about that place
	NotAttested      Reason = "not-attested"       // an attestation that the policy asks for is missing
	WrongPredicate   Reason = "wrong-predicate"    // what is attested is something else
	OtherBuilder     Reason = "other-builder"      // provenance names a builder that the policy doesn't
	Malformed        Reason = "malformed"          // what lies there can't be read
	Nobody           Reason = "nobody-trusted"     // nothing says whom to trust
)

// A Refusal is that an artifact isn't trusted, and why.
type Refusal struct {
	Reference string
	Reason    Reason
	Sentence  string // about the artifact: "it …"
	Entry     string // the entry of the policy, by file and line; or ""
	cause     error
}

func (r *Refusal) Error() string {
	by := ""
	if r.Entry != "" {
		by = fmt.Sprintf(" (%s)", r.Entry)
	}
	return fmt.Sprintf("%s is refused: %s%s", r.Reference, r.Sentence, by)
}

func (r *Refusal) Unwrap() error { return r.cause }

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Sentence: fmt.Sprintf(format, args...)}
}

// unsigned says why no signature counts.
func unsigned(err error) error {
	var failure *signing.Failure
	if !errors.As(err, &failure) {
		return err
	}
	r := &Refusal{cause: err}
	switch {
	case errors.Is(err, signing.ErrUnsigned):
		r.Reason, r.Sentence = Unsigned, "it isn't signed"
	case errors.Is(err, signing.ErrUntrusted):
		r.Reason, r.Sentence = UntrustedKey, "it is signed, but by nobody who is trusted"
	case errors.Is(err, signing.ErrOtherDigest):
		r.Reason, r.Sentence = CopiedSignature, "its signature is another image's, and was copied here"
	default:
		r.Reason, r.Sentence = Malformed, "its signatures can't be read"
	}
	r.Sentence += ": " + err.Error()
	return r
}

// unattested says why no attestation of a type counts.
func unattested(err error, kind string) error {
	var failure *signing.Failure
	if !errors.As(err, &failure) {
		return err
	}
	r := &Refusal{cause: err}
	switch {
	case errors.Is(err, signing.ErrUnsigned):
		r.Reason, r.Sentence = NotAttested, "nothing is attested of it, and "+kind+" has to be"
	case errors.Is(err, signing.ErrPredicateType):
		r.Reason, r.Sentence = WrongPredicate, "what is attested of it isn't "+kind
	case errors.Is(err, signing.ErrUntrusted):
		r.Reason, r.Sentence = UntrustedKey, kind+" is attested of it, but by nobody who is trusted"
	case errors.Is(err, signing.ErrOtherDigest):
		r.Reason, r.Sentence = CopiedSignature, "its attestation is another image's, and was copied here"
	default:
		r.Reason, r.Sentence = Malformed, "its attestations can't be read"
	}
	r.Sentence += ": " + err.Error()
	return r
}
