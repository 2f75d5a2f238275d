package signing

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
	awskms "github.com/sigstore/sigstore/pkg/signature/kms/aws"
	"github.com/sigstore/sigstore/pkg/signature/kms/cliplugin"
)

// awsScheme is the key management system that is linked. The others of
// sigstore's (azurekms, gcpkms, hashivault), and any more, are programs.
const awsScheme = "awskms"

// kmsScheme is the scheme of a reference that isn't ours to read.
func kmsScheme(reference string) (string, bool) {
	scheme, _, ok := strings.Cut(reference, "://")
	return scheme, ok && scheme != "env"
}

var pluginName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// kms finds a key in a key management system. A program is run only for a
// scheme that the caller allowed: a reference may come from a policy file, and
// must not choose what runs.
func (k Keys) kms(ctx context.Context, scheme, reference string) (signature.SignerVerifier, error) {
	switch {
	case slices.Contains(k.Plugins, scheme):
		return plugin(ctx, scheme, reference)
	case scheme == awsScheme:
		key, err := awskms.LoadSignerVerifier(ctx, reference)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", reference, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%s: keys are files, env://VARIABLE, or of %s://; for a key of %s://, --kms-plugin %[3]s allows the program sigstore-kms-%[3]s to be run",
		reference, awsScheme, scheme)
}

func plugin(ctx context.Context, scheme, reference string) (signature.SignerVerifier, error) {
	if !pluginName.MatchString(scheme) {
		return nil, fmt.Errorf("%q is no name of a key management system", scheme)
	}
	key, err := cliplugin.LoadSignerVerifier(ctx, reference, crypto.SHA256)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s: there is no program sigstore-kms-%s in the path", reference, scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", reference, err)
	}
	return key, nil
}
