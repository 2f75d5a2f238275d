package signing

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/cosign/v2/pkg/cosign/bundle"
	"github.com/sigstore/cosign/v2/pkg/oci"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// Identity is whom a certificate has to be made out to: a signer without a key
// of their own, whom an identity provider vouches for.
type Identity struct {
	Subject        string // exactly: an e-mail address, a workflow's URI
	SubjectPattern string // or a regular expression that matches all of it
	Issuer         string // the identity provider's URL, exactly
}

func (i Identity) String() string {
	subject := i.Subject
	if subject == "" {
		subject = "/" + i.SubjectPattern + "/"
	}
	return subject + " of " + i.Issuer
}

// cosign gives the identity in the library's form, where patterns match parts.
func (i Identity) cosign() (cosign.Identity, error) {
	switch {
	case (i.Subject == "") == (i.SubjectPattern == ""):
		return cosign.Identity{}, errors.New("an identity is a subject or a pattern of subjects")
	case i.Issuer == "":
		return cosign.Identity{}, fmt.Errorf("the identity %s needs its issuer: whoever runs another one can call themselves anything", i)
	}
	found := cosign.Identity{Subject: i.Subject, Issuer: i.Issuer}
	if i.SubjectPattern != "" {
		found.SubjectRegExp = `\A(?:` + i.SubjectPattern + `)\z`
		if _, err := regexp.Compile(found.SubjectRegExp); err != nil {
			return cosign.Identity{}, fmt.Errorf("the pattern of subjects: %w", err)
		}
	}
	return found, nil
}

// LoadIdentity makes a verifier of certificates. The trusted root is a file in
// sigstore's form (trusted_root.json): the authorities that issue
// certificates, and the logs and clocks that say when one was used. Nothing is
// asked of any of them.
func LoadIdentity(identity Identity, trustedRoot string) (*Verifier, error) {
	wanted, err := identity.cosign()
	if err != nil {
		return nil, err
	}
	material, err := root.NewTrustedRootFromPath(trustedRoot)
	if err != nil {
		return nil, fmt.Errorf("the trusted root %s can't be read: %w", trustedRoot, err)
	}
	options, err := keyless(material)
	if err != nil {
		return nil, fmt.Errorf("the trusted root %s %w", trustedRoot, err)
	}
	options.Identities = []cosign.Identity{wanted}
	return &Verifier{name: identity.String(), options: *options}, nil
}

// keyless asks of a signature whatever the trusted root can vouch for. A
// certificate lives for minutes, so somebody has to say when it was used.
func keyless(material root.TrustedMaterial) (*cosign.CheckOpts, error) {
	options := &cosign.CheckOpts{
		TrustedMaterial:     material,
		Offline:             true,
		IgnoreTlog:          len(material.RekorLogs()) == 0,
		IgnoreSCT:           len(material.CTLogs()) == 0,
		UseSignedTimestamps: len(material.TimestampingAuthorities()) > 0,
	}
	if len(material.FulcioCertificateAuthorities()) == 0 {
		return nil, errors.New("names no certificate authority")
	}
	if options.IgnoreTlog && !options.UseSignedTimestamps {
		return nil, errors.New("names neither a transparency log nor a timestamp authority: nothing would say when a certificate was used")
	}
	return options, nil
}

// certified is an entry with what it says of its certificate. All of it is
// read here, where it can be refused: cosign's own readers take much for
// granted.
func (e entry) certified() (oci.Signature, error) {
	options := []static.Option{
		static.WithLayerMediaType(e.mediaType),
		static.WithAnnotations(withoutSignature(e.annotations)),
	}
	if text := e.annotations[static.CertificateAnnotationKey]; text != "" {
		options = append(options, static.WithCertChain([]byte(text), []byte(e.annotations[static.ChainAnnotationKey])))
	}
	if text := e.annotations[static.BundleAnnotationKey]; text != "" {
		var b bundle.RekorBundle
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return nil, fmt.Errorf("its log entry can't be read: %w", err)
		}
		if _, ok := b.Payload.Body.(string); !ok {
			return nil, errors.New("its log entry has no text")
		}
		options = append(options, static.WithBundle(&b))
	}
	if text := e.annotations[static.RFC3161TimestampAnnotationKey]; text != "" {
		var t bundle.RFC3161Timestamp
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			return nil, fmt.Errorf("its timestamp can't be read: %w", err)
		}
		options = append(options, static.WithRFC3161Timestamp(&t))
	}
	return static.NewSignature(e.payload, e.annotations[static.SignatureAnnotationKey], options...)
}

// holder is whom a certificate is made out to, as it says.
func holder(certificate *x509.Certificate) (subject, issuer string) {
	for _, name := range cryptoutils.GetSubjectAlternateNames(certificate) {
		subject = name
		break
	}
	extensions := cosign.CertExtensions{Cert: certificate}
	return subject, extensions.GetIssuer()
}
