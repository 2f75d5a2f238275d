package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

// pluginsVariable allows programs of key management systems without a flag.
const pluginsVariable = "WEAVSTER_KMS_PLUGINS"

// addPlugins adds the flag that allows programs to be run for keys in a KMS.
func addPlugins(command *cobra.Command, plugins *[]string) {
	var set []string
	if names := os.Getenv(pluginsVariable); names != "" {
		set = strings.Split(names, ",")
	}
	command.Flags().StringSliceVar(plugins, "kms-plugin", set,
		"reach keys of this `scheme` through the program sigstore-kms-SCHEME (default: those of "+pluginsVariable+")")
}

// signFlags are those of commands that can sign what they make.
type signFlags struct {
	sign        bool
	key         string
	annotations []string
	plugins     []string
}

func addSignFlags(command *cobra.Command) *signFlags {
	f := &signFlags{}
	flags := command.Flags()
	flags.BoolVar(&f.sign, "sign", false, "sign what is made, and attest its provenance and its bill of materials")
	flags.StringVar(&f.key, "key", "", "the `key` to sign with: a file, env://VARIABLE, or the URI of a key in a KMS")
	flags.StringArrayVarP(&f.annotations, "annotation", "a", nil, "sign `name=value` along; may be given several times")
	addPlugins(command, &f.plugins)
	return f
}

// signer is who signs; nil if nothing is to be signed.
func (f *signFlags) signer(cmd *cobra.Command) (*artifactSigner, error) {
	extra, err := f.extra()
	switch {
	case err != nil:
		return nil, usageError{err}
	case !f.sign && (f.key != "" || len(extra) > 0):
		return nil, usageError{fmt.Errorf("--key and --annotation say how to sign; add --sign")}
	case !f.sign:
		return nil, nil
	case f.key == "":
		return nil, usageError{fmt.Errorf("--sign needs --key: a key file (weavster key generate makes one), env://VARIABLE, or a KMS URI")}
	}
	key, err := signing.LoadSigner(cmd.Context(), f.key, signing.Keys{Plugins: f.plugins, Password: func() ([]byte, error) {
		return password(cmd.InOrStdin(), cmd.ErrOrStderr(), f.key)
	}})
	if err != nil {
		return nil, err
	}
	return &artifactSigner{key: key, extra: extra}, nil
}

// extra are the annotations that the user wants beside ours.
func (f *signFlags) extra() (map[string]string, error) {
	extra := map[string]string{}
	for _, text := range f.annotations {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || name == "":
			return nil, fmt.Errorf("--annotation %q is not name=value", text)
		case name == "flow" || name == "project" || name == "version":
			return nil, fmt.Errorf("--annotation %s is written by weavster itself", name)
		}
		extra[name] = value
	}
	return extra, nil
}

// artifactSigner signs artifacts with one key.
type artifactSigner struct {
	key   *signing.Signer
	extra map[string]string
}

// a signedArtifact is what is said of an image when it is signed.
type signedArtifact struct {
	digest  v1.Hash
	kind    string // flow or project
	name    string
	version string            // the project's
	attest  map[string][]byte // predicates by their types
}

// sign signs an image, and attests what is known of it. What the key has
// signed before isn't signed again.
func (s *artifactSigner) sign(ctx context.Context, store signing.Store, a signedArtifact) error {
	annotations := map[string]string{a.kind: a.name}
	if a.version != "" {
		annotations["version"] = a.version
	}
	for name, value := range s.extra {
		annotations[name] = value
	}
	if err := signing.Sign(ctx, store, a.digest, s.key, annotations); err != nil {
		return err
	}
	for kind, predicate := range a.attest {
		if err := signing.Attest(ctx, store, a.digest, s.key, kind, predicate); err != nil {
			return err
		}
	}
	return nil
}
