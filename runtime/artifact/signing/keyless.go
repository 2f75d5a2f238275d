package signing

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/cosign/v2/pkg/cosign/bundle"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	rekor "github.com/sigstore/rekor/pkg/client"
	rekorclient "github.com/sigstore/rekor/pkg/generated/client"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Keyless are the services of sigstore that keyless signing needs. None has a
// default: an entry in a public log names the signer, for everyone and for ever.
type Keyless struct {
	Token  string // what the identity provider says of the signer, a JWT
	Fulcio string // URL of the authority that makes a certificate of it
	Rekor  string // URL of the transparency log
}

// certificate is what a signer without a key of their own has instead: a
// certificate of a key that nobody keeps, and a log that says when it was used.
type certificate struct {
	pem []byte
	log *rekorclient.Rekor
}

const serviceTimeout = 30 * time.Second

// NewKeylessSigner makes a key, gets it certified for the token's subject, and
// signs with it as long as the certificate lives: some minutes.
func NewKeylessSigner(ctx context.Context, k Keyless) (*Signer, error) {
	pair, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, err
	}
	fulcio := sign.NewFulcio(&sign.FulcioOptions{BaseURL: k.Fulcio, Timeout: serviceTimeout, Retries: 1})
	der, err := fulcio.GetCertificate(ctx, pair, &sign.CertificateProviderOptions{IDToken: k.Token})
	if err != nil {
		return nil, fmt.Errorf("asking %s for a certificate: %w", k.Fulcio, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("the certificate of %s can't be read: %w", k.Fulcio, err)
	}
	if key, ok := pair.GetPublicKey().(interface{ Equal(crypto.PublicKey) bool }); !ok || !key.Equal(leaf.PublicKey) {
		return nil, fmt.Errorf("%s certified another key", k.Fulcio)
	}
	log, err := rekor.GetRekorClient(k.Rekor)
	if err != nil {
		return nil, fmt.Errorf("the transparency log %s: %w", k.Rekor, err)
	}
	subject, issuer := holder(leaf)
	return &Signer{
		reference:   subject + " of " + issuer,
		key:         keypairSigner{pair},
		public:      pair.GetPublicKey(),
		certificate: &certificate{pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), log: log},
	}, nil
}

// certify adds to an entry what makes it verifiable without a key: the
// certificate, and the log's word for when it was used.
func (c *certificate) certify(ctx context.Context, k kind, e *entry, signed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	var logged *models.LogEntryAnon
	var err error
	if k == attestations {
		logged, err = cosign.TLogUploadDSSEEnvelope(ctx, c.log, signed, c.pem)
	} else {
		sum := sha256.New()
		sum.Write(e.payload)
		logged, err = cosign.TLogUpload(ctx, c.log, signed, sum, c.pem)
	}
	if err != nil {
		return fmt.Errorf("writing to the transparency log: %w", err)
	}
	found := bundle.EntryToBundle(logged)
	if found == nil {
		return errors.New("the transparency log gave no signed entry")
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	e.annotations[static.CertificateAnnotationKey] = string(c.pem)
	e.annotations[static.BundleAnnotationKey] = string(text)
	return nil
}

// keypairSigner is a key of sigstore-go's as sigstore's own interface has it.
type keypairSigner struct{ sign.Keypair }

func (k keypairSigner) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	return k.GetPublicKey(), nil
}

func (k keypairSigner) SignMessage(message io.Reader, _ ...signature.SignOption) ([]byte, error) {
	text, err := io.ReadAll(message)
	if err != nil {
		return nil, err
	}
	signed, _, err := k.SignData(context.Background(), text)
	return signed, err
}
