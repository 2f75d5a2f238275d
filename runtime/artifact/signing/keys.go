package signing

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Keys says how keys are reached by their references: the path of a file,
// `env://VARIABLE`, or a KMS URI of an allowed scheme.
type Keys struct {
	// Password gives that of a private key. Without it, it is the text of
	// COSIGN_PASSWORD.
	Password func() ([]byte, error)
	// Plugins are schemes for which a program `sigstore-kms-SCHEME` may be run.
	Plugins []string
}

// Pair is a new key pair, as PEM.
type Pair struct {
	Private []byte // encrypted, as `cosign generate-key-pair` does
	Public  []byte
}

// Generate makes a key pair (ECDSA over P-256) whose private half is encrypted
// with a password.
func Generate(password []byte) (*Pair, error) {
	made, err := cosign.GenerateKeyPair(func(bool) ([]byte, error) { return password, nil })
	if err != nil {
		return nil, err
	}
	return &Pair{Private: made.PrivateBytes, Public: made.PublicBytes}, nil
}

// Signer signs with one key.
type Signer struct {
	reference   string
	key         signature.Signer
	public      crypto.PublicKey
	certificate *certificate // of a keyless signer
}

// LoadSigner loads a private key, or finds one in a KMS.
func LoadSigner(ctx context.Context, reference string, keys Keys) (*Signer, error) {
	key, err := keys.signer(ctx, reference)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("asking for the public key of %s: %w", reference, err)
	}
	signer := &Signer{reference: reference, key: key, public: public}
	if _, err := signer.Verifier(); err != nil {
		return nil, err
	}
	return signer, nil
}

func (k Keys) signer(ctx context.Context, reference string) (signature.Signer, error) {
	if scheme, ok := kmsScheme(reference); ok {
		return k.kms(ctx, scheme, reference)
	}
	text, err := readKey(reference)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%s is no key: a private key begins with -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", reference)
	case strings.Contains(block.Type, "PUBLIC"):
		return nil, fmt.Errorf("%s is a public key; its private half signs", reference)
	case block.Type != cosign.SigstorePrivateKeyPemType && block.Type != cosign.CosignPrivateKeyPemType:
		return nil, fmt.Errorf("%s holds a %s, not an encrypted key; `cosign import-key-pair --key %[1]s` makes it one", reference, block.Type)
	}
	password, err := k.password()
	if err != nil {
		return nil, err
	}
	key, err := cosign.LoadPrivateKey(text, password, nil)
	if err != nil {
		return nil, fmt.Errorf("%s can't be opened: %w; is the password right? It is that of %s, or else typed or piped", reference, err, PasswordVariable)
	}
	return key, nil
}

func (k Keys) password() ([]byte, error) {
	if k.Password != nil {
		return k.Password()
	}
	password, ok := os.LookupEnv(PasswordVariable)
	if !ok {
		return nil, fmt.Errorf("the key has a password: set %s", PasswordVariable)
	}
	return []byte(password), nil
}

// PasswordVariable is where cosign looks for a key's password too.
const PasswordVariable = "COSIGN_PASSWORD"

// maxKey is the size of a key's file at most.
const maxKey = 64 << 10

// readKey reads what a reference names, unless it is in a KMS.
func readKey(reference string) ([]byte, error) {
	scheme, rest, ok := strings.Cut(reference, "://")
	switch {
	case !ok:
		info, err := os.Stat(reference)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no key file %s", reference)
		} else if err != nil {
			return nil, fmt.Errorf("reading the key: %w", err)
		}
		if info.Size() > maxKey {
			return nil, fmt.Errorf("%s is no key: it has %d bytes", reference, info.Size())
		}
		return os.ReadFile(reference)
	case scheme == "env":
		text, ok := os.LookupEnv(rest)
		if !ok {
			return nil, fmt.Errorf("%s: the environment has no %s", reference, rest)
		}
		return []byte(text), nil
	}
	return nil, fmt.Errorf("%s is in a KMS", reference)
}

