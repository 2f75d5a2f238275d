package signing

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/kms"
)

// schemes are the key management systems that a reference may name.
func schemes() []string { return []string{"awskms", "azurekms", "gcpkms", "hashivault"} }

// kmsScheme is the scheme of a reference that isn't ours to read.
func kmsScheme(reference string) (string, bool) {
	scheme, _, ok := strings.Cut(reference, "://")
	return scheme, ok && scheme != "env"
}

// kms finds a key in a key management system. sigstore's library would run a
// program for any scheme that it doesn't know: here it runs those that the
// caller allowed.
func (k Keys) kms(ctx context.Context, scheme, reference string) (signature.SignerVerifier, error) {
	if !slices.Contains(k.Plugins, scheme) {
		return nil, fmt.Errorf("%s: no key management system %q is allowed; --kms-plugin %[2]s runs the program sigstore-kms-%[2]s for it", reference, scheme)
	}
	key, err := kms.Get(ctx, reference, crypto.SHA256)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s: there is no program sigstore-kms-%s in the path", reference, scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", reference, err)
	}
	return key, nil
}
