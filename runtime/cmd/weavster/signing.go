package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
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
	sign, keyless bool
	key           string
	annotations   []string
	plugins       []string
	token         string
	fulcio, rekor string
	builder       string
	workspace     *workspace
}

// tokenVariable is where cosign looks for an identity token too.
const tokenVariable = "SIGSTORE_ID_TOKEN"

func addSignFlags(command *cobra.Command, w *workspace) *signFlags {
	f := &signFlags{workspace: w}
	flags := command.Flags()
	flags.BoolVar(&f.sign, "sign", false, "sign what is made, and attest its provenance and its bill of materials")
	flags.StringVar(&f.key, "key", "", "the `key` to sign with: a file, env://VARIABLE, or the URI of a key in a KMS")
	flags.StringArrayVarP(&f.annotations, "annotation", "a", nil, "sign `name=value` along; may be given several times")
	addPlugins(command, &f.plugins)
	flags.StringVar(&f.builder, "builder-id", "", "the `URI` of what builds, for the provenance (default: what the CI's environment says)")
	flags.BoolVar(&f.keyless, "keyless", false, "sign with a certificate for an identity instead of a key")
	flags.StringVar(&f.token, "identity-token", "", "the identity's `token`, or a file that holds it (default: that of "+tokenVariable+")")
	flags.StringVar(&f.fulcio, "fulcio-url", "", "the `URL` of the authority that makes certificates for identities")
	flags.StringVar(&f.rekor, "rekor-url", "", "the `URL` of the transparency log; a public one shows the identity to everyone, for ever")
	return f
}

// signer is who signs; nil if nothing is to be signed.
func (f *signFlags) signer(cmd *cobra.Command) (*artifactSigner, error) {
	extra, err := f.extra()
	if err == nil {
		err = f.check(cmd)
	}
	if err != nil {
		return nil, usageError{err}
	}
	var key *signing.Signer
	switch {
	case !f.sign:
		return nil, nil
	case f.keyless:
		key, err = f.certified(cmd.Context())
	default:
		key, err = signing.LoadSigner(cmd.Context(), f.key, signing.Keys{Plugins: f.plugins, Password: func() ([]byte, error) {
			return password(cmd.InOrStdin(), cmd.ErrOrStderr(), f.key)
		}})
	}
	if err != nil {
		return nil, err
	}
	folder, err := f.workspace.folder()
	if err != nil {
		return nil, err
	}
	return &artifactSigner{key: key, extra: extra, run: thisRun(cmd.Context(), f.builder, folder), warn: cmd.ErrOrStderr()}, nil
}

// check says which flags don't go together.
func (f *signFlags) check(cmd *cobra.Command) error {
	for _, name := range []string{"key", "annotation", "builder-id", "keyless", "identity-token", "fulcio-url", "rekor-url"} {
		if !f.sign && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s says how to sign; add --sign", name)
		}
	}
	for _, name := range []string{"identity-token", "fulcio-url", "rekor-url"} {
		if !f.keyless && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is for signing without a key; add --keyless", name)
		}
	}
	switch {
	case f.keyless && f.key != "":
		return errors.New("--keyless and --key can't be had at once")
	case f.keyless && (f.fulcio == "" || f.rekor == ""):
		return errors.New("--keyless needs --fulcio-url and --rekor-url")
	case f.sign && !f.keyless && f.key == "":
		return errors.New("--sign needs --key: a key file (weavster key generate makes one), env://VARIABLE, or a KMS URI")
	}
	return nil
}

// certified is a signer whom an identity provider vouches for.
func (f *signFlags) certified(ctx context.Context) (*signing.Signer, error) {
	token := f.token
	if token == "" {
		token = os.Getenv(tokenVariable)
	}
	if token == "" {
		return nil, fmt.Errorf("--keyless needs the identity provider's token: --identity-token, or %s", tokenVariable)
	}
	if text, err := os.ReadFile(token); err == nil {
		token = string(text)
	}
	return signing.NewKeylessSigner(ctx, signing.Keyless{Token: strings.TrimSpace(token), Fulcio: f.fulcio, Rekor: f.rekor})
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
	run   statement.Run
	warn  io.Writer
}

// sign signs an image as of a version of its project, and attests what is in
// it and how it was built. What the key has signed before isn't signed again.
func (s *artifactSigner) sign(ctx context.Context, store signing.Store, image builtImage, version string) error {
	annotations := map[string]string{string(image.Kind): image.Name}
	if version != "" {
		annotations["version"] = version
	}
	maps.Copy(annotations, s.extra)
	// Facts come out of the files, which are held against what the image says
	// that it is: that is signed, and not only what it says.
	predicates, err := image.predicates(version, s.run)
	if errors.Is(err, errNoFacts) {
		fmt.Fprintln(s.warn, "weavster:", err)
	} else if err != nil {
		return err
	}
	if err := signing.Sign(ctx, store, image.Digest, s.key, annotations); err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(predicates)) {
		if err := signing.Attest(ctx, store, image.Digest, s.key, kind, predicates[kind]); err != nil {
			return err
		}
	}
	return nil
}