// Public is the public key, as PEM.
func (s *Signer) Public() ([]byte, error) { return cryptoutils.MarshalPublicKeyToPEM(s.public) }

// ID is the key's.
func (s *Signer) ID() (string, error) { return keyID(s.public) }

// Verifier accepts what this signer signs.
func (s *Signer) Verifier() (*Verifier, error) { return newVerifier(s.reference, s.public) }

// PublicKey is the public half of a key that may be either half, as PEM.
func PublicKey(ctx context.Context, reference string, keys Keys) ([]byte, error) {
	if _, ok := kmsScheme(reference); !ok {
		text, err := readKey(reference)
		if err != nil {
			return nil, err
		}
		if block, _ := pem.Decode(text); block != nil && strings.Contains(block.Type, "PRIVATE") {
			signer, err := LoadSigner(ctx, reference, keys)
			if err != nil {
				return nil, err
			}
			return signer.Public()
		}
	}
	verifier, err := LoadVerifier(ctx, reference, keys)
	if err != nil {
		return nil, err
	}
	return verifier.Public(), nil
}

// Verifier accepts what one key signed, or those whose certificates are made
// out to one identity.
type Verifier struct {
	name    string
	id      string // a key's
	pem     []byte // a key's
	options cosign.CheckOpts
}

// LoadVerifier loads a public key, or asks a KMS for it. From then on nothing
// is asked: a verifier works offline.
func LoadVerifier(ctx context.Context, reference string, keys Keys) (*Verifier, error) {
	if scheme, ok := kmsScheme(reference); ok {
		key, err := keys.kms(ctx, scheme, reference)
		if err != nil {
			return nil, err
		}
		public, err := key.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("asking for the public key of %s: %w", reference, err)
		}
		return newVerifier(reference, public)
	}
	text, err := readKey(reference)
	if err != nil {
		return nil, err
	}
	return ParseVerifier(reference, text)
}

// ParseVerifier takes a public key as PEM; errors and results call it by name.
func ParseVerifier(name string, text []byte) (*Verifier, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%s is no key: a public key begins with -----BEGIN PUBLIC KEY-----", name)
	case strings.Contains(block.Type, "PRIVATE"):
		return nil, fmt.Errorf("%s is a private key; whoever verifies has its public half (`weavster key public %[1]s` prints it)", name)
	case len(strings.TrimSpace(string(rest))) > 0:
		return nil, fmt.Errorf("%s holds more than one key; give each by itself", name)
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no public key: %w", name, err)
	}
	return newVerifier(name, public)
}

func newVerifier(name string, public crypto.PublicKey) (*Verifier, error) {
	if _, ok := public.(ed25519.PublicKey); ok {
		// cosign v2 signs with these by a hash (Ed25519ph) and verifies without.
		return nil, fmt.Errorf("%s is an Ed25519 key, whose signatures cosign v2 makes in one form and verifies in another; take ECDSA or RSA", name)
	}
	key, err := signature.LoadVerifier(public, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	id, err := keyID(public)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	text, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Verifier{name: name, id: id, pem: text, options: cosign.CheckOpts{SigVerifier: key, IgnoreTlog: true, Offline: true}}, nil
}

// keyID tells keys apart: the SHA-256 of the public key as DER, which is what
// `openssl pkey -pubin -outform DER | sha256sum` prints.
func keyID(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", errors.New("a key of a kind that isn't known")
	}
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// ID is the key's; an identity has none.
func (v *Verifier) ID() string { return v.id }

// Public is the public key, as PEM; an identity has none.
func (v *Verifier) Public() []byte { return v.pem }

func (v *Verifier) String() string {
	if v.id == "" {
		return v.name
	}
	return v.name + " (" + short(v.id) + ")"
}

// short is a key's ID as sentences have it.
func short(id string) string { return id[:min(len(id), len("sha256:")+12)] }
